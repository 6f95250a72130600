"""Razorpay's own books, in paise: what every order took, holds and gave back."""

from typing import Any

from sandbox.razorpay_world import World
from sandbox.store import Document

ORDER = ("id", "status", "amount", "currency", "receipt", "notes")
PAYMENT = ("id", "order_id", "status", "method", "amount", "captured", "fee", "tax", "currency")
REFUND = ("id", "status", "amount", "currency", "payment_id", "receipt", "notes")
DISPUTE = ("id", "status", "amount", "amount_deducted", "currency", "payment_id")


def razorpay_books(world: World) -> dict[str, Any]:
    """List payments (an order each), what they were paid with, refunds and disputes; add it up.

    What was authorized, never captured and given back was never the merchant's: it is in
    `captures` by its own status and counts nowhere else.
    """
    payments = world.list("payment", newest_first=False)
    refunds = [r for r in world.list("refund", newest_first=False) if r["_of_captured"]]
    disputes = world.list("dispute", newest_first=False)
    net: dict[str, int] = {}
    for payment in payments:
        if payment["captured"]:
            kept = payment["amount"] - payment["fee"] - payment["amount_refunded"]
            net[payment["currency"]] = net.get(payment["currency"], 0) + kept
    for dispute in disputes:
        net[dispute["currency"]] = net.get(dispute["currency"], 0) - dispute["amount_deducted"]
    orders = world.list("order", newest_first=False)
    return {
        "payments": [_order(order, payments) for order in orders],
        "captures": [_part(payment, PAYMENT) for payment in payments],
        "refunds": [_part(refund, REFUND) for refund in refunds],
        "disputes": [_part(dispute, DISPUTE) for dispute in disputes],
        "net": net,
    }


def _order(order: Document, payments: list[Document]) -> Document:
    mine = [payment for payment in payments if payment["order_id"] == order["id"]]
    taken = [payment for payment in mine if payment["captured"]]
    return {
        **_part(order, ORDER),
        "amount_held": sum(p["amount"] for p in mine if p["status"] == "authorized"),
        "amount_captured": sum(payment["amount"] for payment in taken),
        "amount_refunded": sum(payment["amount_refunded"] for payment in taken),
    }


def _part(doc: Document, names: tuple[str, ...]) -> Document:
    return {name: doc[name] for name in names}
