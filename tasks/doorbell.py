"""Wake a lane's worker: one waiting job per lane is enough, because a job drains everything there is."""

from __future__ import annotations

import logging
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from app import events, mail
from app.api import hooks
from app.config import Config
from app.crashpoints import crashpoint
from app.lanes import LANES
from app.payments import waiting

JOB_TIMEOUT_S = 120
# A ring that no worker heard is forgotten after this many seconds, so that the next one gets through.
RING_TTL_S = 5
# A process rings a lane at most this often; the clock hears to the rest.
QUIET_S = 0.05
# A shopper waits while the bell is rung: a Redis that hangs costs one of them this long, and nobody else for a while.
RING_WITHIN_S = 0.5
DEAF_FOR_S = 5.0
# How long a worker with a stream of work waits between two batches, so that they are not batches of one: a look at
# everything that a lane has to do costs as much as ten events.
GATHER_S = 0.1

# A lane that nobody has listened to for this long is the clock's, until somebody does.
LONELY_S = 10.0

_log = logging.getLogger("till.doorbell")
_queues: dict[str, Queue] = {}
_rang_at: dict[str, float] = {}
_lonely_since: dict[str, float] = {}


def connect(config: Config) -> redis.Redis | None:
    """The way to Redis for a worker, who waits for work. None where no Redis is configured."""
    if not config.redis_url:
        return None
    return redis.Redis.from_url(config.redis_url, socket_timeout=30, socket_connect_timeout=2)


def hang(config: Config) -> None:
    """Ring whenever a transaction left something to do."""
    events.on_event(_ring_money)
    hooks.on_stored(_ring_hooks)
    mail.on_mail(_ring_mail)
    waiting.on_waiting(_ring_queue)
    _queues.clear()
    _rang_at.clear()
    _lonely_since.clear()
    if not config.redis_url:
        return
    connection = redis.Redis.from_url(
        config.redis_url,
        socket_timeout=RING_WITHIN_S,
        socket_connect_timeout=RING_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
    )
    _queues.update(
        {lane: Queue(lane, connection=connection, serializer=JSONSerializer) for lane in LANES}
    )


def _ring_money() -> None:
    ring("money")


def _ring_hooks() -> None:
    ring("hooks")


def _ring_mail() -> None:
    ring("mail")


def _ring_queue() -> None:
    ring("queue")


def ring(lane: str) -> bool:
    """Wake the lane's worker, unless it was just woken. Never fails: without Redis the work waits for the clock."""
    crashpoint("bell.ringing")
    now = time.monotonic()
    if lane not in _queues or now - _rang_at.get(lane, 0) < QUIET_S:
        return False
    _rang_at[lane] = now
    queue = _queues[lane]
    try:
        if queue.connection.set(_key(lane), "1", nx=True, ex=RING_TTL_S):
            queue.enqueue(
                "tasks.lanes.drain",
                lane,
                GATHER_S,
                ttl=60,
                result_ttl=0,
                failure_ttl=3600,
                job_timeout=JOB_TIMEOUT_S,
            )
            return True
    except redis.RedisError as error:
        _rang_at[lane] = time.monotonic() + DEAF_FOR_S
        _log.warning("nobody hears the bell of lane %s: %s", lane, type(error).__name__)
    return False


def reaches_workers() -> bool:
    """Whether Redis is there to carry a ring."""
    try:
        return bool(_queues) and all(queue.connection.ping() for queue in _queues.values())
    except redis.RedisError:
        return False


def listen(connection: redis.Redis, lane: str, *, for_s: int) -> None:
    """Say that a lane has a worker, for so long. Where Redis is full the clock helps, which does no harm."""
    try:
        connection.set(_listener(lane), "1", ex=for_s)
    except redis.RedisError as error:
        _log.warning("lane %s: %s", lane, type(error).__name__)


def is_lonely(lane: str) -> bool:
    """Whether nobody has listened to a lane for a while; then what was rung is forgotten, lest it pile up."""
    queue, now = _queues[lane], time.monotonic()
    try:
        if queue.connection.exists(_listener(lane)):
            _lonely_since.pop(lane, None)
            return False
        if now - _lonely_since.setdefault(lane, now) < LONELY_S:
            return False
        queue.empty()  # type: ignore[no-untyped-call]
    except redis.RedisError:
        return False
    return True


def heard(lane: str) -> None:
    """A worker is up: the next ring is a new one."""
    crashpoint("bell.heard")
    if lane in _queues:
        try:
            _queues[lane].connection.delete(_key(lane))
        except redis.RedisError as error:
            _log.warning("lane %s: %s", lane, type(error).__name__)


def _listener(lane: str) -> str:
    return f"till:listens:{lane}"


def _key(lane: str) -> str:
    return f"till:ring:{lane}"
