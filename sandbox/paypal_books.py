"""PayPal's own books, in minor units: what every order took, held and gave back."""

from typing import Any

from sandbox import Sandbox
from sandbox.paypal_money import minor_of
from sandbox.paypal_world import AUTHORIZATION, CAPTURE, HIDDEN, ORDER, REFUND
from sandbox.store import Document

TAKEN = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
HELD = ("CREATED", "PARTIALLY_CAPTURED")

Row = dict[str, Any]


def paypal_books(sandbox: Sandbox) -> dict[str, Any]:
    """List payments (an order each), captures and refunds, and add the balance up."""
    every = sandbox.store.list
    captures = [_capture(row) for row in every(CAPTURE, newest_first=False)]
    refunds = [_refund(row) for row in every(REFUND, newest_first=False)]
    holds = every(AUTHORIZATION, newest_first=False)
    net: dict[str, int] = {}
    for row in captures:
        net[row["currency"]] = net.get(row["currency"], 0) + row["amount_taken"] - row["fee"]
    for row in refunds:
        net[row["currency"]] = net.get(row["currency"], 0) - row["amount"]
    payments = [
        _payment(order, captures, refunds, holds) for order in every(ORDER, newest_first=False)
    ]
    return {"payments": payments, "captures": captures, "refunds": refunds, "net": net}


def _payment(order: Document, captures: list[Row], refunds: list[Row], holds: list[Row]) -> Row:
    mine = order["id"]
    taken = sum(row["amount_taken"] for row in captures if row["order_id"] == mine)
    # A reauthorization is its original's hold under another id: it is not counted again.
    held = sum(
        minor_of(row["amount"])
        for row in holds
        if row[HIDDEN]["order_id"] == mine and row["status"] in HELD and not row[HIDDEN]["parent"]
    )
    return {
        "id": mine,
        "status": order["status"],
        "intent": order["intent"],
        "amount": sum(minor_of(unit["amount"]) for unit in order["purchase_units"]),
        "amount_held": max(held - taken, 0),
        "amount_captured": taken,
        "amount_refunded": sum(row["amount"] for row in refunds if row["order_id"] == mine),
        "currency": order["purchase_units"][0]["amount"]["currency_code"],
        "custom_id": order["purchase_units"][0].get("custom_id"),
    }


def _capture(capture: Document) -> Row:
    parts = capture.get("seller_receivable_breakdown")
    amount = minor_of(capture["amount"])
    return {
        "id": capture["id"],
        "status": capture["status"],
        "amount": amount,
        "amount_taken": amount if capture["status"] in TAKEN else 0,
        "fee": minor_of(parts["paypal_fee"]) if parts else 0,
        "currency": capture["amount"]["currency_code"],
        "order_id": capture[HIDDEN]["order_id"],
        "authorization_id": capture[HIDDEN]["authorization_id"] or None,
        "custom_id": capture.get("custom_id"),
    }


def _refund(refund: Document) -> Row:
    return {
        "id": refund["id"],
        "status": refund["status"],
        "amount": minor_of(refund["amount"]),
        "currency": refund["amount"]["currency_code"],
        "order_id": refund[HIDDEN]["order_id"],
        "capture_id": refund[HIDDEN]["capture_id"],
        "custom_id": refund.get("custom_id"),
    }
