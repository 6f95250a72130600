"""The frames of CardFields: an input each, and the one place where a card's number comes in."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, render_template, request

from sandbox import paypal_orders
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_front import blueprint, origin_of
from sandbox.paypal_world import HIDDEN, base_url, sandbox


@dataclass(frozen=True)
class Field:
    """How one field reads, and what a browser may fill in."""

    label: str
    hint: str
    fills: str


FIELDS = {
    "name": Field("Name on card", "Name on card", "cc-name"),
    "number": Field("Card number", "Card number", "cc-number"),
    "expiry": Field("Expiry date", "MM / YY", "cc-exp"),
    "cvv": Field("Security code", "CVV", "cc-csc"),
}
# What the frames call a field → what an order calls it.
NAMES = {"name": "name", "number": "number", "expiry": "expiry", "cvv": "security_code"}
GROUP = re.compile(r"[0-9a-f-]{36}")


@blueprint.get("/sdk/field")
def field() -> str | tuple[str, int]:
    """Serve one field: it lives on PayPal's origin, in a frame on the merchant's page."""
    kind, group = request.args.get("kind", ""), request.args.get("group", "")
    if kind not in FIELDS or not GROUP.fullmatch(group):
        return "Unknown field.", 400
    opener = origin_of(request.args.get("origin", ""))
    return render_template(
        "paypal_field.html", kind=kind, group=group, field=FIELDS[kind], opener=opener
    )


@blueprint.post("/sdk/cards/<order_id>")
def confirm_card(order_id: str) -> Response | tuple[Response, int]:
    """Take a card from our own frames for an order, as `confirm-payment-source` does."""
    if request.headers.get("Origin") != sandbox().config.url:
        return jsonify(error="NOT_AUTHORIZED"), 403
    given: Any = request.get_json(silent=True)
    given = given if isinstance(given, dict) else {}
    card = {NAMES[name]: given[name] for name in NAMES if given.get(name)}
    try:
        with sandbox().store.transaction():
            order = paypal_orders.load(order_id)
            paypal_orders.confirm(order, {"payment_source": {"card": card}})
    except PayPalError as error:
        issue = error.details[0]["issue"] if error.details else "UNPROCESSABLE_ENTITY"
        return jsonify(error=issue), error.status
    page = f"{base_url()}{order[HIDDEN]['page']}{order['id']}"
    return jsonify(status=order["status"], page=page)
