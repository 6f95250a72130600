"""Disputes v1 by HTTP: seek, show, answer, appeal, and in the sandbox decide."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

from sandbox import desk, paypal_rules
from sandbox import paypal_disputes as disputes
from sandbox.bodies import Body
from sandbox.paypal_door import blueprint, body_of_request
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_rules import Anything, Listing, Text, Thing
from sandbox.paypal_world import HIDDEN, find, link, moment_of, sandbox, shown
from sandbox.store import Document


class Complaint(Body):
    """What a buyer disputes: why, and how much in minor units (none: all)."""

    reason: str = ""
    amount: int | None = None


EVIDENCE = Thing(
    {
        "evidence_type": Text(form=r"[0-9A-Z_]+"),
        "evidence_info": Anything(),
        "notes": Text(2000),
        "item_id": Text(),
        "item_type": Text(),
        "documents": Anything(),
    }
)
EVIDENCES = Thing({"evidences": Listing(EVIDENCE, least=1), "return_address": Anything()})
ACCEPTANCE = Thing(
    {
        "note": Text(2000),
        "accept_claim_reason": Text(form=r"[0-9A-Z_]+"),
        "accept_claim_type": Text(words=("REFUND",)),
        "invoice_id": Text(127),
        "return_shipping_address": Anything(),
        "refund_amount": Anything(),
    }
)
JUDGMENT = Thing(
    {"adjudication_outcome": Text(words=("BUYER_FAVOR", "SELLER_FAVOR"))},
    ("adjudication_outcome",),
)
DEMAND = Thing({"action": Text(words=("BUYER_EVIDENCE", "SELLER_EVIDENCE"))}, ("action",))
ESCALATION = Thing({"note": Text(2000), "buyer_escalation_reason": Anything()}, ("note",))
MOST_ON_PAGE = 50
SUMMARY = (
    "dispute_id",
    "create_time",
    "update_time",
    "reason",
    "status",
    "dispute_state",
    "dispute_amount",
    "dispute_life_cycle_stage",
    "dispute_channel",
    "seller_response_due_date",
)


@blueprint.get("/v1/customer/disputes")
def list_disputes() -> Response:
    """List disputes in summary, newest first."""
    asked = request.args
    if "start_time" in asked and "disputed_transaction_id" in asked:
        raise _bad("disputed_transaction_id")
    rows = [row for row in sandbox().store.list(disputes.DISPUTE) if _fits(row)]
    size = asked.get("page_size", "10")
    if not re.fullmatch(r"[0-9]{1,2}", size) or not 1 <= int(size) <= MOST_ON_PAGE:
        raise _bad("page_size")
    start, count = _start(asked.get("next_page_token", "")), int(size)
    body: dict[str, Any] = {}
    page = rows[start : start + count]
    if page:
        body["items"] = [_summary(row) for row in page]
    body["links"] = [link("/v1/customer/disputes", "self")]
    if start + count < len(rows):
        token = base64.b64encode(str(start + count).encode()).decode()
        path = f"/v1/customer/disputes?page_size={size}&next_page_token={token}"
        body["links"].append(link(path, "next"))
    return jsonify(body)


def _fits(dispute: Document) -> bool:
    asked = request.args
    capture_id = asked.get("disputed_transaction_id")
    states = asked.get("dispute_state", "").split(",") if asked.get("dispute_state") else []
    made, changed = moment_of(dispute["create_time"]), moment_of(dispute["update_time"])
    start, after = _moment("start_time"), _moment("update_time_after")
    before = _moment("update_time_before")
    return (
        capture_id in (None, dispute[HIDDEN]["capture_id"])
        and (not states or disputes.state(dispute) in states)
        and (start is None or made >= start)
        and (after is None or changed >= after)
        and (before is None or changed <= before)
    )


def _moment(name: str) -> datetime | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad(name) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _start(token: str) -> int:
    try:
        return int(base64.b64decode(token, validate=True) or b"0")
    except (binascii.Error, ValueError):
        raise _bad("next_page_token") from None


def _bad(name: str) -> PayPalError:
    value = request.args.get(name, "")[:80]
    return PayPalError("INVALID_PARAMETER_VALUE", field=name, value=value, location="query")


def _summary(dispute: Document) -> dict[str, Any]:
    whole = disputes.view(dispute)
    rows = [row for row in whole["links"] if row["rel"] == "self"]
    return {name: whole[name] for name in SUMMARY} | {"links": rows}


@blueprint.get("/v1/customer/disputes/<dispute_id>")
def show_dispute(dispute_id: str) -> Response:
    """Show a dispute."""
    return jsonify(disputes.view(find(disputes.DISPUTE, dispute_id)))


@blueprint.post("/v1/customer/disputes/<dispute_id>/provide-evidence")
def provide_evidence(dispute_id: str) -> Response:
    """Answer with evidence."""
    body = _input(EVIDENCES)
    return _done(dispute_id, lambda d: disputes.provide_evidence(d, body.get("evidences", [])))


@blueprint.post("/v1/customer/disputes/<dispute_id>/appeal")
def appeal(dispute_id: str) -> Response:
    """Ask PayPal to look again."""
    body = _input(EVIDENCES)
    return _done(dispute_id, lambda d: disputes.appeal(d, body.get("evidences", [])))


@blueprint.post("/v1/customer/disputes/<dispute_id>/accept-claim")
def accept_claim(dispute_id: str) -> Response:
    """Give in."""
    _input(ACCEPTANCE)
    return _done(dispute_id, disputes.accept_claim)


@blueprint.post("/v1/customer/disputes/<dispute_id>/escalate")
def escalate(dispute_id: str) -> Response:
    """Make a claim of a talk."""
    _input(ESCALATION)
    return _done(dispute_id, disputes.escalate)


@blueprint.post("/v1/customer/disputes/<dispute_id>/adjudicate")
def adjudicate(dispute_id: str) -> Response:
    """Decide: PayPal offers this in its sandbox only."""
    for_buyer = _input(JUDGMENT)["adjudication_outcome"] == "BUYER_FAVOR"
    return _done(dispute_id, lambda d: disputes.adjudicate(d, for_buyer=for_buyer))


@blueprint.post("/v1/customer/disputes/<dispute_id>/require-evidence")
def require_evidence(dispute_id: str) -> Response:
    """Ask a side for more: PayPal offers this in its sandbox only."""
    of_seller = _input(DEMAND)["action"] == "SELLER_EVIDENCE"
    return _done(dispute_id, lambda d: disputes.require_evidence(d, of_seller=of_seller))


@blueprint.post("/sandbox/captures/<capture_id>/dispute")
def open_dispute(capture_id: str) -> tuple[Response, int]:
    """Sandbox only: the buyer disputes, `{"reason": ..., "amount": minor units or absent}`."""
    said = desk.parse(Complaint, desk.json_body())
    with sandbox().store.transaction():
        made = disputes.open_dispute(capture_id, said.reason, said.amount)
    return jsonify(shown(made, without=("id",))), 201


@blueprint.post("/sandbox/disputes/<dispute_id>/cancel")
def cancel(dispute_id: str) -> Response:
    """Sandbox only: the buyer takes the dispute back."""
    return _done(dispute_id, disputes.cancel)


def _input(rule: Thing) -> Any:
    """Read a body: JSON, or the part `input` of a form whose other parts are documents."""
    if request.mimetype == "multipart/form-data":
        text = request.form.get("input") or _file("input") or "{}"
        try:
            body = json.loads(text)
        except ValueError as error:
            raise PayPalError("MALFORMED_REQUEST_JSON", field="/") from error
    else:
        body = body_of_request()
    paypal_rules.check(rule, body)
    return body


def _file(name: str) -> bytes:
    part = request.files.get(name)
    return part.read() if part else b""


def _done(dispute_id: str, act: Callable[[Document], None]) -> Response:
    with sandbox().store.transaction():
        dispute = find(disputes.DISPUTE, dispute_id)
        act(dispute)
    return jsonify(links=[link(f"/v1/customer/disputes/{dispute_id}", "self")])
