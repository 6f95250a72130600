"""The door through which every request to a provider goes, so that we never earn a refusal for asking too often.

A request takes a token from its account's bucket, from its operation's, and from its class's: charges and captures may
use 70 % of an account's rate, refunds 15 %, reads 25 %. So none of them can starve the others: whatever the rest does,
charges have 60 % to themselves, refunds 5 %, reads 15 %.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from app.config import Config
from app.providers import rates
from app.providers.base import Throttled, Unanswered
from app.providers.buckets import Bucket, Buckets
from app.providers.rates import Rates

# class → the most that it takes of the account's rate
SHARES: Mapping[str, float] = {"charge": 0.70, "refund": 0.15, "read": 0.25}

# How long a request waits for its turn in place, in seconds. What can be queued or comes again waits for a short time
# only; what somebody waits for and nobody will ask again waits for longer.
SHORT_S, LONG_S = 0.2, 5.0

# what an adapter is asked for (a method of `Provider`) → class and patience; everything else is a read
_CALLS: Mapping[str, tuple[str, float]] = {
    "charge": ("charge", SHORT_S),
    "complete": ("charge", SHORT_S),
    "capture": ("charge", SHORT_S),
    "void": ("charge", SHORT_S),
    "refund": ("refund", SHORT_S),
    "inspect": ("charge", LONG_S),
    "abandon": ("charge", LONG_S),
    "set_up": ("charge", LONG_S),
    "keep_customer": ("charge", LONG_S),
    # The night's lists have many pages, and are not asked for again before tomorrow.
    "told_since": ("read", LONG_S),
    "disputed_since": ("read", LONG_S),
    "warnings_since": ("read", LONG_S),
}

# After a refusal that does not say how long to wait, and at most, in seconds.
CLOSED_S, LONGEST_CLOSED_S = 1.0, 60.0


@dataclass(slots=True)
class Asking:
    """One question to a provider, of one request or several. `on_sent` hears when the first has been let through."""

    kind: str = "read"
    patience_s: float = SHORT_S
    on_sent: Callable[[], object] | None = None
    has_moved: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """How a provider's limits stand. `closed_s`: for how long more it wants to be left alone."""

    rates: Rates | None
    used: int
    throttled: Mapping[str, int]
    refused: int
    closed_s: float


_limits: dict[str, Rates] = {}
_buckets = Buckets("", 1)
_asking: ContextVar[Asking | None] = ContextVar("asking", default=None)
_patient: ContextVar[tuple[float, Callable[[], object]] | None] = ContextVar(
    "patient", default=None
)


def configure(config: Config) -> None:
    """Keep to these limits from now on. Opens no connection yet."""
    global _buckets  # noqa: PLW0603 -- this process's, like its connections
    _limits.clear()
    _limits.update(rates.of(config))
    _buckets = Buckets(config.redis_url, config.provider_shares)


def is_limited(provider: str) -> bool:
    """Whether requests to this provider are counted at all."""
    return provider in _limits


@contextmanager
def patient(for_s: float, on_sent: Callable[[], object]) -> Iterator[None]:
    """Inside, questions wait for their turn in place: for the worker that sends what waited in the queue."""
    before = _patient.set((for_s, on_sent))
    try:
        yield
    finally:
        _patient.reset(before)


@contextmanager
def asking(call: str) -> Iterator[None]:
    """Inside, requests belong to this question."""
    if not _limits:
        yield
        return
    kind, patience_s = _CALLS.get(call, ("read", SHORT_S))
    patience_s, on_sent = _patient.get() or (patience_s, None)
    before = _asking.set(Asking(kind, patience_s, on_sent))
    try:
        yield
    finally:
        _asking.reset(before)


def operation(method: str, path: str, *, place: int = 3) -> str:
    """Method and path without its id: `POST /v1/orders/{id}/payments`. `place`: where the id stands, behind `/v1`.

    What a sandbox has in front of it does not count.
    """
    parts = path[max(0, path.find("/v1/")) :].partition("?")[0].split("/")
    if len(parts) > place:
        parts[place] = "{id}"
    return f"{method.upper()} {'/'.join(parts)}"


def let_through(provider: str, endpoint: str, *, moves: bool) -> None:
    """Wait for the request's turn. `moves`: the request could change something at the provider.

    Raises Throttled when the turn is too far away; Unanswered instead when this question has moved something already,
    for then it is not true any more that nothing was sent.
    """
    limits = _limits.get(provider)
    if limits is None:
        return
    question = _asking.get() or Asking()
    buckets, until = _of(limits, endpoint, question.kind), time.monotonic() + question.patience_s
    while wait_s := _buckets.take(buckets, f"{_account(limits)}:used"):
        if time.monotonic() + wait_s > until:
            _buckets.count(f"throttled {provider} {endpoint}")
            error = Unanswered if question.has_moved else Throttled
            raise error(f"{provider} takes no more requests now: {endpoint}")
        time.sleep(max(wait_s, 0.001))
    question.has_moved = question.has_moved or moves
    if question.on_sent is not None:
        question.on_sent()


def refused(provider: str, endpoint: str, *, retry_after: str = "", whole: bool = True) -> None:
    """The provider answered 429 nevertheless: somebody else uses the account too. It is left alone for a while.

    `retry_after` is the header's text (seconds; a date counts as missing); `whole`: not this operation alone.
    """
    _buckets.count(f"refused {provider} {endpoint}")
    limits = _limits.get(provider)
    if limits is None:
        return
    for_s = int(retry_after) if retry_after.isdecimal() else CLOSED_S
    is_one = limits.endpoint_per_s and not (whole and limits.per_s)
    key = _endpoint(limits, endpoint).key if is_one else _account(limits)
    _buckets.close(key, min(max(for_s, CLOSED_S), LONGEST_CLOSED_S))


def figures(provider: str) -> Figures:
    """How this provider's limits stand."""
    limits, counts = _limits.get(provider), _buckets.counts()
    prefix = f"throttled {provider} "
    told = {name.removeprefix(prefix): n for name, n in counts.items() if name.startswith(prefix)}
    refused = sum(n for name, n in counts.items() if name.startswith(f"refused {provider} "))
    if limits is None:
        return Figures(None, 0, told, refused, 0.0)
    account = _account(limits)
    return Figures(
        limits, _buckets.used(f"{account}:used"), told, refused, _buckets.closed_for(account)
    )


def _of(limits: Rates, endpoint: str, kind: str) -> list[Bucket]:
    found = []
    if limits.per_s:
        account = _account(limits)
        share = Bucket(f"{account}:{kind}", limits.per_s * SHARES[kind])
        found += [Bucket(account, limits.per_s), share]
    if limits.endpoint_per_s:
        found.append(_endpoint(limits, endpoint))
    return found


def _endpoint(limits: Rates, endpoint: str) -> Bucket:
    return Bucket(f"{_account(limits)}:{endpoint}", limits.endpoint_per_s)


def _account(limits: Rates) -> str:
    return f"till:limit:{limits.provider}:{limits.account}"
