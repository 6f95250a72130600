"""What a browser sees of PayPal: the approve page, the script, its button, the certificate."""

import json
import re
from pathlib import Path
from typing import Any

from flask import Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import paypal_consent, paypal_fields, paypal_hooks, paypal_orders
from sandbox.paypal_front import blueprint, dead_end, leave, origin_of, with_query
from sandbox.paypal_funding import FUNDING
from sandbox.paypal_money import DECIMALS
from sandbox.paypal_world import BUYER, HIDDEN, ORDER, base_url, sandbox
from sandbox.store import Document

__all__ = ["blueprint", "paypal_consent", "paypal_fields"]

STATIC = Path(__file__).parent / "static"

# Every query parameter of the script we know, and what it may say ("" = anything).
SCRIPT_PARAMETERS = {
    "client-id": "",
    "currency": "",
    "intent": r"capture|authorize",
    "components": r"(buttons|card-fields)(,(buttons|card-fields))*",
    "commit": r"true|false",
    "locale": r"[a-z]{2}_[A-Z]{2}",
    "enable-funding": "",
    "disable-funding": "",
    "debug": r"true|false",
    "integration-date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
SCRIPT_FILES = ("paypal_fields.js", "paypal.js")
BUTTON_LOOKS = {
    "color": ("gold", "blue", "silver", "white", "black"),
    "shape": ("rect", "pill", "sharp"),
    "label": ("paypal", "checkout", "buynow", "pay"),
}
STATIC_TYPES = {
    "paypal.css": "text/css",
    "paypal_button.js": "text/javascript",
    "paypal_done.js": "text/javascript",
    "paypal_field.js": "text/javascript",
}
SETTLED = {"COMPLETED": "This order is settled.", "VOIDED": "This order was canceled."}
LABELS = {"paypal": "", "checkout": "Checkout", "buynow": "Buy now", "pay": "Pay with"}


@blueprint.get("/sdk/js")
def script() -> tuple[str, int, dict[str, str]]:
    """Serve the browser stand-in, set up for one merchant's page; a wrong use throws there."""
    headers = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-store"}
    if request.args.get("client-id") != sandbox().config.paypal_client_id:
        return _throwing("client-id not recognized for either production or sandbox"), 400, headers
    for name, value in request.args.items(multi=True):
        if name not in SCRIPT_PARAMETERS:
            return _throwing(f"Unrecognized query parameter: {name}"), 200, headers
        allowed = SCRIPT_PARAMETERS[name]
        if allowed and not re.fullmatch(allowed, value):
            return _throwing(f"Invalid query value for {name}: {value}"), 200, headers
    currency = request.args.get("currency", "USD")
    if currency not in DECIMALS:
        return _throwing(f"Invalid query value for currency: {currency}"), 200, headers
    setup = {
        "base": base_url(),
        "clientId": request.args["client-id"],
        "currency": currency,
        "intent": request.args.get("intent", "capture"),
    }
    setup["components"] = request.args.get("components", "buttons").split(",")
    parts = [(STATIC / name).read_text(encoding="utf-8") for name in SCRIPT_FILES]
    code = "".join(("(() => {\n", *parts, "})();\n"))
    return code.replace("/*SETUP*/ null", json.dumps(setup)), 200, headers


def _throwing(message: str) -> str:
    return f"throw new Error({json.dumps('SDK Validation error: ' + message)});\n"


@blueprint.get("/sdk/button")
def button() -> str | tuple[str, int]:
    """The button itself: it lives on PayPal's origin, in a frame on the merchant's page."""
    looks = {name: request.args.get(name, words[0]) for name, words in BUTTON_LOOKS.items()}
    if any(looks[name] not in words for name, words in BUTTON_LOOKS.items()):
        return "Unknown style.", 400
    return render_template(
        "paypal_button.html",
        looks=looks,
        label=LABELS[looks["label"]],
        funding=request.args.get("fundingSource", "paypal"),
        opener=origin_of(request.args.get("origin", "")),
    )


@blueprint.get("/sdk/wait")
def wait() -> str:
    """What the popup shows until the merchant's server has made the order."""
    return render_template("paypal_wait.html")


@blueprint.get("/static/<name>")
def static(name: str) -> Response | tuple[str, int]:
    """Serve our stylesheet and page scripts."""
    if name not in STATIC_TYPES:
        return "Not found.", 404
    kind = f"{STATIC_TYPES[name]}; charset=utf-8"
    return Response((STATIC / name).read_bytes(), content_type=kind)


@blueprint.get(paypal_hooks.CERTIFICATE_PATH)
def certificate() -> Response:
    """Serve the certificate that webhooks are signed with."""
    pem = paypal_hooks.certificate_pem(sandbox().store)
    return Response(pem, content_type="application/x-pem-file")


@blueprint.get("/checkoutnow")
def approve_page() -> str | tuple[str, int]:
    """Ask the buyer."""
    order = sandbox().store.get(ORDER, request.args.get("token", ""))
    if order is None or paypal_orders.is_closed(order) or order["status"] in SETTLED:
        return _nothing_to_decide(order)
    card = request.args.get("fundingSource") == "card"
    return render_template("paypal_approve.html", **_facts(order), as_card=card)


@blueprint.post("/checkoutnow")
def decide() -> str | AnyResponse | tuple[str, int]:
    """Take the buyer's decision and send the browser back to the merchant."""
    store = sandbox().store
    agreed = request.form.get("decision") == "pay"
    funding = request.form.get("funding", "")
    if agreed and funding not in FUNDING:
        return dead_end("Choose how to pay.", "This way to pay does not exist."), 400
    with store.transaction():
        order = store.get(ORDER, request.args.get("token", ""))
        if order is None or paypal_orders.is_closed(order) or order["status"] in SETTLED:
            return _nothing_to_decide(order)
        if agreed:
            paypal_orders.approve(order, funding=funding)
    params = {"token": order["id"]}
    if agreed:
        params["PayerID"] = BUYER["payer_id"]
    message = {"type": "approved" if agreed else "canceled", "orderID": order["id"]}
    if agreed:
        message["payerID"] = BUYER["payer_id"]
    said = "You approved the payment." if agreed else "You canceled the payment."
    return leave(order[HIDDEN]["context"], message, params, agreed=agreed, said=said)


def _facts(order: Document) -> dict[str, Any]:
    amounts = [unit["amount"] for unit in order["purchase_units"]]
    context = order[HIDDEN]["context"]
    return {
        "order": order,
        "amounts": amounts,
        "items": [item for unit in order["purchase_units"] for item in unit.get("items", [])],
        "description": order["purchase_units"][0].get("description", ""),
        "merchant": context.get("brand_name", "Test Store"),
        "pay_now": context.get("user_action") == "PAY_NOW",
        "ships": context.get("shipping_preference", "GET_FROM_FILE") == "GET_FROM_FILE",
        "buyer": BUYER,
        "funding": FUNDING,
        "declined_before": order[HIDDEN]["funding"] == "declined",
        "saves": order[HIDDEN]["save"] is not None,
        "popup": bool(origin_of(request.args.get("origin", ""))),
    }


def _nothing_to_decide(order: Document | None) -> tuple[str, int]:
    if order is None or paypal_orders.is_closed(order):
        reason = "It may be too old, or it never existed."
        return dead_end("We could not find this order.", reason), 404
    title = "There is nothing left to do here."
    back = order[HIDDEN]["context"].get("return_url", "")
    if back:
        back = with_query(back, {"token": order["id"]})
    return dead_end(title, SETTLED[order["status"]], back=back), 409
