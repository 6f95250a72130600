"""The rules that hold for the whole tree, read from its source."""

import ast
import re
from pathlib import Path

import pytest

from app.crashpoints import crashpoint
from models.lifecycle import ATTEMPT, OPERATIONS
from tasks.subscribers import SUBSCRIBERS

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "models", "tasks", "sandbox", "tools", "migrations")
FILES = sorted(file for package in (*PACKAGES, "risk") for file in (ROOT / package).rglob("*.py"))
OURS = {"app", "models", "tasks", "sandbox", "risk", "tests", "tools", "wsgi"}

# who → what of ours they may import (the longest prefix that fits counts)
MAY_IMPORT = {
    "models": {"models"},
    "sandbox": {"sandbox"},
    "risk": {"risk"},
    "tasks": {"tasks", "app", "models", "risk"},
    "app": {"app", "models", "risk"},
    "tools": {"tools", "app", "models", "risk", "sandbox", "tests"},
    "migrations": {"models"},
}
LONGER = {"app/errors.py": 420}  # a table of classes: one tree is read in one place
FLASK_LIVES_IN = (
    "app/__init__.py",
    "app/api/",
    "app/web/",
    "app/cli.py",
    "app/health.py",
    "sandbox/",
    "tools/",
)


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("file", FILES, ids=name)
def test_imports_point_down(file):
    package = name(file).split("/")[0]
    for module in imports(file):
        top = module.split(".")[0]
        if top in OURS:
            assert top in MAY_IMPORT[package], f"{name(file)} imports {module}"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_flask_stays_at_the_door(file):
    if not name(file).startswith(FLASK_LIVES_IN):
        assert not {module for module in imports(file) if module.split(".")[0].startswith("flask")}


@pytest.mark.parametrize("file", FILES, ids=name)
def test_money_does_not_know_its_callers(file):
    inside = ("app/payments/", "app/providers/")
    if name(file).startswith(inside):
        assert not {m for m in imports(file) if m.startswith(("app.web", "app.api"))}
    if name(file).startswith("app/providers/"):
        assert not {
            m
            for m in imports(file)
            if m.startswith(("app.payments", "models.payment", "models.order"))
        }
    if name(file).startswith("tasks/"):
        allowed = {"app.api.hooks", "app.api"} if name(file) == "tasks/doorbell.py" else set()
        assert not {m for m in imports(file) if m.startswith(("app.web", "app.api"))} - allowed


@pytest.mark.parametrize(
    ("pattern", "only_in"),
    [
        (r"\.commit\(\)", ("models/db.py", "sandbox/", "migrations/")),
        (r"os\.environ|getenv\(", ("app/config.py", "sandbox/", "tools/")),
        (r"utcnow\(|datetime\.now\(", ("models/clock.py", "sandbox/", "tools/")),
        (r"\bfloat\(", ("sandbox/", "risk/", "tools/")),
        (r"pickle", ("risk/", "tools/")),
        (r"construct_event_without_verification|verify=False", ()),
        (r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_some_words_stand_in_one_place(pattern, only_in):
    for file in FILES:
        if not name(file).startswith(only_in or ("-",)):
            found = re.search(pattern, file.read_text())
            assert not found, f"{name(file)}: {found and found.group()}"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_files_and_functions_are_small_enough_to_see(file):
    if name(file).startswith("migrations/versions/"):
        return
    text = file.read_text()
    assert text.count("\n") <= LONGER.get(name(file), 300)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or 0) - node.lineno + 1
            assert size <= (65 if name(file).startswith("sandbox/") else 50), (
                f"{name(file)}: {node.name} has {size} lines"
            )


@pytest.mark.parametrize("file", FILES, ids=name)
def test_every_module_says_what_it_is_for(file):
    if file.name != "__init__.py" and not name(file).startswith("migrations/versions/"):
        assert ast.get_docstring(ast.parse(file.read_text())), f"{name(file)} has no sentence"


def test_only_the_door_sets_a_status():
    """`status=` is written by the door, by the store of answered requests (an HTTP status), of kept methods and of mail."""
    door = {"change", "record", "effects", "operations", "idempotency", "keep", "kept", "mail"}
    for file in FILES:
        if name(file).startswith(("app/", "tasks/")) and file.stem not in door:
            written = re.search(r"db\.update\([^)]*\bstatus=", file.read_text().replace("\n", " "))
            assert not written, name(file)


def test_every_event_of_a_state_table_has_its_consequences_written_down():
    told = {event for machine in (ATTEMPT, *OPERATIONS.values()) for event in machine.events}
    emitted = {
        found
        for file in FILES
        if name(file).startswith("app/") and not name(file).startswith("app/providers/")
        for found in re.findall(
            r'"((?:payment|capture|void|refund|dispute)\.[a-z_]+)"', file.read_text()
        )
        if "_" in found or found.count(".") == 1
    }
    words = {
        e for e in emitted if not e.endswith((".decided", ".answered", ".recording", ".recorded"))
    }
    assert told <= set(SUBSCRIBERS)
    assert {w for w in words if w.split(".")[1] in {e.split(".")[1] for e in SUBSCRIBERS}} <= set(
        SUBSCRIBERS
    )


def test_an_unarmed_crashpoint_does_nothing():
    crashpoint("confirm.decided")
