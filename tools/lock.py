"""Resolve requirements*.txt into requirements.lock: the exact version of every package, once."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
HEADER = "# Written by `make lock`; the constraints of requirements.txt and requirements-dev.txt.\n"


def resolve() -> list[str]:
    """Ask pip what it would install into an empty environment, without today's lock."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (ROOT / "requirements.txt", ROOT / "requirements-dev.txt"):
            (Path(folder) / path.name).write_text(path.read_text().replace(f"-c {LOCK.name}", ""))
        report = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
             "--report", "-", "-r", Path(folder) / "requirements-dev.txt"],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
    packages = [package["metadata"] for package in json.loads(report)["install"]]
    return sorted(f"{normal(package['name'])}=={package['version']}" for package in packages)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct() -> set[str]:
    """The pins a person wrote, in the form the lock has them; those of other Pythons left out."""
    lines = "\n".join((ROOT / f"requirements{kind}.txt").read_text() for kind in ("", "-dev"))
    pins = re.findall(r"^([\w.-]+)(?:\[[^]]*])?==([^\s;]+)\s*$", lines, flags=re.MULTILINE)
    return {f"{normal(name)}=={version}" for name, version in pins}


def drift() -> list[str]:
    """What a person pinned and the lock does not have."""
    return sorted(direct() - set(LOCK.read_text().split("\n")))


def main() -> None:
    LOCK.write_text(HEADER + "\n".join(resolve()) + "\n")
    print(f"{LOCK.name}: {len(LOCK.read_text().splitlines()) - 1} packages")


if __name__ == "__main__":
    main()
