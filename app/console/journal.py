"""The decision journal as `risk.backtest` reads it: a window of decisions, or an even sample, and how they ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select

from models import Assessment, Attempt, Label, RiskRule, clock, db
from risk.backtest import Row
from risk.facts import Facts
from risk.rules import RuleError, parse

DAYS = 30
# What one question looks at, about: reading a decision with its facts takes some 100 µs, and somebody waits.
MOST = 10_000
_BATCH = 2_000
# The last sign of an id is one of 32 at random: those that end in some of them are an even sample.
_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
_LAST = 30


@dataclass(frozen=True, slots=True)
class Window:
    """Whose decisions, since when, until when. `merchant_id` None: everybody's."""

    merchant_id: str | None
    since: datetime
    until: datetime

    def has(self) -> ColumnElement[bool]:
        """The decisions in it."""
        within = and_(Assessment.created_at >= self.since, Assessment.created_at < self.until)
        if self.merchant_id is None:
            return within
        return and_(Assessment.merchant_id == self.merchant_id, within)

    @property
    def days(self) -> int:
        """How long it is, in whole days."""
        return max(1, round((self.until - self.since) / timedelta(days=1)))


def last_days(merchant_id: str | None, days: int = DAYS) -> Window:
    """The window that ends now."""
    now = clock.now()
    return Window(merchant_id, now - timedelta(days=days), now + timedelta(seconds=1))


def count(window: Window, moment: str = "before", *, most: int | None = None) -> int:
    """How many decisions there are in it; beyond `most` nothing is counted."""
    found = select(Assessment.id).where(window.has(), Assessment.moment == moment).limit(most)
    return int(db.session().scalar(select(func.count()).select_from(found.subquery())) or 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """Decisions to look at: all of a window, or so many thirty-seconds of it, old and new alike."""

    window: Window
    within: ColumnElement[bool]
    of: int
    """How many there are."""


def sample(window: Window, *, moment: str = "before", most: int = MOST) -> Sample:
    """All decisions of a window, or an even part of them that is about `most`."""
    there = count(window, moment)
    within = and_(window.has(), Assessment.moment == moment)
    if there > most:
        signs = _SIGNS[: max(1, 32 * most // there)]
        within = and_(within, func.substr(Assessment.id, _LAST, 1).in_([*signs]))
    return Sample(window, within, there)


def verdicts(since: datetime) -> Subquery:
    """What is known of each attempt, one row each: the weightiest label, of equal ones the newest, of those fraud.

    `since`: nothing of an older attempt is asked, and no label is known before its attempt.
    """
    best = func.row_number().over(
        partition_by=Label.attempt_id,
        order_by=(Label.weight.desc(), Label.known_at.desc(), Label.is_fraud.desc()),
    )
    ranked = (
        select(Label.attempt_id, Label.is_fraud, Label.source, Label.known_at, best.label("best"))
        .where(Label.known_at >= since)
        .subquery()
    )
    return select(ranked).where(ranked.c.best == 1).subquery("verdicts")


def rows(given: Sample) -> Iterator[Row]:
    """The decisions, newest first, with all their facts."""
    actions = _actions()
    asked = _select(given, Assessment.facts, Assessment.rule_id)
    for row in db.session().execute(asked.execution_options(yield_per=_BATCH)):
        yield Row(
            attempt=row.attempt_id,
            facts=Facts.from_json(row.facts),
            outcome=row.outcome,
            spoke=row.spoke,
            fate=fate(row.status, row.decline_code, row.is_fraud, row.source),
            score=row.score,
            probability=row.probability,
            rule_action=actions.get(row.rule_id),
        )


def priced(given: Sample, *, shadow: str | None = None) -> Iterator[Row]:
    """The decisions with as many facts as a policy goes by: to read all of them would take three times as long.

    `shadow`: with the probability and score of this model, which ran along then; without it, those that decided.
    """
    flags = {
        name: Assessment.facts[name].as_boolean().label(name)
        for name in ("can_challenge", "can_hold", "liability_shift")
    }
    columns = [Assessment.currency, Assessment.amount_minor, *flags.values()]
    if shadow is not None:
        columns.append(Assessment.shadow)
    asked = _select(given, *columns)
    for row in db.session().execute(asked.execution_options(yield_per=_BATCH)):
        score, probability = row.score, row.probability
        if shadow is not None:
            said: Mapping[str, Any] = row.shadow.get(shadow) or {}
            if "score" not in said:
                continue
            score, probability = said["score"], said["probability"]
        yield Row(
            attempt=row.attempt_id,
            facts=Facts(
                at_ms=0, merchant_id="", currency=row.currency, amount_minor=row.amount_minor,
                can_challenge=bool(row.can_challenge), can_hold=bool(row.can_hold),
                liability_shift=row.liability_shift,
            ),
            outcome=row.outcome,
            spoke=row.spoke,
            fate=fate(row.status, row.decline_code, row.is_fraud, row.source),
            score=score,
            probability=probability,
        )  # fmt: skip


def _select(given: Sample, *columns: Any) -> Select[Any]:
    known = verdicts(given.window.since)
    return (
        select(
            Assessment.attempt_id, Assessment.outcome, Assessment.spoke, Assessment.score,
            Assessment.probability, Attempt.status, Attempt.decline_code, known.c.is_fraud,
            known.c.source, *columns,
        )
        .outerjoin(Attempt, Attempt.id == Assessment.attempt_id)
        .outerjoin(known, known.c.attempt_id == Assessment.attempt_id)
        .where(given.within)
        .order_by(Assessment.id.desc())
    )  # fmt: skip


def fate(status: str | None, code: str | None, is_fraud: bool | None, source: str | None) -> str:  # noqa: FBT001 -- a column of the row
    """How an attempt ended, in the words of `risk.backtest.FATES`."""
    if status == "declined" and code != "blocked":
        return "declined"
    if is_fraud is None:
        return "unknown"
    if not is_fraud:
        return "good"
    return "warning" if source == "warning" else "fraud"


def _actions() -> dict[str, str]:
    """What each rule demands, old versions too."""
    found = {}
    for row in db.session().execute(select(RiskRule.id, RiskRule.text)):
        try:
            found[row.id] = parse(row.text).action
        except RuleError:
            continue  # of an older version: what it demanded then cannot be asked any more
    return found
