"""T21 and T13: many at once against a provider that has had enough, and against a relay that must skip nobody."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app import events
from models import Event, db
from tasks import relay
from tests.app.providers.stripe_driver import StripeDriver
from tests.faults import recovery
from tests.faults.fault import Trial, fault
from tests.till import Till

PAYMENTS, WRITERS, EACH = 6, 8, 4
# One call and two repetitions of it, at the first try and whenever the clock asks within an hour: after 30 s, after
# another 2 min, after another 10 min.
TRIES, TIMES_ASKED = 3, 4
INTENTS = "(GET|POST) /stripe/v1/payment_intents.*"


@fault("T21", "Stripe answers 429, or 503, to everything for an hour",
       saw="“Processing”; each payment asks at most 12 times in that hour, and is captured after it.")  # fmt: skip
@pytest.mark.parametrize("how", ["429", "503"])
def test_a_provider_that_has_had_enough_is_not_asked_more_for_it(
    till: Till, trial: Trial, how: str
) -> None:
    sessions = [till.session() for _ in range(PAYMENTS)]
    with till.world.gate.spoil(INTENTS, how):
        assert {till.confirm(session).status for session in sessions} == {"processing"}
        for _ in range(60):
            till.later(minutes=1)
            till.settle()
    asked = till.world.gate.count(INTENTS)
    trial.remark(f"With {how}, {asked} calls for {PAYMENTS} payments.")
    assert asked <= PAYMENTS * TRIES * TIMES_ASKED
    recovery.by_the_clock(till, trial, within_s=3600)
    assert {till.payment(session.payment_id).status for session in sessions} == {"captured"}
    assert till.world.gate.count(StripeDriver.charging) <= asked + PAYMENTS


@fault("T13", "Eight writers commit after pauses of chance, while the relay runs",
       saw="Every event is told once; none is skipped, though ids are not committed in their order.")  # fmt: skip
def test_no_writer_is_skipped(till: Till) -> None:
    payment = till.pay(capture="manual")
    stop, chance = threading.Event(), random.Random(13)
    pauses = [[chance.uniform(0, 0.05) for _ in range(EACH)] for _ in range(WRITERS)]

    def write(waits: list[float]) -> None:
        for pause in waits:
            with db.transaction():
                events.emit("payment.released", payment)
                time.sleep(pause)
        db.remove()

    def tell() -> None:
        while not stop.wait(0.01):
            relay.fan_out()
        db.remove()

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        telling = pool.submit(tell)
        for done in [pool.submit(write, waits) for waits in pauses]:
            done.result()
        stop.set()
        telling.result()
    till.settle()
    db.release()
    told = select(Event.done_at).where(Event.type == "payment.released")
    moments = list(db.session().scalars(told))
    assert len(moments) == WRITERS * EACH
    assert all(moments)
