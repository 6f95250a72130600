"""What the clock must look at: unanswered attempts and operations, payments whose time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from app import events
from app.crashpoints import crashpoint
from app.payments import change
from models import Attempt, Operation, Payment, clock, db

# When what could not be asked, because of the provider's limits, is tried again.
SOON = timedelta(seconds=10)
_UNANSWERED = ("started", "challenged", "pending")
# Statuses in which a payment expires; `processing` only while nobody has answered at all.
_EXPIRING = ("pending", "failed", "requires_action")

Place = tuple[datetime, str]


def attempts(limit: int) -> list[str]:
    """Take up to `limit` attempts whose time to ask has come, moving each along its schedule."""
    return _take(Attempt, limit)


def operations(limit: int) -> list[str]:
    """The same for operations."""
    return _take(Operation, limit)


def put_back(model: type[Attempt | Operation], row_id: str) -> None:
    """Nobody was asked, because the provider takes no more requests now: no place in the schedule was used for it."""
    with db.transaction():
        row = db.lock(model, row_id)
        if row is not None and row.check_at is not None and row.queued_at is None:
            db.update(row, checks=max(row.checks - 1, 0), check_at=clock.now() + SOON)


def payments(limit: int, *, after: Place | None = None) -> list[Place]:
    """Up to `limit` payments that are open past their time, as moment and id, from a place in that order on."""
    now = clock.now()
    silent = and_(
        Payment.status == "processing",
        Payment.expires_at <= now - change.GRACE,
        Attempt.status == "started",
    )
    expired = (
        select(Payment.expires_at, Payment.id)
        .outerjoin(Attempt, Attempt.id == Payment.attempt_id)
        .where(
            Payment.expires_at <= now,
            Payment.closed.is_(None),
            or_(Payment.status.in_(_EXPIRING), silent),
        )
        .order_by(Payment.expires_at, Payment.id)
        .limit(limit)
    )
    if after is not None:
        moment, payment_id = after
        later = and_(Payment.expires_at == moment, Payment.id > payment_id)
        expired = expired.where(
            Payment.expires_at >= moment, or_(Payment.expires_at > moment, later)
        )
    return [(moment, found) for moment, found in db.session().execute(expired) if moment]


def _take(model: type[Attempt | Operation], limit: int) -> list[str]:
    """Rows another worker holds are skipped; the next look is written down before anybody is asked."""
    with db.transaction():
        rows = db.take_due(model.check_at, limit, model.queued_at.is_(None))
        for row in rows:
            following = change.next_check(row.checks + 1)
            db.update(row, checks=row.checks + 1, check_at=following)
            if following is None and row.status in _UNANSWERED:
                _give_up_asking(row)
    crashpoint("sweep.claimed")
    return [row.id for row in rows]


def _give_up_asking(row: Attempt | Operation) -> None:
    """Thirty days of silence: it stays undecided, and a human is told."""
    # Read without its lock: everybody else locks the payment first and then the row that is locked here.
    payment = db.session().get_one(Payment, row.payment_id, populate_existing=True)
    events.emit("payment.unresolved", payment, subject=row.id)
