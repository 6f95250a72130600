"""PayPal's own books, in minor units: what every order took, held and gave back."""

from typing import Any

from sandbox import Sandbox
from sandbox.paypal_disputes import DISPUTE
from sandbox.paypal_money import minor_of
from sandbox.paypal_world import AUTHORIZATION, CAPTURE, HIDDEN, ORDER, REFUND
from sandbox.store import Document

TAKEN = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
HELD = ("CREATED", "PARTIALLY_CAPTURED")

Row = dict[str, Any]


def paypal_books(sandbox: Sandbox) -> dict[str, Any]:
    """List payments (an order each), captures, refunds and disputes, and add the balance up."""
    every = sandbox.store.list
    captures = [_capture(row) for row in every(CAPTURE, newest_first=False)]
    refunds = [_refund(row) for row in every(REFUND, newest_first=False)]
    holds = every(AUTHORIZATION, newest_first=False)
    net: dict[str, int] = {}
    for row in captures:
        net[row["currency"]] = net.get(row["currency"], 0) + row["amount_taken"] - row["fee"]
    for row in refunds:
        if row["status"] != "FAILED":
            net[row["currency"]] = net.get(row["currency"], 0) - row["amount"]
    disputes = [_dispute(row) for row in every(DISPUTE, newest_first=False)]
    for row in disputes:
        net[row["currency"]] = net.get(row["currency"], 0) - row["taken"]
    payments = [
        _payment(order, captures, refunds, holds) for order in every(ORDER, newest_first=False)
    ]
    rows = {"captures": captures, "refunds": refunds, "disputes": disputes}
    return {"payments": payments, **rows, "net": net}


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
        "amount_refunded": sum(
            row["amount"]
            for row in refunds
            if row["order_id"] == mine and row["status"] != "FAILED"
        ),
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


def _dispute(dispute: Document) -> Row:
    amount, hidden = minor_of(dispute["dispute_amount"]), dispute[HIDDEN]
    return {
        "id": dispute["id"],
        "status": dispute["status"],
        "outcome": dispute.get("dispute_outcome", {}).get("outcome_code"),
        "amount": amount,
        "held": amount if hidden["held"] else 0,
        "taken": amount if hidden["away"] else 0,
        "currency": dispute["dispute_amount"]["currency_code"],
        "capture_id": hidden["capture_id"],
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
