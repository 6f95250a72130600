"""Outgoing webhooks: a durable queue, one thread that drains it, signing left to each provider."""

import logging
import os
import secrets
import threading
from collections.abc import Callable
from typing import Any

import requests

from sandbox import clock
from sandbox.store import Document, Store
from sandbox.timers import Timers

log = logging.getLogger(__name__)

Sign = Callable[[bytes, Document], dict[str, str]]

KIND = "sandbox.delivery"
FINISHED = "sandbox.delivered"
ANSWER_WITHIN_S = 10.0
# Both providers try for three days and publish no intervals; the first are short enough to see.
# 25 retries, as PayPal says.
RETRY_AFTER_S = (1, 5, 15, 60, 300, 1800, 7200) + (14_400,) * 18
IDLE_S = 5.0


class Hooks:
    """Every provider registers one `sign`; `send` only writes a row, so a request never waits."""

    def __init__(self, store: Store, timers: Timers) -> None:
        self._store = store
        self._timers = timers
        self._sign: dict[str, Sign] = {}
        self._wake = threading.Event()
        self._one_drain = threading.Lock()
        self._thread: threading.Thread | None = None
        self._started_in = 0
        self._http = requests.Session()
        self._http.trust_env = False
        self._stopped = False
        self.paused = False

    def register(self, provider: str, sign: Sign) -> None:
        """Give the function (body, delivery) -> headers that signs this provider's messages."""
        self._sign[provider] = sign

    def send(
        self, provider: str, *, event_id: str, url: str, body: str, key: str = "", label: str = ""
    ) -> str:
        """Queue one message; `key` is what `sign` needs (a secret, a webhook id)."""
        delivery_id = "dlv_" + secrets.token_hex(8)
        document: Document = {
            "id": delivery_id,
            "provider": provider,
            "event_id": event_id,
            "type": label,
            "url": url,
            "body": body,
            "key": key,
            "attempts": 0,
            "next_at": clock.now().timestamp(),
            "state": "queued",
            "answers": [],
        }
        self._store.put(KIND, delivery_id, document)
        self.wake()
        return delivery_id

    def replay(self, event_id: str = "") -> int:
        """Queue again every finished delivery (of one event, or of all): duplicates on demand."""
        found = self._store.list(FINISHED, newest_first=False)
        chosen = [delivery for delivery in found if event_id in ("", delivery["event_id"])]
        for old in chosen:
            again = {name: old[name] for name in ("event_id", "url", "body", "key")}
            self.send(old["provider"], label=old["type"], **again)
        return len(chosen)

    def deliver_now(self, *, newest_first: bool = False) -> int:
        """Deliver all that is queued, due or not, and wait for it; say how many got a 2xx."""
        return self._drain(due_only=False, newest_first=newest_first)

    def history(self) -> list[Document]:
        """Give every delivery, what waits first and then the newest, without bodies and keys."""
        known = [*self._store.list(KIND), *self._store.list(FINISHED)]
        return [{k: v for k, v in d.items() if k not in ("body", "key")} for d in known]

    def waiting(self) -> int:
        """Say how many messages are queued."""
        return len(self._store.list(KIND))

    def pause(self) -> None:
        """Stop delivering until `resume`; messages keep queueing."""
        self.paused = True

    def resume(self) -> None:
        """Deliver again."""
        self.paused = False
        self.wake()

    def wake(self) -> None:
        """Let the thread look at the queue and at the clock now."""
        self.start()
        self._wake.set()

    def stop(self) -> None:
        """End the thread; for tests that make many worlds."""
        self._stopped = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=ANSWER_WITHIN_S)
        self._http.close()

    def start(self) -> None:
        """Start the thread once per process (a fork has none of its parent's threads)."""
        if self._started_in == os.getpid():
            return
        self._started_in = os.getpid()
        self._thread = threading.Thread(target=self._run, name="sandbox-hooks", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.wait(self._seconds_to_next())
            self._wake.clear()
            try:
                self._timers.run_due()
                if not self.paused:
                    self._drain(due_only=True)
            except Exception:  # the thread must outlive one bad message
                log.exception("the sandbox could not deliver")

    def _seconds_to_next(self) -> float:
        moments = [d["next_at"] for d in self._store.list(KIND)]
        if self.paused:
            moments = []
        timer = self._timers.next_due_at()
        if timer is not None:
            moments.append(timer)
        wait = min(moments, default=float("inf")) - clock.now().timestamp()
        return min(max(wait, 0.01), IDLE_S)

    def _drain(self, *, due_only: bool, newest_first: bool = False) -> int:
        delivered = 0
        with self._one_drain:
            now = clock.now().timestamp()
            for delivery in self._store.list(KIND, newest_first=newest_first):
                if due_only and (delivery["next_at"] > now or self.paused):
                    continue
                delivered += self._deliver(delivery)
        return delivered

    def _deliver(self, delivery: Document) -> bool:
        body = delivery["body"].encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        headers |= self._sign[delivery["provider"]](body, delivery)
        answer: Any
        try:
            response = self._http.post(
                delivery["url"],
                data=body,
                headers=headers,
                timeout=ANSWER_WITHIN_S,
                allow_redirects=False,
            )
            answer, accepted = response.status_code, response.ok
        except requests.RequestException as error:
            answer, accepted = type(error).__name__, False
        delivery["attempts"] += 1
        delivery["answers"] = [*delivery["answers"], answer][-10:]
        if accepted:
            delivery["state"] = "delivered"
        elif delivery["attempts"] > len(RETRY_AFTER_S):
            delivery["state"] = "gave_up"
        else:
            pause_s = RETRY_AFTER_S[delivery["attempts"] - 1]
            delivery["next_at"] = clock.now().timestamp() + pause_s
        with self._store.transaction():
            if delivery["state"] == "queued":
                self._store.put(KIND, delivery["id"], delivery)
            else:  # kept apart, so that looking at the queue stays quick
                self._store.delete(KIND, delivery["id"])
                self._store.put(FINISHED, delivery["id"], delivery)
        return accepted
