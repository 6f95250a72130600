"""Buckets of tokens, one token for a request: kept in Redis for all processes, or a share of each in this one.

A bucket of `rate` holds a fifth of it and is filled by the other four fifths a second, so that no second, wherever it
begins, sees more than `rate` requests: a fifth that had been saved up, and four fifths that came. The moment is Redis's
own, for hosts disagree. A request takes one token from each of its buckets, or none.

Without a Redis that answers, each process has its share (PROVIDER_SHARES) of every rate to itself. A process that has
just lost its Redis begins with nothing saved up: what was saved there may have been spent.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# A shopper waits for this round trip; after a Redis that does not answer in time, it is left alone for a while.
WITHIN_S = 0.25
DEAF_FOR_S = 5.0
# What was used is counted in slots of this length, of which the last six are "the last minute".
SLOT_S = 10
_COUNTS = "till:limit:counts"

# KEYS: buckets. ARGV: rate of filling and size of each, then the counter of what was let through.
# Answers how long to wait, in microseconds; 0: the tokens are taken.
_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local wait, levels = 0, {}
for i, key in ipairs(KEYS) do
  local per_us, size = ARGV[2 * i - 1] / 1000000, tonumber(ARGV[2 * i])
  local kept = redis.call('HMGET', key, 'level', 'at')
  local level = size
  if kept[1] then level = math.min(size, kept[1] + math.max(0, now - kept[2]) * per_us) end
  levels[i] = level
  if level < 1 then wait = math.max(wait, math.ceil((1 - level) / per_us)) end
  wait = math.max(wait, redis.call('PTTL', key .. ':closed') * 1000)
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'level', levels[i] - 1, 'at', string.format('%.0f', now))
  redis.call('EXPIRE', key, 60)
end
local used = ARGV[#ARGV] .. ':' .. math.floor(t[1] / 10)
redis.call('INCR', used)
redis.call('EXPIRE', used, 90)
return 0
"""

_log = logging.getLogger("till.provider.limits")


@dataclass(frozen=True, slots=True)
class Bucket:
    """At most `rate` requests in any second."""

    key: str
    rate: float

    @property
    def size(self) -> float:
        """How many tokens it holds."""
        return max(1.0, self.rate / 5)

    @property
    def per_s(self) -> float:
        """By how many it is filled in a second. One of less than two a second holds one, and cannot keep a fifth."""
        return self.rate - self.size if self.rate >= 2 else self.rate / 2


class Here:
    """The buckets of this process alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}
        self._closed: dict[str, float] = {}
        self._used: Counter[tuple[str, int]] = Counter()
        self._emptied_at = -math.inf

    def take(self, buckets: Sequence[Bucket], used: str, *, now: float) -> float:
        """Seconds to wait; 0: the tokens are taken."""
        with self._lock:
            levels = [self._level(bucket, now) for bucket in buckets]
            wait_s = max(
                (1 - level) / bucket.per_s for level, bucket in zip(levels, buckets, strict=True)
            )
            wait_s = max(wait_s, *(self._closed.get(bucket.key, 0) - now for bucket in buckets))
            if wait_s > 0:
                return wait_s
            for level, bucket in zip(levels, buckets, strict=True):
                self._levels[bucket.key] = (level - 1, now)
            slot = int(now // SLOT_S)
            self._used[used, slot] += 1
            for old in [key for key in self._used if key[1] < slot - 6]:
                del self._used[old]
            return 0.0

    def _level(self, bucket: Bucket, now: float) -> float:
        level, at = self._levels.get(bucket.key, (0.0, self._emptied_at))
        return min(bucket.size, level + (now - at) * bucket.per_s)

    def empty(self, now: float) -> None:
        """Begin with nothing saved up."""
        with self._lock:
            self._levels.clear()
            self._emptied_at = now

    def close(self, key: str, until: float) -> None:
        """Nothing is let through until then."""
        self._closed[key] = until

    def closed_for(self, key: str, now: float) -> float:
        """For how many seconds more nothing is let through."""
        return max(0.0, self._closed.get(key, 0.0) - now)

    def used(self, name: str, now: float) -> int:
        """How many were let through in the last minute."""
        slot = int(now // SLOT_S)
        return sum(self._used[name, slot - back] for back in range(6))


class Buckets:
    """Redis where it answers, this process's share where not. Safe for threads and greenlets."""

    def __init__(self, redis_url: str, shares: int) -> None:
        self._shares = shares
        self._here, self._counts = Here(), Counter[str]()
        self._deaf_until, self._is_shared = 0.0, False
        self._redis = self._take = None
        if redis_url:
            self._redis = redis.Redis.from_url(
                redis_url,
                decode_responses=True,
                socket_timeout=WITHIN_S,
                socket_connect_timeout=WITHIN_S,
                retry=Retry(NoBackoff(), 0),
            )
            self._take = self._redis.register_script(_TAKE)

    def take(self, buckets: Sequence[Bucket], used: str) -> float:
        """One token from each, or the seconds after which it is worth asking again. `used` names the counter."""
        now = time.monotonic()
        if self._take is not None and now >= self._deaf_until:
            keys = [bucket.key for bucket in buckets]
            sizes = [number for bucket in buckets for number in (bucket.per_s, bucket.size)]
            try:
                wait_us: Any = self._take(keys=keys, args=[*sizes, used])
            except redis.RedisError as error:
                self._fall_silent(error, now)
            else:
                self._is_shared = True
                return int(wait_us) / 1e6
        shares = [Bucket(bucket.key, bucket.rate / self._shares) for bucket in buckets]
        return self._here.take(shares, used, now=now)

    def close(self, key: str, for_s: float) -> None:
        """Let nothing through this bucket for a while."""
        self._here.close(key, time.monotonic() + for_s)
        self._tell(lambda client: client.set(f"{key}:closed", "1", px=int(for_s * 1000)))

    def closed_for(self, key: str) -> float:
        """For how many seconds more this bucket is closed."""
        ms = self._tell(lambda client: client.pttl(f"{key}:closed"))
        if ms is None:
            return self._here.closed_for(key, time.monotonic())
        return max(0, int(ms)) / 1000

    def count(self, name: str) -> None:
        """One more of these, for ever."""
        if self._tell(lambda client: client.hincrby(_COUNTS, name, 1)) is None:
            self._counts[name] += 1

    def counts(self) -> dict[str, int]:
        """Everything that was counted: by all processes, and by this one while Redis was silent."""
        shared: Any = self._tell(lambda client: client.hgetall(_COUNTS)) or {}
        return dict(Counter({name: int(n) for name, n in shared.items()}) + self._counts)

    def used(self, name: str) -> int:
        """How many were let through in the last minute."""

        def read(client: Any) -> int:
            slot = int(client.time()[0]) // SLOT_S
            found = client.mget([f"{name}:{slot - back}" for back in range(6)])
            return sum(int(n) for n in found if n)

        shared = self._tell(read)
        return shared if shared is not None else self._here.used(name, time.monotonic())

    def _tell(self, ask: Any) -> Any:
        """What Redis answers; None without one that does."""
        now = time.monotonic()
        if self._redis is None or now < self._deaf_until:
            return None
        try:
            return ask(self._redis)
        except redis.RedisError as error:
            self._fall_silent(error, now)
            return None

    def _fall_silent(self, error: redis.RedisError, now: float) -> None:
        self._deaf_until = time.monotonic() + DEAF_FOR_S
        if self._is_shared:
            self._is_shared = False
            self._here.empty(now)
        _log.warning("limits: Redis does not answer: %s", type(error).__name__)
