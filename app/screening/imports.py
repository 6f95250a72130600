"""A merchant's own past: what exports tell, read as live payments are, written into the history and the labels.

Sightings and labels are kept, and with them velocity and risk features know the past from the first day on. The facts
of imported attempts are not: they go straight into training, and whoever trains again reads the files again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import redis

from app import declines
from app.pan import has_pan
from app.providers import paypal_words, stripe_words
from app.screening import gather, history, labels, places, quiet, stored
from models import Label, clock, db
from models.ids import new_id
from models.money import exponent
from risk.facts import Facts
from risk.importing import Imported, World
from risk.past import APPROVED, LONGEST_MS, REFUND
from risk.training import rows as training

BATCH = 200


_log = logging.getLogger("till.screening")


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of it was new."""

    sightings: int
    labels: int


def _is_soft(word: str | None) -> bool:
    """Whether another try may help, told by the provider's own word for the decline."""
    ours = stripe_words.DECLINES.get(word or "") or paypal_words.DECLINES.get((word or "").upper())
    return declines.is_soft(ours or word)


def _complete(facts: Facts) -> Facts:
    """What live payments look up."""
    ip, email = facts.ip, facts.email.strip().lower() if facts.email else None
    return replace(
        facts,
        email=email,
        email_is_disposable=None if email is None else gather.is_disposable(email),
        ip_country=places.country(ip) if ip else None,
    )


WORLD = World(
    exponent=exponent,
    holds_card=has_pan,
    identities=gather.identities,
    is_soft=_is_soft,
    complete=_complete,
)


def keep(found: Iterable[Imported]) -> Kept:
    """Write down what the history still counts (30 days) and every label. What is there already is not written again.

    May be cut short and begun again. Redis is filled anew at the end; one that is away is, when it is back.
    """
    now_ms = int(clock.now().timestamp() * 1000)
    sightings = labelled = 0
    rest = iter(found)
    while batch := list(islice(rest, BATCH)):
        with db.transaction():
            for one in batch:
                sightings += _sightings(one, now_ms - LONGEST_MS)
                labelled += _labels(one)
    if history.is_shared():
        _fill_redis()
    return Kept(sightings, labelled)


def _fill_redis() -> None:
    try:
        history.rebuild(history.ready(30.0))
    except (history.HistoryUnavailable, redis.RedisError) as silent:
        _log.warning(
            "Redis does not know of the import yet: %s; import again when it is back", silent
        )


def _sightings(one: Imported, since_ms: int) -> int:
    recent = (seen for seen in one.sightings if seen.at_ms > since_ms)
    return sum(db.insert_unless_there(stored.row(seen, one.payment_id)) for seen in recent)


def _labels(one: Imported) -> int:
    written = 0
    for label in one.labels:
        weight, _kind = labels.WORTH[label.source, label.is_fraud]
        row = Label(
            id=new_id("lab"),
            attempt_id=one.attempt_id,
            payment_id=one.payment_id,
            merchant_id=one.facts.merchant_id,
            source=label.source,
            is_fraud=label.is_fraud,
            weight=weight,
            happened_at=_moment(label.happened_ms),
            known_at=_moment(label.known_ms),
            reference=label.reference[:120],
        )
        written += db.insert_unless_there(row)
    return written


def training_rows(
    found: Iterable[Imported], *, quiet_after: timedelta = quiet.AFTER
) -> Iterator[training.Row]:
    """The same attempts as training rows: both looks, with their labels and with silence as an answer."""
    quiet_ms = quiet_after // timedelta(milliseconds=1)
    for one in found:
        learnt = [
            training.Label(label.is_fraud, label.source, label.known_ms) for label in one.labels
        ]
        is_whole = all(seen.kind != REFUND for seen in one.sightings)
        if one.outcome == APPROVED and is_whole and not any(label.is_fraud for label in learnt):
            learnt.append(training.Label(False, "quiet", one.facts.at_ms + quiet_ms))
        if not learnt:
            continue
        yield training.Row(one.attempt_id, one.facts, tuple(learnt))
        if one.outcome == APPROVED:
            yield training.Row(one.attempt_id, one.answered, tuple(learnt), moment=training.AFTER)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
