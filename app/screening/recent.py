"""The newest sightings as this process itself has seen them: what is still under way, and all there is without Redis.

A try is noted here before the history is read and long before its transaction commits, so that payments made at once
see each other in the database's history too. When Redis does not answer, limits are counted from here alone: each
process for itself, which is less than all of it and never more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence

from risk.past import MINUTE_MS, MOST, Sighting

Logs = Mapping[str, Sequence[Sighting]]

# Of how many identities; those that were longest not heard of are forgotten first.
MOST_LOGS = 20_000
# What is older has reached the history long ago: providers answer, and transactions commit, within a minute.
UNDER_WAY_MS = 2 * MINUTE_MS

_lock = threading.Lock()
_logs: OrderedDict[tuple[str, str], deque[Sighting]] = OrderedDict()


def forget_all() -> None:
    """Begin anew in this process."""
    with _lock:
        _logs.clear()


def note(seen: Sighting) -> None:
    """Write a sighting down."""
    with _lock:
        for name in seen.identities().items():
            log = _logs.get(name)
            if log is None:
                log = _logs[name] = deque(maxlen=MOST)
                if len(_logs) > MOST_LOGS:
                    _logs.popitem(last=False)
            else:
                _logs.move_to_end(name)
            log.append(seen)


def forget(this: Sighting) -> None:
    """The attempt was not made after all."""
    with _lock:
        for name in this.identities().items():
            log = _logs.get(name)
            if log is not None and this in log:
                log.remove(this)


def read(this: Sighting, *, since_ms: int = 0) -> dict[str, list[Sighting]]:
    """The sightings of each identity of an attempt, newest first, without the attempt itself."""
    found: dict[str, list[Sighting]] = {}
    with _lock:
        for name in this.identities().items():
            found[name[0]] = log = []
            for seen in reversed(_logs.get(name, ())):
                if seen.at_ms < since_ms:
                    break
                if seen.attempt != this.attempt:
                    log.append(seen)
    return found


def joined(logs: Logs, this: Sighting) -> Logs:
    """The history with what is under way in this process and not yet part of it."""
    found = dict(logs)
    for identity, ours in read(this, since_ms=this.at_ms - UNDER_WAY_MS).items():
        if not ours:
            continue
        log = logs.get(identity, ())
        known = {(seen.attempt, seen.kind) for seen in log}
        missing = [seen for seen in ours if (seen.attempt, seen.kind) not in known]
        if missing:
            both = sorted((*missing, *log), key=lambda seen: seen.at_ms, reverse=True)
            found[identity] = both[:MOST]
    return found
