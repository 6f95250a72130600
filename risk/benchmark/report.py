"""The table: published and measured, the baseline split first, then the four weeks of the book's model selection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from risk.benchmark.features import Column, Known, book, matrix, ours
from risk.benchmark.metrics import Result, measure
from risk.benchmark.models import BASELINES, BEST_PUBLISHED, OURS, forest, score
from risk.benchmark.split import DELAY_DAYS, split, training
from risk.benchmark.table import BadData, Ints, Table, read
from risk.benchmark.windows import Floats

Say = Callable[[str], None]

# The days on which the book's test weeks begin: its baseline, and the four folds of its model selection.
BASELINE = date(2018, 8, 8)
WEEKS = (date(2018, 8, 8), date(2018, 8, 15), date(2018, 8, 22), date(2018, 8, 29))
# Weeks after them, with training from 08-22, 08-29 and 09-05. Nothing was ever chosen by them.
LATER_WEEKS = (date(2018, 9, 5), date(2018, 9, 12), date(2018, 9, 19))
BASELINE_ROWS = (67_240, 598, 58_264, 385)
_MOST_TRAIN = max(member.train_days for member in OURS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, what is published of it if anything is, and what was measured by week."""

    name: str
    published: Result | None
    measured: tuple[Result, ...]

    def mean(self) -> Result:
        return _over(np.mean, self.measured)

    def text(self) -> str:
        published = str(self.published) if self.published else "–"
        if not self.measured:
            return f"  {self.name:<34}{published:>22}{'–':>24}"
        spread = f"  ± {_over(np.std, self.measured)}" if len(self.measured) > 1 else ""
        return f"  {self.name:<34}{published:>22}{self.mean()!s:>24}{spread}"


class Features:
    """The columns of the days that are needed, made once."""

    def __init__(self, table: Table, columns: Iterator[Column], *, first: date, days: int) -> None:
        wanted = table.between(first, days)
        self.names, self._rows = matrix(columns, wanted)
        self._place = np.cumsum(wanted) - 1

    def of(self, rows: Ints, columns: Sequence[str] = ()) -> Floats:
        """Some transactions; all columns, or those that are named."""
        found: Floats = self._rows[self._place[rows]]
        return found[:, [self.names.index(name) for name in columns]] if columns else found


def run(
    data: Path,
    *,
    train_until: date | None = None,
    test_from: date | None = None,
    test_days: int = 7,
    say: Say = print,
) -> list[Row]:
    """Print the published table and ours beside it; with `test_from`, only the days asked for. Raises BadData."""
    say(f"Reading {data}")
    table = read(data)
    first, last = table.span()
    say(f"{len(table):,} transactions, {table.frauds.sum():,} frauds, {first} to {last}")
    known = Known.of(table)
    if test_from is not None:
        rows = _asked(known, train_until, test_from, test_days, say)
    elif train_until is not None:
        raise BadData("say with --test-from from which day on to test")
    else:
        rows = [*_baseline(known, say), *_weeks(known, say)]
    say("")
    say("AUC ROC / average precision / card precision@100; what they mean: docs/risk-benchmark.md")
    return rows


def _baseline(known: Known, say: Say) -> list[Row]:
    """The book's table of chapter 3."""
    table = known.table
    found = split(table, test_from=BASELINE)
    frauds = table.frauds
    sizes = tuple(
        int(n) for rows in (found.train, found.test) for n in (len(rows), frauds[rows].sum())
    )
    same = "as the book's" if sizes == BASELINE_ROWS else f"NOT the book's {BASELINE_ROWS}"
    say("")
    say("Baseline split: trained on 2018-07-25 to 07-31, tested on 08-08 to 08-14, 15 features;"
        f" {sizes[0]:,} transactions with {sizes[1]:,} frauds, {sizes[2]:,} with {sizes[3]:,}: {same}")  # fmt: skip
    _head(say)
    features = Features(table, book(known), first=BASELINE - timedelta(14), days=21)
    rows = []
    for baseline in BASELINES:
        measured: tuple[Result, ...] = ()
        if baseline.make is not None:
            model, train, test = baseline.make(), features.of(found.train), features.of(found.test)
            measured = (measure(table, found.test, score(model, train, frauds[found.train], test)),)
        rows.append(Row(baseline.name, baseline.published, measured))
        say(rows[-1].text())
    nothing = measure(table, found.test, np.zeros(len(found.test)))
    rows.append(Row("All scores equal", Result(0.5, 0.007, 0.017), (nothing,)))
    say(rows[-1].text())
    return rows


def _weeks(known: Known, say: Say) -> list[Row]:
    """The four weeks of the book's model selection, and the weeks after them as far as the data goes."""
    last = known.table.span()[1]
    later = tuple(week for week in LATER_WEEKS if week + timedelta(6) <= last)
    first = WEEKS[0] - timedelta(DELAY_DAYS + _MOST_TRAIN)
    features = Features(known.table, ours(known), first=first, days=(last - first).days + 1)
    say("")
    say(f"Four weeks of model selection, {len(features.names)} features")
    _head(say)
    say(Row("Best published, each by another", BEST_PUBLISHED, ()).text())
    rows = [_prequential(known.table, features, WEEKS, Row("Ours", BEST_PUBLISHED, ()), say)]
    say("")
    if not later:
        say(f"Later weeks: the data ends on {last}, before {LATER_WEEKS[0] + timedelta(6)}")
        return rows
    say("Later weeks, by which nothing was chosen")
    _head(say)
    return [
        *rows,
        _prequential(known.table, features, later, Row("Ours, later weeks", None, ()), say),
    ]


def _prequential(
    table: Table, features: Features, weeks: Sequence[date], row: Row, say: Say
) -> Row:
    """Each week by models trained for it."""
    results = []
    for week in weeks:
        results.append(_ours(table, features, test_from=week))
        say(Row(f"  7 days from {week}", None, tuple(results[-1:])).text())
    found = replace(row, measured=tuple(results))
    say(found.text())
    return found


def _asked(
    known: Known, train_until: date | None, test_from: date, test_days: int, say: Say
) -> list[Row]:
    """Days that somebody asks for: the book's forest on its 15 features, and ours."""
    table = known.table
    asked = {"test_from": test_from, "test_days": test_days, "train_until": train_until}
    found = split(table, test_from=test_from, test_days=test_days, train_until=train_until)
    first, last = training(
        table, test_from=test_from, train_days=_MOST_TRAIN, train_until=train_until
    )
    days = (test_from - first).days + test_days
    say("")
    if train_until is not None and last < train_until:
        say(
            f"Labels take {DELAY_DAYS} days: of the days until {train_until}, those after {last} are not known yet"
        )
    say(f"Trained until {last}, tested on {test_days} days from {test_from}: {len(found.test):,} transactions,"
        f" {table.frauds[found.test].sum():,} frauds")  # fmt: skip
    _head(say)
    plain = Features(table, book(known), first=first, days=days)
    scores = score(forest(), plain.of(found.train), table.frauds[found.train], plain.of(found.test))
    rows = [Row("Random forest (100), 15 features", None, (measure(table, found.test, scores),))]
    say(rows[-1].text())
    features = Features(table, ours(known), first=first, days=days)
    rows.append(
        Row(f"Ours, {len(features.names)} features", None, (_ours(table, features, **asked),))
    )
    say(rows[-1].text())
    return rows


def _ours(table: Table, features: Features, **asked: Any) -> Result:
    """The mean of what our models say."""
    found = []
    for member in OURS:
        rows = split(table, train_days=member.train_days, **asked)
        train, test = (features.of(some, member.columns) for some in (rows.train, rows.test))
        probability = score(member.make(), train, table.frauds[rows.train], test)
        found.append(np.maximum(probability, member.floor))
    return measure(table, split(table, **asked).test, np.mean(found, axis=0))


def _over(how: Callable[[list[float]], np.floating], results: Sequence[Result]) -> Result:
    return Result(
        float(how([one.auc for one in results])),
        float(how([one.average_precision for one in results])),
        float(how([one.card_precision for one in results])),
    )


def _head(say: Say) -> None:
    say(f"  {'':<34}{'published':>22}{'measured':>24}")
