"""Authorizations, captures and refunds as PayPal writes them, and the events of their birth."""

from datetime import timedelta
from typing import Any

from sandbox import clock, paypal_journal, paypal_money
from sandbox.paypal_funding import Funding
from sandbox.paypal_hooks import emit
from sandbox.paypal_world import (
    AUTHORIZATION,
    CAPTURE,
    HIDDEN,
    PAYEE,
    REFUND,
    keep,
    link,
    new_id,
    sandbox,
    shown,
    wire_now,
    wire_time,
)
from sandbox.store import Document

AUTHORIZED_FOR = timedelta(days=29)
PROTECTION = {
    "status": "ELIGIBLE",
    "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
}
AVS_AND_CVV = {"avs_code": "A", "cvv_code": "M"}
REFUSED = "0500"
CAPTURE_EVENTS = {
    "COMPLETED": "PAYMENT.CAPTURE.COMPLETED",
    "DECLINED": "PAYMENT.CAPTURE.DECLINED",
    "PENDING": "PAYMENT.CAPTURE.PENDING",
}

Money = dict[str, str]


def _plain(amount: dict[str, Any]) -> Money:
    minor = paypal_money.parse(amount, field="/amount")
    return paypal_money.money(minor, amount["currency_code"])


def _marks(unit: dict[str, Any]) -> dict[str, str]:
    return {name: unit[name] for name in ("invoice_id", "custom_id") if name in unit}


def _processor(status: str, funding: Funding | None) -> dict[str, Any]:
    """What the card's processor said; a wallet has none, unless it refused."""
    code = funding.response_code if funding else ""
    if status == "DENIED" and not code:
        code = REFUSED
    return {"processor_response": {"response_code": code, **AVS_AND_CVV}} if code else {}


def _book(
    code: str, minor: int, document: Document, *, of: str, fee: int = 0, kind: str = "ODR"
) -> None:
    made = document["id"]
    paypal_journal.write(code, minor, document, fee=fee, transaction_id=made, reference=(of, kind))


def new_authorization(
    order: Document,
    unit: dict[str, Any],
    amount: dict[str, Any],
    *,
    status: str,
    funding: Funding | None = None,
    parent: Document | None = None,
) -> Document:
    """Hold money; a reauthorization keeps the end of its original."""
    authorization_id = new_id()
    path = f"/v2/payments/authorizations/{authorization_id}"
    expires = wire_time(clock.now() + AUTHORIZED_FOR)
    held: Document = {
        "id": authorization_id,
        "status": status,
        **({"status_details": {"reason": "PENDING_REVIEW"}} if status == "PENDING" else {}),
        "amount": _plain(amount),
        **_marks(unit),
        "seller_protection": PROTECTION,
        **_processor(status, funding),
        "expiration_time": parent["expiration_time"] if parent else expires,
        "create_time": wire_now(),
        "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        "payee": PAYEE,
        "links": [
            link(path, "self"),
            link(f"{path}/capture", "capture", "POST"),
            link(f"{path}/void", "void", "POST"),
            link(f"{path}/reauthorize", "reauthorize", "POST"),
            link(f"/v2/checkout/orders/{order['id']}", "up"),
        ],
        HIDDEN: {
            "order_id": order["id"],
            "reference_id": unit["reference_id"],
            "parent": parent["id"] if parent else "",
            "captures": list(parent[HIDDEN]["captures"]) if parent else [],
            "expired": False,
        },
    }
    keep(AUTHORIZATION, held)
    if parent is None:
        ends = AUTHORIZED_FOR.total_seconds() + 1
        sandbox().timers.after(ends, "paypal.expire_hold", authorization_id=authorization_id)
    if status == "CREATED":
        code = paypal_journal.REAUTHORIZATION if parent else paypal_journal.AUTHORIZATION
        _book(code, paypal_money.minor_of(held["amount"]), held, of=order["id"])
        emit("PAYMENT.AUTHORIZATION.CREATED", shown(held))
    return held


def new_capture(
    order: Document,
    unit: dict[str, Any],
    amount: dict[str, Any],
    *,
    status: str,
    funding: Funding | None = None,
    final: bool = True,
    held: Document | None = None,
) -> Document:
    """Take money, or find out that it cannot be taken."""
    capture_id = new_id()
    path = f"/v2/payments/captures/{capture_id}"
    up = (
        f"/v2/payments/authorizations/{held['id']}"
        if held
        else f"/v2/checkout/orders/{order['id']}"
    )
    related = {"order_id": order["id"], **({"authorization_id": held["id"]} if held else {})}
    capture: Document = {
        "id": capture_id,
        "status": "",
        "amount": _plain(amount),
        "final_capture": final,
        "disbursement_mode": "INSTANT",
        **_marks(unit),
        "seller_protection": PROTECTION,
        **_processor(status, funding),
        "create_time": wire_now(),
        "supplementary_data": {"related_ids": related},
        "payee": PAYEE,
        "links": [
            link(path, "self"),
            link(f"{path}/refund", "refund", "POST"),
            link(up, "up"),
        ],
        HIDDEN: {
            "order_id": order["id"],
            "authorization_id": held["id"] if held else "",
            "reference_id": unit["reference_id"],
            "refunded": 0,
        },
    }
    settle_capture(capture, status)
    return capture


def settle_capture(capture: Document, status: str) -> None:
    """Give a capture its outcome, write it, tell it."""
    capture.pop("status_details", None)
    capture["status"] = status
    if status == "PENDING":
        capture["status_details"] = {"reason": "PENDING_REVIEW"}
    if status == "DECLINED":
        capture.setdefault("processor_response", {"response_code": REFUSED, **AVS_AND_CVV})
    if status == "COMPLETED":
        gross, currency = (
            paypal_money.minor_of(capture["amount"]),
            capture["amount"]["currency_code"],
        )
        fee = paypal_money.fee(gross, currency)
        capture["seller_receivable_breakdown"] = {
            "gross_amount": paypal_money.money(gross, currency),
            "paypal_fee": paypal_money.money(fee, currency),
            "net_amount": paypal_money.money(gross - fee, currency),
        }
        _book(paypal_journal.PAYMENT, gross, capture, fee=-fee, of=capture[HIDDEN]["order_id"])
    keep(CAPTURE, capture)
    emit(CAPTURE_EVENTS[status], shown(capture))


def new_refund(
    capture: Document, amount: dict[str, Any], body: dict[str, Any], *, pending: bool
) -> Document:
    """Give money back, now or once it is no longer pending; the fee stays with PayPal."""
    refund_id = new_id()
    currency = capture["amount"]["currency_code"]
    gross = _plain(amount)
    given_back: Document = {
        "id": refund_id,
        "status": "PENDING",
        "status_details": {"reason": "ECHECK"},
        "amount": gross,
        **{
            name: body[name]
            for name in ("invoice_id", "custom_id", "note_to_payer")
            if name in body
        },
        "seller_payable_breakdown": {
            "gross_amount": gross,
            "paypal_fee": paypal_money.money(0, currency),
            "net_amount": gross,
            "total_refunded_amount": paypal_money.money(capture[HIDDEN]["refunded"], currency),
        },
        "create_time": wire_now(),
        "links": [
            link(f"/v2/payments/refunds/{refund_id}", "self"),
            link(f"/v2/payments/captures/{capture['id']}", "up"),
        ],
        HIDDEN: {
            "order_id": capture[HIDDEN]["order_id"],
            "capture_id": capture["id"],
            "reference_id": capture[HIDDEN]["reference_id"],
        },
    }
    if pending:
        keep(REFUND, given_back)
        return given_back
    return settle_refund(given_back, "COMPLETED")


def settle_refund(given_back: Document, status: str) -> Document:
    """Give a refund its outcome and write it. One that came to nothing is told by no event: none is published."""
    given_back.pop("status_details", None)
    given_back["status"] = status
    keep(REFUND, given_back)
    if status == "COMPLETED":
        minor = -paypal_money.minor_of(given_back["amount"])
        of = given_back[HIDDEN]["capture_id"]
        _book(paypal_journal.REFUND, minor, given_back, of=of, kind="TXN")
        emit("PAYMENT.CAPTURE.REFUNDED", shown(given_back))
    return given_back
