"""The lines in which charges, captures, voids and refunds wait for a provider's limits: how long, and who is next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from sqlalchemy import Select, func, select

from models import Attempt, Operation, Payment, db

# What waits → the class that it is sent in: charges and captures first of all, refunds beside them.
CLASSES = {"charge": "charge", "capture": "charge", "void": "charge", "refund": "refund"}


@dataclass(frozen=True, slots=True)
class Line:
    """What waits for one provider, in one class."""

    provider: str
    kind: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One place in a line: an attempt or an operation."""

    merchant_id: str
    since: datetime
    id: str
    is_attempt: bool


@dataclass(frozen=True, slots=True)
class Length:
    """How many wait for a provider, and since when the first."""

    provider: str
    count: int
    oldest: datetime


def is_there(line: Line) -> bool:
    """Whether anybody waits in this line, to be stood behind."""
    session = db.session()
    return any(session.execute(query.limit(1)).first() for query, _model in _queries(line))


def every() -> list[Line]:
    """Every line in which somebody waits."""
    found = {Line(provider, CLASSES[kind]) for provider, kind, *_rest in _tallies()}
    return sorted(found, key=lambda line: (line.provider, line.kind))


def lengths() -> list[Length]:
    """How long the lines are, by provider."""
    found: dict[str, Length] = {}
    for provider, _kind, count, oldest in _tallies():
        known = found.get(provider, Length(provider, 0, oldest))
        found[provider] = Length(provider, known.count + count, min(known.oldest, oldest))
    return sorted(found.values(), key=lambda length: length.provider)


def next_in(line: Line, limit: int) -> list[Waiting]:
    """The next of a line: by turns between merchants, and each merchant's own in their order."""
    found = []
    for query, model in _queries(line):
        merchant, since, row_id = query.selected_columns
        turn = func.row_number().over(partition_by=merchant, order_by=(since, row_id))
        rows = db.session().execute(query.order_by(turn, since, row_id).limit(limit))
        found += [Waiting(row[0], row[1], row[2], model is Attempt) for row in rows]
    return by_turns(found)[:limit]


def by_turns(places: Iterable[Waiting]) -> list[Waiting]:
    """Each merchant's first, then each one's second, and so on; in a round, whoever has waited longest goes first."""
    own: dict[str, list[Waiting]] = {}
    for place in sorted(places, key=_age):
        own.setdefault(place.merchant_id, []).append(place)
    rounds = zip_longest(*own.values())
    return list(chain.from_iterable(sorted(filter(None, one), key=_age) for one in rounds))


def _age(place: Waiting) -> tuple[datetime, str]:
    return place.since, place.id


def _queries(line: Line) -> list[tuple[Select[Any], Any]]:
    """Merchant, since when, and id, of all in a line; a query for each of its tables."""
    kinds = [kind for kind, its_class in CLASSES.items() if its_class == line.kind]
    operations = (
        select(Operation.merchant_id, Operation.queued_at, Operation.id)
        .join(Attempt, Attempt.id == Operation.attempt_id)
        .where(Operation.queued_at.is_not(None), Operation.kind.in_(kinds))
        .where(Attempt.provider == line.provider)
    )
    attempts = (
        select(Payment.merchant_id, Attempt.queued_at, Attempt.id)
        .join(Payment, Payment.id == Attempt.payment_id)
        .where(Attempt.queued_at.is_not(None), Attempt.provider == line.provider)
    )
    found: list[tuple[Any, Any]] = [(operations, Operation)]
    first: list[tuple[Any, Any]] = [(attempts, Attempt)]
    return first + found if "charge" in kinds else found


def _tallies() -> list[tuple[str, str, int, datetime]]:
    """Provider, kind, how many, and since when the first."""
    session, of_provider = db.session(), Attempt.provider
    charges = session.execute(
        select(of_provider, func.count(), func.min(Attempt.queued_at))
        .where(Attempt.queued_at.is_not(None))
        .group_by(of_provider)
    )
    operations = session.execute(
        select(of_provider, Operation.kind, func.count(), func.min(Operation.queued_at))
        .join(Operation, Operation.attempt_id == Attempt.id)
        .where(Operation.queued_at.is_not(None))
        .group_by(of_provider, Operation.kind)
    )
    told: list[Any] = [(provider, "charge", count, oldest) for provider, count, oldest in charges]
    return [*told, *operations]
