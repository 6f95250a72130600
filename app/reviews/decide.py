"""Give a verdict with its label, and take it back while it has not been carried out."""

from __future__ import annotations

from datetime import timedelta

from app.payments import change
from app.reviews import settings, verdicts
from app.reviews.errors import (
    PaymentNotHeld,
    ReviewDecided,
    SecondPersonNeeded,
    UndoTooLate,
)
from app.reviews.find import check_mine, check_open, lock_whole
from app.reviews.locks import LOCK
from app.reviews.open import finish, note
from app.reviews.typed import check_text
from models import Review, clock, db


def decide(
    review_id: str,
    verdict: str,
    label: str,
    *,
    by: str,
    scope: str | None,
    undo_s: int,
    reason: str = "",
) -> Review:
    """Write a verdict down; it is carried out in `undo_s` seconds. The case as it stands.

    Above the policy's amount the first approval is kept, and the case waits for another person's. Raises NotFound,
    LabelInvalid, ReviewClosed, ReviewTaken, ReviewDecided, SecondPersonNeeded, PaymentNotHeld, Invalid, RawCardData.
    """
    verdicts.check(verdict, label)
    check_text(reason, field="reason")
    with db.transaction():
        review, payment, _attempt = lock_whole(review_id, scope)
        check_open(review)
        check_mine(review, by)
        if review.verdict is not None:
            raise ReviewDecided
        if payment.status != "in_review":
            raise PaymentNotHeld(status=payment.status)
        if verdict == "approve" and _waits_for_another(review, by):
            note(review, "first_approval", reason, by=by, label=label)
            db.update(review, first_by=by, lock_by=None, lock_until=None)
            return review
        now = clock.now()
        db.update(
            review,
            verdict=verdict,
            label=label,
            verdict_by=by,
            verdict_at=now,
            acts_at=now + timedelta(seconds=undo_s),
            lock_by=None,
            lock_until=None,
            snoozed_until=None,
        )
        note(review, "verdict", reason, by=by, verdict=verdict, label=label)
        return review


def _waits_for_another(review: Review, by: str) -> bool:
    """Whether this is the first approval of two. Raises SecondPersonNeeded to who gave the first."""
    if not settings.needs_two(settings.policy_of(review.merchant_id), review.amount):
        return False
    if review.first_by == by:
        raise SecondPersonNeeded
    return review.first_by is None


def undo(review_id: str, *, by: str, scope: str | None) -> Review:
    """Take one's own verdict (or first approval) back, as long as it was not carried out. The case is theirs again.

    Raises NotFound, ReviewClosed, ReviewTaken, UndoTooLate.
    """
    with db.transaction():
        review, payment, _attempt = lock_whole(review_id, scope)
        if review.acts_at is not None and review.verdict_by == by and review.closed_at is None:
            changes = {"verdict": None, "label": None, "verdict_by": None, "verdict_at": None}
            db.update(review, acts_at=None, **changes)
        elif review.verdict is None and review.first_by == by and review.closed_at is None:
            check_mine(review, by)
            db.update(review, first_by=None)
        else:
            raise UndoTooLate
        db.update(review, lock_by=by, lock_until=clock.now() + LOCK)
        note(review, "undone", by=by)
        if (
            payment.status in change.ENDS_REVIEW
        ):  # captured by somebody else, while a decline waited
            finish(review, change.ENDS_REVIEW[payment.status])
        return review
