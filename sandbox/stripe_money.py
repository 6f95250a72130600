"""Money that goes back: refunds, holds that are let go, and the reviews that end with them."""

from typing import Any

from sandbox.cards import card_of
from sandbox.store import Document
from sandbox.stripe_amounts import check_digits
from sandbox.stripe_balance import write_line
from sandbox.stripe_errors import InvalidRequest, InvalidState
from sandbox.stripe_objects import refund as new_refund
from sandbox.stripe_world import World

REFUND_NEWS_AFTER_S = 3.0


def release_hold(world: World, charge: Document, *, amount: int, reason: str | None) -> None:
    """Give back what was held and will not be captured: a refund object that moves no money."""
    refund = new_refund({"reason": reason}, charge, amount=amount)
    refund["destination_details"] = {"card": {"type": "reversal"}, "type": "card"}
    refund["_released"] = True
    world.put(refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.put(charge)
    world.emit("charge.refunded", charge)


def create_refund(world: World, params: dict[str, Any]) -> Document:
    """Refund a captured charge, wholly or in part."""
    charge = _charge_to_refund(world, params)
    left = charge["amount_captured"] - money_refunded(world, charge)
    amount = _amount_to_refund(params, charge, left)
    card = card_of(charge)
    refund = new_refund(params, charge, amount=amount)
    refund["status"] = "pending" if card.refund == "pending" else "succeeded"
    line = write_line(world, refund, amount=-amount, kind="refund")
    refund["balance_transaction"] = line
    world.put(refund)
    before = charge["amount_refunded"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    if params.get("reason") == "fraudulent":
        charge["fraud_details"] = {"user_report": "fraudulent"}
    world.put(charge)
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge, amount_refunded=before)
    _close_review(world, charge, params)
    if card.refund:
        world.later(REFUND_NEWS_AFTER_S, "refund_news", refund_id=refund["id"])
    return refund


def money_refunded(world: World, charge: Document) -> int:
    """Add up what was really sent back, not the holds that were let go."""
    refunds = world.list("refund", charge=charge["id"])
    moved = [r for r in refunds if not r.get("_released") and r["status"] != "failed"]
    return sum(refund["amount"] for refund in moved)


def _charge_to_refund(world: World, params: dict[str, Any]) -> Document:
    charge_id, intent_id = params.get("charge"), params.get("payment_intent")
    if bool(charge_id) == bool(intent_id):
        raise InvalidRequest(
            "One of the following params should be provided for this request:"
            " payment_intent or charge.",
            code="parameter_missing",
        )
    if intent_id:
        charge_id = world.get("payment_intent", intent_id, param="payment_intent")["latest_charge"]
    charge = (
        world.find("charge", charge_id)
        if intent_id
        else world.get("charge", str(charge_id), param="charge")
    )
    if charge is None or charge["status"] != "succeeded" or not charge["captured"]:
        raise InvalidState(
            f"This PaymentIntent ({intent_id or charge_id}) does not have a successful charge to"
            " refund.",
            code="payment_intent_unexpected_state" if intent_id else "charge_not_refundable",
        )
    if charge["disputed"]:
        raise InvalidState(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    return charge


def _amount_to_refund(params: dict[str, Any], charge: Document, left: int) -> int:
    if left <= 0:
        raise InvalidState(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = int(params.get("amount", left))
    if amount < 1:
        raise InvalidRequest(
            "Invalid positive integer", code="parameter_invalid_integer", param="amount"
        )
    check_digits(amount, charge["currency"])
    if amount > left:
        whole = left == charge["amount_captured"]
        what = "charge amount" if whole else "unrefunded amount on charge"
        raise InvalidState(
            f"Refund amount ({amount} {charge['currency']}) is greater than {what}"
            f" ({left} {charge['currency']})",
            param="amount",
        )
    return amount


def refund_news(world: World, refund_id: str) -> None:
    """Let a pending refund succeed, or a succeeded one fail after all, as its card is made to."""
    refund = world.get("refund", refund_id)
    charge = world.get("charge", refund["charge"])
    before = refund["status"]
    if card_of(charge).refund == "pending":
        refund["status"] = "succeeded"
        world.put(refund)
        world.emit("refund.updated", refund, status=before)
        return
    line = write_line(world, refund, amount=refund["amount"], kind="refund_failure")
    refund |= {
        "status": "failed",
        "failure_reason": "expired_or_canceled_card",
        "failure_balance_transaction": line,
    }
    world.put(refund)
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    world.put(charge)
    world.emit("refund.failed", refund, status=before)
    world.emit("charge.updated", charge)


def _close_review(world: World, charge: Document, params: dict[str, Any]) -> None:
    fraud = params.get("reason") == "fraudulent"
    close_review(world, charge, "refunded_as_fraud" if fraud else "refunded")


def close_review(world: World, charge: Document, reason: str) -> None:
    """Close the charge's review, if one is open."""
    review = world.find("review", charge["review"])
    if review and review["open"]:
        review |= {"open": False, "closed_reason": reason, "reason": reason}
        world.put(review)
        world.emit("review.closed", review)
