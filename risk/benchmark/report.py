"""The table: published and measured, the baseline split first, then the four weeks of the book's model selection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from risk.benchmark.features import Column, Known, book, matrix, ours
from risk.benchmark.metrics import Result, measure
from risk.benchmark.models import BASELINES, BEST_PUBLISHED, OURS, score
from risk.benchmark.split import DELAY_DAYS, Split, split
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
            return f"  {self.name:<34}{published:>22}{'not measured':>24}"
        spread = f"  ± {_over(np.std, self.measured)}" if len(self.measured) > 1 else ""
        return f"  {self.name:<34}{published:>22}{self.mean()!s:>24}{spread}"


class Features:
    """The columns of the days that are needed, made once."""

    def __init__(self, table: Table, columns: Iterator[Column], *, first: date, days: int) -> None:
        wanted = table.between(first, days)
        self.names, self._rows = matrix(columns, wanted)
        self._place = np.cumsum(wanted) - 1

    def __getitem__(self, rows: Ints) -> Floats:
        found: Floats = self._rows[self._place[rows]]
        return found


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
    sizes = tuple(
        int(n)
        for n in (
            len(found.train),
            table.frauds[found.train].sum(),
            len(found.test),
            table.frauds[found.test].sum(),
        )
    )
    same = (
        "the book's"
        if sizes == BASELINE_ROWS
        else "NOT the book's {}/{} and {}/{}".format(*BASELINE_ROWS)
    )
    say("")
    say(f"Baseline: trained on 2018-07-25 to 07-31, tested on 08-08 to 08-14, 15 features; {sizes[0]:,}/{sizes[1]} and"
        f" {sizes[2]:,}/{sizes[3]} transactions/frauds ({same})")  # fmt: skip
    _head(say)
    features = Features(table, book(known), first=BASELINE - timedelta(14), days=21)
    rows = []
    for baseline in BASELINES:
        measured: tuple[Result, ...] = ()
        if baseline.make is not None:
            scores = score(
                baseline.make(),
                features[found.train],
                table.frauds[found.train],
                features[found.test],
            )
            measured = (measure(table, found.test, scores),)
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
    weeks = WEEKS + later
    first = weeks[0] - timedelta(DELAY_DAYS + _MOST_TRAIN)
    features = Features(known.table, ours(known), first=first, days=(weeks[-1] - first).days + 7)
    rows = []
    for title, some in (("Four weeks of model selection", WEEKS), ("Later weeks", later)):
        if not some:
            say("")
            say(
                f"{title}: the data ends on {last}; {LATER_WEEKS[0]} to {LATER_WEEKS[-1] + timedelta(6)} is not in it"
            )
            continue
        say("")
        days = ", ".join(f"{week:%m-%d}" for week in some)
        say(f"{title}: tested on the 7 days from {days}; {len(features.names)} features")
        _head(say)
        best = Row("Best published, each by another", BEST_PUBLISHED, ()) if some is WEEKS else None
        if best:
            say(f"  {best.name:<34}{best.published!s:>22}")
        results = []
        for week in some:
            results.append(_ours(known.table, features, week, None, 7))
            say(f"    {f'ours, from {week}':<32}{'':>22}{results[-1]!s:>24}")
        rows.append(
            Row(
                "Ours" if some is WEEKS else "Ours, later weeks",
                BEST_PUBLISHED if best else None,
                tuple(results),
            )
        )
        say(rows[-1].text())
    return rows


def _asked(
    known: Known, train_until: date | None, test_from: date, test_days: int, say: Say
) -> list[Row]:
    """Days that somebody asks for: the book's forest on its 15 features, and ours."""
    table = known.table
    last = train_until or test_from - timedelta(DELAY_DAYS + 1)
    forest = split(table, test_from=test_from, test_days=test_days, train_until=last)
    split(table, test_from=test_from, test_days=test_days, train_until=last, train_days=_MOST_TRAIN)
    first = last - timedelta(_MOST_TRAIN - 1)
    days = (test_from - first).days + test_days
    say("")
    say(f"Trained until {last}, tested on {test_days} days from {test_from}: {len(forest.test):,} transactions,"
        f" {table.frauds[forest.test].sum():,} frauds")  # fmt: skip
    _head(say)
    plain = Features(table, book(known), first=first, days=days)
    make = BASELINES[3].make
    assert make is not None
    scores = score(make(), plain[forest.train], table.frauds[forest.train], plain[forest.test])
    rows = [Row("Random forest (100), 15 features", None, (measure(table, forest.test, scores),))]
    say(rows[-1].text())
    features = Features(table, ours(known), first=first, days=days)
    rows.append(Row("Ours", None, (_ours(table, features, test_from, last, test_days),)))
    say(rows[-1].text())
    return rows


def _ours(
    table: Table, features: Features, test_from: date, train_until: date | None, test_days: int
) -> Result:
    """The mean of what our models say."""
    found: list[Floats] = []
    rows: Split | None = None
    for member in OURS:
        rows = split(
            table,
            test_from=test_from,
            test_days=test_days,
            train_days=member.train_days,
            train_until=train_until,
        )
        found.append(
            score(
                member.make(), features[rows.train], table.frauds[rows.train], features[rows.test]
            )
        )
    assert rows is not None
    return measure(table, rows.test, np.mean(found, axis=0))


def _over(how: Callable[[list[float]], np.floating], results: Sequence[Result]) -> Result:
    return Result(
        float(how([one.auc for one in results])),
        float(how([one.average_precision for one in results])),
        float(how([one.card_precision for one in results])),
    )


def _head(say: Say) -> None:
    say(f"  {'':<34}{'published':>22}{'measured':>24}")
