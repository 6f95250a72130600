"""How well decisions were made: alerts per day, false positives, precision and recall by threshold, calibration.

One statement counts the journal by currency, score, outcome and what became of the attempts; everything else is made
of these cells, so that a year of decisions is as quick to look at as a day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, func, select

from app.console import journal
from app.console.journal import Window
from models import Assessment, Attempt, db

# Declined, and not by ourselves.
_BY_ISSUER = and_(Attempt.status == "declined", Attempt.decline_code != "blocked")
OUTCOMES = ("allow", "challenge", "hold", "block")
ALERTS = ("challenge", "hold", "block")
# Decisions are put into bins of the score for calibration; within one the probability doubles twice at most.
BIN = 10
# Decisions whose times are looked at: enough for a 99th percentile.
TIMED = 5_000


@dataclass(frozen=True, slots=True)
class Cell:
    """Decisions that are alike. `is_fraud` None: it is not known how they ended."""

    currency: str
    score: int | None
    outcome: str
    is_fraud: bool | None
    count: int
    amount_minor: int
    probability: Decimal
    """The sum of what was expected."""
    declined: int
    """Of them declined by the issuer."""


@dataclass(frozen=True, slots=True)
class Tally:
    """First looks that are alike."""

    day: str
    outcome: str
    spoke: str
    failure: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Known:
    """Of one outcome: how many turned out good, fraud, or are not known."""

    outcome: str
    good: int
    fraud: int
    unknown: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.good + self.fraud + self.unknown

    @property
    def false_share(self) -> float | None:
        """The share of good ones, of those that are known."""
        known = self.good + self.fraud
        return self.good / known if known else None


@dataclass(frozen=True, slots=True)
class Point:
    """What stands at or above a score, of the decisions whose end is known."""

    score: int
    fraud: int
    good: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Money in one currency at a threshold, in minor units."""

    currency: str
    fraud_stopped: int
    fraud_passed: int
    good_stopped: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Decisions with scores from `low` to `high`: what was expected of them, and what came."""

    low: int
    high: int
    count: int
    expected: float
    observed: float


def cells(window: Window) -> list[Cell]:
    """The journal's first looks, counted."""
    known = journal.verdicts(window.since)
    rows = db.session().execute(
        select(
            Assessment.currency, Assessment.score, Assessment.outcome, known.c.is_fraud,
            func.count().label("decisions"), func.sum(Assessment.amount_minor).label("amount"),
            func.sum(Assessment.probability).label("probability"),
            func.sum(case((_BY_ISSUER, 1), else_=0)).label("declined"),
        )
        .outerjoin(Attempt, Attempt.id == Assessment.attempt_id)
        .outerjoin(known, known.c.attempt_id == Assessment.attempt_id)
        .where(window.has(), Assessment.moment == "before")
        .group_by(Assessment.currency, Assessment.score, Assessment.outcome, known.c.is_fraud)
    )  # fmt: skip
    return [
        Cell(
            row.currency, row.score, row.outcome,
            None if row.is_fraud is None else bool(row.is_fraud),
            int(row.decisions), int(row.amount), Decimal(str(row.probability or 0)), int(row.declined),
        )
        for row in rows.all()
    ]  # fmt: skip


def known(found: Iterable[Cell]) -> list[Known]:
    """Outcome by outcome, what became of the attempts."""
    counts: Counter[tuple[str, bool | None]] = Counter()
    for cell in found:
        counts[cell.outcome, cell.is_fraud] += cell.count
    return [
        Known(one, counts[one, False], counts[one, True], counts[one, None]) for one in OUTCOMES
    ]


def alerts(found: Iterable[Known]) -> Known:
    """Everything but `allow`, together."""
    mine = [one for one in found if one.outcome in ALERTS]
    return Known(
        "alerts",
        sum(one.good for one in mine),
        sum(one.fraud for one in mine),
        sum(one.unknown for one in mine),
    )


def curve(found: Iterable[Cell]) -> list[Point]:
    """Precision and recall for every threshold from 0 to 100."""
    fraud, good = _by_score(found, is_fraud=True), _by_score(found, is_fraud=False)
    every, caught, hit = fraud.total(), 0, 0
    points = []
    for score in range(100, -1, -1):
        caught, hit = caught + fraud[score], hit + good[score]
        precision = caught / (caught + hit) if caught + hit else None
        points.append(Point(score, caught, hit, precision, caught / every if every else None))
    return points[::-1]


def _by_score(found: Iterable[Cell], *, is_fraud: bool) -> Counter[int]:
    counts: Counter[int] = Counter()
    for cell in found:
        if cell.score is not None and cell.is_fraud is is_fraud:
            counts[cell.score] += cell.count
    return counts


def stopped(found: Iterable[Cell], threshold: int) -> list[Stopped]:
    """What a threshold would stop, per currency."""
    sums: dict[str, Counter[str]] = {}
    for cell in found:
        if cell.score is None or cell.is_fraud is None:
            continue
        of = sums.setdefault(cell.currency, Counter())
        is_above = cell.score >= threshold
        if cell.is_fraud:
            of["fraud_stopped" if is_above else "fraud_passed"] += cell.amount_minor
        elif is_above:
            of["good_stopped"] += cell.amount_minor
    return [
        Stopped(currency, of["fraud_stopped"], of["fraud_passed"], of["good_stopped"])
        for currency, of in sorted(sums.items())
    ]


def calibration(found: Iterable[Cell]) -> list[Bin]:
    """What was expected against what came, of decisions whose end is known, in bins of the score."""
    count: Counter[int] = Counter()
    fraud: Counter[int] = Counter()
    expected: dict[int, Decimal] = {}
    for cell in found:
        if cell.score is None or cell.is_fraud is None:
            continue
        at = min(cell.score // BIN, 100 // BIN - 1)
        count[at] += cell.count
        fraud[at] += cell.count * cell.is_fraud
        expected[at] = expected.get(at, Decimal(0)) + cell.probability
    return [
        Bin(
            at * BIN, 100 if at == 100 // BIN - 1 else at * BIN + BIN - 1, count[at],
            _ratio(expected[at], count[at]), fraud[at] / count[at],
        )
        for at in sorted(count)
    ]  # fmt: skip


def _ratio(part: Decimal, of: int) -> float:
    """As a plain number for a chart; a millionth is exact enough."""
    return round(part / of * 1_000_000) / 1_000_000


def tallies(window: Window) -> list[Tally]:
    """First looks by day in UTC, outcome, who spoke, and why there was no score: one reading of the journal."""
    day = _day()
    columns = (Assessment.outcome, Assessment.spoke, Assessment.failure)
    rows = db.session().execute(
        select(day.label("day"), *columns, func.count().label("decisions"))
        .where(window.has(), Assessment.moment == "before")
        .group_by(day, *columns)
    )
    return [Tally(str(row.day), row.outcome, row.spoke, row.failure, row.decisions) for row in rows]


def _day() -> ColumnElement[str]:
    """The day in UTC, whatever the database thinks of time zones."""
    at = Assessment.created_at
    if db.engine().dialect.name == "postgresql":
        return func.date(func.timezone("UTC", at))
    return func.date(at)


def per_day(found: Iterable[Tally]) -> dict[str, Mapping[str, int]]:
    """Day → outcome → first looks, in order."""
    days: dict[str, Counter[str]] = {}
    for one in sorted(found, key=lambda tally: tally.day):
        days.setdefault(one.day, Counter())[one.outcome] += one.count
    return dict(days)


def who_spoke(found: Iterable[Tally]) -> list[tuple[str, str, int]]:
    """(who spoke, outcome, first looks), most first."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in found:
        counts[one.spoke, one.outcome] += one.count
    return [(spoke, outcome, count) for (spoke, outcome), count in counts.most_common()]


def failures(found: Iterable[Tally]) -> list[tuple[str, int]]:
    """Why there was no score, and how often."""
    counts: Counter[str] = Counter()
    for one in found:
        if one.failure is not None:
            counts[one.failure] += one.count
    return counts.most_common(10)


def latencies(window: Window, *shares: int) -> list[int | None]:
    """How long deciding took, in microseconds, for so many of a hundred of the newest; None: there are none."""
    newest = (
        select(Assessment.latency_us)
        .where(window.has(), Assessment.moment == "before")
        .order_by(Assessment.id.desc())
        .limit(TIMED)
    )
    times = sorted(db.session().scalars(newest))
    return [times[(len(times) - 1) * share // 100] if times else None for share in shares]


def total(days: Mapping[str, Mapping[str, int]], outcomes: Sequence[str] = OUTCOMES) -> int:
    """All decisions of some outcomes."""
    return sum(of.get(one, 0) for of in days.values() for one in outcomes)
