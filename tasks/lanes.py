"""What each lane does when its bell rings: batch after batch, until there is nothing left."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from app import events
from app.payments import turns
from models import db
from tasks import doorbell, mail, provider_events, relay, reviews, sweep

_log = logging.getLogger("till.lanes")

# Work through a lane for at most this long, then let the next ring go on: well inside the job's timeout. What waits
# for a provider's limits may wait for long: its lane goes round by round, so that others get their turn.
LONGEST_S = {"money": 60, "hooks": 60, "mail": 60, "queue": 0}

# lane → the steps that take one batch each and say how much they did
STEPS: dict[str, tuple[Callable[[], int], ...]] = {
    "money": (
        relay.fan_out, relay.deliver, sweep.operations, sweep.attempts, sweep.expire, sweep.setups, sweep.forget,
        sweep.erase, reviews.verdicts, reviews.expiries,
    ),
    "hooks": (provider_events.work,),
    "mail": (mail.work,),  # a mail server that is slow keeps nobody's money waiting
    "queue": (turns.work,),
}  # fmt: skip


def drain(lane: str, gather_s: float = 0.0) -> int:
    """Do all the work that waits in a lane, with a pause of `gather_s` between two batches. Returns how much was done.

    May run twice at once: rows are claimed.
    """
    doorbell.heard(lane)
    done, until = 0, time.monotonic() + LONGEST_S[lane]
    try:
        with events.acting("clock"):
            while batch := sum(map(_take, STEPS[lane])):
                done += batch
                db.release()
                if time.monotonic() >= until:
                    doorbell.ring(lane)
                    break
                time.sleep(gather_s)
    finally:
        db.remove()
    return done


def _take(step: Callable[[], int]) -> int:
    try:
        return step()
    except Exception:  # noqa: BLE001 -- a relay that is broken must not keep anybody from looking after the money
        _log.exception("step %s failed", step.__qualname__)
        db.remove()
        return 0
