"""Two pages more: the buyer lets a merchant keep their account, and a card's bank asks them."""

from typing import Any

from flask import render_template, request

from sandbox import paypal_means, paypal_orders, paypal_vault
from sandbox.paypal_front import Page, blueprint, dead_end, leave
from sandbox.paypal_funding import FUNDING
from sandbox.paypal_world import BUYER, HIDDEN, ORDER, sandbox
from sandbox.store import Document

WAITS = "PAYER_ACTION_REQUIRED"
# What the buyer may save; the other ways to pay tell of one payment only.
SAVEABLE = {name: FUNDING[name] for name in ("balance", "fades")}
GONE = "There is nothing to decide here."
GONE_WHY = "It may be too old, or it is decided already."


@blueprint.get("/agreements/approve")
def agree_page() -> Page | tuple[str, int]:
    """Ask the buyer whether the merchant may keep their account."""
    token = _setup("approval_session_id")
    if token is None or token[HIDDEN]["card"]:
        return dead_end(GONE, GONE_WHY), 404
    facts = {"merchant": _merchant(token), "buyer": BUYER, "funding": SAVEABLE}
    return render_template("paypal_agree.html", **facts, terms=token[HIDDEN]["terms"])


@blueprint.post("/agreements/approve")
def agree() -> Page | tuple[str, int]:
    """Take the buyer's word."""
    agreed = request.form.get("decision") == "save"
    funding = request.form.get("funding", "")
    if agreed and funding not in SAVEABLE:
        return dead_end("Choose what to save.", "This choice does not exist."), 400
    with sandbox().store.transaction():
        token = _setup("approval_session_id")
        if token is None or token[HIDDEN]["card"]:
            return dead_end(GONE, GONE_WHY), 404
        if agreed:
            paypal_vault.approve_setup(token, funding=funding)
    return _leave_setup(token, agreed=agreed)


@blueprint.get("/3ds")
def secure_page() -> Page | tuple[str, int]:
    """Let a card's bank ask the buyer; a bank that only looks at the browser has done with that."""
    found = _secured()
    if found is None:
        return dead_end(GONE, GONE_WHY), 404
    if not paypal_means.asks_bank(found):
        return _secure(agreed=True)
    order = found if "purchase_units" in found else None
    return render_template(
        "paypal_secure.html",
        merchant=_merchant(found),
        card=found[HIDDEN]["card"],
        amount=order["purchase_units"][0]["amount"] if order else None,
    )


@blueprint.post("/3ds")
def secure() -> Page | tuple[str, int]:
    """Take what the buyer told their bank: `ok`, `fail`, or that they walked away."""
    decision = request.form.get("decision")
    if decision in ("ok", "fail"):
        return _secure(agreed=decision == "ok")
    found = _secured()
    if found is None:
        return dead_end(GONE, GONE_WHY), 404
    params = {"token": found["id"]}
    said = "You left before your bank was sure."
    return leave(found[HIDDEN]["context"], {"type": "canceled"}, params, agreed=False, said=said)


def _secure(*, agreed: bool) -> Page | tuple[str, int]:
    with sandbox().store.transaction():
        found = _secured()
        if found is None:
            return dead_end(GONE, GONE_WHY), 404
        if "purchase_units" not in found:
            held = paypal_means.authentication(found[HIDDEN]["card"], agreed=agreed)
            if held["liability_shift"] == "POSSIBLE":
                paypal_vault.approve_setup(found)
            return _leave_setup(found, agreed=held["liability_shift"] == "POSSIBLE")
        paypal_means.authenticated(found, agreed=agreed)
    shift = found["payment_source"]["card"]["authentication_result"]["liability_shift"]
    message = {"type": "authenticated", "orderID": found["id"], "liabilityShift": shift}
    params = {"token": found["id"], "liability_shift": shift}
    said = "Your bank has answered."
    return leave(found[HIDDEN]["context"], message, params, agreed=True, said=said)


def _leave_setup(token: Document, *, agreed: bool) -> Page:
    message = {"type": "approved" if agreed else "canceled", "vaultSetupToken": token["id"]}
    params = {"approval_token_id": token["id"]}
    said = "You saved it with the merchant." if agreed else "Nothing was saved."
    return leave(token[HIDDEN]["context"], message, params, agreed=agreed, said=said)


def _setup(parameter: str) -> Document | None:
    """Find a setup token that waits for its buyer."""
    token = sandbox().store.get(paypal_vault.SETUP, request.args.get(parameter, ""))
    return token if token and token["status"] == WAITS else None


def _secured() -> Document | None:
    """Find the order or the setup token whose card's bank is to ask."""
    order = sandbox().store.get(ORDER, request.args.get("token", ""))
    found: Any = order if order and not paypal_orders.is_closed(order) else _setup("setup")
    return found if found and found["status"] == WAITS and found[HIDDEN]["card"] else None


def _merchant(document: Document) -> str:
    return str(document[HIDDEN]["context"].get("brand_name", "Test Store"))
