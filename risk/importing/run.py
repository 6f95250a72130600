"""Exports in, attempts out: recognize the files, read them all, and live through what they tell in order."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from risk.importing import moments, own, paypal, stripe
from risk.importing.files import Row, Table, recognize, rows
from risk.importing.line import Line, Refused
from risk.importing.records import Attempt, BadFile, Imported, Later, Problems, World
from risk.importing.replay import replay
from risk.importing.spool import PART, Spool

# Which function reads a line of which export.
READERS: Mapping[str, Callable[[Line], Attempt | Later | None]] = {
    "stripe_payments": stripe.payment,
    "stripe_disputes": stripe.dispute,
    "paypal_activity": paypal.activity,
    "paypal_settlement": paypal.settlement,
    "paypal_cases": paypal.case,
    "own": own.attempt,
}
_TELL_EVERY = 50_000

Learnt = dict[tuple[str, str], list[Later]]


@dataclass(slots=True)
class Summary:
    """What came of it. Complete when the last attempt has been taken."""

    files: dict[str, str] = field(default_factory=dict)
    """File → what it was recognized as."""
    lines: int = 0
    skipped: int = 0
    """Lines that tell of nothing an import needs: payouts, unfinished payments, disputes that are not about fraud."""
    attempts: int = 0
    frauds: int = 0
    unmatched: int = 0
    """Frauds and refunds of payments that no file has."""
    outcomes: Counter[str] = field(default_factory=Counter)
    problems: Problems = field(default_factory=Problems)

    def told(self) -> list[str]:
        """In a person's words, line by line."""
        said = [f"{name}: {title}" for name, title in self.files.items()]
        said.append(
            f"{self.lines:,} lines: {self.attempts:,} attempts, {self.frauds:,} of them known as fraud;"
            f" {self.skipped:,} lines were not about attempts that ended"
        )
        if self.unmatched:
            said.append(
                f"{self.unmatched:,} frauds or refunds are of payments that no file has; export a longer time"
            )
        said += [
            f"{count:,} × {file}{', ' + column if column else ''}: {message}"
            for (file, column, message), count in self.problems.counts.most_common(30)
        ]
        return said


def run(
    files: Sequence[Path],
    *,
    merchant_id: str,
    world: World,
    zone: tzinfo | None = None,
    order: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    summary: Summary | None = None,
    part: int = PART,
) -> Iterator[Imported]:
    """Every attempt of the files once, oldest first, with its past. Raises BadFile.

    `zone` counts for dates that name none, `order` (`moments.DAY_FIRST`, `MONTH_FIRST`) for days that could be
    months. `summary` is filled on the way. Nothing is kept but what is needed: a year of a large shop fits.
    """
    told = Summary() if summary is None else summary
    if order not in {None, moments.DAY_FIRST, moments.MONTH_FIRST}:
        raise BadFile(f"dates are {moments.DAY_FIRST} or {moments.MONTH_FIRST}, not {order!r}")
    tables = [recognize(path) for path in files]
    with tempfile.TemporaryDirectory(prefix="till-import-") as folder:
        spool = Spool(Path(folder), part=part)
        later: Learnt = {}
        for table in tables:
            told.files[table.path.name] = table.kind.title
            say(f"Reading {table.path.name}: {table.kind.title}")
            known = order or _order(table, world)
            for row in rows(table, told.problems, world.holds_card):
                line = Line(
                    table=table,
                    row=row,
                    world=world,
                    problems=told.problems,
                    zone=zone,
                    order=known,
                )
                _take(line, spool, later, told)
        wanting = set(later)
        for found in replay(spool, later, merchant_id=merchant_id, world=world):
            _count(found, told, wanting, say)
            yield found
        told.unmatched = sum(len(later[key]) for key in wanting)


def _take(line: Line, spool: Spool, later: Learnt, told: Summary) -> None:
    told.lines += 1
    try:
        found = READERS[line.table.kind.name](line)
    except Refused as error:
        line.tell(error.header, str(error))
        return
    if isinstance(found, Attempt):
        spool.add(found)
    elif found is not None:
        later.setdefault((found.provider, found.ref), []).append(found)
    else:
        told.skipped += 1


def _count(
    found: Imported, told: Summary, wanting: set[tuple[str, str]], say: Callable[[str], None]
) -> None:
    told.attempts += 1
    told.frauds += any(label.is_fraud for label in found.labels)
    told.outcomes[found.outcome] += 1
    wanting.discard((found.provider, found.provider_ref))
    if told.attempts % _TELL_EVERY == 0:
        say(f"{told.attempts:,} attempts")


def _order(table: Table, world: World) -> str | None:
    """Whether days or months come first, told by the days after the twelfth. None: the file gives nothing away."""
    if "date" not in table.names:
        return None
    orders = {moments.order_of(row.cells["date"]) for row in _dated(table, world)} - {None}
    if len(orders) > 1:
        raise BadFile(
            f"{table.path.name}: some dates begin with the day, others with the month; export it anew"
        )
    return next(iter(orders), None)


def _dated(table: Table, world: World) -> Iterator[Row]:
    return (row for row in rows(table, Problems(), world.holds_card) if "date" in row.cells)
