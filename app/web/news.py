"""How a payment under review stands, told by the server as soon as somebody has decided (server-sent events)."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Response
from flask.typing import ResponseReturnValue

from app import payments
from app.screening import gate
from app.web import checkout, view
from models import db

blueprint = checkout.blueprint
# A stream is short, so that a server that is asked to stop need not wait for it; the browser opens the next one.
LOOKS, PAUSE_S = 10, 1.0


@blueprint.get("/c/<session_id>/news")
def news(session_id: str) -> ResponseReturnValue:
    """The state of the session now, and the next one when it changes. Raises NotFound, TooManyRequests."""
    gate.act(session_id)
    checkout.look(session_id)
    return Response(states(session_id), mimetype="text/event-stream")


def states(session_id: str) -> Iterator[str]:
    """Every new state, until the stream is full. The database is asked, never the provider."""
    told = ""
    for look in range(LOOKS):
        if look:
            time.sleep(PAUSE_S)
        try:
            state = view.state_of(payments.session_of(session_id)[1])
        finally:
            db.remove()
        if state != told:
            told = state
            yield f"data: {state}\n\n"
