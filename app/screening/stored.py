"""The history as the database has it: the truth, from which Redis is filled, and which serves where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CompoundSelect, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from models import Sighting as Row
from models import db
from models.ids import new_id
from risk.past import LONGEST_MS, MOST, Sighting

# A try that a limit turned away: kept for people, who look for what belongs together, and no part of the history, or
# one refusal would be a reason for the next.
REFUSED = "refused"

# identity → the column of its key
_COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    "card": Row.card_key,
    "email": Row.email_key,
    "ip": Row.ip_key,
    "device": Row.device_key,
    "link": Row.link_id,
    "merchant": Row.merchant_id,
}


def row(seen: Sighting, payment_id: str) -> Row:
    """A sighting as a row, to be inserted with whatever made it."""
    return Row(
        id=new_id("sig"),
        at=datetime.fromtimestamp(seen.at_ms / 1000, UTC),
        kind=seen.kind,
        attempt_id=seen.attempt,
        payment_id=payment_id,
        merchant_id=seen.merchant,
        currency=seen.currency,
        amount_minor=seen.amount_minor,
        link_id=seen.link,
        card_key=seen.card,
        email_key=seen.email,
        ip_key=seen.ip,
        device_key=seen.device,
    )


def read(this: Sighting) -> dict[str, list[Sighting]]:
    """The newest sightings of each identity of an attempt: one statement, each part by its own index."""
    present = this.identities()
    logs: dict[str, list[Sighting]] = {identity: [] for identity in present}
    for found in db.session().execute(_newest(this, present)):
        logs[found.identity].append(_sighting(found))
    return logs


def _newest(this: Sighting, present: dict[str, str]) -> CompoundSelect[Any]:
    since = datetime.fromtimestamp((this.at_ms - LONGEST_MS) / 1000, UTC)
    parts = []
    for identity, key in present.items():
        column = _COLUMNS[identity]
        newest = (
            select(literal(identity).label("identity"), *_FIELDS)
            .where(
                column == key, Row.at > since, Row.attempt_id != this.attempt, Row.kind != REFUSED
            )
            .order_by(Row.at.desc())
            .limit(MOST)
            .subquery()
        )
        parts.append(select(newest))
    return union_all(*parts)


_FIELDS = (
    Row.at,
    Row.kind,
    Row.attempt_id,
    Row.merchant_id,
    Row.currency,
    Row.amount_minor,
    Row.card_key,
    Row.email_key,
    Row.ip_key,
    Row.device_key,
    Row.link_id,
)


def _sighting(found: Any) -> Sighting:
    return Sighting(
        at_ms=round(found.at.timestamp() * 1000),
        kind=found.kind,
        attempt=found.attempt_id,
        merchant=found.merchant_id,
        currency=found.currency,
        amount_minor=found.amount_minor,
        card=found.card_key,
        email=found.email_key,
        ip=found.ip_key,
        device=found.device_key,
        link=found.link_id,
    )


def since(moment: datetime) -> Iterator[Sighting]:
    """Every sighting from a moment on, oldest first, without holding them all in memory."""
    query = select(*_FIELDS).where(Row.at >= moment, Row.kind != REFUSED).order_by(Row.at, Row.id)
    for found in db.session().execute(query.execution_options(yield_per=1000)):
        yield _sighting(found)
