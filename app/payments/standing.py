"""How it stands with each provider: what its limits leave, what waits for them, and what nobody has answered yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, select

from app import providers
from app.payments import lines
from app.payments.lines import Length
from app.providers import PROVIDERS, limiter
from app.providers.limiter import Figures
from models import Attempt, Operation, clock, db

# A request that is younger than this is just being answered.
YOUNG = timedelta(seconds=10)
# How long somebody may wait before everybody on duty is told.
LONG = timedelta(seconds=10)
SHOWN = 50

NAMES = {"stripe": "Stripe", "paypal": "PayPal", "razorpay": "Razorpay"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One provider. `waiting` is None when nobody waits for its limits."""

    provider: str
    is_configured: bool
    figures: Figures
    waiting: Length | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a provider was asked for and has not answered: money may have moved."""

    payment_id: str
    provider: str
    kind: str
    since: datetime
    next_check: datetime | None
    checks: int


def of_all() -> list[Standing]:
    """Every provider that there is."""
    waiting = {length.provider: length for length in lines.lengths()}
    known = providers.configured()
    return [
        Standing(name, name in known, limiter.figures(name), waiting.get(name))
        for name in PROVIDERS
    ]


def in_doubt() -> tuple[int, list[Doubt]]:
    """How many there are, and the oldest of them."""
    before, session = clock.now() - YOUNG, db.session()
    charges = select(
        Attempt.payment_id, Attempt.provider, literal("charge"),
        Attempt.created_at, Attempt.check_at, Attempt.checks,
    ).where(*_is_doubted(Attempt, before))  # fmt: skip
    operations = (
        select(
            Operation.payment_id, Attempt.provider, Operation.kind,
            Operation.created_at, Operation.check_at, Operation.checks,
        )
        .join(Attempt, Attempt.id == Operation.attempt_id)
        .where(*_is_doubted(Operation, before))
    )  # fmt: skip
    count, found = 0, []
    for query, moment in ((charges, Attempt.created_at), (operations, Operation.created_at)):
        count += session.scalar(select(func.count()).select_from(query.subquery())) or 0
        found += [Doubt(*row) for row in session.execute(query.order_by(moment).limit(SHOWN))]
    return count, sorted(found, key=lambda doubt: doubt.since)[:SHOWN]


def _is_doubted(model: type[Attempt | Operation], before: datetime) -> tuple[Any, ...]:
    return (
        model.status == "started",
        model.check_at.is_not(None),
        model.queued_at.is_(None),
        model.created_at <= before,
    )


def warnings() -> Iterator[str]:
    """What everybody on duty should know."""
    for length in lines.lengths():
        waited = clock.now() - length.oldest
        if waited >= LONG:
            name, seconds = NAMES.get(length.provider, length.provider), int(waited.total_seconds())
            yield (
                f"{name} takes no more requests than its limits allow: {length.count} wait, "
                f"the first for {seconds} s."
            )
