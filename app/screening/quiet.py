"""Silence as an answer: a payment that nobody complained of for ninety days was a good one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import exists, func, or_, select

from app.payments.find import lock_attempt
from app.screening import labels
from models import Assessment, Attempt, Label, Operation, Period, clock, db
from models.ids import new_id

AFTER = timedelta(days=90)
BATCH = 50
_JOB = "quiet"


def label_due(*, batch: int = BATCH) -> int:
    """Label every day that has become old enough, oldest first. Returns how many labels were written.

    A day is marked as done behind its last attempt: whoever is killed in the middle starts that day anew, and what was
    labelled stays labelled once.
    """
    written = 0
    for day in _days():
        while attempts := _quiet(day, batch):
            written += _label(attempts)
        with db.transaction():
            period = Period(id=new_id("per"), job=_JOB, period=day.isoformat())
            db.insert_unless_there(period)
        db.release()
    return written


def _days() -> list[date]:
    last = (clock.now() - AFTER).date() - timedelta(days=1)  # whole days only
    done = db.session().scalar(
        select(Period.period).where(Period.job == _JOB).order_by(Period.period.desc()).limit(1)
    )
    if done is not None:
        day = date.fromisoformat(done) + timedelta(days=1)
    else:
        first = db.session().scalar(select(func.min(Assessment.created_at)))
        if first is None:
            return []
        day = first.date()
    return [day + timedelta(days=n) for n in range((last - day).days + 1)]


def _quiet(day: date, limit: int) -> Sequence[str]:
    """Captured attempts of a day that nothing speaks against; found by their decision, which is what is learnt from."""
    start = datetime.combine(day, time(), UTC)
    query = (
        select(Attempt.id)
        .join(Assessment, Assessment.attempt_id == Attempt.id)
        .where(
            Assessment.created_at >= start,
            Assessment.created_at < start + timedelta(days=1),
            Assessment.moment == "before",
            Attempt.status == "captured",
            ~exists().where(
                Label.attempt_id == Attempt.id, or_(Label.is_fraud, Label.source == "quiet")
            ),
            ~exists().where(
                Operation.attempt_id == Attempt.id, Operation.kind.in_(("refund", "dispute"))
            ),
        )
        .order_by(Attempt.id)
        .limit(limit)
    )
    return db.session().scalars(query).all()


def _label(attempt_ids: Sequence[str]) -> int:
    """In the order of their ids, as everybody who does this: two at once wait for each other instead of for ever."""
    with db.transaction():
        for attempt_id in attempt_ids:
            payment, attempt = lock_attempt(attempt_id)
            labels.learn(payment, attempt, "quiet", is_fraud=False)
    return len(attempt_ids)
