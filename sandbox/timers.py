"""Things the sandbox's world does later by itself: a durable list of named actions with a time."""

import logging
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any

from sandbox import clock
from sandbox.store import Store

log = logging.getLogger(__name__)

Action = Callable[..., None]

KIND = "sandbox.timer"


class Timers:
    """Actions are registered by name at start-up, so that a timer survives a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.actions: dict[str, Action] = {}
        self.ran: deque[str] = deque(maxlen=1000)  # what happened, for who moves the clock

    def after(self, seconds: float, action: str, **arguments: Any) -> str:
        """Call the named action with these JSON arguments once `seconds` have passed."""
        timer_id = "tmr_" + secrets.token_hex(8)
        due_at = clock.now().timestamp() + seconds
        document = {"id": timer_id, "due_at": due_at, "action": action, "arguments": arguments}
        self._store.put(KIND, timer_id, document)
        return timer_id

    def run_due(self, *, within_s: float = 0.0) -> int:
        """Run what is due (or will be soon), each in its own transaction; say how many."""
        now = clock.now().timestamp() + within_s
        due = [t for t in self._store.list(KIND, newest_first=False) if t["due_at"] <= now]
        for timer in sorted(due, key=lambda t: t["due_at"]):
            try:
                with self._store.transaction():
                    if self._store.get(KIND, timer["id"]) is None:
                        continue  # another thread was faster
                    self._store.delete(KIND, timer["id"])
                    self.actions[timer["action"]](**timer["arguments"])
            except Exception:  # it must not keep from happening what is due after it
                log.exception("the sandbox could not do %s", timer["action"])
                self._store.delete(KIND, timer["id"])
                continue
            self.ran.append(timer["action"])
        return len(due)

    def next_due_at(self) -> float | None:
        """Say when the next action is due, as seconds since 1970 in the sandbox's time."""
        return min((t["due_at"] for t in self._store.list(KIND)), default=None)
