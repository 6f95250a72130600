"""The one clock: every time the product writes down or compares is read here.

Beside a sandbox, Till and the sandbox share a test clock: a file (setting TEST_CLOCK) that says how far both are ahead
of the wall clock. Only the sandbox's control desk writes it, and only ever further ahead.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset = timedelta()
_ahead = timedelta()
_file = ""
_read_at = 0


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return shared() + _offset


def shared() -> datetime:
    """The present moment for those whose time stamps are judged here: the wall clock, or the test clock."""
    return datetime.now(UTC) + ahead()


def ahead() -> timedelta:
    """How far the test clock is ahead of the wall clock; nothing where none is followed.

    Looks at the file's time of change with every call, so that all processes move within the same moment.
    """
    if _file:
        _look()
    return _ahead


def follow(file: str) -> None:
    """Go by this test clock from now on; an empty name: by the wall clock."""
    global _file, _ahead, _read_at
    _file, _ahead, _read_at = file, timedelta(), 0


def _look() -> None:
    global _ahead, _read_at  # noqa: PLW0603 -- one clock per process is the point
    try:
        changed_at = os.stat(_file).st_mtime_ns  # noqa: PTH116 -- a third of the time of Path.stat, in every now()
    except FileNotFoundError:
        return  # nobody has moved it yet
    if changed_at != _read_at:
        _read_at = changed_at
        try:
            said = timedelta(seconds=json.loads(Path(_file).read_text(encoding="utf-8"))["ahead_s"])
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return  # somebody else wrote it: time goes on as before
        _ahead = max(_ahead, said)  # what is written down has happened: never back


def set_offset(offset: timedelta) -> None:
    """Move this process's clock (tests; a real installation never calls it)."""
    global _offset  # noqa: PLW0603 -- one clock per process is the point
    _offset = offset


def unix() -> int:
    """The present moment in whole seconds since 1970."""
    return int(now().timestamp())


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with a Z, to the second: `2026-11-21T10:06:04Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
