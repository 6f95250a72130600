"""A page of the queue, how many cases there are, and the money that is held."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from app.errors import Invalid
from app.reviews import rank
from app.reviews.filters import Filter, conditions
from models import Payment, Review, User, clock, db
from models.ids import is_id
from models.money import EXPONENTS, MAX_MINOR, Money

PAGE = 25
SIZES = (25, 50, 100)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    review: Review
    payment: Payment
    assigned: str
    locked: str

    @property
    def loss(self) -> Money:
        """What the case is expected to cost when it is let through."""
        return Money(self.review.expected_loss_minor, self.review.currency)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the place behind the last; `as_of` is the moment that they are sorted by."""

    rows: list[Row]
    following: str | None
    as_of: datetime


def page(asked: Filter, *, after: str | None = None, size: int = PAGE) -> Page:
    """One page of cases; the same number of statements however long the queue is. Raises Invalid (`after`)."""
    now, place = _place(after, asked.order) if after else (clock.now(), None)
    query = rank.sorted_by(select(Review.id).where(*conditions(asked)), asked.order, now)
    if place is not None:
        query = query.where(rank.after(asked.order, now, place))
    found = db.session().execute(query.limit(size + 1)).all()
    more = len(found) > size
    found = found[:size]
    following = _mark(asked.order, now, (*found[-1][1:], found[-1][0])) if more else None
    return Page(_rows([row[0] for row in found]), following, now)


def _rows(ids: list[str]) -> list[Row]:
    """The cases of one page, in this order: what the list is sorted by has no need of whole rows."""
    pairs = db.session().execute(
        select(Review, Payment)
        .join(Payment, Payment.id == Review.payment_id)
        .where(Review.id.in_(ids))
        .execution_options(populate_existing=True)
    )
    by_id = {review.id: (review, payment) for review, payment in pairs}
    names = names_of({one for r, _ in by_id.values() for one in (r.assigned_to, r.lock_by) if one})
    now = clock.now()
    found = []
    for review, payment in (by_id[review_id] for review_id in ids):
        holder = review.lock_by if review.lock_until and review.lock_until > now else None
        locked = names.get(holder or "", "")
        found.append(Row(review, payment, names.get(review.assigned_to or "", ""), locked))
    return found


def names_of(ids: set[str]) -> dict[str, str]:
    """What people are called."""
    if not ids:
        return {}
    found = db.session().execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in found}


def next_id(asked: Filter, *, behind: str | None = None) -> str | None:
    """The first case in this order that nobody else works on; with `behind`, the first after that one.

    Call inside a transaction: the row is locked, and rows that a rival has locked are passed by.
    """
    now = clock.now()
    free = and_(
        or_(Review.lock_by.is_(None), Review.lock_until <= now),
        or_(Review.assigned_to.is_(None), Review.assigned_to == asked.me),
        or_(Review.first_by.is_(None), Review.first_by != asked.me),
    )
    query = rank.sorted_by(select(Review.id).where(*conditions(asked), free), asked.order, now)
    if behind is not None:
        where = _where_it_stands(behind, asked.order, now)
        if where is None:
            return None
        query = query.where(Review.id != behind, rank.after(asked.order, now, where))
    locked = query.limit(1).with_for_update(skip_locked=True, of=Review)
    return db.session().scalars(locked).first()


def _where_it_stands(review_id: str, order: str, now: datetime) -> tuple[Any, ...] | None:
    keys = rank.sorted_by(select(Review.id), order, now).where(Review.id == review_id)
    row = db.session().execute(keys).one_or_none()
    return None if row is None else (*row[1:], row[0])


def held(asked: Filter) -> list[Money]:
    """The money of the cases that the filter finds: one sum for each currency."""
    sums = (
        select(Review.currency, func.sum(Review.amount_minor))
        .where(*conditions(asked))
        .group_by(Review.currency)
        .order_by(Review.currency)
    )
    return [Money(int(minor), currency) for currency, minor in db.session().execute(sums)]


def count(asked: Filter, *, since: datetime | None = None) -> int:
    """How many cases the filter finds; with `since`, only those opened after that."""
    newer = [] if since is None else [Review.opened_at > since]
    return db.session().scalar(select(func.count()).where(*conditions(asked), *newer)) or 0


def _mark(order: str, now: datetime, place: tuple[Any, ...]) -> str:
    told = [{"at": one.isoformat()} if isinstance(one, datetime) else one for one in place]
    text = json.dumps([order, now.isoformat(), *told])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(mark: str, order: str) -> tuple[datetime, tuple[Any, ...]]:
    """Read what `_mark` wrote, from an address that anybody may have changed. Raises Invalid."""
    try:
        text = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
        made_for, as_of, *told, last_id = json.loads(text)
        kinds = rank.ORDERS[order].kinds
        values = [_value(one, kind) for one, kind in zip(told, kinds, strict=True)]
        if made_for == order and is_id(last_id, "rev"):
            return moment(as_of), (*values, last_id)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        pass
    raise Invalid("That page of the list is not known. Begin at the first.", field="after")


def _value(told: Any, kind: type) -> Any:
    """One key's value, of its kind and within what a database can compare. Raises ValueError, TypeError, KeyError."""
    if kind is datetime:
        return moment(told["at"])
    if kind is str and told in EXPONENTS:
        return told
    number = kind is not str and type(told) in {int, kind}
    if not number or not abs(told) < MAX_MINOR:  # which NaN is not, either
        raise ValueError(told)
    return told


def moment(text: str) -> datetime:
    """A moment with its zone, from an address. Raises ValueError."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None or not 1970 <= read.year <= 9000:
        raise ValueError(text)
    return read
