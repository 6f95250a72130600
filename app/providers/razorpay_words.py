"""Razorpay's words in ours. A word that is not here means "undecided".

Sources: razorpay.com/docs "Orders", "Payments", "Refunds" and "Disputes" entities, "Payment Error Codes". There is no
published schema: docs/razorpay.md lists what could not be checked.
"""

from __future__ import annotations

from app.providers.base import Capabilities, Decline, Method, MethodRule, Step
from app.providers.razorpay_http import Node

INR, INDIA = frozenset({"INR"}), frozenset({"IN"})

CAN = Capabilities(
    currencies=INR,
    exponents={},
    minimum={"INR": 100},
    # No maximum is published; banks and apps have their own. Ten digits of paise are a hundred million rupees.
    maximum_digits=10,
    methods=(
        MethodRule("upi", countries=INDIA, flow="redirect"),
        MethodRule("netbanking", countries=INDIA, flow="redirect"),
        MethodRule("wallet", countries=INDIA, flow="redirect"),
    ),
    captures_parts=False,
)

# Payment.status, best news first: of several payments on one order the best one decides.
PAYMENT = ("captured", "authorized", "created", "refunded", "failed")

REFUND = {"pending": Step.WAIT, "processed": Step.SUCCEED, "failed": Step.FAIL}

# Dispute.status → the steps that led there. `closed` is about a suspected fraud that was looked into: no money moved.
DISPUTE = {
    "open": (Step.OPEN,),
    "under_review": (Step.OPEN,),
    "won": (Step.OPEN, Step.WIN),
    "lost": (Step.OPEN, Step.LOSE),
    "closed": (),
}
# Dispute.phase in which a bank only asks: no money has moved.
ASKING = frozenset({"fraud", "retrieval"})

# Payment.error_reason → key of app.declines.TEXTS.
# fmt: off
DECLINES = {
    "bank_account_invalid":                    "generic_decline",
    "bank_technical_error":                    "try_again_later",
    "gateway_technical_error":                 "try_again_later",
    "incorrect_otp":                           "authentication_failed",
    "incorrect_pin":                           "authentication_failed",
    "insufficient_funds":                      "insufficient_funds",
    "invalid_vpa":                             "generic_decline",
    "payment_cancelled":                       "abandoned",
    "payment_collect_request_expired":         "abandoned",
    "payment_declined":                        "generic_decline",
    "payment_failed":                          "generic_decline",
    "payment_risk_check_failed":               "fraudulent",
    "payment_timed_out":                       "abandoned",
    "server_error":                            "try_again_later",
    "transaction_limit_exceeded":              "limit_exceeded",
}
# fmt: on


def decline(payment: Node) -> Decline:
    """Why a payment failed."""
    reason = str(payment.get("error_reason") or payment.get("error_code") or "failed")[:80]
    return Decline(DECLINES.get(reason, "generic_decline"), reason)


def method(payment: Node) -> Method | None:
    """How the shopper paid, as far as it may be shown."""
    kind = _short(payment.get("method"))
    if kind is None:
        return None
    return Method(
        type=kind,
        bank=_short(payment.get("bank")),
        wallet=_short(payment.get("wallet")),
    )


def facts(payment: Node) -> Node:
    """What scoring may want to know. Of a UPI id the handle only: the rest is somebody's name or number."""
    handle = str(payment.get("vpa") or "").rpartition("@")[2]
    told = {
        "bank": _short(payment.get("bank")),
        "wallet": _short(payment.get("wallet")),
        "upi_handle": _short(handle),
    }
    return {name: value for name, value in told.items() if value}


def _short(value: object) -> str | None:
    return value[:60] if isinstance(value, str) and value else None
