"""The one clock: every time the product writes down or compares is read here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _offset


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
