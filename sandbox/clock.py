"""The sandbox's one clock: aware UTC now, plus an offset that tests and demos may set."""

from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """Say what time it is in the sandbox's world."""
    return datetime.now(UTC) + _offset


def timestamp() -> int:
    """Say the same as whole seconds since 1970, as Stripe writes time."""
    return int(now().timestamp())


def set_offset(seconds: float) -> None:
    """Move the sandbox's world this many seconds away from real time (absolute, not added)."""
    global _offset  # noqa: PLW0603  one process, one world, one clock
    _offset = timedelta(seconds=seconds)


def offset_s() -> float:
    """Say how far the sandbox's world is from real time."""
    return _offset.total_seconds()
