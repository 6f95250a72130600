"""How long nobody knows: the product's clock is moved from one due moment to the next until everything is answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from models import Attempt, Delivery, Event, Operation, ProviderEvent, clock, db
from tasks.subscribers import SUBSCRIBERS
from tests.faults.fault import PRODUCT, Trial
from tests.till import Till

MOST_LOOKS = 50

# What waits, and when it is looked at next. A challenge waits for the shopper, and hangs for nobody.
_WAITING: tuple[tuple[type, ColumnElement[bool], ColumnElement[datetime | None] | None], ...] = (
    (Attempt, Attempt.status.in_(("started", "pending")), Attempt.check_at),
    (Operation, Operation.status.in_(("started", "pending")), Operation.check_at),
    (Delivery, Delivery.done_at.is_(None) & Delivery.next_at.is_not(None), Delivery.next_at),
    (ProviderEvent, ProviderEvent.done_at.is_(None) & ProviderEvent.next_at.is_not(None),
     ProviderEvent.next_at),
    (Event, Event.done_at.is_(None) & Event.type.in_(SUBSCRIBERS), None),
)  # fmt: skip


def by_the_clock(till: Till, trial: Trial, *, within_s: float) -> None:
    """Nobody comes back: let the clock's work alone resolve everything, and note how far the clock was moved for that.

    What this machine needs to do the work is not counted: it says nothing of the product.
    """
    took = 0.0
    for _ in range(MOST_LOOKS):
        till.settle()
        if not hanging():
            break
        due = _next_due()
        if due is not None:  # else it follows from what was just done, and the next look does it
            by = max((due - clock.now()).total_seconds(), 0) + 0.01
            till.later(seconds=by)
            took += by
        assert took <= within_s, f"still unanswered after {took:.0f} s"
    else:
        raise AssertionError("something hangs that nobody will look at")
    trial.recovered(took, PRODUCT)


def hanging() -> int:
    """How many rows wait for an answer or for their worker."""
    db.release()
    return sum(_one(select(func.count()).where(waits)) for _model, waits, _due in _WAITING)


def _next_due() -> datetime | None:
    db.release()
    found = [
        _one(select(func.min(due)).where(waits)) for _m, waits, due in _WAITING if due is not None
    ]
    return min(filter(None, found), default=None)


def _one(query: Select[tuple[object]]) -> object:
    return db.session().scalar(query)
