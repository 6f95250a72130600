"""What the demo shop says about each status that Till's payments have."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """How a status reads on the thank-you page; `is_done` empties the cart."""

    tone: str  # ok | wait | bad
    label: str
    headline: str
    text: str
    is_done: bool = False
    again: bool = False  # somebody else will change it soon: look again
    pay: bool = False  # the shopper may still pay


_NOT_YET = Words(
    "wait",
    "Not paid yet",
    "Your order is waiting for payment",
    "Nothing was taken so far.",
    pay=True,
)
_PAID = Words(
    "ok",
    "Paid",
    "Thank you, your order is paid",
    "We roast on Tuesdays and ship on Wednesdays.",
    is_done=True,
)
_GOES_BACK = "The money goes back the way you paid."
_CLOSED = "No money was taken. Your cart is still here if you want to try again."

# fmt: off
WORDS = {
    "pending": _NOT_YET,
    "requires_action": _NOT_YET,
    "captured": _PAID,
    "authorized": Words("ok", "Authorized", "Thank you, your order is placed",
        "The amount is reserved. We take it when we ship.", is_done=True),
    "processing": Words("wait", "Processing", "We are waiting for your payment",
        "This can take a moment. You need not pay again.", is_done=True, again=True),
    "in_review": Words("wait", "In review", "We are checking your order",
        "You will hear from us within a day. You need not pay again.", is_done=True),
    "partially_refunded": Words("ok", "Partly refunded", "Part of your order was refunded",
        _GOES_BACK, is_done=True),
    "refunded": Words("ok", "Refunded", "Your order was refunded", _GOES_BACK, is_done=True),
    "failed": Words("bad", "Not paid", "Your payment did not go through", _CLOSED, pay=True),
    "canceled": Words("bad", "Canceled", "This order was canceled", _CLOSED),
    "expired": Words("bad", "Expired", "This checkout has expired", _CLOSED),
    "chargeback": Words("bad", "Disputed", "This payment is disputed",
        "Your bank has taken it back to look into it.", is_done=True),
}
# fmt: on

# Statuses in which the shopper can go to Till's page and pay there.
OPEN = {"pending", "requires_action", "failed"}
# Statuses after which only a new order can be paid.
CLOSED = {"canceled", "expired"}

# A status this shop has not heard of is not a reason to pay twice.
UNKNOWN = Words(
    "wait", "Being checked", "We are checking your payment", "You need not pay again.", again=True
)


def words(status: str) -> Words:
    """Find the words for a status."""
    return WORDS.get(status, UNKNOWN)
