"""The end of a test run names everything that did not run, and why; before it, the figures that tests counted."""

import re
from collections import Counter
from typing import Any

import pytest

CLOSING_WORDS = "everything ran"


class NotRun:
    """Counts what was left out: skipped while running, or not selected at all."""

    def __init__(self) -> None:
        self.not_selected: Counter[str] = Counter()

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.not_selected[item.nodeid.partition("::")[0]] += 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """With xdist it is the workers who leave tests out, all of them the same ones."""
        self.not_selected = Counter(getattr(node, "workeroutput", {}).get("not_selected"))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["not_selected"] = dict(self.not_selected)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for report in terminalreporter.stats.get("passed", []):
            for name, value in report.user_properties:
                if name == "figure":  # record_property("figure", ...)
                    terminalreporter.line(f"{report.nodeid}: {value}")
        lines = [*self._skipped(terminalreporter), *self._left_out(terminalreporter.config)]
        if not lines:
            terminalreporter.section(f"NOT RUN: nothing, {CLOSING_WORDS}", sep="-")
            return
        terminalreporter.section("NOT RUN", sep="!", red=True, bold=True)
        for line in lines:
            terminalreporter.line(line, red=True)

    def _skipped(self, terminalreporter: pytest.TerminalReporter) -> list[str]:
        reasons: dict[str, list[str]] = {}
        for report in terminalreporter.stats.get("skipped", []):
            reasons.setdefault(_reason(report), []).append(report.nodeid)
        return [
            f"{len(tests)} × {reason}: {', '.join(sorted(tests)[:5])}"
            + (f" and {len(tests) - 5} more" if len(tests) > 5 else "")
            for reason, tests in sorted(reasons.items())
        ]

    def _left_out(self, config: pytest.Config) -> list[str]:
        lines = [
            f"{count} × not selected: {path}" for path, count in sorted(self.not_selected.items())
        ]
        if config.getoption("--database") != "both":
            lines.append(f"every database but {config.getoption('--database')}")
        return lines


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return re.sub(r"^Skipped: ", "", report.longrepr[2])
    return str(report.longrepr)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(NotRun(), "not-run")
