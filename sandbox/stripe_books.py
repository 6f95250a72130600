"""Stripe's own books: every intent, refund and dispute with what it did to the balance."""

from typing import Any

from sandbox.store import Document
from sandbox.stripe_balance import lines
from sandbox.stripe_spoil import spoiled
from sandbox.stripe_world import World

PAYMENT = ("id", "status", "amount", "amount_capturable", "amount_received", "currency")
REFUND = ("id", "status", "amount", "currency", "charge", "payment_intent", "metadata", "reason")
PAYOUT = ("id", "status", "amount", "currency", "arrival_date", "automatic")
DISPUTE = ("id", "status", "amount", "currency", "charge", "payment_intent")


def stripe_books(world: World) -> dict[str, Any]:
    """List payments, refunds (released holds apart) and disputes, and add the balance up."""
    refunds = world.list("refund", newest_first=False)
    moved = [refund for refund in refunds if not refund.get("_released")]
    sent_back: dict[str, int] = {}
    for refund in moved:
        if refund["status"] != "failed":
            intent_id = refund["payment_intent"]
            sent_back[intent_id] = sent_back.get(intent_id, 0) + refund["amount"]
    payments = [
        {
            **_part(intent, (*PAYMENT, "metadata", "latest_charge")),
            "amount_refunded": sent_back.get(intent["id"], 0),
        }
        for intent in world.list("payment_intent", newest_first=False)
    ]
    net: dict[str, int] = {}
    for line in lines(world):
        net[line["currency"]] = net.get(line["currency"], 0) + line["net"]
    return {
        "payments": payments,
        "refunds": [_part(refund, REFUND) for refund in moved],
        "disputes": [_part(dispute, DISPUTE) for dispute in world.list("dispute")],
        "payouts": [_part(payout, PAYOUT) for payout in world.list("payout")],
        "spoiled_lines": spoiled(world),
        "net": net,
    }


def _part(doc: Document, names: tuple[str, ...]) -> Document:
    return {name: doc[name] for name in names}
