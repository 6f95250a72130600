"""Trouble on demand: for which request or message, what happens to it, how often; alone or one after the other."""

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from sandbox.bodies import Body

# kind → what the next matching request meets
REQUESTS = {
    "execute_then_hang": "it is done, and the answer comes after `seconds`",
    "hang_then_execute": "it waits `seconds`, then is done",
    "slow": "the same",
    "error_after_execute": "it is done, and the answer is 500",
    "drop": "it is done, and the connection is cut before the answer",
    "cut": "it is done, and the connection is cut in the middle of the answer",
    "garbage": "it is done, and the answer is somebody's HTML",
    "error": "it is not done; 500",
    "rate_limit": "it is not done; 429, with `Retry-After` where `retry_after_s` is given",
    "refuse": "it is not done; the connection is cut",
}
# kind → what happens to the next matching webhook
WEBHOOKS = {
    "duplicate": "it is sent twice",
    "reorder": "it waits until the next one was sent, at most `seconds` (60)",
    "delay": "it is sent `seconds` (60) later",
    "drop_webhook": "it is never sent",
    "stale": "it is signed with a time stamp `seconds` (30 days) old, in every try",
    "wrong_signature": "its signature is of another text, in every try",
    "other_account": "beside it comes one that is signed well and speaks of somebody else's payment",
}
KINDS = (*REQUESTS, *WEBHOOKS)
MOST_STEPS = 50
LONGEST_HANG_S = 600
LONGEST_DELAY_S = 400 * 86_400
# What names an object, at any provider and at Till; digits alone are no name, nor are words.
NAME = re.compile(
    r"(?<![A-Za-z0-9_])(?:[a-z]{2,7}_(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{10,60}|WH-[A-Z0-9-]{8,50}|PP-R-[A-Z0-9-]{6,30}"
    r"|(?=[A-Z0-9]*[A-Z])[A-Z0-9]{17})(?![A-Za-z0-9_])"
)
AMOUNT = re.compile(
    r"(?<![A-Za-z0-9_])(?:amount|amount_to_capture|value)\"?\s*[=:]\s*\"?(\d{1,12})(?:\.(\d{1,3}))?"
)


class Fault(Body):
    """One kind of trouble, for whom it is, and how often."""

    provider: Literal["stripe", "paypal", "razorpay"]
    kind: Literal[KINDS]  # type: ignore[valid-type]
    method: Literal["", "GET", "POST", "PUT", "PATCH", "DELETE"] = ""
    path_prefix: str = Field(default="/", pattern=r"^/[!-~]*$", max_length=200)
    event: str = Field(default="", max_length=100)
    payment: str = Field(default="", max_length=100)
    amount: int | None = Field(default=None, ge=0)
    after: int = Field(default=0, ge=0, le=100_000)
    times: int = Field(default=1, ge=1, le=100_000)
    seconds: float = Field(default=0, ge=0, le=LONGEST_DELAY_S)
    retry_after_s: int | None = Field(default=None, ge=0, le=86_400)

    @field_validator("method", "path_prefix", "retry_after_s")
    @classmethod
    def _of_a_request(cls, value: Any, info: ValidationInfo) -> Any:
        if info.data.get("kind") in WEBHOOKS:
            raise ValueError("belongs to a request, and this kind of trouble is a webhook's")
        return value

    @field_validator("retry_after_s")
    @classmethod
    def _of_a_limit(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("kind") != "rate_limit":
            raise ValueError("belongs to the kind rate_limit")
        return value

    @field_validator("event")
    @classmethod
    def _of_a_webhook(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("kind") in REQUESTS:
            raise ValueError("belongs to a webhook, and this kind of trouble is a request's")
        return value

    @field_validator("seconds")
    @classmethod
    def _bearable(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("kind") in REQUESTS and value > LONGEST_HANG_S:
            raise ValueError(f"a request hangs for at most {LONGEST_HANG_S} seconds")
        return value

    @property
    def is_for_webhooks(self) -> bool:
        return self.kind in WEBHOOKS


class Script(Body):
    """Troubles that come one after the other: each is armed when the one before has struck for the last time."""

    name: str = Field(default="", max_length=100)
    steps: list[Fault] = Field(min_length=1, max_length=MOST_STEPS)


@dataclass
class Subject:
    """A request or a message, as far as trouble looks at it."""

    provider: str
    name: str
    """The path of a request, the type of a message."""
    text: str
    """All that it says of itself: idempotency key, path and body."""
    method: str = ""
    named: Callable[[str], str] = lambda _name: ""
    """What the store keeps under an id: a capture names its intent, and the intent the attempt."""

    def names(self) -> list[str]:
        """Every id in it, each once."""
        return list(dict.fromkeys(NAME.findall(self.text)))

    def is_about(self, payment: str) -> bool:
        """Whether it names this payment, or an object that does."""
        return payment in self.text or any(payment in self.named(name) for name in self.names())

    def amounts(self) -> set[int]:
        """Every amount in it, in minor units as its provider writes them."""
        return {int(whole + part) for whole, part in AMOUNT.findall(self.text)}


@dataclass
class Step:
    """A trouble with what came of it so far."""

    fault: Fault
    seen: int = 0
    struck: int = 0

    @property
    def is_done(self) -> bool:
        return self.struck >= self.fault.times

    def fits(self, subject: Subject) -> bool:
        wanted = self.fault
        if wanted.provider != subject.provider or wanted.is_for_webhooks == bool(subject.method):
            return False
        prefix = wanted.event if wanted.is_for_webhooks else wanted.path_prefix
        return (
            wanted.method in ("", subject.method)
            and subject.name.startswith(prefix)
            and (wanted.amount is None or wanted.amount in subject.amounts())
            and (not wanted.payment or subject.is_about(wanted.payment))
        )


@dataclass
class Running:
    """A script that is armed, or was played to its end."""

    name: str
    steps: list[Step]
    id: str = field(default_factory=lambda: "scr_" + secrets.token_hex(8))

    @property
    def step(self) -> Step | None:
        """The one that is armed now."""
        return next((step for step in self.steps if not step.is_done), None)

    def told(self) -> dict[str, Any]:
        armed = self.step
        steps = [
            {
                **step.fault.model_dump(exclude_defaults=True),
                "struck": step.struck,
                "state": "done" if step.is_done else "armed" if step is armed else "waiting",
            }
            for step in self.steps
        ]
        return {"id": self.id, "name": self.name, "is_done": armed is None, "steps": steps}


class Faults:
    """The trouble that is still to come, and what came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[Running] = []

    def add(self, script: Script) -> Running:
        """Arm a script; the finished ones of long ago are forgotten."""
        running = Running(script.name, [Step(fault) for fault in script.steps])
        with self._lock:
            done = [old for old in self._running if old.step is None]
            for old in done[:-20]:
                self._running.remove(old)
            self._running.append(running)
        return running

    def clear(self, script_id: str = "") -> bool:
        """Let nothing of one script, or of all, happen any more; say whether there was any."""
        with self._lock:
            gone = [running for running in self._running if script_id in ("", running.id)]
            for running in gone:
                self._running.remove(running)
        return bool(gone)

    def told(self) -> list[dict[str, Any]]:
        """Every script with its steps, newest first."""
        with self._lock:
            return [running.told() for running in reversed(self._running)]

    def take(self, subject: Subject) -> Fault | None:
        """Use up one turn of the first trouble that this request or message meets."""
        with self._lock:
            for running in self._running:
                step = running.step
                if step is None or not step.fits(subject):
                    continue
                step.seen += 1
                if step.seen > step.fault.after:
                    step.struck += 1
                    return step.fault
        return None
