"""What a provider's limits cost a payment: asking without limits, with this process's share, and with Redis's count."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from app import providers
from app.providers import limiter
from app.providers.buckets import Buckets
from app.providers.rates import Rates
from models import db
from tools.bench.scoring import private_redis

CALLS, WARM_UP = 5_000, 500
# So high that nothing ever waits: what is measured is the counting.
PLENTY = 1e9

Say = Callable[[str], None]


def measure(say: Say) -> None:
    """Measure and print; one core, one thread, nothing sent anywhere."""
    say("")
    limiter._limits.clear()  # noqa: SLF001 -- without an installation's settings
    bare_us = _print(say, "a question to a provider, no limits", _times())
    limiter._limits["stripe"] = Rates("stripe", "bench", PLENTY, PLENTY)  # noqa: SLF001
    limiter._buckets = Buckets("", 1)  # noqa: SLF001
    here_us = _print(say, "the same, counted in this process", _times())
    with private_redis() as url:
        if url is None:
            say("  redis-server is not installed: the round trip was not measured")
            return
        limiter._buckets = Buckets(url, 1)  # noqa: SLF001
        shared_us = _print(say, "the same, counted in Redis", _times())
    say(f"  {here_us - bare_us:.0f} µs more here, {shared_us - bare_us:.0f} µs more in Redis")


def charge() -> None:
    """What an adapter does before it sends."""
    limiter.let_through("stripe", "POST /v1/payment_intents", moves=True)


def _times() -> list[float]:
    providers._log.disabled = True  # noqa: SLF001 -- the line in the log costs more than all this
    took = []
    for _ in range(CALLS + WARM_UP):
        began = time.perf_counter()
        providers.ask(charge)
        took.append(time.perf_counter() - began)
    db.remove()
    return took[WARM_UP:]


def _print(say: Say, what: str, took: list[float]) -> float:
    median_us = statistics.median(took) * 1e6
    say(
        f"  {what}: p50 {median_us:.1f} µs, p99 {statistics.quantiles(took, n=100)[98] * 1e6:.0f} µs"
    )
    return median_us
