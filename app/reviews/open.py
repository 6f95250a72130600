"""Open a case when money is held, and close it when the hold ends by other means than its verdict."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import events
from models import Assessment, Attempt, Payment, Review, ReviewNote, clock, db
from models.ids import new_id

# How a case ends when its payment stopped being held without the case's own verdict, in words for its history.
CLOSED_AS = {
    "approved": "Approved, and the money was taken.",
    "released": "Approved: the merchant may take the money.",
    "declined": "Declined, and the money was let go.",
    "fraud": "Declined as fraud.",
    "challenged": "The shopper was asked to pay again with 3-D Secure.",
    "canceled": "The payment was canceled.",
    "expired": "The authorization ended.",
    "captured": "The money was taken outside this queue.",
    "refunded": "The payment was refunded.",
    "disputed": "The payment was disputed.",
}

# What the list shows and filters by is copied from the journal: a page of cases must not read a journal each.
_SHOWN = ("email", "ip_country", "card_country", "billing_country", "shipping_country", "link_id")
_REASONS = 3
# When a hold ends of which the provider does not say: the shortest that a card's scheme grants.
UNTOLD = timedelta(days=4, hours=18)


def open_case(
    payment: Payment,
    attempt: Attempt,
    *,
    assessment_id: str | None,
    reason: str,
    score: int | None,
    level: str,
    expected_loss_minor: int,
    worth: float,
) -> Review:
    """Put a held attempt into the queue, unless it is there; one that was closed is open again. The case as it stands.

    Call inside the transaction that holds the money, with the payment locked. `reason`: what asked for a person
    (`model`, `rule`, `list`, `failure`, `explored`, `provider`).
    """
    review = Review(
        id=new_id("rev"),
        payment_id=payment.id,
        attempt_id=attempt.id,
        merchant_id=payment.merchant_id,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
        assessment_id=assessment_id,
        reason=reason,
        score=score,
        level=level,
        expected_loss_minor=expected_loss_minor,
        worth=worth,
        expires_at=attempt.capture_before or attempt.created_at + UNTOLD,
        details=_shown(assessment_id),
    )
    if not db.insert_unless_there(review):
        there = case_of(attempt)
        assert there is not None
        if there.closed_at is not None:
            reopen(there, "The money is held again.")
        return there
    # Whoever's request this happens in (the shopper's, mostly), it was screening that asked for a person.
    note(review, "opened", by="system", reason=reason, score=score, level=level)
    return review


def case_of(attempt: Attempt) -> Review | None:
    """The case of an attempt, open or closed, locked. Its payment is locked by the caller."""
    found = select(Review).where(Review.attempt_id == attempt.id).with_for_update()
    return db.session().scalars(found.execution_options(populate_existing=True)).one_or_none()


def reopen(review: Review, why: str) -> None:
    """The money is held on, so that somebody must decide anew."""
    undecided = dict.fromkeys(("verdict", "verdict_by", "verdict_at", "label", "first_by"))
    db.update(review, closed_at=None, closed_as=None, **undecided)
    note(review, "reopened", why, by="system")


def ends(attempt: Attempt, moment: datetime) -> None:
    """The provider tells, or tells anew, when the authorization ends."""
    review = case_of(attempt)
    if review is not None and review.closed_at is None:
        db.update(review, expires_at=moment)


def close_for(payment: Payment, attempt: Attempt, closed_as: str) -> None:
    """The hold has ended (`canceled`, `expired`, `captured`, `refunded`, `disputed`): so has its case, if it is open.

    Call at the door, with the payment locked; it costs one read. A verdict that waits to be carried out outlives it
    and ends the case itself: what it teaches counts all the same, and a decline takes back what was taken meanwhile.
    """
    found = db.session().scalars(
        select(Review)
        .where(
            Review.attempt_id == attempt.id,
            Review.payment_id == payment.id,
            Review.closed_at.is_(None),
            Review.acts_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    review = found.one_or_none()
    if review is not None:
        finish(review, closed_as)


def finish(review: Review, closed_as: str, **told: Any) -> None:
    """Close a case, in the open transaction, and say so in its history."""
    db.update(
        review,
        closed_as=closed_as,
        closed_at=clock.now(),
        acts_at=None,
        lock_by=None,
        lock_until=None,
        snoozed_until=None,
    )
    note(review, "closed", CLOSED_AS[closed_as], closed_as=closed_as, **told)


def note(review: Review, kind: str, text: str = "", *, by: str = "", **details: Any) -> ReviewNote:
    """Append one line to a case's history; the author is `by`, or whoever acts in this context."""
    line = ReviewNote(
        id=new_id("note"),
        review_id=review.id,
        author=by or events.actor(),
        kind=kind,
        text=text,
        details=details,
    )
    db.insert(line)
    return line


def _shown(assessment_id: str | None) -> dict[str, Any]:
    found = db.session().get(Assessment, assessment_id) if assessment_id else None
    if found is None:
        return {}
    facts, reasons = found.facts, found.details.get("reasons", [])
    told = {name: facts[name] for name in _SHOWN if facts.get(name) is not None}
    return told | {"reasons": [str(one["text"]) for one in reasons[:_REASONS]]}
