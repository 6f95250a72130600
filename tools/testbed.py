"""What the tests need beside Python packages: a browser, database servers, type definitions.

Installs what root may install and names what is missing; the test run goes on without it and says
again, at its end, what it could not run.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT, VAR, debian

TYPES = ROOT / "tests" / "js"
NPM_TIMEOUT_S = 300


@dataclass(frozen=True)
class Need:
    package: str
    purpose: str
    is_there: Callable[[], bool]


NEEDS = (
    Need("chromium", "for the browser tests", lambda: bool(shutil.which("chromium"))),
    Need("redis-server", "for the queue tests", lambda: bool(shutil.which("redis-server"))),
    Need(
        "postgresql",
        "for the tests on PostgreSQL",
        lambda: any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")),
    ),
)


def prepare() -> list[str]:
    """Install what is missing, where that is possible; the rest as sentences."""
    missing = []
    for need in NEEDS:
        if need.is_there() or debian.install(need.package, purpose=need.purpose):
            continue
        missing.append(f"{need.package} is missing {need.purpose}: apt-get install {need.package}")
    return missing


def javascript_types() -> str | None:
    """Leave tests/js/node_modules as its lock file says; a sentence where that is not possible."""
    if shutil.which("npm") is None:
        return "npm is missing, so the page scripts are not type-checked: apt-get install npm"
    lock, stamp = TYPES / "package-lock.json", TYPES / "node_modules" / "installed"
    if stamp.exists() and stamp.read_text() == lock.read_text():
        return None
    print("Installing the type definitions of Stripe and PayPal with npm (once) …", flush=True)
    outcome = subprocess.run(
        ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"],
        check=False,
        cwd=TYPES,
        env={**os.environ, "npm_config_cache": str(VAR / "cache" / "npm")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=NPM_TIMEOUT_S,
    )
    if outcome.returncode != 0:
        return f"`npm ci` failed in tests/js: {outcome.stderr.strip()}"
    stamp.write_text(lock.read_text())
    return None


if __name__ == "__main__":
    for sentence in prepare():
        print(f"NOT THERE: {sentence}", flush=True)
