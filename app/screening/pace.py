"""How often something was done of late: exact sliding windows, counted in Redis, and in this process besides.

Whoever counts notes first and reads then, so that requests made at once see each other. This process's own count is
kept along with Redis's, and the larger one holds: it can only be too low, and it is all there is when Redis is gone.
Nothing is kept of who is counted but an opaque key, and nothing for longer than its window.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis

from app.screening import history
from models import clock, db

# Of how many different keys this process keeps count; those that were longest not heard of are forgotten first.
MOST_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `most` within `window_s` seconds; more than one above it are not even counted."""

    name: str
    most: int
    window_s: int


Counted = tuple[Pace, str]

_lock = threading.Lock()
_times: OrderedDict[tuple[str, str], deque[tuple[int, str]]] = OrderedDict()


def forget_all() -> None:
    """Begin anew in this process."""
    with _lock:
        _times.clear()


def ticket() -> str:
    """A name for what is noted, by which it can be taken back."""
    return secrets.token_hex(8)


def note(
    counted: Sequence[Counted],
    *,
    read: Sequence[Counted] = (),
    by: str | None = None,
    times: int = 1,
) -> list[int]:
    """Note that each of `counted` was done once more, or `times` more; how often, this time included.

    After them come the counts of those that are only `read`. One round trip for all of it.
    """
    now_ms, by = int(clock.now().timestamp() * 1000), by or ticket()
    names = [by if number == 0 else f"{by}.{number}" for number in range(times)]
    with _lock:
        ours = [_here(pace, key, now_ms, names) for pace, key in counted]
        ours += [_here(pace, key, now_ms, ()) for pace, key in read]
    theirs = _there(counted, read, now_ms, names)
    if theirs is None:
        return ours
    return [max(pair) for pair in zip(ours, theirs, strict=True)]


def take_back(counted: Sequence[Counted], by: str) -> None:
    """What was noted `by` this ticket was not done after all, or is over."""
    with _lock:
        for pace, key in counted:
            kept = _times.get((pace.name, key))
            if kept is not None:
                _times[pace.name, key] = deque((at for at in kept if at[1] != by), kept.maxlen)
    if not counted or not history.is_shared():
        return
    try:
        pipeline: Any = history.ready().pipeline(transaction=False)
        for pace, key in counted:
            pipeline.zrem(_name(pace, key), by)
        pipeline.execute()
    except history.HistoryUnavailable:
        return
    except redis.RedisError as error:
        history.fall_silent(error)


def _here(pace: Pace, key: str, now_ms: int, names: Sequence[str]) -> int:
    kept = _times.get((pace.name, key))
    if kept is None:
        if not names:
            return 0
        kept = _times[pace.name, key] = deque(maxlen=pace.most + 1)
        if len(_times) > MOST_KEYS:
            _times.popitem(last=False)
    _times.move_to_end((pace.name, key))
    while kept and kept[0][0] <= now_ms - pace.window_s * 1000:
        kept.popleft()
    kept.extend((now_ms, name) for name in names)
    return len(kept)


def _there(
    counted: Sequence[Counted], read: Sequence[Counted], now_ms: int, names: Sequence[str]
) -> list[int] | None:
    """The same in Redis; None without one that answers."""
    if not history.is_shared():
        return None
    db.release()  # nobody waits for Redis with a connection to the database in hand
    try:
        pipeline: Any = history.ready().pipeline(transaction=False)
        for pace, key in counted:
            name = _name(pace, key)
            pipeline.zadd(name, dict.fromkeys(names, now_ms))
            pipeline.zremrangebyscore(name, "-inf", now_ms - pace.window_s * 1000)
            pipeline.zremrangebyrank(name, 0, -pace.most - 2)
            pipeline.expire(name, pace.window_s)
            pipeline.zcard(name)
        for pace, key in read:
            pipeline.zcount(_name(pace, key), f"({now_ms - pace.window_s * 1000}", "+inf")
        answers = pipeline.execute()
    except history.HistoryUnavailable:
        return None
    except redis.RedisError as error:
        history.fall_silent(error)
        return None
    noted = 5 * len(counted)
    return [int(count) for count in (*answers[4:noted:5], *answers[noted:])]


def _name(pace: Pace, key: str) -> str:
    return f"till:p:{pace.name}:{key}"
