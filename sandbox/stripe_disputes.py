"""Disputes, early fraud warnings and reviews: what comes after a payment seemed done."""

from typing import Any

from sandbox import clock
from sandbox.store import Document
from sandbox.stripe_errors import InvalidState
from sandbox.stripe_money import close_review, write_line
from sandbox.stripe_states import merge_metadata
from sandbox.stripe_tables import EVIDENCE_NAMES
from sandbox.stripe_world import World, new_id

DISPUTE_FEE = 1500
ANSWER_WITHIN_S = 14 * 24 * 3600
NETWORK_REASON = {"fraudulent": "10.4", "product_not_received": "13.1", "general": "10.4"}
ANSWERABLE = ("needs_response", "warning_needs_response")


def open_dispute(world: World, charge_id: str, kind: str) -> None:
    """Open a dispute, or an inquiry, which moves no money yet."""
    charge = world.get("charge", charge_id)
    inquiry = kind == "inquiry"
    reason = "general" if inquiry else kind
    dispute = _new_dispute(charge, reason, inquiry=inquiry)
    charge["disputed"] = True
    world.put(charge)
    world.put(dispute)
    world.emit("charge.dispute.created", dispute)
    if not inquiry:
        _withdraw(world, dispute)
    close_review(world, charge, "disputed")
    world.put(charge)


def _withdraw(world: World, dispute: Document) -> None:
    _move(world, dispute, amount=-dispute["amount"], fee=DISPUTE_FEE, kind="dispute")
    dispute["is_charge_refundable"] = False
    world.put(dispute)
    world.emit("charge.dispute.funds_withdrawn", dispute)


def _move(world: World, dispute: Document, *, amount: int, fee: int, kind: str) -> None:
    line_id = write_line(
        world, dispute, amount=amount, fee=fee, kind="adjustment", at_once=True, category=kind
    )
    line = world.get("balance_transaction", line_id)
    dispute["balance_transactions"] = [*dispute["balance_transactions"], line]


def update_dispute(world: World, dispute: Document, params: dict[str, Any]) -> Document:
    """Take evidence; the magic words of the test evidence decide the case at once."""
    if dispute["status"] not in ANSWERABLE:
        raise InvalidState(f"This dispute is {dispute['status']} and takes no more evidence.")
    evidence = params.get("evidence") or {}
    dispute["evidence"] |= evidence
    merge_metadata(dispute, params.get("metadata", {}))
    if not evidence or params.get("submit") is False:
        dispute["evidence_details"]["has_evidence"] = bool(evidence)
        world.put(dispute)
        world.emit("charge.dispute.updated", dispute)
        return dispute
    dispute["evidence_details"] |= {
        "has_evidence": True,
        "submission_method": "manual",
        "submission_count": dispute["evidence_details"]["submission_count"] + 1,
    }
    return _judge(world, dispute, evidence.get("uncategorized_text"))


def _judge(world: World, dispute: Document, words: str | None) -> Document:
    inquiry = dispute["status"].startswith("warning_")
    if words == "winning_evidence":
        return _close(world, dispute, "warning_closed" if inquiry else "won")
    if words == "losing_evidence":
        return _close(world, dispute, "warning_closed" if inquiry else "lost")
    if words == "escalate_inquiry_evidence" and inquiry:
        dispute["status"] = "needs_response"
        dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
        world.put(dispute)
        world.emit("charge.dispute.updated", dispute)
        _withdraw(world, dispute)
        return dispute
    dispute["status"] = "warning_under_review" if inquiry else "under_review"
    world.put(dispute)
    world.emit("charge.dispute.updated", dispute)
    return dispute


def close_dispute(world: World, dispute: Document) -> Document:
    """Give a dispute up: lost, and for good."""
    if dispute["status"] not in ANSWERABLE:
        raise InvalidState(f"This dispute is already {dispute['status']}.")
    return _close(world, dispute, "lost")


def _close(world: World, dispute: Document, status: str) -> Document:
    dispute["status"] = status
    if status == "warning_closed":
        charge = world.get("charge", dispute["charge"])
        charge["disputed"] = False
        world.put(charge)
    world.put(dispute)
    world.emit("charge.dispute.closed", dispute)
    if status == "won":
        _move(world, dispute, amount=dispute["amount"], fee=0, kind="dispute_reversal")
        world.put(dispute)
        world.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def _new_dispute(charge: Document, reason: str, *, inquiry: bool) -> Document:
    network = charge["payment_method_details"]["card"]["network"]
    code = NETWORK_REASON[reason]
    return {
        "id": new_id("dp" if not inquiry else "du"),
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": clock.timestamp(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE_NAMES), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": clock.timestamp() + ANSWER_WITHIN_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": network,
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": network,
                "network_reason_code": code,
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def warn_of_fraud(world: World, charge_id: str) -> None:
    """Let the issuer report a payment as fraud before any dispute."""
    charge = world.get("charge", charge_id)
    warning = world.put(
        {
            "id": new_id("issfr"),
            "object": "radar.early_fraud_warning",
            "actionable": True,
            "charge": charge_id,
            "created": clock.timestamp(),
            "fraud_type": "unauthorized_use_of_card",
            "livemode": False,
            "payment_intent": charge["payment_intent"],
        }
    )
    world.emit("radar.early_fraud_warning.created", warning)


def approve_review(world: World, review: Document) -> Document:
    """Close a review as approved; this captures nothing."""
    if not review["open"]:
        raise InvalidState(f"The review {review['id']} is already closed.")
    charge = world.get("charge", review["charge"])
    charge["outcome"]["type"] = "authorized"
    world.put(charge)
    close_review(world, charge, "approved")
    return world.get("review", review["id"])
