"""The desk's clock: what time it is for the providers and for Till, and how to let time pass."""

import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import jsonify
from pydantic import Field

from sandbox import clock, desk
from sandbox.advance import advance, till_says
from sandbox.bodies import Body, Refused, parse
from sandbox.desk import Answer

blueprint = desk.blueprint("desk_clock")
# Weeks, days and what is shorter: a month has no length of its own.
DURATION = re.compile(
    r"P(?=.)(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)
LONGEST = timedelta(days=400)
MOST = 50_000_000  # of anything: its seconds are more than LONGEST
# The certificate that signs PayPal's webhooks is good for ten years of real time.
FURTHEST = timedelta(days=9 * 365)
_one = threading.Lock()


class Move(Body):
    """How far, in exactly one of three ways."""

    advance: str = ""
    to: str = ""
    weeks: int = Field(default=0, ge=0, le=MOST)
    days: int = Field(default=0, ge=0, le=MOST)
    hours: int = Field(default=0, ge=0, le=MOST)
    minutes: int = Field(default=0, ge=0, le=MOST)
    seconds: float = Field(default=0, ge=0, le=MOST)


@blueprint.get("/clock")
def show_clock() -> Answer:
    """Tell the time, and what is due next on either side."""
    return jsonify(_told())


@blueprint.post("/clock")
def move_clock() -> Answer:
    """Let time pass: all that becomes due happens in its order, and the answer says what did."""
    until = wanted(desk.json_body())
    return jsonify(pass_time(until))


def pass_time(until: datetime) -> dict[str, Any]:
    """Live until then; one at a time. Raises Refused."""
    if not _one.acquire(blocking=False):
        raise Refused("clock_busy", "Time is passing already: ask again when it has.", status=409)
    try:
        moments, complete = advance(desk.sandbox(), until)
    except clock.Backwards:
        raise Refused("clock_goes_forward", "Time only moves forward: name a later moment. A fresh"
                      " start is an empty var/ (`make clean`).", field="to") from None  # fmt: skip
    finally:
        _one.release()
    return {"complete": complete, **_told(), "moments": [moment.told() for moment in moments]}


def wanted(given: Any) -> datetime:
    """Read until when time shall pass. Raises Refused."""
    move = parse(Move, given)
    parts = move.model_dump(exclude={"advance", "to"}, exclude_defaults=True)
    named = [name for name in ("advance", "to") if getattr(move, name)]
    if len(named) + bool(parts) != 1:
        raise Refused("invalid", 'Say how far in one way: {"days": 30}, {"advance": "P30D"} or'
                      ' {"to": "2027-01-31T09:00:00Z"}.', field="advance")  # fmt: skip
    if move.to:
        until, name = _moment(move.to), "to"
    else:
        by = timedelta(**parts) if parts else _duration(move.advance)
        until, name = clock.now() + min(by, 2 * LONGEST), named[0] if named else min(parts)
    if until - clock.now() > LONGEST:
        raise Refused("too_far", f"At most {LONGEST.days} days at a time.", field=name)
    if until - datetime.now(UTC) > FURTHEST:
        raise Refused("too_far", f"At most {FURTHEST.days} days ahead of real time: start afresh"
                      " (`make clean`).", field=name)  # fmt: skip
    return until


def _duration(text: str) -> timedelta:
    found = DURATION.fullmatch(text)
    if found is None:
        raise Refused("invalid", "A duration is written P30D, P1W or PT1H30M (ISO 8601, without"
                      " years and months).", field="advance")  # fmt: skip
    parts = {name: int(value) for name, value in found.groupdict().items() if value}
    return timedelta(**parts)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: before the first year, or after the last
        pass
    raise Refused("invalid", "A moment is written 2027-01-31T09:00:00Z.", field="to")


def next_due() -> dict[str, float | None]:
    """Say when the next thing is due on either side, as seconds since 1970."""
    world, till = desk.sandbox(), till_says()
    is_there = till is not None and till.is_there
    return {
        "timer": world.timers.next_due_at(),
        "webhook": world.hooks.next_due_at(),
        "till": till.next_due_at if till is not None and is_there else None,
    }


def _told() -> dict[str, Any]:
    till = till_says()
    return {
        "now": clock.now().isoformat(),
        "ahead_s": clock.ahead_s(),
        "is_shared": clock.file() is not None,
        "till_follows": till is not None and till.is_there,
        "next_due": {name: _iso(moment) for name, moment in next_due().items()},
    }


def _iso(moment: float | None) -> str | None:
    return (
        None
        if moment is None
        else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
    )
