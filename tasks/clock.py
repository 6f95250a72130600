"""The clock: rings every lane each second, and starts what is done by the minute, the hour and the night.

`python -m tasks.clock`
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from app import config as settings
from app import create_app, idempotency, seals
from app.lanes import LANES
from models import clock, db
from tasks import doorbell, lanes, mail, nightly, past
from tasks.following import Follower
from tasks.periods import claim

TICK_S = 1.0

_log = logging.getLogger("till.clock")


def hourly(config: settings.Config) -> None:
    """Forget idempotency keys whose time is over. Claimed by its hour, so that two clocks do it once."""
    if claim("hourly", clock.now().strftime("%Y-%m-%dT%H")):
        gone = idempotency.forget(older_than_hours=config.idempotency_hours)
        _log.info("forgot %d idempotency keys", gone)


def tick(config: settings.Config) -> None:
    """One second: ring every lane, or do its work here where there is no Redis or nobody listens."""
    is_heard = doorbell.reaches_workers()
    for lane in LANES:
        if is_heard and not doorbell.is_lonely(lane):
            doorbell.ring(lane)
        else:
            lanes.drain(lane)
    past.top_up()
    nightly.begin()
    hourly(config)
    seals.seal_due()


def main() -> None:
    """Tick until told to stop. A tick that fails is logged, and the next one comes all the same."""
    app = create_app(settings.load_or_exit())
    config: settings.Config = app.extensions["till"]
    doorbell.hang(config)
    mail.configure(config.smtp_url, config.mail_from)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _setter(stop))
    follower = Follower(config.test_clock) if config.test_clock else None
    while not (follower.wait(stop, TICK_S) if follower else stop.wait(TICK_S)):
        try:
            tick(config)
            if follower:
                follower.tell()
        except Exception:  # noqa: BLE001 -- one bad row or tick must not stop the rest
            _log.exception("a tick failed")
        finally:
            db.remove()
    nightly.stop()


def _setter(stop: threading.Event) -> Callable[..., None]:
    return lambda *_: stop.set()


if __name__ == "__main__":
    main()
