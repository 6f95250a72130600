"""Which cases somebody wants to see: read from a page's address, and turned into SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from app.errors import Invalid
from app.reviews.rank import ORDERS
from models import CheckoutSession, Order, Payment, Review, clock, db
from models.ids import is_id
from models.money import EXPONENTS, Money

# fmt: off
# The name of a filter in the address → what it must look like.
SHAPES: Mapping[str, str] = {
    "level":     r"normal|elevated|highest|not_assessed|unknown",
    "currency":  r"[A-Z]{3}",
    "min":       r"[0-9]{1,12}(\.[0-9]{1,4})?",
    "max":       r"[0-9]{1,12}(\.[0-9]{1,4})?",
    "merchant":  r"mer_[0-9a-z]{26}",
    "link":      r"lnk_[0-9a-z]{42}",
    "pair":      r"([A-Z]{2}|\*)-([A-Z]{2}|\*)",
    "assigned":  r"me|nobody|usr_[0-9a-z]{26}",
    "snoozed":   r"yes|no",
    "escalated": r"yes|no",
    "age":       r"[0-9]{1,4}",
    "ends":      r"[0-9]{1,4}",
    "reason":    r"[a-z_]{1,40}",
    "state":     r"open|decided|closed",
    "order":     "|".join(ORDERS),
    "q":         r"[^\x00]{1,120}",
}
# fmt: on
_SAYS = {
    "currency": "A currency is three capital letters, such as EUR.",
    "min": "Type an amount such as 100 or 99.50.",
    "max": "Type an amount such as 100 or 99.50.",
    "pair": "A country pair is IP and card, such as BR-DE; * stands for any.",
    "age": "Hours are a whole number.",
    "ends": "Hours are a whole number.",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What was asked for; `values` are as they stand in the address. `me` is who asks, `scope` their merchant."""

    values: Mapping[str, str]
    me: str = ""
    scope: str | None = None

    @property
    def order(self) -> str:
        """Which order the rows have."""
        return self.values.get("order", "rank")

    @property
    def state(self) -> str:
        """`open`, `decided` (a verdict waits to be carried out) or `closed`."""
        return self.values.get("state", "open")


def read(args: Mapping[str, str], *, me: str, scope: str | None) -> Filter:
    """Read the filters from an address; empty ones count as absent, strange ones are not ours. Raises Invalid."""
    given = {name: args[name].strip() for name in SHAPES if args.get(name, "").strip()}
    for name, value in given.items():
        if not re.fullmatch(SHAPES[name], value):
            raise Invalid(_SAYS.get(name, f"“{value[:40]}” is not known here."), field=name)
    if ("min" in given or "max" in given) and "currency" not in given:
        raise Invalid(
            "Say in which currency: amounts of different ones do not compare.", field="currency"
        )
    if given.get("currency", "EUR") not in EXPONENTS:
        raise Invalid(_SAYS["currency"], field="currency")
    for name in given.keys() & {"min", "max"}:
        _minor(given, name)
    return Filter(given, me, scope)


def _minor(given: Mapping[str, str], name: str) -> int:
    try:
        return Money.parse(given[name], given["currency"]).minor
    except ValueError:
        raise Invalid(f"{given['currency']} has fewer decimals.", field=name) from None


def conditions(asked: Filter) -> list[ColumnElement[bool]]:
    """The filter as SQL conditions on `reviews`."""
    now, found = clock.now(), [_in_state(asked.state)]
    if asked.scope is not None:
        found.append(Review.merchant_id == asked.scope)
    if asked.state == "open" and "snoozed" not in asked.values:
        found.append(_awake(now))
    for name, value in asked.values.items():
        if name in _CONDITIONS:
            found.append(_CONDITIONS[name](value, asked, now))
    return found


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "closed":
        return Review.closed_at.is_not(None)
    decided = Review.verdict.is_not(None) if state == "decided" else Review.verdict.is_(None)
    return and_(Review.closed_at.is_(None), decided)


def _awake(now: datetime) -> ColumnElement[bool]:
    return or_(Review.snoozed_until.is_(None), Review.snoozed_until <= now)


def _detail(name: str) -> ColumnElement[Any]:
    found: ColumnElement[Any] = Review.details[name].as_string()
    return found


def _pair(value: str) -> ColumnElement[bool]:
    ip, card = value.split("-")
    wanted = (("ip_country", ip), ("card_country", card))
    told = [_detail(name) == code for name, code in wanted if code != "*"]
    return and_(true(), *told)


def _assigned(value: str, me: str) -> ColumnElement[bool]:
    if value == "nobody":
        return Review.assigned_to.is_(None)
    return Review.assigned_to == (me if value == "me" else value)


def _text(value: str) -> ColumnElement[bool]:
    """An id of the case, its payment, attempt or session, an order number or reference, or an e-mail address."""
    word = value.strip()
    for prefix, column in _BY_ID.items():
        if is_id(word, prefix):
            return Review.__table__.c[column] == word
    if is_id(word, "cs"):
        return exists(_of_payment(CheckoutSession.payment_id).where(CheckoutSession.id == word))
    if "@" in word:
        return _detail("email") == word.lower()
    orders = select(Payment.id).join(Order, Order.id == Payment.order_id)
    named = or_(Order.number == word.upper(), Order.reference == word)
    return exists(orders.where(Payment.id == Review.payment_id, named))


def _of_payment(column: Any) -> Any:
    return select(column).where(column == Review.payment_id)


_BY_ID = {"rev": "id", "pay": "payment_id", "att": "attempt_id", "mer": "merchant_id"}
# fmt: off
_CONDITIONS: Mapping[str, Any] = {
    "level":     lambda value, _asked, _now: Review.level == value,
    "currency":  lambda value, _asked, _now: Review.currency == value,
    "min":       lambda _value, asked, _now: Review.amount_minor >= _minor(asked.values, "min"),
    "max":       lambda _value, asked, _now: Review.amount_minor <= _minor(asked.values, "max"),
    "merchant":  lambda value, _asked, _now: Review.merchant_id == value,
    "link":      lambda value, _asked, _now: exists(_of_payment(Payment.id).where(Payment.link_id == value)),
    "pair":      lambda value, _asked, _now: _pair(value),
    "assigned":  lambda value, asked, _now: _assigned(value, asked.me),
    "snoozed":   lambda value, _asked, now: Review.snoozed_until > now if value == "yes" else _awake(now),
    "escalated": lambda value, _asked, _now: Review.is_escalated.is_(value == "yes"),
    "age":       lambda value, _asked, now: Review.opened_at <= now - timedelta(hours=int(value)),
    "ends":      lambda value, _asked, now: Review.expires_at <= now + timedelta(hours=int(value)),
    "reason":    lambda value, _asked, _now: Review.reason == value,
    "q":         lambda value, _asked, _now: _text(value),
}
# fmt: on


def counts(scope: str | None, me: str) -> dict[str, Any]:
    """How many cases there are of each kind, in one statement, for the presets above the list."""
    now = clock.now()
    undecided = and_(Review.closed_at.is_(None), Review.verdict.is_(None))
    soon = now + timedelta(hours=24)
    kinds = {
        "open": and_(undecided, _awake(now)),
        "mine": and_(undecided, _awake(now), Review.assigned_to == me),
        "escalated": and_(undecided, _awake(now), Review.is_escalated.is_(True)),
        "ending": and_(undecided, _awake(now), Review.expires_at <= soon),
        "snoozed": and_(undecided, Review.snoozed_until > now),
        "decided": Review.verdict.is_not(None),
    }
    columns = [func.count().filter(kind).label(name) for name, kind in kinds.items()]
    query = select(*columns).where(Review.closed_at.is_(None))
    if scope is not None:
        query = query.where(Review.merchant_id == scope)
    return dict(zip(kinds, db.session().execute(query).one(), strict=True))
