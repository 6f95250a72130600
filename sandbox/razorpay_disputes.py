"""Disputes: opened by a bank, accepted or contested by the merchant, won or lost.

Fields and states are those of Razorpay's page "Dispute Entity", the events of "Disputes Webhook
Events". Which objects an event contains was seen as `payment` and `dispute` in its samples. Money is
deducted when a dispute is lost, as the entity's page says of `amount_deducted`. That one which nobody
answers in time is lost is written on no page that we know; it is so at the other providers.
"""

from typing import Any

from sandbox import clock
from sandbox.razorpay_errors import RazorpayError, refused
from sandbox.razorpay_fields import choice_of, text_of
from sandbox.razorpay_world import World, new_id
from sandbox.store import Document

ANSWER_WITHIN_S = 7 * 24 * 3600
PROOFS = (
    "shipping_proof",
    "billing_proof",
    "cancellation_proof",
    "customer_communication",
    "proof_of_service",
    "explanation_letter",
    "refund_confirmation",
    "access_activity_log",
    "refund_cancellation_policy",
    "term_and_conditions",
    "others",
)
FIELDS = ("amount", "summary", "action", *PROOFS)
LONGEST_SUMMARY = 1000
LONGEST_REASON = 100


def open_dispute(
    world: World, payment: Document, *, amount: int | None = None, reason: str = "chargeback"
) -> Document:
    """Let a bank dispute a captured payment, whole or in part (in paise)."""
    if not payment["captured"]:
        raise refused("not_captured")
    disputed = payment["amount"] if amount is None else amount
    text_of({"reason": reason}, "reason", LONGEST_REASON)
    if type(disputed) is not int or not 0 < disputed <= payment["amount"]:
        raise RazorpayError("At most the payment's amount can be disputed.", field="amount")
    dispute = world.put(
        {
            "id": new_id("dispute"),
            "entity": "dispute",
            "payment_id": payment["id"],
            "amount": disputed,
            "currency": payment["currency"],
            "amount_deducted": 0,
            "reason_code": reason,
            "respond_by": clock.timestamp() + ANSWER_WITHIN_S,
            "status": "open",
            "phase": "chargeback",
            "created_at": clock.timestamp(),
            "evidence": {
                "amount": disputed,
                "summary": None,
                **dict.fromkeys(PROOFS),
                "submitted_at": None,
            },
            "_ended_at": None,
        }
    )
    world.later(ANSWER_WITHIN_S, "dispute_due", dispute_id=dispute["id"])
    return _tell(world, dispute, "created")


def dispute_due(world: World, dispute_id: str) -> None:
    """End a dispute that nobody answered in time: it is lost."""
    dispute = world.get("dispute", dispute_id)
    if dispute["status"] == "open":
        close_dispute(world, dispute, won=False)


def contest(world: World, dispute: Document, body: dict[str, Any]) -> Document:
    """Take evidence; submitted, the case is with the bank until the control desk decides it."""
    if dispute["status"] != "open":
        raise refused("not_open")
    action = choice_of(body, "action", ("draft", "submit"), default="draft")
    text_of(body, "summary", LONGEST_SUMMARY)
    given = {name: value for name, value in body.items() if name != "action"}
    dispute["evidence"] |= given
    if action == "draft":
        return world.put(dispute)
    dispute["evidence"]["submitted_at"] = clock.timestamp()
    dispute["status"] = "under_review"
    return _tell(world, dispute, "under_review")


def accept(world: World, dispute: Document) -> Document:
    """Give an open dispute up."""
    if dispute["status"] != "open":
        raise refused("not_open")
    return close_dispute(world, dispute, won=False)


def close_dispute(world: World, dispute: Document, *, won: bool) -> Document:
    """Let the bank decide; lost money is deducted now."""
    if dispute["status"] not in ("open", "under_review"):
        raise refused("not_open")
    dispute["status"] = "won" if won else "lost"
    dispute["_ended_at"] = clock.timestamp()
    if not won:
        dispute["amount_deducted"] = dispute["amount"]
    return _tell(world, dispute, dispute["status"])


def _tell(world: World, dispute: Document, what: str) -> Document:
    world.put(dispute)
    payment = world.get("payment", dispute["payment_id"])
    world.emit(f"payment.dispute.{what}", payment=payment, dispute=dispute)
    return dispute
