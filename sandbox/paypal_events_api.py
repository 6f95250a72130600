"""Webhooks v1: the events that were told, as a list that goes back thirty days."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from sandbox import clock, paypal_hooks
from sandbox.paypal_door import blueprint
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_world import find, link, moment_of, sandbox

KEPT_FOR = timedelta(days=30)
# Which name the place in a list goes by is not published; nobody should rely on this one.
PLACE = "start_after"


@blueprint.get("/v1/notifications/webhooks-events")
def list_events() -> Response:
    """List events, newest first; at most `page_size` of them."""
    asked = request.args
    size = asked.get("page_size", "10")
    if not re.fullmatch(r"[1-9][0-9]{0,3}", size):
        raise _bad("page_size")
    start = _moment("start_time") or clock.now() - KEPT_FOR
    end = _moment("end_time") or clock.now()
    rows = [
        event
        for event in sandbox().store.list(paypal_hooks.EVENT)
        if start <= moment_of(event["create_time"]) <= end
        and asked.get("event_type") in (None, event["event_type"])
    ]
    ids = [event["id"] for event in rows]
    first = ids.index(asked[PLACE]) + 1 if asked.get(PLACE) in ids else 0
    page = rows[first : first + int(size)]
    body: dict[str, Any] = {"events": page, "count": len(page)}
    body["links"] = [link("/v1/notifications/webhooks-events", "self")]
    if first + int(size) < len(rows):
        query = urlencode({**asked, PLACE: page[-1]["id"]})
        body["links"].append(link(f"/v1/notifications/webhooks-events?{query}", "next"))
    return jsonify(body)


@blueprint.get("/v1/notifications/webhooks-events/<event_id>")
def show_event(event_id: str) -> Response:
    """Show an event."""
    return jsonify(find(paypal_hooks.EVENT, event_id, parameter="event_id"))


def _moment(name: str) -> datetime | None:
    text = request.args.get(name)
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise _bad(name) from None
    return moment.replace(tzinfo=UTC) if moment and not moment.tzinfo else moment


def _bad(name: str) -> PayPalError:
    value = request.args.get(name, "")[:80]
    return PayPalError("INVALID_PARAMETER_VALUE", field=name, value=value, location="query")
