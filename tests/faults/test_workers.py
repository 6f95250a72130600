"""T10, T11, T15: the queue is a doorbell. Whatever becomes of it and of those who hear it, the rows get done."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import SimpleWorker
from sqlalchemy import select

from app import commands, events, payments
from app.api import hooks
from app.config import Config
from app.payments import lines
from models import Event, ProviderEvent, db
from tasks import clock, doorbell, provider_events, worker
from tests.faults import recovery
from tests.faults.conftest import Deliver
from tests.faults.fault import Trial, fault
from tests.faults.inbox import lost, rows
from tests.faults.servers import until
from tests.faults.victim import dies_at, start, wait
from tests.limits import no_more
from tests.till import Till

# Far more than it takes; a test does not measure by failing.
PATIENCE_S = 120


class Workers:
    """Real worker processes, as `python -m tasks.worker` makes them, and the clock's ring."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.pids: list[int] = []

    def start(self, lane: str, *, dies_with_a_job: bool = False) -> int:
        def work() -> None:
            if dies_with_a_job:
                SimpleWorker.execute_job = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            os.environ.update(
                {
                    name.upper(): "" if value is None else str(value)
                    for name, value in asdict(self.config).items()
                }
            )
            worker.main(lane)

        pid = start(self.config, work)
        self.pids.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.pids.remove(pid)
        assert wait(pid) == -signal.SIGKILL

    def until(self, done: Callable[[], bool]) -> None:
        """The clock ticks until it is done."""

        def found() -> bool:
            db.release()
            if done():
                return True
            clock.tick(self.config)
            return False

        until(found, within_s=PATIENCE_S, every_s=0.1)


@pytest.fixture
def connection(redis_url: str) -> Iterator[redis.Redis]:
    connection = redis.Redis.from_url(redis_url)
    connection.flushdb()
    yield connection
    connection.flushdb()
    connection.close()


@pytest.fixture
def workers(
    till: Till, connection: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workers]:
    # However long a worker takes to start, the clock does not do its work for it; and Redis is there, if slow.
    monkeypatch.setattr(doorbell, "LONELY_S", 3600.0)
    monkeypatch.setattr(doorbell, "RING_WITHIN_S", 30.0)
    workers = Workers(replace(till.config, redis_url=redis_url))
    bells = events._ring[:], hooks._ring[:]
    doorbell.hang(workers.config)
    yield workers
    for pid in list(workers.pids):
        workers.kill(pid)
    doorbell.hang(till.config)
    events._ring[:], hooks._ring[:] = bells


def untold() -> int:
    return len(list(db.session().scalars(select(Event.id).where(Event.done_at.is_(None)))))


def waiting_hooks() -> int:
    return len(
        list(db.session().scalars(select(ProviderEvent.id).where(ProviderEvent.done_at.is_(None))))
    )


def test_a_worker_hears_the_bell(till: Till, workers: Workers) -> None:
    workers.start("money")
    till.pay()
    workers.until(lambda: untold() == 0)


@fault("T15", "Redis loses the job that it held",
       saw="Nothing: the next second’s bell finds the rows.")  # fmt: skip
def test_redis_loses_everything(till: Till, workers: Workers, connection: redis.Redis) -> None:
    """T15: the job is gone, and the next second's ring finds its rows."""
    till.pay()
    assert connection.keys("rq:job:*")
    connection.flushdb()
    workers.start("money")
    workers.until(lambda: untold() == 0)


@fault("T11", "A worker dies with a job that it has taken and not begun",
       saw="Nothing: the next second’s bell finds the rows.")  # fmt: skip
def test_a_worker_dies_between_the_queue_and_the_job(
    till: Till, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorbell, "RING_TTL_S", 1)  # the bell that nobody heard is forgotten
    till.pay()
    dying = workers.start("money", dies_with_a_job=True)
    workers.pids.remove(dying)
    assert wait(dying) == -signal.SIGKILL
    assert untold() > 0
    workers.start("money")
    workers.until(lambda: untold() == 0)


@fault("T11", "Nobody has started a worker for a lane",
       saw="What waits for a provider’s limits goes on waiting for ten seconds; then the clock sends it.")  # fmt: skip
def test_a_lane_without_a_worker_is_the_clocks(
    till: Till, workers: Workers, connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker listens to one queue: of several, RQ would lose the job that it has in hand when it dies."""
    workers.start("money")
    token = till.token()
    command = commands.CreatePayment(token=token.id, amount=1999, currency="EUR")
    with no_more():
        payments.pay(command, merchant_id=till.merchant.id, merchant_name="Shop", once=till.once())
    payment = till.told[-1]
    workers.until(lambda: untold() == 0)
    assert (connection.scard("rq:workers:money"), connection.scard("rq:workers:queue")) == (1, 0)
    assert till.payment(payment.id).status == "processing"
    monkeypatch.setattr(doorbell, "LONELY_S", 0.0)
    workers.until(lambda: lines.every() == [])
    workers.until(lambda: till.payment(payment.id).status == "captured")
    assert connection.llen("rq:queue:queue") <= 1  # what nobody hears does not pile up


@fault("T10", "A worker is killed in the middle of its job",
       saw="“Processing” until the lease ends; captured once.")  # fmt: skip
def test_a_worker_killed_in_the_middle_of_its_job(
    till: Till, workers: Workers, deliver: Deliver, trial: Trial
) -> None:
    """T10: it had taken rows and a job; the next worker does them after the lease, once."""
    session = lost(till)
    deliver("stripe")
    doorbell.hang(workers.config)
    first = workers.start("hooks")
    look = "GET /stripe/v1/payment_intents.*"
    with till.world.gate.spoil(look, "hang"):
        begun = till.world.gate.count(look)
        workers.until(lambda: till.world.gate.count(look) > begun)
        workers.kill(first)
    assert till.payment(session.payment_id).status == "processing"
    recovery.by_the_clock(till, trial, within_s=90)
    assert till.payment(session.payment_id).status == "captured"
    assert till.events(session.payment_id).count("payment.captured") == 1


@fault("T15", "There is no Redis",
       saw="Nothing: the clock does the work.")  # fmt: skip
def test_without_redis_the_clock_does_the_work(till: Till, deliver: Deliver) -> None:
    session = lost(till)
    deliver("stripe")
    doorbell.hang(till.config)
    for _ in range(2):  # the second tells what the first found out
        clock.tick(till.config)
    assert till.payment(session.payment_id).status == "captured"
    assert (untold(), waiting_hooks()) == (0, 0)


@fault("T15", "Redis cannot be reached",
       saw="Nothing: the checkout goes on, the clock does the work.")  # fmt: skip
def test_while_redis_is_down_the_clock_does_the_work(
    till: Till, workers: Workers, tmp_path: Path
) -> None:
    """T15: the checkout goes on, and so does what follows from it."""
    config = replace(till.config, redis_url=f"unix://{tmp_path}/nobody.sock")
    doorbell.hang(config)
    payment = till.pay()
    assert payment.status == "captured"
    assert untold() > 0
    clock.tick(config)
    assert untold() == 0


@fault("T10", "A row kills every worker that takes it",
       saw="Nothing of the others; it is parked after ten deaths.")  # fmt: skip
def test_a_row_that_kills_every_worker_is_parked_and_takes_nobody_with_it(
    till: Till, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T10: a poison row. Its neighbours are done, and it stops killing after its last try."""
    bad, good = lost(till), lost(till)
    [poison] = till.attempts(bad.payment_id)
    deliver("stripe")
    real = provider_events.payments.sync_reference

    def sync(
        provider: str, references: tuple[str, ...], attempt_id: str | None, **more: Any
    ) -> bool | None:
        if attempt_id == poison.id:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(provider, references, attempt_id, **more)

    with monkeypatch.context() as patch:
        patch.setattr(provider_events.payments, "sync_reference", sync)
        most = len(provider_events.BACK_OFF) + 1
        of_poison = [row for row in rows() if row.refs["attempt_id"] == poison.id]
        for _ in range(most * len(of_poison)):
            end = wait(start(till.config, lambda: [provider_events.work() for _ in range(9)]))
            till.later(seconds=61)
            if end == 0:
                break
        assert wait(start(till.config, lambda: [provider_events.work() for _ in range(9)])) == 0
    assert till.payment(good.payment_id).status == "captured"
    parked = [row for row in rows() if row.done_at is None]
    assert {row.refs["attempt_id"] for row in parked} == {poison.id}
    assert {(row.next_at, row.error) for row in parked} == {
        (None, "every worker that took it died")
    }
    till.settle()


@fault("T10", "Two clocks, and one of them dies",
       saw="An hour’s work is done once.")  # fmt: skip
def test_two_clocks_do_an_hours_work_once(till: Till) -> None:
    assert clock.claim("hourly", "2026-11-21T10")
    assert not clock.claim("hourly", "2026-11-21T10")
    dies_at("bell.heard", till.config, lambda: clock.tick(till.config))
    clock.tick(till.config)
