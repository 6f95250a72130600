"""T31: a webhook is acknowledged when it is durable, and then it is done: by dying workers, late, one after the other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from app import payments
from models import Payment, db
from tasks import provider_events
from tests.api.conftest import Api
from tests.faults import recovery
from tests.faults.conftest import Deliver
from tests.faults.fault import Trial, fault
from tests.faults.inbox import lost, post, rows
from tests.faults.servers import until
from tests.faults.victim import dies_at

CRASHES = (
    "webhook.storing",
    "webhook.stored",
    "webhook.claimed",
    "webhook.worked",
    "webhook.recording",
    "webhook.done",
)


@fault("T31", "The power goes between a webhook’s insert and its 204",
       saw="Nothing; the provider sends it again, and it is one row.")  # fmt: skip
@pytest.mark.parametrize("point", CRASHES[:2])
def test_nothing_is_acknowledged_that_is_not_durable(api: Api, point: str) -> None:
    session = lost(api.till)
    delivery = api.till.world.deliveries("stripe")[-1]
    dies_at(point, api.till.config, lambda: post(api, delivery))
    assert len(rows()) == (point == "webhook.stored")
    assert post(api, delivery) == 204  # the provider heard nothing and sends it again
    assert len(rows()) == 1
    api.till.settle()
    assert api.till.payment(session.payment_id).status == "captured"


@fault("T10", "A worker dies with a webhook in hand",
       saw="“Processing” a minute longer; captured once.")  # fmt: skip
@pytest.mark.parametrize("point", CRASHES[2:])
def test_a_worker_dies_and_the_next_one_does_its_row(api: Api, trial: Trial, point: str) -> None:
    session = lost(api.till)
    assert post(api, api.till.world.deliveries("stripe")[-1]) == 204
    dies_at(point, api.till.config, provider_events.work)
    recovery.by_the_clock(api.till, trial, within_s=61)
    [row] = rows()
    assert row.done_at is not None
    assert api.till.payment(session.payment_id).status == "captured"
    assert api.till.events(session.payment_id).count("payment.captured") == 1


@fault("T31", "Nobody works while webhooks come",
       saw="Every webhook is answered with 204, and done when somebody works again.")  # fmt: skip
def test_without_workers_everything_is_acknowledged_and_done_later(
    api: Api, deliver: Deliver
) -> None:
    sessions = [lost(api.till) for _ in range(5)]
    assert set(deliver("stripe")) == {204}
    assert {api.till.payment(s.payment_id).status for s in sessions} == {"processing"}
    api.till.settle()
    assert {api.till.payment(s.payment_id).status for s in sessions} == {"captured"}
    assert all(row.done_at for row in rows())


@fault("T31", "The provider cannot be asked what its webhook means",
       saw="“Processing” until it can.")  # fmt: skip
def test_a_provider_that_is_down_delays_its_webhooks_and_loses_none(
    api: Api, deliver: Deliver, trial: Trial
) -> None:
    session = lost(api.till)
    deliver("stripe")
    with api.till.world.gate.spoil("GET .*", "503"):
        api.till.settle()
        assert all(row.done_at is None and row.error for row in rows())
    recovery.by_the_clock(api.till, trial, within_s=6)
    assert all(row.done_at and row.error is None for row in rows())
    assert api.till.payment(session.payment_id).status == "captured"


@fault("T31", "A webhook’s payment is locked by somebody else",
       saw="Nothing: the news waits for the lock.")  # fmt: skip
def test_a_locked_payment_delays_its_news_and_loses_none(api: Api, deliver: Deliver) -> None:
    """Lock contention (WooCommerce lost events to it): the row waits for its payment, and is done."""
    session = lost(api.till)
    deliver("stripe")
    locked, begun, free = threading.Event(), threading.Event(), threading.Event()

    def somebody() -> None:
        with db.transaction():
            db.lock(Payment, session.payment_id)
            locked.set()
            free.wait(60)
        db.remove()

    def worker() -> None:
        begun.set()
        provider_events.work()
        db.remove()

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(somebody)
        assert locked.wait(60)
        working = pool.submit(worker)
        assert begun.wait(60)
        if db.engine().dialect.name == "postgresql":  # SQLite does not tell who waits
            until(somebody_waits, within_s=60)
        assert not working.done()
        free.set()
        holding.result()
        working.result()
    assert all(row.done_at for row in rows())
    assert api.till.payment(session.payment_id).status == "captured"


def somebody_waits() -> bool:
    """Whether anybody waits for a row that another transaction has locked."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with db.engine().connect() as connection:
        return bool(connection.execute(text(query)).scalar())


@fault("T10", "A webhook fails whenever it is worked on",
       saw="Nothing of the others; it is parked with its reason after ten tries.")  # fmt: skip
def test_a_row_that_fails_holds_up_no_other_and_is_parked(
    api: Api, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, poison = lost(api.till), lost(api.till)
    [bad] = api.till.attempts(poison.payment_id)
    deliver("stripe")
    real = payments.sync_reference

    def sync(
        provider: str, references: tuple[str, ...], attempt_id: str | None, **more: Any
    ) -> bool | None:
        if attempt_id == bad.id:
            raise ZeroDivisionError
        return real(provider, references, attempt_id, **more)

    monkeypatch.setattr(payments, "sync_reference", sync)
    for _ in range(len(provider_events.BACK_OFF) + 1):
        api.till.later(days=1, seconds=1)
        provider_events.work()
    assert api.till.payment(session.payment_id).status == "captured"
    parked = [row for row in rows() if row.done_at is None]
    assert {row.refs["attempt_id"] for row in parked} == {bad.id}
    assert {(row.next_at, row.error) for row in parked} == {(None, "ZeroDivisionError: ")}
    monkeypatch.undo()
    payments.sync(poison.payment_id)
