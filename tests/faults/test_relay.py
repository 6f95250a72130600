"""T12, T13, O4: what was committed is told, at least once, whoever dies on the way; and nobody holds up the others."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from app import events
from models import Delivery, Event, db
from models.ids import new_id
from tasks import doorbell, lanes, relay, subscribers
from tests.faults import recovery
from tests.faults.fault import Trial, fault
from tests.faults.victim import dies_at, start, wait
from tests.till import Till

CRASHES = ("bell.ringing", "event.fanning", "event.fanned", "event.claimed", "event.delivered")


class Ear:
    """Subscribers that note every event they hear in a file, so that processes which died have been heard too."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.deaf = False

    def good(self, event_id: str) -> None:
        with self.file.open("a") as file:
            file.write(event_id + "\n")

    def bad(self, event_id: str) -> None:
        if self.deaf:
            raise ConnectionError(event_id)
        self.good(event_id)

    def heard(self) -> Counter[str]:
        return Counter(self.file.read_text().split()) if self.file.exists() else Counter()


@pytest.fixture
def ear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ear:
    """Listens to every captured payment."""
    ear = Ear(tmp_path / "heard")
    monkeypatch.setitem(subscribers.SUBSCRIBERS, "payment.captured", (ear.good,))
    return ear


def captured() -> set[str]:
    db.release()
    return set(db.session().scalars(select(Event.id).where(Event.type == "payment.captured")))


def deliveries() -> list[Delivery]:
    db.release()
    query = select(Delivery).execution_options(populate_existing=True)
    return list(db.session().scalars(query))


@fault("T13", "The relay is killed at each of its steps, after publishing and before marking too",
       saw="Every event is told; at worst twice, with the same id.")  # fmt: skip
@pytest.mark.parametrize("point", CRASHES[1:])
def test_the_relay_dies_and_everything_is_told(
    till: Till, ear: Ear, trial: Trial, point: str
) -> None:
    for _ in range(3):
        till.pay()
    dies_at(point, till.config, lambda: lanes.drain("money"))
    recovery.by_the_clock(till, trial, within_s=61)
    heard = ear.heard()
    assert set(heard) == captured()
    # Told twice is only what was told and not yet marked: the same event, with the same id.
    assert sum(heard.values()) - len(heard) == (point == "event.delivered")
    assert all(delivery.done_at for delivery in deliveries())


@fault("T12", "The power goes between the commit and the bell",
       saw="The event is told all the same.")  # fmt: skip
def test_the_power_goes_between_the_commit_and_the_bell(
    till: Till, ear: Ear, trial: Trial
) -> None:  # T12
    session = till.session()

    def pays() -> None:
        doorbell.hang(till.config)
        till.confirm(session)

    dies_at("bell.ringing", till.config, pays)
    recovery.by_the_clock(till, trial, within_s=31)
    assert set(ear.heard()) == captured()
    assert len(captured()) == 1


@fault("T13", "One subscriber of an event fails",
       saw="The others hear it.")  # fmt: skip
def test_one_that_fails_holds_up_nobody(
    till: Till, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(subscribers.SUBSCRIBERS, "payment.captured", (ear.bad, ear.good))
    ear.deaf = True
    for _ in range(3):
        till.pay()
        till.settle()
    assert ear.heard() == Counter(captured())  # the other one has heard them all
    waiting = [delivery for delivery in deliveries() if not delivery.done_at]
    assert {(delivery.subscriber, delivery.tries) for delivery in waiting} == {("bad", 1)}
    assert len(waiting) == 3


@fault("T13", "A subscriber fails for days",
       saw="Its delivery is parked with its reason.")  # fmt: skip
def test_after_its_last_try_a_delivery_is_parked_with_its_reason(
    till: Till, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(subscribers.SUBSCRIBERS, "payment.captured", (ear.bad,))
    ear.deaf = True
    till.pay()
    for pause in relay.BACK_OFF:
        till.settle()
        till.later(seconds=pause.total_seconds() + 1)
    till.settle()
    [parked] = deliveries()
    assert (parked.done_at, parked.next_at, parked.tries) == (None, None, len(relay.BACK_OFF) + 1)
    assert str(parked.error).startswith("ConnectionError: evt_")


@fault("T13", "A subscriber fails for a while",
       saw="It hears what it missed.")  # fmt: skip
def test_a_subscriber_that_recovers_hears_what_it_missed(
    till: Till, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(subscribers.SUBSCRIBERS, "payment.captured", (ear.bad,))
    ear.deaf = True
    till.pay()
    with till.at_one_moment():
        till.settle()
        ear.deaf = False
        till.settle()
        assert not ear.heard()  # not before its time
    till.later(seconds=relay.BACK_OFF[0].total_seconds())
    till.settle()
    assert set(ear.heard()) == captured()


@fault("T17", "An older worker meets an event of a newer version",
       saw="It waits for a newer worker and stops no other.")  # fmt: skip
def test_an_event_of_a_newer_version_waits_for_a_newer_worker(till: Till, ear: Ear) -> None:
    """While versions are mixed, a kind of event that this one does not know must not stop the lane."""
    payment = till.pay()
    unknown = Event(
        id=new_id("evt"), type="payment.levitated", merchant_id=payment.merchant_id,
        payment_id=payment.id, actor="system", data={"status": payment.status},
    )  # fmt: skip
    with db.transaction():
        db.insert(unknown)
    till.pay()
    till.settle()
    assert set(ear.heard()) == captured()
    assert db.session().get_one(Event, unknown.id, populate_existing=True).done_at is None


@fault("T13", "Four workers drain one lane at once",
       saw="Every event is told once.")  # fmt: skip
def test_two_at_once_do_each_row_once(till: Till, ear: Ear) -> None:
    for _ in range(12):
        till.pay()
    both = threading.Barrier(4)

    def drains() -> None:
        both.wait()
        lanes.drain("money")

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(drains) for _ in range(4)]:
            done.result()
    lanes.drain("money")
    assert ear.heard() == Counter(captured())
    assert len(captured()) == 12


@fault("T13", "Two processes drain one lane at once",
       saw="Every event is told once.")  # fmt: skip
def test_two_processes_at_once_do_each_row_once(till: Till, ear: Ear) -> None:
    for _ in range(6):
        till.pay()
    both = [start(till.config, lambda: lanes.drain("money")) for _ in range(2)]
    assert [wait(pid) for pid in both] == [0, 0]
    till.settle()
    assert ear.heard() == Counter(captured())


@fault("T13", "A transaction with a smaller id commits later",
       saw="Its event is not skipped.")  # fmt: skip
def test_a_slow_transaction_is_not_skipped(till: Till, ear: Ear) -> None:
    """T13: its event has the smaller id and is committed later (readers that poll for `id > last` lose it)."""
    first = till.pay("ok", capture="manual")
    second = till.pay("ok", capture="manual")
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with db.transaction():
            events.emit("payment.captured", first)
            begun.set()
            go_on.wait(60)
        db.remove()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slow)
        begun.wait(60)
        if (
            db.engine().dialect.name == "postgresql"
        ):  # SQLite has one writer at a time: nothing can overtake
            with db.transaction():
                events.emit("payment.captured", second)
            relay.fan_out()
        go_on.set()
        waiting.result()
    till.settle()
    assert set(ear.heard()) == captured()


@fault("T13", "The relay is broken",
       saw="Money is looked after all the same.")  # fmt: skip
def test_a_step_that_fails_does_not_stop_the_others(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay may be broken: money is looked after all the same."""
    session = till.session()
    with till.world.gate.spoil("POST /stripe/v1/payment_intents", "500 after"):
        till.confirm(session)

    def breaks() -> int:
        raise RuntimeError

    monkeypatch.setitem(lanes.STEPS, "money", (breaks, *lanes.STEPS["money"]))
    till.later(seconds=31)
    lanes.drain("money")
    assert till.payment(session.payment_id).status == "captured"
