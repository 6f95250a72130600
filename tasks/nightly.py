"""The night's work, in a process of its own: what webhooks did not bring, and the risk model.

The model needs scikit-learn, and minutes of a processor.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from sqlalchemy import exists, select

from app.screening.nightly import JOB
from models import Period, clock, db
from tasks.periods import claim

# In which hours (UTC) it is begun. A night that was cut short is begun again in the next of them.
HOURS = (3, 4, 5)
COMMAND = (sys.executable, "-m", "flask", "--app", "wsgi", "risk", "nightly")
_ROOT = Path(__file__).parents[1]
# How long the child may take to end when the clock ends.
_PATIENCE_S = 5

_child: subprocess.Popen[bytes] | None = None
_looked_at = ""
_log = logging.getLogger("till.clock")


def begin() -> bool:
    """Start the night's work when its hour has come, and tell whether it was started. Never waits for it.

    One start an hour, however many clocks there are; a night whose work is done is not begun again.
    """
    global _child, _looked_at  # noqa: PLW0603 -- what this process has started
    if is_running():
        return False
    now = clock.now()
    hour = now.strftime("%Y-%m-%dT%H")
    if now.hour not in HOURS or hour == _looked_at:
        return False
    _looked_at = hour
    if _is_done(now.date().isoformat()) or not claim("nightly_start", hour):
        return False
    db.release()
    _log.info("the night's work begins")
    _child = subprocess.Popen(COMMAND, cwd=_ROOT)
    return True


def is_running() -> bool:
    """Whether the child of this process is at work."""
    return _child is not None and _child.poll() is None


def stop() -> None:
    """End the child with the clock: what it had done is done, the rest is for the next hour or night."""
    if _child is None or _child.poll() is not None:
        return
    _child.terminate()
    try:
        _child.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        _child.kill()
        _child.wait()


def _is_done(night: str) -> bool:
    done = exists().where(Period.job == JOB, Period.period == night)
    return bool(db.session().scalar(select(done)))
