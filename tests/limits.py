"""A provider's limits, for tests: one that takes no more for now, and one that counts and refuses."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.providers import limiter
from app.providers.buckets import Buckets
from app.providers.rates import Rates

REFUSAL = (
    b'{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many."}}'
)


@contextmanager
def limited(
    provider: str = "stripe", per_s: float = 100, endpoint_per_s: float = 25
) -> Iterator[None]:
    """Inside, we keep to these limits; afterwards to none."""
    limiter._buckets = Buckets("", 1)
    limiter._limits[provider] = Rates(provider, "test", per_s, endpoint_per_s)
    try:
        yield
    finally:
        limiter._limits.pop(provider, None)
        limiter._buckets = Buckets("", 1)


@contextmanager
def no_more(provider: str = "stripe") -> Iterator[None]:
    """Inside, the provider takes no request."""
    with limited(provider):
        limiter.refused(provider, "a test", retry_after="60")
        yield


@dataclass
class Strict:
    """WSGI in front of a sandbox: at most `per_s` of each operation in any second, as we count, and 429 for the rest."""

    inner: Callable[..., Any]
    per_s: int
    refused: int = 0
    charged: list[str] = field(default_factory=list)
    _came: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        call, now = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", time.monotonic()
        with self._lock:
            came = self._came.setdefault(call, deque(maxlen=self.per_s))
            is_full = len(came) == self.per_s and came[0] > now - 1
            if is_full:
                self.refused += 1
            else:
                came.append(now)
            if call == "POST /stripe/v1/payment_intents":
                self.charged.append(environ.get("HTTP_IDEMPOTENCY_KEY", ""))
        if not is_full:
            return self.inner(environ, start_response)
        start_response("429 Too Many Requests", [("Content-Type", "application/json")])
        return [REFUSAL]
