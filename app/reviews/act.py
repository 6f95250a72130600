"""Carry a verdict out once it can no longer be taken back: capture, release, void or refund."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from app import events, providers
from app.payments import change, operations, screen
from app.payments.find import current_attempt, lock_payment
from app.reviews import verdicts
from app.reviews.find import lock_whole
from app.reviews.open import case_of, finish, reopen
from app.screening import journal, labels
from models import Attempt, Payment, Review, clock, db

# How soon a verdict is looked at again that could not be carried out now.
AGAIN = timedelta(seconds=30)
# In which statuses of the payment a verdict is carried out on its authorization. `authorized`: the provider has ended a
# review of its own, of which a person here thought otherwise.
_ENDABLE = {
    "approve": {"in_review"},
    "decline": {"in_review", "authorized"},
    "fraud": {"in_review", "authorized"},
}
# What a payment that is not held any more became, by its status: what its case is closed as.
_ENDED = {
    "captured": "captured",
    "authorized": "released",
    "partially_refunded": "refunded",
    "refunded": "refunded",
    "chargeback": "disputed",
    "expired": "expired",
}

_log = logging.getLogger("till.reviews")


def due(limit: int) -> list[str]:
    """Cases whose verdict is to be carried out now."""
    waiting = (
        select(Review.id).where(Review.acts_at <= clock.now()).order_by(Review.acts_at).limit(limit)
    )
    return list(db.session().scalars(waiting))


def act_due(limit: int) -> int:
    """Carry out up to `limit` verdicts. Returns how many were looked at.

    One that fails is met again later: it must not stand in the way of the others.
    """
    found = due(limit)
    for review_id in found:
        try:
            carry_out(review_id)
        except Exception:  # noqa: BLE001 -- one bad row must not stop the rest
            _log.exception("verdict of %s could not be carried out", review_id)
            _put_off(review_id)
        db.release()
    return len(found)


def _put_off(review_id: str) -> None:
    with db.transaction():
        review = db.lock(Review, review_id)
        if review is not None and review.acts_at is not None:
            db.update(review, acts_at=clock.now() + AGAIN)


def carry_out(review_id: str) -> None:
    """Do what the verdict says. Safe to call twice, and against anything else that happens to the payment.

    The payment is locked first, then everything is looked at again: of an approval and the end of the hold one wins.
    """
    with db.transaction():
        review, payment, attempt = lock_whole(review_id, None)
        if review.closed_at is not None or not _is_due(review.acts_at):
            return
        with events.acting(review.verdict_by or "system"):
            operation_id = _begin(review, payment, attempt)
    if operation_id is not None:
        operations.ask(operation_id)


def _is_due(acts_at: datetime | None) -> bool:
    return acts_at is not None and acts_at <= clock.now()


def _begin(review: Review, payment: Payment, attempt: Attempt) -> str | None:
    """Write down what is to be asked, with the label and the end of the case. The operation's id, if there is one."""
    verdict = str(review.verdict)
    is_ours = payment.attempt_id == attempt.id
    if is_ours and payment.status in _ENDABLE[verdict]:
        providers.get(attempt.provider)  # without its keys nothing can be asked: not begun then
        _learn(review, payment, attempt)
        return HELD[verdict](review, payment, attempt)
    if is_ours and payment.status == "processing":
        db.update(review, acts_at=clock.now() + AGAIN)  # somebody else ends it, or tries to
        return None
    if is_ours and verdict != "approve" and payment.refundable and not payment.disputed_minor:
        providers.get(attempt.provider)
        _learn(review, payment, attempt)
        return refund(review, payment, attempt)
    _learn(review, payment, attempt)
    finish(review, _ENDED.get(payment.status, "canceled"), late=True)
    return None


def approve(review: Review, payment: Payment, attempt: Attempt) -> str | None:
    """Let the money go on: it is captured, or where the merchant captures by hand, free to be."""
    # Closed first: the door closes what it finds open, in its own words.
    close(review, payment, "released" if payment.capture == "manual" else "approved")
    return screen.release(payment, attempt)


def decline(review: Review, payment: Payment, attempt: Attempt) -> str:
    """Let the authorization go."""
    operation_id = void(payment, attempt, reason=None)
    close(review, payment, "declined")
    return operation_id


def decline_as_fraud(review: Review, payment: Payment, attempt: Attempt) -> str:
    """The same, with the reason."""
    operation_id = void(payment, attempt, reason="fraudulent")
    close(review, payment, "fraud")
    return operation_id


def void(payment: Payment, attempt: Attempt, *, reason: str | None) -> str:
    """Write down that the authorization is to be let go; the operation's id."""
    operation = operations.start(payment, attempt, "void", attempt.amount, reason=reason)
    change.set_status(payment, attempt, "payment.processing", is_asking=True)
    return operation.id


def refund(review: Review, payment: Payment, attempt: Attempt) -> str:
    """The money was taken meanwhile: a decline gives all of it back."""
    reason = "fraudulent" if review.verdict == "fraud" else None
    amount = payment.refundable
    operation = operations.start(payment, attempt, "refund", amount, reason=reason)
    db.update(payment, refunding_minor=payment.refunding_minor + amount.minor)
    close(review, payment, "fraud" if review.verdict == "fraud" else "declined")
    return operation.id


HELD: dict[str, Callable[[Review, Payment, Attempt], str | None]] = {
    "approve": approve,
    "decline": decline,
    "fraud": decline_as_fraud,
}


def close(review: Review, payment: Payment, closed_as: str) -> None:
    """End the case by its own act, and tell the world."""
    finish(review, closed_as)
    told = {"review": review.id, "closed_as": closed_as, "label": review.label}
    events.emit("review.closed", payment, **told)


def _learn(review: Review, payment: Payment, attempt: Attempt) -> None:
    """What the verdict teaches: training, and every decision from now on. The same verdict again teaches it once."""
    meaning = verdicts.LABELS[str(review.label)]
    if meaning.is_fraud is None:
        return
    labels.learn(
        payment,
        attempt,
        "analyst",
        is_fraud=meaning.is_fraud,
        happened_at=attempt.created_at,
        reference=f"{review.id}:{review.label}",
        author=review.verdict_by,
        weight=meaning.weight,
    )


def come_back(payment_id: str) -> bool:
    """A capture or void was refused, and the money is held on: a person must decide (anew). May be called twice.

    Money that was to be taken by itself is held again too: nobody else would take it. Tells whether a case was opened.
    """
    with db.transaction():
        payment = lock_payment(payment_id)
        attempt = current_attempt(payment)
        if attempt is None:
            return False
        review, is_untaken = case_of(attempt), _is_untaken(payment, attempt)
        if is_untaken:
            db.update(attempt, hold="review")
            event = None if review is None else "payment.held"  # without a case, `queue` tells
            change.set_status(payment, attempt, event, {"reason": "provider"}, is_held=True)
        if payment.status != "in_review" or (review is not None and review.closed_at is None):
            return False
        if review is None:
            screen.queue(payment, attempt, journal.last_look(attempt.id), reason="provider")
        else:
            done = "take the money" if is_untaken else "let the authorization go"
            reopen(review, f"The provider did not {done}.")
        return True


def _is_untaken(payment: Payment, attempt: Attempt) -> bool:
    """Whether screening has let go what is captured by itself, and it was not."""
    is_ours = payment.capture == "automatic" and attempt.hold == "released"
    return is_ours and payment.status == "authorized"
