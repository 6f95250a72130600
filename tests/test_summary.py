from types import SimpleNamespace

import pytest

from tests.summary import NotRun


class Terminal:
    """What the summary writes to."""

    def __init__(self, database: str, *skipped: object) -> None:
        self.lines: list[str] = []
        self.stats = {"skipped": skipped}
        self.config = SimpleNamespace(getoption=lambda _name: database)

    def section(self, title: str, **_style: object) -> None:
        self.lines.append(title)

    line = section


def skipped(name: str, why: str) -> SimpleNamespace:
    return SimpleNamespace(nodeid=name, longrepr=("file.py", 3, f"Skipped: {why}"))


def summary(not_run: NotRun, terminal: Terminal) -> list[str]:
    not_run.pytest_terminal_summary(terminal)
    return terminal.lines


def test_when_everything_ran_it_says_so():
    assert summary(NotRun(), Terminal("both")) == ["NOT RUN: nothing, everything ran"]


def test_what_was_skipped_is_named_with_its_reason():
    lines = summary(
        NotRun(), Terminal("both", skipped("e2e/test_a", "no browser"), skipped("b", "no browser"))
    )
    assert lines == ["NOT RUN", "2 × no browser: b, e2e/test_a"]


def test_a_figure_that_a_test_counted_is_said():
    terminal = Terminal("both")
    terminal.stats["passed"] = (
        SimpleNamespace(nodeid="a", user_properties=[("figure", "3 of 3")]),
    )
    assert summary(NotRun(), terminal)[0] == "a: 3 of 3"


@pytest.mark.parametrize("by_workers", [True, False])
def test_what_was_not_selected_is_named(by_workers):
    not_run = NotRun()
    not_run.pytest_deselected([SimpleNamespace(nodeid="tests/e2e/test_a.py::test_one")])
    if by_workers:
        session = SimpleNamespace(config=SimpleNamespace(workeroutput={}))
        not_run.pytest_sessionfinish(session)
        not_run = NotRun()
        not_run.pytest_testnodedown(SimpleNamespace(workeroutput=session.config.workeroutput))
    assert summary(not_run, Terminal("both"))[1:] == ["1 × not selected: tests/e2e/test_a.py"]


def test_a_database_that_was_left_out_is_named():
    assert summary(NotRun(), Terminal("sqlite"))[1:] == ["every database but sqlite"]
