"""`make check`: every check that is not a test, each with its verdict, even after a failure."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests import services
from tools import PYTHON, ROOT, lock, migrations, testbed

Verdict = str | None  # None is a pass; else what is wrong


class NotRun(Exception):
    """This check cannot be made on this machine, and why."""


@dataclass(frozen=True)
class Check:
    name: str
    run: Callable[[], Verdict]


def command(*words: str) -> Callable[[], Verdict]:
    """A check that is a command: its output is the complaint."""

    def run() -> Verdict:
        outcome = subprocess.run(
            words,
            check=False,
            cwd=ROOT,
            env={**os.environ, **migrations.NEUTRAL},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if outcome.returncode == 0:
            return None
        return outcome.stdout.strip() or f"exit status {outcome.returncode}"

    return run


def module(*words: str) -> Callable[[], Verdict]:
    return command(str(PYTHON), "-m", *words)


def flask(*words: str) -> Callable[[], Verdict]:
    return module("flask", "--app", "wsgi", *words)


def requirements_lock() -> Verdict:
    drift = lock.drift()
    return f"requirements.lock lacks {', '.join(drift)}: make lock" if drift else None


def migrations_on_sqlite() -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        return migrations.differences(f"sqlite:///{folder}/a.db", f"sqlite:///{folder}/b.db")


def migrations_on_postgresql() -> Verdict:
    try:
        return migrations.differences(services.postgresql(), services.postgresql())
    except services.Missing as missing:
        raise NotRun(str(missing)) from missing


def page_scripts() -> Verdict:
    obstacle = testbed.javascript_types()
    if obstacle:
        raise NotRun(obstacle)
    return command("tests/js/node_modules/.bin/tsc", "--project", "tests/js")()


CHECKS = (
    Check("format", module("ruff", "format", "--check", ".")),
    Check("lint", module("ruff", "check", ".")),
    Check("types", module("mypy")),
    Check("types of the page scripts", page_scripts),
    Check("requirements.lock", requirements_lock),
    Check("migrations on SQLite", migrations_on_sqlite),
    Check("migrations on PostgreSQL", migrations_on_postgresql),
    Check("languages", module("tools.languages", "--check")),
    *(
        Check(f"docs/{page}.md", flask(page, "--check"))
        for page in ("states", "errors", "settings", "methods")
    ),
)


def main() -> int:
    failed, not_run = [], []
    services.open_run()
    try:
        for check in CHECKS:
            started = time.monotonic()
            try:
                complaint = check.run()
            except NotRun as reason:
                not_run.append(f"{check.name}: {reason}")
                continue
            verdict = "FAILED" if complaint else "ok"
            print(f"{verdict:<7}{check.name:<28}{time.monotonic() - started:5.1f} s", flush=True)
            if complaint:
                failed.append(check.name)
                print(f"{complaint}\n", flush=True)
    finally:
        services.close_run()
    for line in not_run:
        print(f"NOT RUN {line}")
    print(f"FAILED: {', '.join(failed)}" if failed else "Every check passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
