"""What the commands of risk share at a terminal: progress bars, tables, time zones by name."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from risk.training.fit import Report

# What a training does, in words.
_STAGES = {
    "rows": "Reading rows",
    "trees": "Growing trees",
    "backtest": "Backtest",
    "agreement": "Proving the export",
}


class _Bars:
    """One bar at a time, on standard error. Of a stage whose length is not known, the count is shown."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: Any = None

    def __call__(self, stage: str, done: int, of: int) -> None:
        label = f"{_STAGES.get(stage, stage):20}"
        if not of:
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{label}  {done:,}")
            return
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = click.progressbar(length=of, label=label, file=sys.stderr)
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


@contextmanager
def bars() -> Iterator[Report]:
    """Inside, a training may report how far it is."""
    shown = _Bars()
    try:
        yield shown
    finally:
        shown.close()


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns as wide as they must be; the first row is the head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def zone(name: str | None) -> ZoneInfo | None:
    """The time zone of that name. Raises click.UsageError."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        raise click.UsageError(f"There is no time zone {name!r}.") from None
