"""Payments v2: orders become captures or authorizations, and these become money and refunds."""

from datetime import timedelta
from typing import Any

from sandbox import clock, paypal_money, paypal_schema
from sandbox.paypal_documents import (
    new_authorization,
    new_capture,
    new_refund,
    settle_capture,
)
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_funding import FUNDING, Funding
from sandbox.paypal_hooks import emit
from sandbox.paypal_orders import load, view
from sandbox.paypal_world import (
    AUTHORIZATION,
    CAPTURE,
    HIDDEN,
    ORDER,
    base_url,
    find,
    keep,
    moment_of,
    sandbox,
    shown,
)
from sandbox.store import Document

HONOR_PERIOD = timedelta(days=3)
REFUNDABLE_FOR = timedelta(days=180)
MOST_CAPTURES = 10
# The lower of 115 % and 75 units of the currency above what was authorized.
OVER_CAPTURE_PERCENT = 15
OVER_CAPTURE_UNITS = 75
INVOICE = "paypal_invoice"

Body = dict[str, Any]


def capture_order(order_id: str, body: Body) -> Document:
    """Take the money of an approved order; what became of it stands in the captures."""
    paypal_schema.check(paypal_schema.ORDER_ACTION, body)
    order = load(order_id)
    funding = _ready(order, intent="CAPTURE", already="ORDER_ALREADY_CAPTURED")
    for unit in order["purchase_units"]:
        _claim_invoice(unit.get("invoice_id"), owner=order["id"])
        capture = new_capture(order, unit, unit["amount"], status=funding.capture_status)
        order[HIDDEN]["captures"].append(capture["id"])
    order["status"] = "COMPLETED"
    keep(ORDER, order)
    emit("CHECKOUT.ORDER.COMPLETED", view(order))
    return order


def authorize_order(order_id: str, body: Body) -> Document:
    """Hold the money of an approved order; the order is then complete, the hold is not."""
    paypal_schema.check(paypal_schema.ORDER_ACTION, body)
    order = load(order_id)
    funding = _ready(order, intent="AUTHORIZE", already="ORDER_ALREADY_AUTHORIZED")
    for unit in order["purchase_units"]:
        _claim_invoice(unit.get("invoice_id"), owner=order["id"])
        held = new_authorization(order, unit, unit["amount"], status=funding.authorization_status)
        order[HIDDEN]["authorizations"].append(held["id"])
    order["status"] = "COMPLETED"
    keep(ORDER, order)
    return order


def _ready(order: Document, *, intent: str, already: str) -> Funding:
    if order["intent"] != intent:
        raise PayPalError("ACTION_DOES_NOT_MATCH_INTENT")
    if order["status"] == "COMPLETED":
        raise PayPalError(already)
    if order["status"] == "VOIDED":
        raise PayPalError("ORDER_COMPLETED_OR_VOIDED")
    if order["status"] != "APPROVED":
        raise PayPalError("ORDER_NOT_APPROVED")
    funding = FUNDING[order[HIDDEN]["funding"]]
    if funding.declined:
        # The buyer may come back, choose something else and approve again.
        again = f"{base_url()}/checkoutnow?token={order['id']}"
        raise PayPalError("INSTRUMENT_DECLINED", redirect=again)
    return funding


def _claim_invoice(invoice_id: str | None, *, owner: str) -> None:
    if invoice_id is None:
        return
    taken = sandbox().store.get(INVOICE, invoice_id)
    if taken is not None and taken["owner"] != owner:
        raise PayPalError("DUPLICATE_INVOICE_ID", field="/invoice_id", value=invoice_id)
    sandbox().store.put(INVOICE, invoice_id, {"id": invoice_id, "owner": owner})


def capture_authorization(authorization_id: str, body: Body) -> Document:
    """Take held money, all or part, until the final capture."""
    paypal_schema.check(paypal_schema.CAPTURE, body)
    held = load_authorization(authorization_id)
    refusals = {"VOIDED": "AUTHORIZATION_VOIDED", "CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED"}
    refusals |= {"DENIED": "AUTHORIZATION_DENIED", "PENDING": "TRANSACTION_REFUSED"}
    if held[HIDDEN]["expired"]:
        raise PayPalError("AUTHORIZATION_EXPIRED")
    if held["status"] in refusals:
        raise PayPalError(refusals[held["status"]])
    order = find(ORDER, held[HIDDEN]["order_id"])
    unit = next(
        u for u in order["purchase_units"] if u["reference_id"] == held[HIDDEN]["reference_id"]
    )
    authorized = paypal_money.minor_of(held["amount"])
    taken = [paypal_money.minor_of(find(CAPTURE, c)["amount"]) for c in _captures_of(held)]
    amount = body.get("amount") or _rest(held, authorized - sum(taken))
    wanted = _amount(amount, held, mismatch="AUTH_CAPTURE_CURRENCY_MISMATCH")
    if len(taken) >= MOST_CAPTURES:
        raise PayPalError("MAX_CAPTURE_COUNT_EXCEEDED")
    if sum(taken) + wanted > authorized + _overage(held, authorized):
        field = "/amount/value"
        raise PayPalError("MAX_CAPTURE_AMOUNT_EXCEEDED", field=field, value=amount["value"])
    _claim_invoice(body.get("invoice_id"), owner=order["id"])
    final = bool(body.get("final_capture", False)) or len(taken) + 1 == MOST_CAPTURES
    unit = unit | {k: body[k] for k in ("invoice_id",) if k in body}
    capture = new_capture(order, unit, amount, status="COMPLETED", final=final, held=held)
    order[HIDDEN]["captures"].append(capture["id"])
    keep(ORDER, order)
    done = final or sum(taken) + wanted >= authorized
    for member in _family(held):
        member["status"] = "CAPTURED" if done else "PARTIALLY_CAPTURED"
        member[HIDDEN]["captures"].append(capture["id"])
        keep(AUTHORIZATION, member)
    return capture


def void(authorization_id: str) -> Document:
    """Let held money go; the order is void when nothing of it was taken."""
    held = load_authorization(authorization_id)
    if held[HIDDEN]["parent"]:
        raise PayPalError("CANNOT_BE_VOIDED")
    if held["status"] == "VOIDED":
        raise PayPalError("PREVIOUSLY_VOIDED")
    if held["status"] in ("CAPTURED", "DENIED"):
        raise PayPalError(
            "PREVIOUSLY_CAPTURED" if held["status"] == "CAPTURED" else "CANNOT_BE_VOIDED"
        )
    release(held)
    return find(AUTHORIZATION, authorization_id)


def release(held: Document) -> None:
    """Void an authorization and those made from it, and its order with the last of them."""
    for member in _family(held):
        member["status"] = "VOIDED"
        keep(AUTHORIZATION, member)
        emit("PAYMENT.AUTHORIZATION.VOIDED", shown(member))
    order = find(ORDER, held[HIDDEN]["order_id"])
    if not order[HIDDEN]["captures"]:
        order["status"] = "VOIDED"
        keep(ORDER, order)


def reauthorize(authorization_id: str, body: Body) -> Document:
    """Hold the money anew once the honor period is over; the new hold has its own id."""
    paypal_schema.check(paypal_schema.REAUTHORIZE, body)
    held = load_authorization(authorization_id)
    if held[HIDDEN]["parent"] or len(_family(held)) > 1:
        raise PayPalError("REAUTHORIZATION_NOT_SUPPORTED")
    refusals = {"VOIDED": "AUTHORIZATION_VOIDED", "CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED"}
    if held["status"] in refusals:
        raise PayPalError(refusals[held["status"]])
    if held["status"] != "CREATED":
        raise PayPalError("TRANSACTION_REFUSED")
    if clock.now() - moment_of(held["create_time"]) <= HONOR_PERIOD:
        raise PayPalError("REAUTHORIZATION_TOO_SOON")
    amount = body.get("amount") or held["amount"]
    wanted = _amount(amount, held, mismatch="AUTH_CURRENCY_MISMATCH")
    authorized = paypal_money.minor_of(held["amount"])
    if wanted > authorized + _overage(held, authorized):
        raise PayPalError("TRANSACTION_REFUSED")
    order = find(ORDER, held[HIDDEN]["order_id"])
    unit = {"reference_id": held[HIDDEN]["reference_id"]}
    unit |= {name: held[name] for name in ("invoice_id", "custom_id") if name in held}
    renewed = new_authorization(order, unit, amount, status="CREATED", parent=held)
    order[HIDDEN]["authorizations"].append(renewed["id"])
    keep(ORDER, order)
    return renewed


def refund(capture_id: str, body: Body) -> Document:
    """Give captured money back, all that is left or part of it."""
    paypal_schema.check(paypal_schema.REFUND, body)
    capture = find(CAPTURE, capture_id, parameter="capture_id")
    if capture["status"] == "PENDING":
        raise PayPalError("PENDING_CAPTURE")
    if capture["status"] == "REFUNDED":
        raise PayPalError("CAPTURE_FULLY_REFUNDED")
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise PayPalError("REFUND_NOT_ALLOWED")
    if clock.now() - moment_of(capture["create_time"]) > REFUNDABLE_FOR:
        raise PayPalError("REFUND_TIME_LIMIT_EXCEEDED")
    order = find(ORDER, capture[HIDDEN]["order_id"])
    refunds = order[HIDDEN]["refunds"]
    left = paypal_money.minor_of(capture["amount"]) - capture[HIDDEN]["refunded"]
    amount = body.get("amount") or _rest(capture, left)
    wanted = _amount(amount, capture, mismatch="REFUND_CAPTURE_CURRENCY_MISMATCH")
    if wanted > left:
        field = "/amount/value"
        raise PayPalError("REFUND_AMOUNT_EXCEEDED", field=field, value=amount["value"])
    if "invoice_id" in body:
        # A refund may carry its sale's invoice id; a second refund may not carry it again.
        _claim_invoice(f"refund {body['invoice_id']}", owner=f"{capture_id} {len(refunds)}")
    capture[HIDDEN]["refunded"] += wanted
    capture["status"] = "REFUNDED" if wanted == left else "PARTIALLY_REFUNDED"
    keep(CAPTURE, capture)
    given_back = new_refund(capture, amount, body)
    refunds.append(given_back["id"])
    keep(ORDER, order)
    return given_back


def review(capture_id: str, *, accepted: bool) -> Document:
    """End the review of a pending capture (PayPal's own people do this, not its API)."""
    capture = find(CAPTURE, capture_id)
    if capture["status"] != "PENDING":
        raise PayPalError("TRANSACTION_REFUSED")
    settle_capture(capture, "COMPLETED" if accepted else "DECLINED")
    return capture


def load_authorization(authorization_id: str) -> Document:
    """Read an authorization; one past its 29 days has voided itself."""
    held = find(AUTHORIZATION, authorization_id, parameter="authorization_id")
    open_still = held["status"] in ("CREATED", "PARTIALLY_CAPTURED", "PENDING")
    if open_still and clock.now() >= moment_of(held["expiration_time"]):
        with sandbox().store.transaction():
            for member in _family(held):
                member[HIDDEN]["expired"] = True
                keep(AUTHORIZATION, member)
            release(held)
        held = find(AUTHORIZATION, authorization_id)
    return held


def _family(held: Document) -> list[Document]:
    """List an authorization's original and what was reauthorized from it: one hold, many ids."""
    root = held[HIDDEN]["parent"] or held["id"]
    order = find(ORDER, held[HIDDEN]["order_id"])
    members = [find(AUTHORIZATION, each) for each in order[HIDDEN]["authorizations"]]
    return [m for m in members if root in (m["id"], m[HIDDEN]["parent"])]


def _captures_of(held: Document) -> list[str]:
    captures: list[str] = held[HIDDEN]["captures"]
    return captures


def _rest(document: Document, minor: int) -> dict[str, str]:
    return paypal_money.money(minor, document["amount"]["currency_code"])


def _amount(amount: Body, document: Document, *, mismatch: str) -> int:
    if amount["currency_code"] != document["amount"]["currency_code"]:
        field = "/amount/currency_code"
        raise PayPalError(mismatch, field=field, value=amount["currency_code"])
    return paypal_money.parse(amount, field="/amount")


def _overage(held: Document, authorized: int) -> int:
    decimals = paypal_money.DECIMALS[held["amount"]["currency_code"]]
    units: int = OVER_CAPTURE_UNITS * 10**decimals
    return min(authorized * OVER_CAPTURE_PERCENT // 100, units)
