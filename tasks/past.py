"""Every minute: bring to Redis what it may have missed of the history, and all of it when it was lost."""

from __future__ import annotations

import logging
import threading

import redis

from app.screening import history
from models import clock, db

_minute = ""
_thread: threading.Thread | None = None
_log = logging.getLogger("till.clock")


def top_up() -> bool:
    """Begin this minute's round; tells whether it was begun. Never waits for it.

    Beside the clock, because filling an empty Redis takes as long as it takes. Not claimed: two clocks that do it tell
    Redis the same twice, and a row for every minute would be kept for good.
    """
    global _minute, _thread  # noqa: PLW0603 -- what this process has begun
    minute = clock.now().strftime("%Y-%m-%dT%H:%M")
    if minute == _minute or not history.is_shared():
        return False
    if _thread is not None and _thread.is_alive():
        return False
    _minute = minute
    _thread = threading.Thread(target=_round, name="history", daemon=True)
    _thread.start()
    return True


def _round() -> None:
    try:
        history.top_up()
    except redis.RedisError as error:
        _log.warning("the history could not be brought to Redis: %s", type(error).__name__)
    except Exception:  # noqa: BLE001 -- one bad round must not end the clock's thread with a trace on the console
        _log.exception("the history could not be brought to Redis")
    finally:
        db.remove()
