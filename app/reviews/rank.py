"""In which order cases are worked on: one SQL expression, the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from models import Review
from models.columns import UtcDateTime

# A hold whose end is nearer than this counts as this near: otherwise a penny would come first in its last second.
NEAREST_H = 0.25
DAY_H = 24.0


class HoursUntil(FunctionElement[float]):
    """Hours from the second argument to the first."""

    type = Double()
    inherit_cache = True
    name = "hours_until"


@compiles(HoursUntil, "sqlite")
def _sqlite(element: HoursUntil, compiler: Any, **kw: Any) -> str:
    end, start = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"((julianday({end}) - julianday({start})) * 24.0)"


@compiles(HoursUntil, "postgresql")
def _postgresql(element: HoursUntil, compiler: Any, **kw: Any) -> str:
    end, start = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(CAST(EXTRACT(EPOCH FROM ({end} - {start})) AS DOUBLE PRECISION) / 3600.0)"


def rank(now: datetime) -> ColumnElement[float]:
    """The worth × the urgency, with urgency = 1 + 24 h / time left until the authorization ends.

    `worth` is the expected loss in units of what one review costs, so that currencies compare. With a week left a case
    counts 1.1 times its worth, with a day left 2 times, with six hours left 5 times, in the last quarter of an hour 97
    times. An authorization whose end nobody knows counts once.
    """
    left = HoursUntil(Review.expires_at, literal(now, UtcDateTime()))
    nearest = case((left < NEAREST_H, NEAREST_H), else_=left)
    urgency = case((Review.expires_at.is_(None), 1.0), else_=1.0 + DAY_H / nearest)
    return cast(Review.worth * urgency, Double)


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort the queue: keys, each with whether it falls; `kinds` are what their values are, in Python.

    The id is always the last of them.
    """

    words: str
    kinds: tuple[type, ...]
    keys: Callable[[datetime], tuple[tuple[Any, bool], ...]]


_NEVER = literal(datetime(9000, 1, 1, tzinfo=UTC), UtcDateTime())
# As wide as an amount: a place in the list may be anybody's number.
_SCORE = cast(func.coalesce(Review.score, -1), BigInteger)
_EXPIRES = func.coalesce(Review.expires_at, _NEVER)
_CLOSED = func.coalesce(Review.closed_at, Review.opened_at)
_AMOUNT = ((Review.currency, False), (Review.amount_minor, True))

# fmt: off
ORDERS: dict[str, Order] = {
    "rank":    Order("expected loss × urgency", (float,),    lambda now:  ((rank(now), True),)),
    "score":   Order("score",                   (int,),      lambda _now: ((_SCORE, True),)),
    "amount":  Order("amount, by currency",     (str, int),  lambda _now: _AMOUNT),
    "age":     Order("age, oldest first",       (datetime,), lambda _now: ((Review.opened_at, False),)),
    "closed":  Order("closed last",             (datetime,), lambda _now: ((_CLOSED, True),)),
    "expires": Order("end of the hold",         (datetime,), lambda _now: ((_EXPIRES, False),)),
}
# fmt: on


def sorted_by(query: Select[Any], order: str, now: datetime) -> Select[Any]:
    """The query with its order, and the keys as further columns: the place of a row is made from them."""
    keys = ORDERS[order].keys(now)
    columns = (key.label(f"key_{number}") for number, (key, _falls) in enumerate(keys))
    directions = (key.desc() if falls else key.asc() for key, falls in keys)
    return query.add_columns(*columns).order_by(*directions, Review.id)


def after(order: str, now: datetime, place: tuple[Any, ...]) -> ColumnElement[bool]:
    """Rows behind a place: the values of the order's keys there, and the id."""
    *values, last_id = place
    passed: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (key, falls), value in zip(ORDERS[order].keys(now), values, strict=True):
        passed.append(and_(true(), *same, key < value if falls else key > value))
        same.append(key == value)
    passed.append(and_(*same, Review.id > last_id))
    return or_(*passed)
