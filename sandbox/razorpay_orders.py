"""Orders: what is to be paid, once.

Fields and states are those of Razorpay's page "Create an Order". Creating is not idempotent there as
far as is documented: each POST makes an order. The pages call a receipt unique, and refuse a second
one only for accounts that asked for it ("Error Index"); this account did not.
"""

from typing import Any

from sandbox import clock
from sandbox.razorpay_errors import RazorpayError
from sandbox.razorpay_fields import (
    LONGEST_RECEIPT,
    amount_of,
    capture_of,
    currency_of,
    notes_of,
    text_of,
)
from sandbox.razorpay_world import World, new_id
from sandbox.store import Document

FIELDS = ("amount", "currency", "receipt", "notes", "payment", "payment_capture", "partial_payment")


def create(world: World, body: dict[str, Any]) -> Document:
    """Make an order."""
    if body.get("partial_payment"):
        words = "Partial payments are not part of this sandbox."
        raise RazorpayError(words, field="partial_payment")
    amount = amount_of(body)
    return world.put(
        {
            "id": new_id("order"),
            "entity": "order",
            "amount": amount,
            "amount_paid": 0,
            "amount_due": amount,
            "currency": currency_of(body),
            "receipt": text_of(body, "receipt", LONGEST_RECEIPT),
            "offer_id": None,
            "status": "created",
            "attempts": 0,
            "notes": notes_of(body),
            "created_at": clock.timestamp(),
            "_capture": capture_of(body),
        }
    )


def edit_notes(world: World, doc: Document, body: dict[str, Any]) -> Document:
    """Change the notes of an order, a payment or a refund: nothing else of them can be changed."""
    if "notes" not in body:
        raise RazorpayError("The notes field is required.", field="notes")
    doc["notes"] = notes_of(body)
    return world.put(doc)
