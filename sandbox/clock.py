"""The sandbox's clock: aware UTC, ahead of real time by what the test clock says, which Till may share.

The shared part lives in a file that every process reads and only this one writes (`move_to`). The offset is this
process's alone, for tests.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset = timedelta()
_ahead = timedelta()
_file: Path | None = None
_moving = threading.Lock()
_thread = threading.local()


class Unreadable(RuntimeError):
    """The file of the shared clock holds none: what time it was, nobody knows any more."""


class Backwards(ValueError):
    """Time does not go back: what has happened would not have happened yet."""


def now() -> datetime:
    """Say what time it is in the sandbox's world."""
    return shared() + _offset


def shared() -> datetime:
    """Say what time it is for Till too: the moment by which signatures are judged."""
    past: timedelta = getattr(_thread, "past", timedelta())
    return datetime.now(UTC) + _ahead - past


def timestamp() -> int:
    """Say the same as whole seconds since 1970, as Stripe writes time."""
    return int(now().timestamp())


def ahead_s() -> float:
    """Say how many seconds the shared clock is ahead of real time."""
    return _ahead.total_seconds()


def file() -> Path | None:
    """Say where the shared clock lives; None: in this process alone."""
    return _file


def follow(path: str) -> None:
    """Share the clock that this file keeps, from where it stands; an empty name shares none."""
    global _file, _ahead  # noqa: PLW0603  one process, one world, one clock
    _file, _ahead = (Path(path) if path else None), timedelta()
    if _file is not None and _file.exists():
        try:
            _ahead = timedelta(seconds=json.loads(_file.read_text(encoding="utf-8"))["ahead_s"])
        except (ValueError, KeyError, TypeError, OverflowError):
            raise Unreadable(
                f'{_file} holds no test clock. Write {{"ahead_s": …}} into it, the seconds that it'
                " was ahead of real time, or start afresh (`make clean`)."
            ) from None


def move_to(moment: datetime) -> None:
    """Let it be this moment, here and wherever the clock is shared, or later where it has passed meanwhile."""
    global _ahead  # noqa: PLW0603
    with _moving:
        by = moment - now()
        if by <= timedelta():
            return
        if _file is not None:
            _write(_file, _ahead + by)
        _ahead += by


def _write(path: Path, ahead: timedelta) -> None:
    """Replace the file whole, with a time of change that no earlier one had."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"ahead_s": ahead.total_seconds()}), encoding="utf-8")
    stamp = time.time_ns()  # finer than what the kernel would write
    os.utime(fresh, ns=(stamp, stamp))
    fresh.replace(path)


@contextmanager
def past(seconds: float) -> Iterator[None]:
    """Inside, this thread lives so many seconds ago: for messages with old time stamps."""
    _thread.past = timedelta(seconds=seconds)
    try:
        yield
    finally:
        _thread.past = timedelta()


def set_offset(seconds: float) -> None:
    """Move this process's world so many seconds away (absolute, not added); for tests."""
    global _offset  # noqa: PLW0603
    _offset = timedelta(seconds=seconds)


def offset_s() -> float:
    """Say how far this process's world is from the shared clock."""
    return _offset.total_seconds()
