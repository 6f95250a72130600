"""Live through time: stop at every moment at which something is due, let it happen, then go on."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox import Sandbox, clock

# How much real time one call may take. It stops between two moments, and says where it is.
AT_MOST_S = 25.0
# How long Till may take to do what is due at one moment, before time goes on without it.
PATIENCE_S = 15.0
LOOK_EVERY_S = 0.02
# Till tells about once a second how far it is; one that has said nothing for so long is not there, or this machine is
# too busy for two.
SILENT_AFTER_S = 10.0


@dataclass(frozen=True)
class Till:
    """What Till's clock last said of itself, in the file beside the shared clock."""

    ahead_s: float
    busy: bool
    next_due_at: float | None
    told_at: float

    @property
    def is_there(self) -> bool:
        return time.time() - self.told_at < SILENT_AFTER_S


@dataclass
class Moment:
    """One stop: what happened at the providers, what they sent, and whether Till was done with its own."""

    at: str
    timers: list[str] = field(default_factory=list)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    till: str = "not_there"

    def told(self) -> dict[str, Any]:
        return self.__dict__


def till_says() -> Till | None:
    """Read how far Till is. None where it never said, or shares no clock."""
    file = clock.file()
    try:
        said = file and json.loads(file.with_suffix(".till").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there, or just being written
        return None
    return Till(**said) if said else None


def advance(sandbox: Sandbox, until: datetime) -> tuple[list[Moment], bool]:
    """Live until then; say what happened at which moment, and whether we got there in AT_MOST_S.

    Raises clock.Backwards.
    """
    if until < clock.now():
        raise clock.Backwards
    give_up_at = time.monotonic() + AT_MOST_S
    for past in (sandbox.timers.ran, sandbox.hooks.sent):
        past.clear()  # it happened before anybody asked for time to pass
    moments = [_live(sandbox)]
    for moment in _due(sandbox, until):
        if time.monotonic() > give_up_at:
            return moments, False
        clock.move_to(moment)
        moments.append(_live(sandbox))
    clock.move_to(until)
    moments.append(_live(sandbox))
    return [m for m in moments if m.timers or m.webhooks or m is moments[-1]], True


def _due(sandbox: Sandbox, until: datetime) -> Iterator[datetime]:
    """The next moment at which something is due, again and again; what is left of the past is not waited for."""
    while True:
        now, till = clock.now().timestamp(), till_says()
        known = [sandbox.timers.next_due_at(), sandbox.hooks.next_due_at()]
        if till is not None and till.is_there:
            known.append(till.next_due_at)
        ahead = [moment for moment in known if moment is not None and moment > now]
        if not ahead or min(ahead) > until.timestamp():
            return
        yield datetime.fromtimestamp(min(ahead), UTC)


def _live(sandbox: Sandbox) -> Moment:
    """Let happen what is due now on both sides, until neither has anything left."""
    moment = Moment(clock.now().isoformat(timespec="seconds"))
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        ran, delivered = sandbox.timers.run_due(), sandbox.hooks.deliver_due()
        moment.till = _till_is()
        moment.timers += _taken(sandbox.timers.ran)
        moment.webhooks += _taken(sandbox.hooks.sent)
        is_done = not ran and not delivered and moment.till != "busy"
        if is_done or time.monotonic() > give_up_at:
            return moment
        time.sleep(LOOK_EVERY_S if moment.till == "busy" else 0)


def _till_is() -> str:
    till = till_says()
    if till is None or not till.is_there:
        return "not_there"
    followed = abs(till.ahead_s - clock.ahead_s()) < 1e-6 and not till.busy
    return "done" if followed else "busy"


def _taken(told: Any) -> list[Any]:
    taken = []
    while told:
        taken.append(told.popleft())
    return taken
