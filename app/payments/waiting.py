"""What a provider takes no more requests for now: written down, to be sent in turn (`app.payments.turns`).

A row with `queued_at` waits for its first request: **nothing was ever sent for it**, so whoever looks at it need not
ask the provider about it. That holds because the mark is set only under the lock, only by the process that tried and
was not let through, and only while nobody else has repeated the request meanwhile (`repeats`, which leaves `updated_at`
behind); and because it is removed, in a transaction of its own, before the request is sent.

An approved order (`pending`, PayPal) may wait too. There it says less: only that the money should be asked for soon.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.crashpoints import crashpoint
from app.idempotency import Once
from app.payments import change
from app.payments.find import lock_attempt, lock_payment
from app.payments.lines import Line, Waiting, is_there
from app.providers import limiter
from app.providers.base import Charge, Decline, Outcome, Throttled, Verb
from models import Attempt, Operation, Payment, clock, db

# A charge that has waited for this long is given up: its shopper has gone, and its credential will soon be worthless.
LONGEST = timedelta(hours=1)

# In which statuses there is still something to ask for.
_UNSENT: dict[type[Attempt | Operation], tuple[str, ...]] = {
    Attempt: ("started", "challenged", "pending"),
    Operation: ("started",),
}

_ring: list[Callable[[], None]] = []


def on_waiting(ring: Callable[[], None]) -> None:
    """Have `ring` called when something has begun to wait. A hint: the clock looks every second."""
    _ring[:] = [ring]


def stand_behind(line: Line) -> None:
    """Let those go first who wait already. Raises Throttled when somebody does."""
    if limiter.is_limited(line.provider) and is_there(line):
        raise Throttled(f"others wait for {line.provider}")


def put_charge(charge: Charge, once: Once) -> None:
    """Let an attempt wait, unless somebody has repeated its request meanwhile; `once` keeps "processing"."""
    with db.transaction():
        payment, attempt = lock_attempt(charge.attempt_id)
        if is_untouched(attempt):
            _put(attempt)
        once.store(payment)
    crashpoint("queue.joined")


def put_operation(operation_id: str) -> None:
    """The same for a capture, void or refund."""
    with db.transaction():
        found = db.session().get_one(Operation, operation_id)
        lock_payment(found.payment_id)
        operation = db.session().get_one(Operation, operation_id, populate_existing=True)
        if is_untouched(operation):
            _put(operation)
    crashpoint("queue.joined")


def _put(row: Attempt | Operation) -> None:
    """In its place: a row that was called and could not be sent after all comes back to where it stood."""
    db.update(row, queued_at=row.created_at)
    for ring in _ring:
        db.after_commit(ring)


def put_approved(attempt: Attempt, since: datetime | None) -> None:
    """Inside a transaction: the money of an approved order waits to be asked for; `since`: it has waited before."""
    db.update(attempt, queued_at=since or clock.now())
    for ring in _ring:
        db.after_commit(ring)


def call(place: Waiting) -> bool:
    """Take a row out of its line, before it is sent; from now on the usual rules hold.

    False: somebody else has it, or it was settled while it waited (at the provider, say), and is not sent any more.
    """
    model = Attempt if place.is_attempt else Operation
    with db.transaction() as session:
        row: Any = session.scalar(
            select(model)
            .where(model.id == place.id, model.queued_at.is_not(None))
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        is_due = row is not None and row.status in _UNSENT[model]
        if row is not None:
            more = {"check_at": change.next_check(row.checks)} if is_due else {}
            db.update(row, queued_at=None, **more)
    crashpoint("queue.called")
    return is_due


def repeats(row: Attempt | Operation) -> bool:
    """Say that a request will be repeated, before it is: it may have been sent then, and can wait in no line any more.

    False when it waits in one: then it is sent in its turn.
    """
    with db.transaction():
        lock_payment(row.payment_id)
        model = Attempt if isinstance(row, Attempt) else Operation
        fresh: Any = db.session().get_one(model, row.id, populate_existing=True)
        if fresh.status != "started" or fresh.queued_at is not None:
            return False
        db.update(fresh, updated_at=clock.now())
    crashpoint("queue.repeating")
    return True


def is_untouched(row: Attempt | Operation) -> bool:
    """Whether nobody but the process in hand can have sent its request, and nothing was heard of it."""
    return row.status == "started" and row.updated_at == row.created_at


def is_too_late(payment: Payment, since: datetime) -> bool:
    """Whether a charge that has waited since then must not be made any more."""
    return change.is_over(payment) or since + LONGEST <= clock.now()


def never_sent(charge: Charge) -> Outcome:
    """What is recorded of a charge that waited for too long: declined, for certain, because nobody was asked."""
    decline = Decline("abandoned", "never_sent")
    return Outcome(Verb.DECLINE, "", charge.amount, decline=decline)
