"""Dates as exports write them, read into milliseconds since 1970, UTC; a day that could be two is refused."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from risk.importing.records import BadValue

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"

# Before cards were sold to on the web, and after what a clock of ours will show.
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

# What exports call zones, in minutes ahead of UTC. CST, IST and AST are left out: each is several zones.
_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120,
    "EET": 120, "EEST": 180, "MSK": 180, "HKT": 480, "SGT": 480, "AWST": 480, "JST": 540, "KST": 540, "AEST": 600,
    "AEDT": 660, "NZST": 720, "NZDT": 780, "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360,
    "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600,
}  # fmt: skip

_MOMENT = re.compile(
    r"(?P<a>\d{1,4})(?P<sign>[-/.])(?P<b>\d{1,2})(?P=sign)(?P<c>\d{4}|\d{1,2})"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp][Mm]))?)?"
    r"(?: ?(?P<zone>[+-]\d{2}:?\d{2}|[A-Za-z][A-Za-z_/+:\-0-9]*))?"
)
_OFFSET = re.compile(r"(?:GMT|UTC)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")


def milliseconds(text: str, *, zone: tzinfo | None, order: str | None = None) -> int:
    """The moment that is written. Raises BadValue.

    `zone` counts where the text names none; None: the text must. `order` is of the days and months in `3/4/2026`.
    """
    found = _MOMENT.fullmatch(text.strip()[:80])
    if found is None:
        raise BadValue("is not a date and time; write it like 2026-05-31T13:45:00Z")
    here = named(found["zone"]) if found["zone"] else zone
    if here is None:
        raise BadValue("names no time zone; write it like 2026-05-31T13:45:00Z")
    year, month, day = _date(found, order)
    try:
        moment = datetime(year, month, day, *_time(found), tzinfo=here).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadValue("is not a day and time of the calendar") from None
    if not _EARLIEST <= moment < _LATEST:
        raise BadValue("is not a moment between 1990 and 2100")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def named(name: str) -> tzinfo:
    """A time zone by its abbreviation, its offset or its name in the IANA table. Raises BadValue."""
    if name.upper() in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name.upper()]))
    if offset := _OFFSET.fullmatch(name.upper()):
        minutes = 60 * int(offset["hours"]) + int(offset["minutes"] or 0)
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=minutes * (1 if offset["sign"] == "+" else -1)))
    if re.fullmatch(r"[A-Z][A-Za-z_]+(?:/[A-Za-z_+\-0-9]+){1,2}", name):
        with suppress(KeyError, OSError, ValueError):
            return ZoneInfo(name)
    raise BadValue(
        "names a time zone that is not known, or is several; write the offset, like +02:00"
    )


def order_of(text: str) -> str | None:
    """What a date such as `31/5/2026` gives away of the order of its day and month; None: nothing."""
    found = _MOMENT.match(text.strip()[:80])
    if found is None or found["sign"] != "/" or len(found["a"]) > 2:
        return None
    if int(found["a"]) > 12:
        return DAY_FIRST
    return MONTH_FIRST if int(found["b"]) > 12 else None


def _date(found: re.Match[str], order: str | None) -> tuple[int, int, int]:
    first, second, third = int(found["a"]), int(found["b"]), int(found["c"])
    if len(found["a"]) == 4 and len(found["c"]) <= 2:
        return first, second, third
    if len(found["a"]) > 2 or len(found["c"]) != 4 or found["sign"] == "-":
        raise BadValue("is not a date; write it like 2026-05-31")
    if found["sign"] == ".":
        return third, second, first
    known = order_of(found.group()) or order or (DAY_FIRST if first == second else None)
    if known is None:
        raise BadValue(
            "could be two days; say whether this file's dates are day-first or month-first"
        )
    return (third, second, first) if known == DAY_FIRST else (third, first, second)


def _time(found: re.Match[str]) -> tuple[int, int, int, int]:
    hour = int(found["hour"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise BadValue("is not a time of the day")
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    micros = int((found["fraction"] or "0").ljust(6, "0")[:6])
    return hour, int(found["minute"] or 0), int(found["second"] or 0), micros
