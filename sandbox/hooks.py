"""Outgoing webhooks: a durable queue, one thread that drains it, signing left to each provider."""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import requests

from sandbox import clock, hook_faults
from sandbox.faults import Fault
from sandbox.store import Document, Store
from sandbox.timers import Timers

log = logging.getLogger(__name__)

Sign = hook_faults.Sign
Trouble = Callable[[str, str, str], Fault | None]

KIND = "sandbox.delivery"
FINISHED = "sandbox.delivered"
ANSWER_WITHIN_S = 10.0
# Stripe and PayPal try for three days and publish no intervals; the first are short enough to see.
# 25 retries, as PayPal says.
RETRY_AFTER_S = (1, 5, 15, 60, 300, 1800, 7200) + (14_400,) * 18
IDLE_S = 5.0


class Hooks:
    """Every provider registers one `sign`; `send` only writes a row, so a request never waits."""

    def __init__(self, store: Store, timers: Timers) -> None:
        self._store = store
        self._timers = timers
        self._sign: dict[str, Sign] = {}
        self._retry_after_s: dict[str, tuple[float, ...]] = {}
        self._wake = threading.Event()
        self._one_drain = threading.Lock()
        self._thread: threading.Thread | None = None
        self._started_in = 0
        self._http = requests.Session()
        self._http.trust_env = False
        self._stopped = False
        self.paused = False
        self._holds_back = False
        # (provider, type, body) -> what is to go wrong with this message; set by the desk.
        self.trouble: Trouble = lambda _provider, _type, _body: None
        self.sent: deque[Document] = deque(maxlen=1000)  # what went out, for who moves the clock

    def register(
        self, provider: str, sign: Sign, retry_after_s: tuple[float, ...] = RETRY_AFTER_S
    ) -> None:
        """Give the function (body, delivery) -> headers that signs this provider's messages.

        `retry_after_s` are its pauses between attempts.
        """
        self._sign[provider] = sign
        self._retry_after_s[provider] = retry_after_s

    def send(
        self, provider: str, *, event_id: str, url: str, body: str, key: str = "", label: str = ""
    ) -> str:
        """Queue one message; `key` is what `sign` needs (a secret, a webhook id)."""
        delivery_id = hook_faults.new_id()
        document: Document = {
            "id": delivery_id,
            "provider": provider,
            "event_id": event_id,
            "type": label,
            "url": url,
            "body": body,
            "key": key,
            "attempts": 0,
            "at": clock.now().isoformat(),
            "next_at": clock.now().timestamp(),
            "state": "queued",
            "answers": [],
        }
        self._let_go(provider, document["next_at"] + 0.001)
        for one in hook_faults.spoil(document, self.trouble(provider, label, body)):
            self._holds_back |= hook_faults.is_waiting_for_another(one)
            self._keep(one)
        self.wake()
        return delivery_id

    def _let_go(self, provider: str, at: float) -> None:
        """Send what waited for another message, right after that one."""
        if not self._holds_back:
            return
        for held in self._store.list(KIND, provider=provider):
            if hook_faults.is_waiting_for_another(held):
                self._keep(held | {"next_at": at, "fault": "reordered"})
        self._holds_back = False

    def _keep(self, delivery: Document) -> None:
        """Write a delivery down; finished ones apart, so that looking at the queue stays quick."""
        with self._store.transaction():
            if delivery["state"] == "queued":
                self._store.put(KIND, delivery["id"], delivery)
            else:
                self._store.delete(KIND, delivery["id"])
                self._store.put(FINISHED, delivery["id"], delivery)

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

    def deliver_due(self) -> int:
        """Deliver what is due by now, and wait for it; say how many got a 2xx."""
        return self._drain(due_only=True)

    def next_due_at(self) -> float | None:
        """Say when the next message is to be sent, as seconds since 1970; None while paused."""
        if self.paused:
            return None
        return min((delivery["next_at"] for delivery in self._store.list(KIND)), default=None)

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
        moments = [self.next_due_at(), self._timers.next_due_at()]
        known = [moment for moment in moments if moment is not None]
        wait = min(known, default=float("inf")) - clock.now().timestamp()
        return min(max(wait, 0.01), IDLE_S)

    def _drain(self, *, due_only: bool, newest_first: bool = False) -> int:
        delivered = 0
        with self._one_drain:
            now = clock.now().timestamp()
            waiting = self._store.list(KIND, newest_first=newest_first)
            for delivery in sorted(waiting, key=lambda d: d["next_at"]) if due_only else waiting:
                if due_only and (delivery["next_at"] > now or self.paused):
                    continue
                delivered += self._deliver(delivery)
        return delivered

    def _deliver(self, delivery: Document) -> bool:
        body = delivery["body"].encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        headers |= hook_faults.signed(self._sign[delivery["provider"]], body, delivery)
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
        self.sent.append({"type": delivery["type"], "answer": answer})
        delivery["attempts"] += 1
        delivery["answers"] = [*delivery["answers"], answer][-10:]
        if accepted:
            delivery["state"] = "delivered"
        elif delivery["attempts"] > len(pauses := self._retry_after_s[delivery["provider"]]):
            delivery["state"] = "gave_up"
        else:
            pause_s = pauses[delivery["attempts"] - 1]
            delivery["next_at"] = clock.now().timestamp() + pause_s
        self._keep(delivery)
        return accepted
