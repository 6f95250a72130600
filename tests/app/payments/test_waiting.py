"""What a provider takes no more requests for waits its turn: nothing is lost, sent twice, or sent out of turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import commands, payments
from app.payments import lines, turns, waiting
from app.payments.lines import Line, Waiting, by_turns
from app.providers import limiter
from app.providers.base import Charge
from models import Merchant, Operation, db
from models.ids import new_id
from tasks import lanes
from tests.limits import Strict, limited, no_more
from tests.till import Till

CHARGES = Line("stripe", "charge")
CAPTURING = "POST /stripe/v1/payment_intents/[^/]+/capture"
INTENTS = "POST /stripe/v1/payment_intents"


def charged(till: Till) -> int:
    return till.world.gate.count(INTENTS)


def bought(till: Till, merchant: Merchant | None = None) -> commands.CreatePayment:
    """A token, taken in before the limits are reached, and the command to pay with it."""
    whose = merchant or till.merchant
    create = commands.CreateToken(
        provider="stripe", payment_method="pm_card_visa", amount=1999, currency="EUR"
    )
    payments.create_token(create, merchant_id=whose.id, once=till.once())
    return commands.CreatePayment(token=till.told[-1].id, amount=1999, currency="EUR")


def pay(till: Till, command: commands.CreatePayment, merchant: Merchant | None = None) -> Any:
    whose = merchant or till.merchant
    payments.pay(command, merchant_id=whose.id, merchant_name=whose.name, once=till.once())
    return till.told[-1]


def drain() -> None:
    """Let the worker's rounds go by until nobody waits."""
    while lines.every():
        lanes.drain("queue")


def test_a_charge_that_must_wait_is_processing_and_is_sent_by_the_worker(till: Till) -> None:
    command = bought(till)
    with no_more():
        payment = pay(till, command)
        assert payment.status == "processing"
        payments.sync(payment.id)
        assert charged(till) == 0
        assert till.attempts(payment.id)[0].queued_at is not None
    till.settle()
    assert till.payment(payment.id).status == "captured"
    assert charged(till) == 1
    assert till.attempts(payment.id)[0].queued_at is None
    assert lines.every() == []


def test_nothing_is_asked_about_what_was_never_sent(till: Till) -> None:
    command = bought(till)
    with no_more():
        payment = pay(till, command)
    before = len(till.world.gate.calls)
    till.later(seconds=40)
    payments.sync(payment.id)
    lanes.drain("money")
    assert len(till.world.gate.calls) == before
    drain()
    assert till.payment(payment.id).status == "captured"


def test_who_comes_later_stands_behind(till: Till) -> None:
    first, second = bought(till), bought(till)
    with no_more():
        pay(till, first)
    with limited():
        payment = pay(till, second)
        assert (payment.status, charged(till)) == ("processing", 0)
        drain()
    assert till.payment(payment.id).status == "captured"


def test_a_refund_and_a_capture_wait_too(till: Till) -> None:
    paid, held = till.pay(), till.pay(capture="manual")
    with no_more():
        assert till.refund(paid, 500).status == "started"
        assert till.capture(held).status == "processing"
        assert lines.every() == [CHARGES, Line("stripe", "refund")]
    drain()
    assert till.payment(paid.id).refunded_minor == 500
    assert till.payment(held.id).status == "captured"


def test_a_session_that_is_over_is_not_charged_any_more(till: Till) -> None:
    session = till.session()
    payment = throttled_page(till, session)
    till.later(days=2)
    till.settle()
    assert till.payment(payment.id).status == "expired"
    assert charged(till) == 0
    (attempt,) = till.attempts(payment.id)
    assert (attempt.status, attempt.provider_code) == ("declined", "never_sent")


def throttled_page(till: Till, session: Any) -> Any:
    """The shopper presses Pay; the card is known already when the limit is reached."""
    asked = till.world.gate.spoil(INTENTS, "500")
    with asked, pytest.MonkeyPatch.context() as patch:
        patch.setattr(limiter, "is_limited", lambda _provider: True)
        patch.setattr(waiting, "is_there", lambda _line: True)
        return till.confirm(session)


def test_a_charge_that_waited_for_an_hour_is_declined(till: Till) -> None:
    command = bought(till)
    with no_more():
        payment = pay(till, command)
    till.later(minutes=61)
    drain()
    assert till.payment(payment.id).status == "failed"
    assert charged(till) == 0


def test_what_somebody_else_repeated_waits_no_more(till: Till) -> None:
    """Our own try is told to wait, while the sweeper has repeated the request already: it was sent, then."""
    with till.world.gate.spoil(INTENTS, "500"):
        payment = till.pay()
    (attempt,) = till.attempts(payment.id)
    assert waiting.repeats(attempt)
    waiting.put_charge(Charge.from_json(attempt.request), till.once())
    assert till.attempts(payment.id)[0].queued_at is None
    payments.sync(payment.id)


def test_what_waits_is_not_repeated(till: Till) -> None:
    command = bought(till)
    with no_more():
        payment = pay(till, command)
    assert not waiting.repeats(till.attempts(payment.id)[0])
    drain()


def test_of_two_who_call_the_same_one_gets_it(till: Till) -> None:
    command = bought(till)
    with no_more():
        pay(till, command)
    (place,) = lines.next_in(CHARGES, 5)
    assert waiting.call(place)
    assert not waiting.call(place)
    till.later(seconds=31)
    till.settle()


def test_an_approved_order_waits_and_is_taken(till: Till) -> None:
    session = till.session()
    action = till.paypal(session)
    till.approve_at_paypal(action)
    with no_more("paypal"):
        payments.approve(session.id, action["order"])
        assert till.payment(session.payment_id).status == "processing"
    drain()
    assert till.payment(session.payment_id).status == "captured"


def test_an_order_that_was_approved_after_hours_keeps_its_turn(till: Till) -> None:
    """It is the wait that must not be too long, and not the time that the buyer took at PayPal."""
    session = till.session()
    action = till.paypal(session)
    till.later(hours=2)
    till.approve_at_paypal(action)
    with no_more("paypal"):
        payments.approve(session.id, action["order"])
    assert turns.work() == 1
    assert till.payment(session.payment_id).status == "captured"


def test_an_approved_order_that_is_sent_back_keeps_its_place(till: Till, monkeypatch: Any) -> None:
    session = till.session()
    action = till.paypal(session)
    till.approve_at_paypal(action)
    monkeypatch.setattr(turns, "PATIENCE_S", 0.0)
    with no_more("paypal"):
        payments.approve(session.id, action["order"])
        since = till.attempts(session.payment_id)[0].queued_at
        till.later(seconds=5)
        assert turns.work() == 0
        assert till.attempts(session.payment_id)[0].queued_at == since
    drain()
    assert till.payment(session.payment_id).status == "captured"


def test_what_was_settled_while_it_waited_is_not_sent(till: Till) -> None:
    """A capture waits, and somebody takes the money in the provider's dashboard."""
    held = till.pay(capture="manual")
    (attempt,) = till.attempts(held.id)
    with no_more():
        till.capture(held)
    till.stripe("POST", f"payment_intents/{attempt.provider_ref}/capture")
    payments.sync(held.id)
    assert till.payment(held.id).status == "captured"
    before = till.world.gate.count(CAPTURING)
    drain()
    assert till.world.gate.count(CAPTURING) == before
    (operation,) = payments.operations_of(held.id)
    assert (operation.queued_at, operation.check_at) == (None, None)


def test_a_provider_that_still_takes_nothing_is_tried_again_later(
    till: Till, monkeypatch: Any
) -> None:
    command = bought(till)
    monkeypatch.setattr(turns, "PATIENCE_S", 0.0)
    with no_more():
        payment = pay(till, command)
        since = till.attempts(payment.id)[0].queued_at
        assert turns.work() == 0
        assert till.attempts(payment.id)[0].queued_at == since
    drain()
    assert till.payment(payment.id).status == "captured"


# Order


def test_merchants_take_turns() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    places = [
        Waiting(whose, began + timedelta(seconds=number), f"{whose}{number}", is_attempt=True)
        for number, whose in enumerate("aaaaabac")
    ]
    assert [place.id for place in by_turns(places)] == [
        "a0", "b5", "c7", "a1", "a2", "a3", "a4", "a6",
    ]  # fmt: skip


@pytest.mark.parametrize("flood", [16, pytest.param(200, marks=pytest.mark.slow)])
def test_a_flood_earns_no_refusal_and_keeps_nobody_else_waiting(
    till: Till, monkeypatch: pytest.MonkeyPatch, flood: int
) -> None:
    """Three merchants; the first floods. The provider refuses what is above 25 a second."""
    small = flood // 4
    others = [Merchant(id=new_id("mer"), name=name) for name in ("Beta", "Gamma")]
    with db.transaction():
        db.insert(*others)
    commands_of = [(till.merchant, bought(till)) for _ in range(flood)]
    commands_of += [(whose, bought(till, whose)) for whose in others for _ in range(small)]
    strict = Strict(till.world.gate.inner, 25)
    monkeypatch.setattr(till.world.gate, "inner", strict)
    with no_more():
        paid = [pay(till, command, whose) for whose, command in commands_of]
    assert {payment.status for payment in paid} == {"processing"}
    with limited():
        drain()
    assert strict.refused == 0
    assert {till.payment(payment.id).status for payment in paid} == {"captured"}
    whose = {payment.attempt_id: payment.merchant_id for payment in paid}
    order = [whose[attempt] for attempt in strict.charged]
    assert len(order) == len(set(strict.charged)) == len(paid)  # each was asked for once
    for merchant in (till.merchant, *others):
        mine = [attempt for attempt in strict.charged if whose[attempt] == merchant.id]
        assert mine == sorted(mine) or near(mine)
    # Who has few is through after three times as many (and some, on their way at once), however many the first has.
    assert {till.merchant.id} == set(order[3 * small + 3 + small // 5 :])


def near(ids: list[str]) -> bool:
    """In order, but for those that were on their way at the same time."""
    place = {attempt: number for number, attempt in enumerate(sorted(ids))}
    return all(abs(place[attempt] - number) < 3 for number, attempt in enumerate(ids))


def test_operations_are_in_the_line_of_their_class(till: Till) -> None:
    paid = till.pay()
    with no_more():
        refund = till.refund(paid, 100)
    assert [place.id for place in lines.next_in(Line("stripe", "refund"), 5)] == [refund.id]
    assert lines.next_in(CHARGES, 5) == []
    assert not lines.is_there(CHARGES)
    assert db.session().get_one(Operation, refund.id).queued_at is not None
    drain()
