"""When the truth arrives: how many days after an attempt it is known to be fraud or good, and from whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, select

from app.console.journal import Window
from models import Assessment, Label, db

MARKS = (0, 1, 2, 3, 7, 14, 21, 30, 45, 60, 75, 90, 120)


@dataclass(frozen=True, slots=True)
class Curve:
    """`known[i]`: the labels that had arrived `MARKS[i]` days after their attempt."""

    is_fraud: bool
    known: Sequence[int]

    @property
    def total(self) -> int:
        """All that have arrived."""
        return self.known[-1] if self.known else 0


def curves(window: Window) -> list[Curve]:
    """For fraud and for good: how many labels had arrived by when, of those that became known in the window."""
    day = _days(Label.known_at, Assessment.created_at)
    asked = (
        select(Label.is_fraud, day.label("day"), func.count().label("labels"))
        .join(Assessment, Assessment.attempt_id == Label.attempt_id)
        .where(Assessment.moment == "before", Label.known_at >= window.since)
        .where(Label.known_at < window.until)
    )
    if window.merchant_id is not None:
        asked = asked.where(Label.merchant_id == window.merchant_id)
    days: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for row in db.session().execute(asked.group_by(Label.is_fraud, day)):
        days[row.is_fraud][max(0, int(row.day))] += row.labels
    return [
        Curve(kind, [sum(n for day, n in of.items() if day <= mark or mark == MARKS[-1]) for mark in MARKS])
        for kind, of in days.items()
    ]  # fmt: skip


def _days(later: Any, earlier: Any) -> ColumnElement[int]:
    """Whole days between two moments."""
    if db.engine().dialect.name == "postgresql":
        return func.floor(func.extract("epoch", later - earlier) / 86_400)
    return cast(func.julianday(later) - func.julianday(earlier), Integer)


def sources(window: Window) -> list[tuple[str, bool, int]]:
    """(source, is it fraud, labels) of what became known, most first."""
    asked = (
        select(Label.source, Label.is_fraud, func.count())
        .where(Label.known_at >= window.since, Label.known_at < window.until)
        .group_by(Label.source, Label.is_fraud)
        .order_by(func.count().desc())
    )
    if window.merchant_id is not None:
        asked = asked.where(Label.merchant_id == window.merchant_id)
    return [(row[0], row[1], row[2]) for row in db.session().execute(asked)]
