"""Make .venv from the pinned requirements; when nothing changed this takes a fraction of a second.

Runs on any Python 3, so that an old one gets a clear answer and not a syntax error.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import PYTHON, ROOT, VAR, CannotStart, debian

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
FILES = {
    "run": ["requirements.txt", "requirements.lock"],
    "dev": ["requirements.txt", "requirements.lock", "requirements-dev.txt"],
}


def ensure(kind: str) -> None:
    """Leave a .venv that has every package of `kind`: run or dev."""
    require_python()
    VAR.mkdir(mode=0o700, exist_ok=True)
    with (ROOT / "requirements.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make run` and `make test` may start together
        if _is_current(kind):
            return
        if not _works():
            _make_venv()
        _install(kind)
        for made in {"run", kind}:
            _stamp_file(made).write_text(_stamp(made))


def require_python() -> None:
    """Continue in a newer Python when the one we were started with is too old."""
    if sys.version_info >= OLDEST:
        return
    found = next(filter(None, map(shutil.which, NEWER)), None)
    if found is None:
        raise CannotStart(
            f"Till needs Python 3.11 or newer, this is {sys.version.split()[0]}. "
            "On Debian 12: apt-get install python3"
        )
    spec = sys.modules["__main__"].__spec__
    name = spec.name if spec else "tools.run"
    os.execv(found, [found, "-m", name, *sys.argv[1:]])


def _stamp(kind: str) -> str:
    content = b"".join((ROOT / name).read_bytes() for name in FILES[kind])
    return f"{hashlib.sha256(content).hexdigest()}\n"


def _stamp_file(kind: str) -> Path:
    return ROOT / ".venv" / f"installed-{kind}"


def _is_current(kind: str) -> bool:
    stamp = _stamp_file(kind)
    return stamp.exists() and stamp.read_text() == _stamp(kind) and _works()


def _works() -> bool:
    """Whether .venv has a Python that starts: the one it was made from may be gone."""
    if not PYTHON.exists():
        return False
    return _run([str(PYTHON), "-c", "import pip"]).returncode == 0


def _make_venv() -> None:
    print(f"Making .venv with Python {sys.version.split()[0]} …", flush=True)
    folder = str(ROOT / ".venv")
    if importlib.util.find_spec("ensurepip"):
        _must([sys.executable, "-m", "venv", "--clear", folder])
        return
    # Debian keeps ensurepip in the package python3-venv; pip alone is enough, and needs no root.
    _must([sys.executable, "-m", "venv", "--clear", "--without-pip", folder])
    wheel = _pip_wheel()
    if wheel is None:
        shutil.rmtree(folder)
        raise CannotStart("Python has no pip here. As root: apt-get install python3-venv")
    _must([str(PYTHON), f"{wheel}/pip", "install", "-qq", "--no-index", str(wheel)])


def _pip_wheel() -> Path | None:
    """The pip that Debian's python3-pip-whl has, whether that is installed or not."""
    folder = Path("usr/share/python-wheels")
    for tree in (Path("/"), debian.unpack("python3-pip-whl")):
        wheels = sorted((tree / folder).glob("pip-*.whl")) if tree else []
        if wheels:
            return wheels[-1]
    return None


def _install(kind: str) -> None:
    print("Installing the pinned packages into .venv (once) …", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    _must([*command, "-r", str(ROOT / FILES[kind][-1 if kind == "dev" else 0])])


def _must(command: list[str]) -> None:
    outcome = _run(command)
    if outcome.returncode != 0:
        words = " ".join(command[1:]).replace(f"{ROOT}/", "")
        raise CannotStart(f"{outcome.stdout.strip()}\n`{words}` failed (see above).")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=_environment(),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _environment() -> dict[str, str]:
    """The caller's; caches go under var/ when the caller has no home to keep them in."""
    environment = dict(os.environ)
    home = os.environ.get("HOME", "")
    if not home or not os.access(home, os.W_OK):
        environment["PIP_CACHE_DIR"] = str(VAR / "cache" / "pip")
        environment["HOME"] = str(VAR)
    return environment


def main() -> int:
    try:
        ensure("dev" if "--dev" in sys.argv[1:] else "run")
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
