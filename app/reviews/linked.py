"""Other payments with the same card, e-mail address, IP address or device, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from models import Label, Payment, Review, Sighting, clock, db
from models.money import Money

IDENTITIES = ("card", "email", "ip", "device")
WORDS: Mapping[str, str] = {
    "card": "Same card",
    "email": "Same e-mail address",
    "ip": "Same IP address",
    "device": "Same browser",
}
SHOWN = 20
# How many sightings of one identity are looked at: an IP address of a mobile network has no end of them.
LOOKED_AT = 1000
_FRAUD = "fraud"


@dataclass(frozen=True, slots=True)
class Linked:
    """One other payment. `learnt`: `fraud` or `good`, where anybody has said so."""

    payment: Payment
    at: datetime
    learnt: str | None
    review_id: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The payments that share one identity: how many, the newest of them, and how many are known to be fraud."""

    identity: str
    count: int
    is_more: bool
    frauds: int
    newest: list[Linked]

    @property
    def words(self) -> str:
        """What they share."""
        return WORDS[self.identity]


def keys_of(attempt_id: str) -> dict[str, str]:
    """The keys that the attempt was seen with: identity → key."""
    seen = db.session().scalars(
        select(Sighting).where(Sighting.attempt_id == attempt_id).order_by(Sighting.id)
    )
    found: dict[str, str] = {}
    for one in seen:
        for identity in IDENTITIES:
            if (key := getattr(one, f"{identity}_key")) is not None:
                found.setdefault(identity, key)
    return found


def groups(review: Review, scope: str | None) -> list[Group]:
    """By each identity of the case, the other payments that carry it. Two statements each, and two for all."""
    keys = keys_of(review.attempt_id)
    newest = {one: _newest(one, key, review, scope) for one, key in keys.items()}
    ids = {row.payment_id for rows in newest.values() for row in rows[:SHOWN]}
    payments = {
        row.id: row for row in db.session().scalars(select(Payment).where(Payment.id.in_(ids)))
    }
    learnt, cases = _learnt(keys), _cases(ids)
    found = []
    for identity, rows in newest.items():
        shown = [
            Linked(payments[r.payment_id], r.at, learnt.get(r.payment_id), cases.get(r.payment_id))
            for r in rows[:SHOWN]
            if r.payment_id in payments
        ]
        frauds = sum(learnt.get(row.payment_id) == _FRAUD for row in rows)
        found.append(Group(identity, len(rows), len(rows) >= LOOKED_AT, frauds, shown))
    return found


def _newest(identity: str, key: str, review: Review, scope: str | None) -> list[Any]:
    column = Sighting.__table__.c[f"{identity}_key"]
    recent = (
        select(Sighting.payment_id, Sighting.at)
        .where(column == key, Sighting.payment_id != review.payment_id)
        .order_by(Sighting.at.desc())
        .limit(LOOKED_AT)
    )
    if scope is not None:
        recent = recent.where(Sighting.merchant_id == scope)
    seen = recent.subquery()
    rows = (
        select(seen.c.payment_id, func.max(seen.c.at).label("at"))
        .group_by(seen.c.payment_id)
        .order_by(func.max(seen.c.at).desc())
    )
    return list(db.session().execute(rows))


def _learnt(keys: Mapping[str, str]) -> dict[str, str]:
    """Payment → what was learnt of it; who says fraud outweighs who says good."""
    found: dict[str, str] = {}
    for identity, key in keys.items():
        seen = _recent(identity, key).subquery()
        labels = select(Label.payment_id, Label.is_fraud).join(
            seen, seen.c.attempt_id == Label.attempt_id
        )
        for payment_id, is_fraud in db.session().execute(labels):
            if is_fraud or payment_id not in found:
                found[payment_id] = _FRAUD if is_fraud else "good"
    return found


def _recent(identity: str, key: str, scope: str | None = None) -> Select[Any]:
    """The newest attempts that carry an identity, to be joined with: LOOKED_AT at most, of however many."""
    column = Sighting.__table__.c[f"{identity}_key"]
    seen = select(Sighting.attempt_id).where(column == key)
    if scope is not None:
        seen = seen.where(Sighting.merchant_id == scope)
    return seen.order_by(Sighting.at.desc()).limit(LOOKED_AT)


def _cases(ids: set[str]) -> dict[str, str]:
    cases = select(Review.payment_id, Review.id).where(Review.payment_id.in_(ids))
    return {row.payment_id: row.id for row in db.session().execute(cases)}


def earlier(review: Review, scope: str | None) -> list[Review]:
    """Closed cases that share an identity with this one: what was said of them before."""
    found: dict[str, Review] = {}
    for identity, key in keys_of(review.attempt_id).items():
        seen = _recent(identity, key, scope).subquery()
        query = (
            select(Review)
            .join(seen, seen.c.attempt_id == Review.attempt_id)
            .where(Review.closed_at.is_not(None), Review.id != review.id)
            .order_by(Review.closed_at.desc())
            .limit(SHOWN)
        )
        found |= {one.id: one for one in db.session().scalars(query)}
    return sorted(found.values(), key=lambda one: one.closed_at or one.opened_at, reverse=True)[
        :SHOWN
    ]


def cluster(review: Review, identity: str, scope: str | None, limit: int) -> list[Review]:
    """The open, undecided cases with the same card, e-mail, IP address or device, this one included."""
    key = keys_of(review.attempt_id).get(identity)
    ids = _cluster_ids(identity, key, scope, limit) if key else []
    query = select(Review).where(Review.id.in_(ids)).order_by(Review.opened_at, Review.id)
    return list(db.session().scalars(query.execution_options(populate_existing=True)))


def _cluster_ids(identity: str, key: str, scope: str | None, limit: int) -> list[str]:
    seen = _recent(identity, key, scope).subquery()
    query = (
        select(Review.id)
        .join(seen, seen.c.attempt_id == Review.attempt_id)
        .where(Review.closed_at.is_(None), Review.verdict.is_(None))
        .group_by(Review.id, Review.opened_at)
        .order_by(Review.opened_at, Review.id)
        .limit(limit)
    )
    return list(db.session().scalars(query))


def cluster_sizes(review: Review, scope: str | None) -> dict[str, int]:
    """How many undecided cases share each identity with this one, itself included; only where there is another."""
    keys = keys_of(review.attempt_id)
    found = {one: len(_cluster_ids(one, key, scope, LOOKED_AT)) for one, key in keys.items()}
    return {identity: size for identity, size in found.items() if size > 1}


def sums(reviews: list[Review]) -> list[Money]:
    """The money of several cases: one sum for each currency, never one for all."""
    found: dict[str, Money] = {}
    for review in reviews:
        known = found.get(review.currency)
        found[review.currency] = known + review.amount if known else review.amount
    return [found[currency] for currency in sorted(found)]


def per_hour(key: str, identity: str, scope: str | None, hours: int = 24) -> list[int]:
    """How often an identity was seen to try in each of the last hours, oldest first."""
    now = clock.now()
    tries = select(Sighting.at).where(
        Sighting.__table__.c[f"{identity}_key"] == key,
        Sighting.kind == "try",
        Sighting.at > now - timedelta(hours=hours),
    )
    if scope is not None:
        tries = tries.where(Sighting.merchant_id == scope)
    moments = db.session().scalars(tries.order_by(Sighting.at.desc()).limit(LOOKED_AT))
    counted = [0] * hours
    for at in moments:
        place = hours - 1 - int((now - at) / timedelta(hours=1))
        if 0 <= place < hours:
            counted[place] += 1
    return counted
