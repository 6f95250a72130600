"""T8, T58, O6: whoever dies while the audit trail is sealed, and whoever else seals it, leaves one whole chain."""

import os
import signal
import time

import pytest
from sqlalchemy import func, select

from app import seals
from models import AuditRow, Seal, audit, db
from tests.faults import verdict
from tests.faults.fault import Trial, fault
from tests.faults.servers import until
from tests.faults.victim import dies_at, start, wait
from tests.till import Till

CRASHES = ("seal.written", "seal.committed")


def act(times: int) -> None:
    with db.transaction():
        for number in range(times):
            audit.write("usr_ada", "rule.live", f"rul_{number}")


def one_by_one() -> None:
    verdict.seal_all(limit=1)


def counted() -> tuple[int, int]:
    """How many rows there are, and how many the seals cover."""
    db.release()
    rows = db.session().scalar(select(func.count()).select_from(AuditRow)) or 0
    return rows, sum(map(len, db.session().scalars(select(Seal.rows))))


def check(till: Till) -> None:
    """Every row is under one seal, and the chain is whole."""
    verdict.seal_all()
    rows, covered = counted()
    assert rows == covered
    assert [*seals.verify()] == []


@fault("T8", "The power goes while the audit trail is sealed",
       saw="Nobody sees it; what was not sealed is sealed by the next look, once.")  # fmt: skip
@pytest.mark.parametrize("point", CRASHES)
def test_the_power_goes_while_rows_are_sealed(till: Till, trial: Trial, point: str) -> None:
    act(3)
    dies_at(point, till.config, seals.seal)
    assert seals.head().number == 1 + (point == "seal.committed")
    assert [*seals.verify()] == []
    act(2)
    check(till)


def is_at_work() -> bool:
    """Whether somebody has sealed more than once."""
    db.release()
    return seals.head().number >= 2


@fault("T58", "kill -9 of the sealer of the audit trail, at any line",
       saw="Nobody sees it; the chain is whole, and goes on.")  # fmt: skip
@pytest.mark.parametrize("after_ms", [1, 3, 10, 30])
def test_the_sealer_is_killed_anywhere(till: Till, after_ms: int) -> None:
    act(40)
    pid = start(till.config, one_by_one)
    until(is_at_work, within_s=120, every_s=0.001)
    time.sleep(after_ms / 1000)
    os.kill(pid, signal.SIGKILL)
    wait(pid)
    assert [*seals.verify()] == []
    check(till)


@fault("T58", "Three processes seal the audit trail at once",
       saw="One chain, without a fork; each row is sealed once.")  # fmt: skip
def test_processes_that_seal_at_once_make_one_chain(till: Till) -> None:
    act(30)
    sealers = [start(till.config, one_by_one) for _ in range(3)]
    assert [wait(pid) for pid in sealers] == [0, 0, 0]
    check(till)
