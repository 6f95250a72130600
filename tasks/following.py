"""Beside the sandbox: do at once what the test clock made due, and tell it how far we are and what comes next.

What is told lies beside the clock's file, as `{"ahead_s", "busy", "next_due_at", "told_at"}`: seconds, and seconds
since 1970. The sandbox stops at `next_due_at` on its way, and waits there until we are not busy any more.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.payments import change, due
from app.reviews import settings
from models import (
    Attempt,
    Customer,
    Delivery,
    Operation,
    Payment,
    ProviderEvent,
    Review,
    SavedMethod,
    Setup,
    clock,
    db,
)

# What is moved on or ended by whoever takes it, so that nothing of it is left when all is done.
TAKEN: tuple[tuple[Any, Any], ...] = (
    (Attempt.check_at, True),
    (Operation.check_at, True),
    (Delivery.next_at, Delivery.done_at.is_(None)),
    (ProviderEvent.next_at, ProviderEvent.done_at.is_(None)),
    (Review.acts_at, True),
    (Setup.check_at, True),
    (SavedMethod.check_at, True),
    (Customer.erase_at, True),
)
LOOK_EVERY_S = 0.02
# For so long after the clock was moved, ticks follow each other without a pause while something is left to do.
HURRY_S = 3.0


class Follower:
    """The clock process's view of the test clock."""

    def __init__(self, file: str) -> None:
        self._file = Path(file).with_suffix(".till")
        self._ahead = clock.ahead()
        self._busy = True
        self._hurry_until = time.monotonic() + HURRY_S

    def wait(self, stop: threading.Event, tick_s: float) -> bool:
        """Wait for the next tick, which comes at once when the clock was moved. Tells whether to stop instead."""
        until = time.monotonic() + tick_s
        while not stop.wait(LOOK_EVERY_S):
            now, ahead = time.monotonic(), clock.ahead()
            if ahead != self._ahead:
                self._ahead, self._hurry_until = ahead, now + HURRY_S
                return False
            if now >= until or (self._busy and now < self._hurry_until):
                return False
        return True

    def tell(self) -> None:
        """Write down that everything was looked at by the clock as `wait` saw it last."""
        self._busy = is_busy()
        following = next_due()
        db.release()
        told = {
            "ahead_s": self._ahead.total_seconds(),
            "busy": self._busy,
            "next_due_at": following and following.timestamp(),
            "told_at": time.time(),
        }
        fresh = self._file.with_suffix(".telling")
        fresh.write_text(json.dumps(told), encoding="utf-8")
        fresh.replace(self._file)


def is_busy() -> bool:
    """Whether something is due and not done yet."""
    now = clock.now()
    waits = (
        select(column).where(column <= now, where).limit(1).exists() for column, where in TAKEN
    )
    return any(db.session().scalar(select(one)) for one in waits) or bool(due.payments(1))


def next_due() -> datetime | None:
    """When the next thing is due that is not due yet."""
    now = clock.now()
    return min((moment for moment in _moments(now) if moment > now), default=None)


def _moments(now: datetime) -> Iterator[datetime]:
    for column, where in TAKEN:
        moment = db.session().scalar(select(func.min(column)).where(column > now, where))
        if moment is not None:
            yield moment
    for grace in (timedelta(), change.GRACE):
        ends = Payment.expires_at > now - grace
        moment = db.session().scalar(
            select(func.min(Payment.expires_at)).where(ends, Payment.closed.is_(None))
        )
        if moment is not None:
            yield moment + grace
    held = (
        select(Review.merchant_id, func.min(Review.expires_at))
        .where(Review.expires_at > now, Review.closed_at.is_(None), Review.verdict.is_(None))
        .group_by(Review.merchant_id)
    )
    for merchant_id, moment in db.session().execute(held):
        if moment is not None:
            before = timedelta(hours=settings.policy_of(merchant_id).expire_before_h)
            yield from (moment - before, moment)
