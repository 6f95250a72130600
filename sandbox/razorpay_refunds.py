"""Refunds: whole or in parts, at once, late or failed, and never twice for one key.

Fields, statuses and the idempotency header are those of Razorpay's pages "Create a Normal Refund",
"Create an Instant Refund" and "Create a Normal Refund (Idempotent Request)". That a failed refund
gives its amount back to the payment, and that a refused request is not remembered under its key, is
in no page.
"""

import hashlib
import json
import re
import secrets
from typing import Any

from sandbox import clock
from sandbox.razorpay_errors import RazorpayError, refused
from sandbox.razorpay_fields import SPEEDS, amount_of, choice_of, notes_of, text_of
from sandbox.razorpay_methods import REFUND_NEWS_AFTER_S, REFUNDS_LATER
from sandbox.razorpay_world import World, new_id
from sandbox.store import Document

FIELDS = ("amount", "speed", "notes", "receipt")
KEY = re.compile(r"[A-Za-z0-9_-]{10,255}")
SEEN = "razorpay.refund_key"


def refund(world: World, payment: Document, body: dict[str, Any], key: str) -> Document:
    """Give captured money back; the same key and body give the same refund, as it is now."""
    if not key:
        return _refund(world, payment, body)
    if not KEY.fullmatch(key):
        words = (
            "The idempotency key must be at least 10 characters long and can contain alphabets,"
            " numbers, hyphens and underscores only."
        )
        raise RazorpayError(words, field="X-Refund-Idempotency")
    request = hashlib.sha256(json.dumps([payment["id"], body], sort_keys=True).encode()).hexdigest()
    seen = world.sandbox.store.get(SEEN, key)
    if seen is None:
        made = _refund(world, payment, body)
        world.sandbox.store.put(SEEN, key, {"request": request, "refund": made["id"]})
        return made
    if seen["request"] != request:
        raise refused("other_request")
    return world.get("refund", seen["refund"])


def _refund(world: World, payment: Document, body: dict[str, Any]) -> Document:
    if not payment["captured"]:
        raise refused("not_captured")
    left = payment["amount"] - payment["amount_refunded"]
    if not left:
        raise refused("fully_refunded")
    amount = amount_of(body) if body.get("amount") is not None else left
    if amount > left:
        raise refused("over_refund", field="amount")
    return make_refund(world, payment, amount, body)


def make_refund(world: World, payment: Document, amount: int, body: dict[str, Any]) -> Document:
    """Write a refund down, tell of it, and let it end now or in a while."""
    speed = choice_of(body, "speed", SPEEDS, default="normal")
    source = payment["bank"] or payment["vpa"] or ""
    later = REFUNDS_LATER.get(source) if payment["captured"] else None
    made = {
        "id": new_id("refund"),
        "entity": "refund",
        "amount": amount,
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": notes_of(body),
        "receipt": text_of(body, "receipt", 40),
        "acquirer_data": {"arn": None},
        "created_at": clock.timestamp(),
        "batch_id": None,
        "status": "pending",
        "speed_processed": "instant" if speed == "optimum" else "normal",
        "speed_requested": speed,
        "_ended_at": None,
        "_of_captured": payment["captured"],
    }
    _count(world, payment, amount)
    world.put(made)
    world.emit("refund.created", refund=made, payment=payment)
    if later is None:
        return finish(world, made["id"], "processed")
    world.later(REFUND_NEWS_AFTER_S, "refund_news", refund_id=made["id"], status=later)
    return made


def finish(world: World, refund_id: str, status: str) -> Document:
    """End a pending refund: processed, or failed with the money back at the merchant."""
    made = world.get("refund", refund_id)
    if made["status"] != "pending":
        return made
    payment = world.get("payment", made["payment_id"])
    made |= {"status": status, "_ended_at": clock.timestamp()}
    if status == "processed":
        made["acquirer_data"] = {"arn": "".join(secrets.choice("0123456789") for _ in range(14))}
    else:
        _count(world, payment, -made["amount"])
    world.put(made)
    world.emit(f"refund.{status}", refund=made, payment=payment)
    return made


def refund_news(world: World, refund_id: str, status: str) -> None:
    """Let a slow refund end."""
    finish(world, refund_id, status)


def _count(world: World, payment: Document, amount: int) -> None:
    """Keep what a payment says of its refunds true."""
    back = payment["amount_refunded"] + amount
    whole = back == payment["amount"]
    payment["amount_refunded"] = back
    payment["refund_status"] = "full" if whole else "partial" if back else None
    payment["status"] = "refunded" if whole else "captured"
    world.put(payment)
