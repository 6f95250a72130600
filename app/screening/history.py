"""What happened before an attempt, read in one round trip: from Redis, or from the database where there is none.

In Redis each identity has a sorted set of sightings, one line each, by time. Reading an attempt's history and noting
the attempt itself are one pipeline, so that attempts made at once see each other. Redis is a copy: when its mark is
gone (it was flushed, or is new), the database answers until `rebuild` has filled it again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.screening import recent, stored
from app.screening.recent import Logs
from models import clock, db
from risk.past import LONGEST_MS, MOST, Sighting

MARK = "till:history"
# What is kept of each log beyond what is read: outcomes and labels of the same attempts.
_KEPT = 2 * MOST
_LIFE_S = LONGEST_MS // 1000 + 86_400
_BATCH = 500
# After a Redis that does not answer, it is left alone for this long: a shopper waits for every try.
DEAF_FOR_S = 5.0
# A note to Redis after a commit may take this long; what is lost is made up for by `top_up`.
_TELL_WITHIN_S = 0.25
# A round of `top_up` goes back this far behind the last good one; a process that has seen none, an hour.
OVERLAP, FIRST_ROUND = timedelta(seconds=90), timedelta(hours=1)

_log = logging.getLogger("till.screening")
_url = ""
_clients: dict[float, redis.Redis] = {}
_deaf_until = 0.0
_told_until: datetime | None = None


class HistoryUnavailable(Exception):
    """The history could not be read in time: what happened before is not known."""


def configure(redis_url: str) -> None:
    """Read from this Redis from now on; an empty URL is the database."""
    global _url, _deaf_until, _told_until
    _url, _deaf_until, _told_until = redis_url, 0.0, None
    _clients.clear()


def _client(timeout_s: float) -> redis.Redis:
    if timeout_s not in _clients:
        _clients[timeout_s] = redis.Redis.from_url(
            _url,
            decode_responses=True,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
    return _clients[timeout_s]


def look(this: Sighting, *, timeout_s: float) -> Logs:
    """The newest sightings of each of the attempt's identities; where Redis has them, the attempt is noted there too.

    Raises HistoryUnavailable when Redis is configured and does not answer in time.
    """
    recent.note(this)
    logs = _from_redis(this, timeout_s) if _url else None
    if logs is None:  # there is no Redis, or it is there and empty
        logs = stored.read(this)
    return recent.joined(logs, this)


def _from_redis(this: Sighting, timeout_s: float) -> Logs | None:
    present = this.identities()
    pipeline: Any = ready(timeout_s).pipeline(transaction=False)
    pipeline.get(MARK)
    db.release()  # nobody waits for Redis with a connection to the database in hand
    for identity, key in present.items():
        name = _name(identity, key)
        pipeline.zrange(name, 0, MOST + 7, desc=True)
        _note(pipeline, name, this)
    try:
        answers = pipeline.execute()
    except redis.RedisError as error:
        fall_silent(error)
        raise HistoryUnavailable(type(error).__name__) from None
    if answers[0] is None:
        return None
    lines = answers[1::4]
    return {identity: _read(found, this) for identity, found in zip(present, lines, strict=True)}


def _read(lines: Iterable[str], this: Sighting) -> list[Sighting]:
    found = [Sighting.read(line) for line in lines]
    return [seen for seen in found if seen.attempt != this.attempt][:MOST]


def _note(pipeline: Any, name: str, seen: Sighting) -> None:
    """Three commands; `_from_redis` counts on it."""
    pipeline.zadd(name, {seen.line(): seen.at_ms})
    pipeline.zremrangebyrank(name, 0, -_KEPT - 1)
    pipeline.expire(name, _LIFE_S)


def is_shared() -> bool:
    """Whether there is a Redis, in which all processes see the same."""
    return bool(_url)


def ready(timeout_s: float | None = None) -> redis.Redis:
    """Redis, unless it was silent a moment ago. Raises HistoryUnavailable."""
    if time.monotonic() < _deaf_until:
        raise HistoryUnavailable("silent a moment ago")
    return _client(_TELL_WITHIN_S if timeout_s is None else timeout_s)


def fall_silent(error: redis.RedisError) -> None:
    """Redis did not answer: leave it alone for a while."""
    global _deaf_until  # noqa: PLW0603 -- what this process knows of its Redis
    _deaf_until = time.monotonic() + DEAF_FOR_S
    _log.warning("history: Redis does not answer: %s", type(error).__name__)


def tell(*seen: Sighting) -> None:
    """Note sightings in Redis, once they are committed. Never fails: `top_up` brings what was lost."""
    for one in seen:
        recent.note(one)
    if not _url or not seen:
        return
    try:
        _write(ready(), seen)
    except HistoryUnavailable:
        return
    except redis.RedisError as error:
        fall_silent(error)


def tell_after_commit(*seen: Sighting) -> None:
    """Inside a transaction: note them when it has been committed."""
    db.after_commit(lambda: tell(*seen))


def forget(this: Sighting) -> None:
    """The attempt was not made after all (its request was a repetition): it does not count."""
    recent.forget(this)
    if not _url:
        return
    try:
        pipeline: Any = ready().pipeline(transaction=False)
        for identity, key in this.identities().items():
            pipeline.zrem(_name(identity, key), this.line())
        pipeline.execute()
    except (HistoryUnavailable, redis.RedisError):
        return


def _write(client: redis.Redis, seen: Iterable[Sighting]) -> None:
    pipeline: Any = client.pipeline(transaction=False)
    for one in seen:
        for identity, key in one.identities().items():
            _note(pipeline, _name(identity, key), one)
    pipeline.execute()


def top_up() -> int:
    """Bring what was written since the last good round to Redis again, or everything when Redis has lost its mark.

    Noting twice is noting once. Returns how many sightings were told. Raises redis.RedisError: then the next round
    goes back as far as this one should have.
    """
    global _told_until  # noqa: PLW0603 -- what this process has brought to Redis
    if not _url:
        return 0
    client, now = _client(30.0), clock.now()
    if client.get(MARK) is None:
        told = rebuild(client)
    else:
        told = _fill(client, stored.since((_told_until or now - FIRST_ROUND) - OVERLAP))
    _told_until = now
    return told


def rebuild(client: redis.Redis) -> int:
    """Fill an empty Redis from the database, and only then mark it as filled."""
    told = _fill(client, stored.since(clock.now() - timedelta(milliseconds=LONGEST_MS)))
    client.set(MARK, "filled")
    _log.info("history: Redis was filled with %d sightings", told)
    return told


def _fill(client: redis.Redis, seen: Iterable[Sighting]) -> int:
    batch: list[Sighting] = []
    told = 0
    for one in seen:
        batch.append(one)
        if len(batch) == _BATCH:
            _write(client, batch)
            told, batch = told + len(batch), []
    _write(client, batch)
    return told + len(batch)


def _name(identity: str, key: str) -> str:
    return f"till:h:{identity}:{key}"
