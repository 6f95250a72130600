"""The little charts of a case as numbers for SVG: each has a table or a sentence that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.web.review_words import family

# The width of a chart in its own units; the page scales it.
WIDTH, HEIGHT = 200, 36


@dataclass(frozen=True, slots=True)
class Bar:
    """What one family of reasons adds to the risk: its bar begins at `x`; `raises` tells the side."""

    name: str
    value: str
    x: int
    width: int
    raises: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One hour of a sparkline."""

    x: int
    y: int
    height: int
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Spark:
    """Tries in each of the last hours, oldest first."""

    title: str
    sentence: str
    columns: list[Column]
    total: int


def bars(families: Mapping[str, float]) -> list[Bar]:
    """The contributions to the log-odds, strongest first, around a middle line. Those that are nothing are left out."""
    known = sorted(families.items(), key=lambda item: -abs(item[1]))
    known = [(name, value) for name, value in known if abs(value) >= 0.005]
    most = max((abs(value) for _, value in known), default=1.0)
    half = WIDTH // 2
    found = []
    for name, value in known:
        width = max(1, round(abs(value) / most * half))
        x = half if value > 0 else half - width
        found.append(Bar(family(name), f"{value:+.2f}".replace("-", "−"), x, width, value > 0))
    return found


def spark(title: str, counted: Sequence[int]) -> Spark:
    """The tries of the last hours as columns."""
    most, hours = max(counted, default=0), len(counted)
    step = WIDTH // max(hours, 1)
    columns = []
    for place, count in enumerate(counted):
        height = round(count / most * HEIGHT) if most else 0
        ago = hours - 1 - place
        label = "in the last hour" if ago == 0 else f"{ago} to {ago + 1} h ago"
        columns.append(Column(place * step, HEIGHT - height, height, label, count))
    total = sum(counted)
    busiest = max(columns, key=lambda one: one.count, default=None)
    sentence = f"{total} in {hours} h"
    if busiest is not None and busiest.count:
        sentence += f"; most {busiest.label}: {busiest.count}"
    return Spark(title, sentence, columns, total)
