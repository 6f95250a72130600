"""A payment's life: created, authorized, captured, refunded, or failed; and failed, then authorized.

States, the ten minutes, and an authorization that comes after a failure are from Razorpay's pages
"Payments", "Late Payment Authorisations" and "Payments Webhook Events"; the capture settings from
"Configure Payment Capture Settings using Orders API". The fee is 2 % and 18 % GST on it, which gives
the figures of the published samples (amount 1000: fee 24, of which tax 4).
"""

import secrets
from typing import Any

from sandbox import clock
from sandbox.razorpay_errors import RazorpayError, refused
from sandbox.razorpay_fields import text_of
from sandbox.razorpay_methods import (
    ANSWER_WITHIN_S,
    AT_ONCE,
    BANKS,
    FAILURES,
    FLOWS,
    METHODS,
    WALLETS,
    mistake_in_vpa,
)
from sandbox.razorpay_refunds import make_refund
from sandbox.razorpay_world import World, new_id
from sandbox.store import Document

FEE_PERCENT, GST_PERCENT = 2, 18
LONGEST_TEXT = 320
REFERENCES = {"upi": "rrn", "netbanking": "bank_transaction_id", "wallet": "transaction_id"}
ERRORS = ("error_code", "error_description", "error_source", "error_step", "error_reason")


def start(world: World, order: Document, given: dict[str, Any]) -> Document:
    """Begin a payment of an order with what the shopper chose; say no in words.

    `given` has `method` and `vpa` (with `flow` collect), `bank` or `wallet`; also `email`, `contact`,
    `description` and `notes`.
    """
    if order["status"] == "paid":
        raise refused("order_paid")
    for name in ("method", "vpa", "flow", "bank", "wallet", "email", "contact"):
        text_of(given, name, LONGEST_TEXT)
    payment = _new_payment(order, given) | _instrument(given)
    order["attempts"] += 1
    order["status"] = "attempted"
    world.put(order)
    world.put(payment)
    world.later(ANSWER_WITHIN_S, "time_out", payment_id=payment["id"])
    reason = AT_ONCE.get(payment["vpa"] or "")
    if reason is None:
        return payment
    return fail(world, payment, reason) if reason else approve(world, payment)


def _instrument(given: dict[str, Any]) -> dict[str, Any]:
    method = given.get("method")
    if method not in METHODS:
        raise RazorpayError("The selected method is invalid.", field="method")
    if method == "netbanking":
        if given.get("bank") not in BANKS:
            raise RazorpayError("The selected bank is invalid.", field="bank")
        return {"method": method, "bank": given["bank"]}
    if method == "wallet":
        if given.get("wallet") not in WALLETS:
            raise RazorpayError("The selected wallet is invalid.", field="wallet")
        return {"method": method, "wallet": given["wallet"]}
    flow = given.get("flow", "collect")
    if flow not in FLOWS:
        raise RazorpayError("The selected flow is invalid.", field="flow")
    vpa = str(given.get("vpa") or "").strip() or None
    mistake = mistake_in_vpa(vpa or "") if flow == "collect" else ""
    if mistake:
        raise RazorpayError(mistake, field="vpa", reason="invalid_vpa", source="customer")
    account = {"payer_account_type": "bank_account", "vpa": vpa, "flow": flow}
    return {"method": method, "vpa": vpa, "upi": account}


def _new_payment(order: Document, given: dict[str, Any]) -> Document:
    return {
        "id": new_id("payment"),
        "entity": "payment",
        "amount": order["amount"],
        "currency": order["currency"],
        "status": "created",
        "order_id": order["id"],
        "invoice_id": None,
        "international": False,
        "method": "",
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        "description": given.get("description"),
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": None,
        "email": given.get("email") or "void@razorpay.com",
        "contact": given.get("contact") or "+919000090000",
        "notes": given.get("notes") or [],
        "fee": None,
        "tax": None,
        **dict.fromkeys(ERRORS),
        "acquirer_data": {},
        "created_at": clock.timestamp(),
        "_captured_at": None,
    }


def approve(world: World, payment: Document) -> Document:
    """Let the bank say yes: at once, late while it is awaited, or after the payment had failed.

    Within its order's automatic period the payment is captured too, unless the order is paid already.
    """
    if payment["status"] not in ("created", "failed"):
        raise RazorpayError(f"The payment is {payment['status']} already.")
    order = world.get("order", payment["order_id"])
    reference = REFERENCES[payment["method"]]
    number = "".join(secrets.choice("0123456789") for _ in range(12))
    payment |= {
        "status": "authorized",
        **dict.fromkeys(ERRORS),
        "acquirer_data": {reference: number},
    }
    if payment["method"] == "upi" and not payment["vpa"]:  # who paid by QR is known only now
        payment["vpa"] = payment["upi"]["vpa"] = "shopper@upi"
    world.put(payment)
    world.emit("payment.authorized", payment=payment)
    rule = order["_capture"]
    age_min = (clock.timestamp() - payment["created_at"]) / 60
    in_time = rule["mode"] == "automatic" and age_min <= rule["automatic_min"]
    if in_time and order["status"] != "paid":
        return take(world, payment, order)
    world.later((rule["manual_min"] - age_min) * 60, "give_back", payment_id=payment["id"])
    return payment


def fail(world: World, payment: Document, reason: str) -> Document:
    """Let a payment that waits fail for a reason of the table."""
    if payment["status"] != "created":
        raise RazorpayError(f"The payment is {payment['status']} already.")
    if reason not in FAILURES:
        raise RazorpayError(f"The reason is one of: {', '.join(FAILURES)}.", field="reason")
    why = FAILURES[reason]
    told = (why.code, why.description, why.source, why.step, reason)
    payment |= {"status": "failed", **dict(zip(ERRORS, told, strict=True))}
    payment["acquirer_data"] = {REFERENCES[payment["method"]]: None}
    world.put(payment)
    world.emit("payment.failed", payment=payment)
    return payment


def expire(world: World, payment: Document) -> Document:
    """Let the time to answer run out."""
    collect = payment["method"] == "upi" and payment["upi"]["flow"] == "collect"
    reason = "payment_collect_request_expired" if collect else "payment_timed_out"
    return fail(world, payment, reason)


def capture(world: World, payment: Document, amount: int) -> Document:
    """Take authorized money: all of it, and once."""
    if payment["captured"]:
        raise refused("captured")
    if payment["status"] != "authorized":
        raise refused("not_authorized")
    order = world.get("order", payment["order_id"])
    if order["status"] == "paid":
        raise refused("order_paid")
    if amount != payment["amount"]:
        raise refused("capture_amount", field="amount")
    return take(world, payment, order)


def take(world: World, payment: Document, order: Document) -> Document:
    """Capture, which pays the order."""
    base = _percent(payment["amount"], FEE_PERCENT)
    tax = _percent(base, GST_PERCENT)
    payment |= {"status": "captured", "captured": True, "fee": base + tax, "tax": tax}
    payment["_captured_at"] = clock.timestamp()
    order |= {"status": "paid", "amount_paid": payment["amount"], "amount_due": 0}
    world.put(payment)
    world.put(order)
    world.emit("payment.captured", payment=payment)
    world.emit("order.paid", payment=payment, order=order)
    return payment


def _percent(amount: int, percent: int) -> int:
    """Round half up, in whole paise."""
    return (amount * percent + 50) // 100


def time_out(world: World, payment_id: str) -> None:
    """Ten minutes have passed."""
    payment = world.get("payment", payment_id)
    if payment["status"] == "created":
        expire(world, payment)


def give_back(world: World, payment_id: str) -> None:
    """Refund what nobody captured in time; the refund says `captured: false` in its event."""
    payment = world.get("payment", payment_id)
    if payment["status"] == "authorized":
        make_refund(world, payment, payment["amount"], {})
