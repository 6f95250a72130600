"""Enforced rate limits, where somebody asked for them: a bucket for each account and one for each endpoint."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from sandbox.bodies import Body
from sandbox.providers import LIMITS

# An endpoint is a path in which every id is the same: GET /v1/payment_intents/{id}.
ID = re.compile(r"/(?=[^/]*[0-9_])(?!v\d/)(?:[a-z]+_[A-Za-z0-9]+|[A-Z0-9-]{10,})(?=/|$)")


class Limit(Body):
    """Requests a second that a provider takes; none given: its own figures (`sandbox.providers`)."""

    provider: Literal["stripe", "paypal", "razorpay"]
    account_per_s: float | None = Field(default=None, gt=0, le=100_000)
    endpoint_per_s: float | None = Field(default=None, gt=0, le=100_000)


@dataclass
class Bucket:
    """As many requests at once as come in one second, and then as they come in."""

    per_s: float
    left: float
    at: float

    def take(self, now: float) -> bool:
        most = max(self.per_s, 1.0)
        self.left = min(most, self.left + (now - self.at) * self.per_s)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Limits:
    """None until they are set. Real time, not the test clock: it is about how fast we are."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._set: dict[str, tuple[float, float]] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._refused: dict[str, int] = {}

    def set(self, limit: Limit) -> None:
        """Enforce a limit from now on."""
        account, endpoint = LIMITS[limit.provider]
        with self._lock:
            self._forget(limit.provider)
            self._set[limit.provider] = (
                limit.account_per_s or account,
                limit.endpoint_per_s or endpoint,
            )

    def clear(self, provider: str = "") -> None:
        """Enforce none any more, of one provider or of all."""
        with self._lock:
            for name in [provider] if provider else list(self._set):
                self._set.pop(name, None)
                self._forget(name)

    def told(self) -> dict[str, Any]:
        """Say what is enforced, and how many requests were refused since."""
        with self._lock:
            return {
                name: {
                    "account_per_s": account,
                    "endpoint_per_s": endpoint,
                    "refused": self._refused.get(name, 0),
                }
                for name, (account, endpoint) in self._set.items()
            }

    def refuses(self, provider: str, method: str, path: str) -> str:
        """Count a request; say which limit it met, or nothing."""
        with self._lock:
            if provider not in self._set:
                return ""
            account, endpoint = self._set[provider]
            name = f"{method} {ID.sub('/{id}', path)}"
            now = self._now()
            for scope, per_s in (("", account), (name, endpoint)):
                bucket = self._buckets.setdefault(
                    (provider, scope), Bucket(per_s, max(per_s, 1.0), now)
                )
                if not bucket.take(now):
                    self._refused[provider] = self._refused.get(provider, 0) + 1
                    return "endpoint_limit" if scope else "account_limit"
        return ""

    def _forget(self, provider: str) -> None:
        self._refused.pop(provider, None)
        for key in [key for key in self._buckets if key[0] == provider]:
            del self._buckets[key]
