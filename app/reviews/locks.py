"""Who works on which case: take, release, assign, snooze, escalate. Two analysts never decide the same one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.errors import Invalid
from app.reviews import filters, queue
from app.reviews.errors import ReviewDecided
from app.reviews.find import check_mine, check_open, lock_case
from app.reviews.open import note
from app.reviews.typed import check_text
from models import Review, User, clock, db
from models.ids import is_id

# How long a case stays with who opened it; an open page renews it, and leaving the page gives it back.
LOCK = timedelta(minutes=10)
LONGEST_SNOOZE = timedelta(days=7)


def take_next(asked: filters.Filter, *, behind: str | None = None) -> Review | None:
    """Take the first free case in the order of the filter, for who asks; None when there is none.

    `behind`: go on after that case and begin again at the top when the end is reached, so that one can be passed over.
    """
    for place in (behind, None) if behind else (None,):
        with db.transaction():
            found = queue.next_id(asked, behind=place)
            if found is not None and found != behind:
                return _take(lock_case(found, asked.scope), asked.me)
    return None


def take(review_id: str, *, by: str, scope: str | None) -> Review:
    """Take this case, or keep it for longer. Raises NotFound, ReviewClosed, ReviewTaken, ReviewDecided."""
    with db.transaction():
        review = lock_case(review_id, scope)
        check_open(review)
        check_mine(review, by)
        if review.verdict is not None:
            raise ReviewDecided
        return _take(review, by)


def _take(review: Review, by: str) -> Review:
    now = clock.now()
    renewed = review.lock_by == by and review.lock_until is not None and review.lock_until > now
    db.update(review, lock_by=by, lock_until=now + LOCK)
    if not renewed:
        note(review, "taken", by=by)
    return review


def release(review_id: str, *, by: str, scope: str | None) -> None:
    """Give a case back; nothing happens when it is not this person's. Raises NotFound."""
    with db.transaction():
        review = lock_case(review_id, scope)
        if review.lock_by == by and review.closed_at is None:
            db.update(review, lock_by=None, lock_until=None)
            note(review, "released", by=by)


def assign(review_id: str, to: str | None, *, by: str, scope: str | None) -> Review:
    """Give a case to a person, or with None to nobody. Raises NotFound, ReviewClosed, ReviewTaken, Invalid (`to`)."""
    with db.transaction():
        review = lock_case(review_id, scope)
        check_open(review)
        check_mine(review, by)
        person = db.session().get(User, to) if to and is_id(to, "usr") else None
        if to and (person is None or not _may_have(person, review)):
            raise Invalid("That person cannot have this case.", field="to")
        db.update(review, assigned_to=to)
        told = f"Assigned to {person.name}." if person else "Assigned to nobody."
        note(review, "assigned", told, by=by, to=to)
        return review


def _may_have(person: User, review: Review) -> bool:
    works = person.is_active and person.role in {"analyst", "admin"}
    return works and person.merchant_id in {None, review.merchant_id}


def people_for(review: Review) -> list[User]:
    """Who may have the case."""
    everybody = db.session().scalars(select(User).order_by(User.name))
    return [person for person in everybody if _may_have(person, review)]


def snooze(review_id: str, until: datetime | None, *, by: str, scope: str | None) -> Review:
    """Put a case off, at most for a week and never past the end of its hold; None wakes it.

    Raises NotFound, ReviewClosed, ReviewTaken, ReviewDecided, Invalid (`until`).
    """
    with db.transaction():
        review = lock_case(review_id, scope)
        check_open(review)
        check_mine(review, by)
        if review.verdict is not None:
            raise ReviewDecided
        if until is not None:
            _check_until(review, until)
        db.update(review, snoozed_until=until, lock_by=None, lock_until=None)
        note(review, "snoozed" if until else "woken", by=by, until=until and until.isoformat())
        return review


def _check_until(review: Review, until: datetime) -> None:
    now = clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise Invalid("A case can be put off for at most seven days.", field="until")
    if review.expires_at is not None and until >= review.expires_at:
        raise Invalid("The authorization ends before that. Choose an earlier time.", field="until")


def escalate(review_id: str, why: str, *, by: str, scope: str | None) -> Review:
    """Ask for a more experienced look. Raises NotFound, ReviewClosed, ReviewTaken, Invalid, RawCardData."""
    check_text(why, field="why")
    with db.transaction():
        review = lock_case(review_id, scope)
        check_open(review)
        check_mine(review, by)
        db.update(review, is_escalated=True, assigned_to=None, lock_by=None, lock_until=None)
        note(review, "escalated", why, by=by)
        return review
