"""A process that dies in the middle of its work: forked from the test, it shares nothing but database and sandbox."""

import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable

from app import providers
from app.config import Config
from app.crashpoints import arm
from models import db

# A limit, not a measure: what it does takes a second.
LONGEST_S = 150


def start(config: Config, act: Callable[[], object], *, crash_at: str = "") -> int:
    """Run `act` in a process of its own, which dies at a crash point; its process id."""
    # An open SQLite file or a PostgreSQL socket must not be shared: the child opens its own.
    db.remove()
    db.engine().dispose()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the sandbox's threads are not needed in the child
        pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        signal.alarm(LONGEST_S)
        db.connect(config.db_uri)
        providers.configure(config)
        arm(crash_at)
        act()
        code = 0
    except BaseException:  # noqa: BLE001 -- a forked test process must never go on as one
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def wait(pid: int) -> int:
    """How the process ended: its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def dies_at(point: str, config: Config, act: Callable[[], object]) -> None:
    """Run `act` until the crash point kills it."""
    code = wait(start(config, act, crash_at=point))
    assert code == -signal.SIGKILL, f"{point} was not reached: {code}"
