"""The tables in docs/faults.md: made from what `make faults` saw, and held against the suite by every other run."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.fault import PRODUCT, WALL, Fault

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "faults.md"
BEGIN, END = "<!-- made by `make faults` -->", "<!-- until here -->"
_CLOCKS = {PRODUCT: "of the product’s clock", WALL: "waited for"}


@dataclass
class Row:
    """What became of one fault: how many cases were tried, and what all of them measured."""

    fault: Fault
    cases: int = 0
    broken: int = 0
    double_charges: int = 0
    lost_acknowledged: int = 0
    recoveries: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, told: dict[str, Any], *, is_broken: bool) -> None:
        self.cases += 1
        self.broken += is_broken
        self.double_charges += told["double_charges"]
        self.lost_acknowledged += told["lost_acknowledged"]
        self.remarks += [remark for remark in told["remarks"] if remark not in self.remarks]
        for clock, seconds in told["recoveries"].items():
            self.recoveries[clock] = max(seconds, self.recoveries.get(clock, 0.0))

    def __str__(self) -> str:
        number, name, saw = self.fault.number, self.fault.name, self.fault.saw
        books = f"BROKEN in {self.broken}" if self.broken else "whole"
        told = " ".join([saw, *self.remarks])
        return f"| {number} | {name} | {self.cases} | {told} | {self._recovery()} | {books} |"

    def _recovery(self) -> str:
        return ", ".join(f"{spoken(s)} {_CLOCKS[c]}" for c, s in self.recoveries.items()) or "–"


class Report:
    """Hears every case of the run, from whichever process ran it, and writes the page when the run is over."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.rows = {fault.name: Row(fault) for fault in in_the_suite()}
        self._failed: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed[report.nodeid] += report.failed
        told = dict(report.user_properties).get("trial")
        if report.when == "teardown" and isinstance(told, dict):
            self.rows[told["name"]].add(told, is_broken=self._failed[report.nodeid] > 0)

    def pytest_sessionfinish(self) -> None:
        before, _begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        made = f"{self._figures()}\n\n{self._table()}\n\n{crash_points()}"
        PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", encoding="utf-8")

    def _figures(self) -> str:
        rows, tried = self.rows.values(), [row for row in self.rows.values() if row.cases]
        cases, broken = sum(r.cases for r in rows), sum(r.broken for r in rows)
        worst = [
            f"{spoken(seconds)} {_CLOCKS[clock]} ({name})"
            for clock, (seconds, name) in _worst(rows).items()
        ]
        lines = (
            ("the run", self._run()),
            ("faults tried", f"{len(tried)} kinds, {cases} cases"),
            (
                "faults survived",
                f"{sum(not r.broken for r in tried)} kinds, {cases - broken} cases",
            ),
            ("worst recovery", "; ".join(worst)),
            ("double charges", sum(r.double_charges for r in rows)),
            ("lost acknowledged payments", sum(r.lost_acknowledged for r in rows)),
        )
        return "\n".join(["| figure | |", "|---|---|", *(f"| {a} | {b} |" for a, b in lines)])

    def _run(self) -> str:
        """What a reader must know to compare two pages."""
        option = self._config.getoption
        on = {"both": "SQLite and PostgreSQL", "sqlite": "SQLite", "postgresql": "PostgreSQL"}
        survivors = (
            "every survivor of each" if option("--every-survivor") else "one survivor of each"
        )
        return (
            f"{option('--rounds')} × each fault of real processes (PostgreSQL), the others on "
            f"{on[option('--database')]}; {survivors} crash; {option('--stories') or 25} stories"
        )

    def _table(self) -> str:
        head = (
            "| test | what goes wrong | cases | what the shopper or the merchant sees "
            "| longest recovery | books |\n|---|---|---|---|---|---|"
        )
        rows = sorted(self.rows.values(), key=lambda row: (_number(row.fault), row.fault.name))
        return "\n".join([head, *map(str, filter(lambda row: row.cases, rows))])


def _worst(rows: Iterable[Row]) -> dict[str, tuple[float, str]]:
    worst: dict[str, tuple[float, str]] = {}
    for row in rows:
        for clock, seconds in row.recoveries.items():
            worst[clock] = max((seconds, row.fault.name), worst.get(clock, (0.0, "")))
    return worst


def crash_points() -> str:
    scenes = importlib.import_module("tests.faults.scenes").SCENES
    head = "| what is under way | the power goes at | it ends as |\n|---|---|---|"
    rows = [
        f"| {name} | {', '.join(scene.points)} | `{scene.ends}` |" for name, scene in scenes.items()
    ]
    return "\n".join([head, *rows])


def spoken(seconds: float) -> str:
    """A length of time as people say it: `4.2 s`, `2 min`, `30 d`."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def _number(fault: Fault) -> int:
    return int(re.sub(r"\D.*", "", fault.number[1:]))


def tests() -> Iterator[tuple[str, Any]]:
    """Every test function of the suite."""
    for file in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"tests.faults.{file.stem}")
        for name, value in vars(module).items():
            if name.startswith("test_") and getattr(value, "__module__", "") == module.__name__:
                yield f"{file.name}::{name}", value


def declared(test: Any) -> list[Fault]:
    """What a test function says that it breaks."""
    return [mark.args[0] for mark in getattr(test, "pytestmark", ()) if mark.name == "fault"]


def in_the_suite() -> list[Fault]:
    return [fault for _name, test in tests() for fault in declared(test)]


def on_the_page() -> dict[str, tuple[str, str]]:
    """The faults that the page tells of: name → number, and what is seen of it."""
    made = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [line.split(" | ") for line in made.splitlines() if re.match(r"\| T\d", line)]
    return {row[1]: (row[0].removeprefix("| "), row[3]) for row in rows}
