"""Those who call a real Till over HTTP: a merchant's servers that repeat what was not answered, and shoppers at pages."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.faults.verdict import Acknowledged

# After so long without an answer the merchant's server gives up repeating; what came of it is in the books.
GIVES_UP_AFTER_S = 60.0
ANSWER_WITHIN_S = 60


@dataclass
class Log:
    """What the clients were told. `first` counts the answers to first tries, by status; 0 is a broken connection."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    first: Counter[int] = field(default_factory=Counter)
    later: Counter[int] = field(default_factory=Counter)
    given_up: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, status: int, *, is_first: bool) -> None:
        with self._lock:
            (self.first if is_first else self.later)[status] += 1

    def acknowledge(self, told: dict[str, Any]) -> None:
        with self._lock:
            self.acknowledged.append((str(told["id"]), str(told.get("status", ""))))
            self.moments.append(time.monotonic())

    def first_after(self, moment: float) -> float | None:
        """How many seconds after this moment somebody was answered with a success again."""
        later = [at - moment for at in self.moments if at > moment]
        return min(later, default=None)

    def __str__(self) -> str:
        failed = {s: n for s, n in self.first.items() if not 200 <= s < 300}
        said = ", ".join(f"{n} × {s or 'a broken connection'}" for s, n in sorted(failed.items()))
        return (
            f"Of {self.first.total()} requests {said or 'none'} failed at the first try"
            f"{f', {self.given_up} were given up' if self.given_up else ', all were answered'}."
        )


@dataclass
class Merchant:
    """A merchant's servers: each thread makes one payment after the other, as the documentation tells them to."""

    url: str
    key: str
    log: Log = field(default_factory=Log)

    @contextmanager
    def paying(self, threads: int = 4) -> Iterator[Log]:
        """Inside, payments are made; what was begun is finished afterwards."""
        stop = threading.Event()
        crowd = [threading.Thread(target=self._work, args=(stop,)) for _ in range(threads)]
        for one in crowd:
            one.start()
        try:
            yield self.log
        finally:
            stop.set()
            for one in crowd:
                one.join(2 * GIVES_UP_AFTER_S)

    def _work(self, stop: threading.Event) -> None:
        with requests.Session() as http:
            http.trust_env = False
            while not stop.is_set():
                self.pay(http)

    def pay(self, http: requests.Session) -> dict[str, Any] | None:
        """A token and a payment; None where nobody answered for too long."""
        card = {
            "provider": "stripe",
            "payment_method": "pm_card_visa",
            "amount": 1999,
            "currency": "EUR",
        }
        token = self.post(http, "/v1/tokens", card)
        if token is None:
            return None
        wish = {"token": token["id"], "amount": 1999, "currency": "EUR"}
        return self.post(http, "/v1/payments", wish)

    def once(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One request of a server that has nothing else to do."""
        with requests.Session() as http:
            http.trust_env = False
            told = self.post(http, path, body)
        assert told is not None, path
        return told

    def post(
        self, http: requests.Session, path: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The same request with the same key until it is answered."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": secrets.token_hex(12)}
        until, is_first = time.monotonic() + GIVES_UP_AFTER_S, True
        while time.monotonic() < until:
            status, told = _send(http, f"{self.url}{path}", body, headers)
            self.log.answer(status, is_first=is_first)
            if 200 <= status < 300:
                self.log.acknowledge(told)
                return told
            if status not in {0, 409, 429} and status < 500:
                raise AssertionError(f"{path}: {status} {told}")
            is_first = False
            time.sleep(0.1)
        self.log.given_up += 1
        return None


def _send(
    http: requests.Session, url: str, body: Any, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    try:
        answer = http.post(url, json=body, headers=headers, timeout=ANSWER_WITHIN_S)
    except requests.RequestException:
        return 0, {}
    is_json = "json" in answer.headers.get("Content-Type", "")
    return answer.status_code, answer.json() if is_json else {}


@dataclass
class Shopper:
    """Somebody at a hosted page, with a browser's cookies and the page's token."""

    url: str
    http: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.http.trust_env = False

    def look(self) -> requests.Response:
        """Open the page."""
        return self.http.get(self.url, timeout=ANSWER_WITHIN_S)

    def token(self) -> str:
        """What the page sends along with every press."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.look().text)
        assert found is not None
        return found[1]

    def press(self, action: str, body: dict[str, Any], *, token: str = "") -> requests.Response:
        """Do what a button of the page does."""
        headers = {"X-CSRFToken": token or self.token(), "Accept": "application/json"}
        return self.http.post(
            f"{self.url}/{action}", json=body, headers=headers, timeout=ANSWER_WITHIN_S
        )
