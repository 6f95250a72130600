"""Authorizations: held money is taken in parts, let go, held anew, and ends by itself."""

from datetime import timedelta
from typing import Any

from sandbox import (
    clock,
    paypal_journal,
    paypal_money,
    paypal_rules,
    paypal_schema,
    paypal_settings,
    paypal_vault,
)
from sandbox.paypal_documents import new_authorization, new_capture
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_hooks import emit
from sandbox.paypal_payments import after_capture, claim_invoice, rest_of, wanted_of
from sandbox.paypal_world import (
    AUTHORIZATION,
    CAPTURE,
    HIDDEN,
    ORDER,
    find,
    keep,
    moment_of,
    sandbox,
    shown,
)
from sandbox.store import Document

HONOR_PERIOD = timedelta(days=3)
MOST_CAPTURES = 10
# The lower of 115 % and 75 units of the currency above what was authorized.
OVER_CAPTURE_PERCENT = 15
OVER_CAPTURE_UNITS = 75

Body = dict[str, Any]


def capture_authorization(authorization_id: str, body: Body) -> Document:
    """Take held money, all or part, until the final capture."""
    paypal_rules.check(paypal_schema.CAPTURE, body)
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
    amount = body.get("amount") or rest_of(held, authorized - sum(taken))
    wanted = wanted_of(amount, held, mismatch="AUTH_CAPTURE_CURRENCY_MISMATCH")
    if len(taken) >= MOST_CAPTURES:
        raise PayPalError("MAX_CAPTURE_COUNT_EXCEEDED")
    if sum(taken) + wanted > authorized + _overage(held, authorized):
        field = "/amount/value"
        raise PayPalError("MAX_CAPTURE_AMOUNT_EXCEEDED", field=field, value=amount["value"])
    claim_invoice(body.get("invoice_id"), owner=order["id"])
    final = bool(body.get("final_capture", False)) or len(taken) + 1 == MOST_CAPTURES
    unit = unit | {k: body[k] for k in ("invoice_id",) if k in body}
    capture = new_capture(order, unit, amount, status="COMPLETED", final=final, held=held)
    order[HIDDEN]["captures"].append(capture["id"])
    keep(ORDER, order)
    after_capture(order, capture)
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
        minor = -paypal_money.minor_of(member["amount"])
        paypal_journal.write(paypal_journal.VOID, minor, member, reference=(member["id"], "TXN"))
        emit("PAYMENT.AUTHORIZATION.VOIDED", shown(member))
    order = find(ORDER, held[HIDDEN]["order_id"])
    if not order[HIDDEN]["captures"]:
        order["status"] = "VOIDED"
        keep(ORDER, order)


def reauthorize(authorization_id: str, body: Body) -> Document:
    """Hold the money anew once the honor period is over; the new hold has its own id."""
    paypal_rules.check(paypal_schema.REAUTHORIZE, body)
    held = load_authorization(authorization_id)
    # "You can reauthorize an authorized payment only once", says the document of 2024-02; newer
    # pages say several times: so it is a setting.
    again = paypal_settings.current()["reauthorizations"]
    if held[HIDDEN]["parent"] or len(_family(held)) > again:
        raise PayPalError("REAUTHORIZATION_NOT_SUPPORTED")
    refusals = {"VOIDED": "AUTHORIZATION_VOIDED", "CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED"}
    if held["status"] in refusals:
        raise PayPalError(refusals[held["status"]])
    if held["status"] != "CREATED":
        raise PayPalError("TRANSACTION_REFUSED")
    newest = max(moment_of(member["create_time"]) for member in _family(held))
    if clock.now() - newest <= HONOR_PERIOD:
        raise PayPalError("REAUTHORIZATION_TOO_SOON")
    amount = body.get("amount") or held["amount"]
    wanted = wanted_of(amount, held, mismatch="AUTH_CURRENCY_MISMATCH")
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


def review(authorization_id: str, *, accepted: bool) -> Document:
    """End the review of a pending authorization (PayPal's own people do this, not its API)."""
    held = load_authorization(authorization_id)
    if held["status"] != "PENDING":
        raise PayPalError("TRANSACTION_REFUSED")
    held["status"] = "CREATED" if accepted else "DENIED"
    held.pop("status_details")
    keep(AUTHORIZATION, held)
    order = find(ORDER, held[HIDDEN]["order_id"])
    paypal_vault.settle_wish(order, "CREATED" if accepted else "DENIED")
    keep(ORDER, order)
    if accepted:
        emit("PAYMENT.AUTHORIZATION.CREATED", shown(held))
    return held


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


def _overage(held: Document, authorized: int) -> int:
    decimals = paypal_money.DECIMALS[held["amount"]["currency_code"]]
    units: int = OVER_CAPTURE_UNITS * 10**decimals
    return min(authorized * OVER_CAPTURE_PERCENT // 100, units)
