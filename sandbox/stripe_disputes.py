"""Disputes, early fraud warnings and reviews: what comes after a payment seemed done."""

from typing import Any

from sandbox import clock
from sandbox.store import Document
from sandbox.stripe_balance import write_line
from sandbox.stripe_errors import InvalidState
from sandbox.stripe_mandates import revoke
from sandbox.stripe_money import close_review
from sandbox.stripe_states import merge_metadata
from sandbox.stripe_tables import EVIDENCE_NAMES
from sandbox.stripe_world import World, new_id

DISPUTE_FEE = 1500
ANSWER_WITHIN_S = 14 * 24 * 3600
NETWORK_REASON = {"fraudulent": "10.4", "product_not_received": "13.1", "general": "10.4"}
DEBIT = "debit_not_authorized"
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
    world.later(ANSWER_WITHIN_S, "dispute_due", dispute_id=dispute["id"])
    if not inquiry:
        _withdraw(world, dispute)
    if kind == DEBIT:
        _lose_at_once(world, dispute, charge)
    close_review(world, charge, "disputed")
    world.put(charge)


def _lose_at_once(world: World, dispute: Document, charge: Document) -> None:
    # A debit's holder may ask for the money back for eight weeks, and nobody judges it.
    _close(world, dispute, "lost")
    mandate_id = charge["payment_method_details"]["sepa_debit"]["mandate"]
    revoke(world, world.get("mandate", mandate_id))


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
    staged = dispute["evidence_details"]["has_evidence"]
    if params.get("submit") is False or not (evidence or (staged and params.get("submit"))):
        dispute["evidence_details"]["has_evidence"] = bool(evidence) or staged
        world.put(dispute)
        world.emit("charge.dispute.updated", dispute)
        return dispute
    dispute["evidence_details"] |= {
        "has_evidence": True,
        "submission_method": "manual",
        "submission_count": dispute["evidence_details"]["submission_count"] + 1,
    }
    return _judge(world, dispute, dispute["evidence"]["uncategorized_text"])


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


def dispute_due(world: World, dispute_id: str) -> None:
    """End a dispute that nobody answered in time: lost, or an inquiry that is over."""
    dispute = world.get("dispute", dispute_id)
    if dispute["status"] in ANSWERABLE:
        dispute["evidence_details"]["past_due"] = True
        inquiry = dispute["status"].startswith("warning_")
        _close(world, dispute, "warning_closed" if inquiry else "lost")


def decide(world: World, dispute: Document, *, won: bool) -> Document:
    """Let the bank decide about a dispute that it has looked at, or not yet."""
    if dispute["status"] in ("warning_needs_response", "warning_under_review"):
        return _close(world, dispute, "warning_closed")
    if dispute["status"] not in ("needs_response", "under_review"):
        raise InvalidState(f"This dispute is already {dispute['status']}.")
    return _close(world, dispute, "won" if won else "lost")


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
        "payment_method_details": _details(charge, reason, inquiry=inquiry),
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def _details(charge: Document, reason: str, *, inquiry: bool) -> Document | None:
    # The SDK knows details for cards, PayPal, Klarna and Amazon Pay, and none for bank accounts.
    if charge["payment_method_details"]["type"] != "card":
        return None
    network = charge["payment_method_details"]["card"]["network"]
    return {
        "card": {
            "brand": network,
            "case_type": "inquiry" if inquiry else "chargeback",
            "network": network,
            "network_reason_code": NETWORK_REASON[reason],
        },
        "type": "card",
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
