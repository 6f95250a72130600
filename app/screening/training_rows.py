"""The journal as training rows: stored facts, what was learnt of them and when, and with which chance.

Nothing is computed anew: a model learns from the very facts that a decision was made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import select

from app.screening import gather
from models import Assessment, Attempt, Operation, clock, db
from models import Label as Learnt
from risk.facts import Facts
from risk.training.rows import AFTER, BEFORE, Known, Label, Row, closed, example

BATCH = 500
# To compare two models, silence counts this early: most complaints have come by then, and training waits for the rest.
PROVISIONAL = timedelta(days=30)
# What an issuer has agreed to: only then was there an answer to look at.
_ANSWERED = frozenset({"authorized", "captured", "voided"})


@dataclass(frozen=True, slots=True)
class _Fates:
    """What became of a batch of attempts."""

    labels: Mapping[str, tuple[Label, ...]]
    attempts: Mapping[str, Any]
    second_looks: Mapping[str, Mapping[str, Any]]
    undone: frozenset[str]


def journal(*, since: datetime | None = None) -> Iterator[Row]:
    """Every look at an attempt of which something was learnt, oldest first.

    What was blocked, and what nobody has said anything of yet, is unknown and not among them. An attempt that was
    tried out against the policy stands for all that were not (`chance`).
    """
    for found, fates in _batches(since):
        for decision in found:
            labels = fates.labels.get(decision.attempt_id)
            if labels:
                yield from _looks(decision, labels, fates)


def unseen(*, since_ms: int, also: Iterable[Row] = ()) -> list[Known]:
    """Attempts after a moment to compare models by, with what is known of them now.

    A captured payment that nobody has complained of for PROVISIONAL counts as good here. `also`: rows from elsewhere
    (an import) that count in the same way.
    """
    now_ms = _ms(clock.now())
    since = datetime.fromtimestamp(since_ms / 1000, clock.now().tzinfo)
    quiet_ms = PROVISIONAL // timedelta(milliseconds=1)
    own = (row for found, fates in _batches(since) for row in _provisional(found, fates, quiet_ms))
    rows = chain((row for row in also if row.facts.at_ms > since_ms), own)
    return closed(map(example, rows), as_of_ms=now_ms, quiet_ms=quiet_ms)


def _provisional(found: Sequence[Found[Any]], fates: _Fates, quiet_ms: int) -> Iterator[Row]:
    for decision in found:
        labels = fates.labels.get(decision.attempt_id, ())
        attempt = fates.attempts.get(decision.attempt_id)
        if not labels and attempt is not None and attempt.status == "captured":
            if decision.attempt_id in fates.undone:
                continue
            labels = (Label(False, "quiet", _ms(decision.created_at) + quiet_ms),)
        if labels:
            yield _row(decision, labels)


def _batches(since: datetime | None) -> Iterator[tuple[Sequence[Found[Any]], _Fates]]:
    """First looks in the order of their ids, which is that of time. The connection is given back in between."""
    last = ""
    while True:
        query = select(
            Assessment.id,
            Assessment.attempt_id,
            Assessment.facts,
            Assessment.chance,
            Assessment.created_at,
        ).where(Assessment.moment == BEFORE, Assessment.id > last)
        if since is not None:
            query = query.where(Assessment.created_at > since)
        found = db.session().execute(query.order_by(Assessment.id).limit(BATCH)).all()
        if not found:
            db.release()
            return
        last = found[-1].id
        fates = _fates([one.attempt_id for one in found])
        db.release()
        yield found, fates


def _fates(attempt_ids: Sequence[str]) -> _Fates:
    session = db.session()
    labels: dict[str, list[Label]] = {}
    learnt = select(Learnt).where(Learnt.attempt_id.in_(attempt_ids)).order_by(Learnt.id)
    for one in session.scalars(learnt):
        label = Label(one.is_fraud, one.source, _ms(one.known_at), one.weight)
        labels.setdefault(one.attempt_id, []).append(label)
    attempts = session.execute(
        select(Attempt.id, Attempt.status, Attempt.facts).where(Attempt.id.in_(attempt_ids))
    )
    second = session.execute(
        select(Assessment.attempt_id, Assessment.facts).where(
            Assessment.attempt_id.in_(attempt_ids), Assessment.moment == AFTER
        )
    )
    undone = session.scalars(
        select(Operation.attempt_id).where(
            Operation.attempt_id.in_(attempt_ids), Operation.kind.in_(("refund", "dispute"))
        )
    )
    return _Fates(
        labels={attempt_id: tuple(found) for attempt_id, found in labels.items()},
        attempts={one.id: one for one in attempts},
        second_looks={one.attempt_id: one.facts for one in second},
        undone=frozenset(undone),
    )


def _looks(decision: Found[Any], labels: tuple[Label, ...], fates: _Fates) -> Iterator[Row]:
    """The first look, and the second where the issuer agreed: as it was stored, or as it would have been."""
    first = _row(decision, labels)
    yield first
    attempt = fates.attempts.get(decision.attempt_id)
    if attempt is None or attempt.status not in _ANSWERED:
        return
    stored = fates.second_looks.get(decision.attempt_id)
    answered = Facts.from_json(stored) if stored else gather.answered(first.facts, attempt.facts)
    yield Row(first.attempt, answered, labels, first.chance, AFTER)


def _row(decision: Found[Any], labels: tuple[Label, ...]) -> Row:
    facts = Facts.from_json(decision.facts)
    return Row(decision.attempt_id, facts, labels, decision.chance or 1.0, BEFORE)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
