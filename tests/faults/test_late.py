"""T19, T23: money that comes too late or twice goes back by itself; what stays unknown is asked about for thirty days."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import payments
from models import Attempt, CheckoutSession, Event, Operation, Order, clock, db
from tests.faults import requests as asked
from tests.faults.conftest import Buyer, Deliver
from tests.faults.fault import fault
from tests.faults.faulty import held
from tests.faults.requests import Request
from tests.till import Till

DAYS = timedelta(days=1)
SCHEDULE = [
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
]
SCHEDULE += [DAYS] * 30


def order_of(session: CheckoutSession) -> Order:
    return db.session().get_one(Order, session.order_id, populate_existing=True)


def charge_soon_over(till: Till, buyer: Buyer) -> Request:
    session = till.session(expires_at=clock.now() + timedelta(minutes=10))
    return Request(asked.StripeDriver.charging, "refund", session, lambda: till.confirm(session))


def hold_soon_over(till: Till, buyer: Buyer) -> Request:
    session = till.session(capture="manual", expires_at=clock.now() + timedelta(minutes=10))
    return Request(asked.StripeDriver.charging, "void", session, lambda: till.confirm(session))


def approval_soon_over(till: Till, buyer: Buyer, **more: Any) -> Request:
    session, order = buyer.chooses(expires_at=clock.now() + timedelta(minutes=10), **more)
    buyer.approves(order)
    act = lambda: payments.approve(session.id, order)  # noqa: E731
    return Request(asked.PayPalDriver.charging, "void" if more else "refund", session, act)


def approved_hold_soon_over(till: Till, buyer: Buyer) -> Request:
    return approval_soon_over(till, buyer, capture="manual")


SOON_OVER = (charge_soon_over, hold_soon_over, approval_soon_over, approved_hold_soon_over)


@fault("T19", "The money is taken after our time limit and after the session’s end",
       saw="The page says expired; the money goes back by itself, and the merchant is told.")  # fmt: skip
@pytest.mark.parametrize("first", ["webhook", "clock", "a day later"])
@pytest.mark.parametrize("verb", SOON_OVER, ids=lambda verb: verb.__name__)
def test_the_session_expired_before_the_money_came(
    till: Till, buyer: Buyer, deliver: Deliver, verb: Any, first: str
) -> None:
    """T19: the effect comes after our time limit and after the session's end: it is undone, and the merchant told."""
    request = verb(till, buyer)
    with held(till.world, request.call) as on_the_way:
        request.act()
        till.later(minutes=11)
        till.settle()
        assert request.payment(till).status == "processing"  # it may still arrive
        till.later(minutes=10)
        till.settle()
        assert request.payment(till).status == "expired"
        if first == "a day later":
            till.later(hours=25)
            till.settle()
        on_the_way.arrive()
    if first == "clock":
        till.later(hours=25)
    else:
        deliver("stripe")
        deliver("paypal")
    till.settle()
    till.settle()

    payment = request.payment(till)
    assert (payment.status, payment.captured_minor, order_of(request.session).status) == (
        "expired",
        0,
        "expired",
    )
    [attempt] = till.attempts(payment.id)
    assert attempt.status == "surplus"
    operations = payments.operations_of(payment.id)
    assert [(o.kind, o.status, o.reason) for o in operations] == [
        (request.ends, "succeeded", "surplus")
    ]
    told = db.session().scalars(select(Event).where(Event.type == "payment.surplus")).one()
    assert told.data["attempt"] == attempt.id


def decline(answer: dict[str, Any]) -> None:
    """Stripe says that it took nothing, and did."""
    answer.update(
        status="requires_payment_method",
        last_payment_error={"code": "card_declined", "type": "card_error"},
    )


@fault("T23", "A charge that was told to be declined stands, and the shopper has paid again",
       saw="Paid once; the other charge is given back, and the merchant is told.")  # fmt: skip
@pytest.mark.parametrize("capture", ["automatic", "manual"])
def test_of_two_that_succeed_the_later_goes_back(
    till: Till, deliver: Deliver, capture: str
) -> None:
    """T23: the first charge was told to be declined, the shopper paid again, and then the first turns out to stand."""
    session = till.session(capture=capture)
    with till.world.gate.spoil(asked.StripeDriver.charging, "lie", tamper=decline):
        assert till.confirm(session).status == "failed"
    ends = till.confirm(session).status
    assert ends == {"automatic": "captured", "manual": "authorized"}[capture]
    deliver("stripe")
    till.settle()
    till.settle()

    payment = till.payment(session.payment_id)
    assert payment.status == ends
    first, second = till.attempts(payment.id)
    assert (first.status, second.status) == ("surplus", ends)
    assert payment.captured_minor == (1999 if capture == "automatic" else 0)
    assert payment.refunded_minor == 0
    [undone] = payments.operations_of(payment.id)
    assert (undone.attempt_id, undone.status, undone.reason) == (first.id, "succeeded", "surplus")
    told = db.session().scalars(select(Event).where(Event.type == "payment.surplus")).one()
    assert (told.data["attempt"], told.data["surplus"]) == (first.id, 1999)


@fault("T23", "The refund of a surplus charge is not answered",
       saw="Paid once; the refund is asked for until it is made.")  # fmt: skip
def test_a_surplus_that_cannot_go_back_yet_is_tried_until_it_can(
    till: Till, deliver: Deliver
) -> None:
    session = till.session()
    with till.world.gate.spoil(asked.StripeDriver.charging, "lie", tamper=decline):
        till.confirm(session)
    till.confirm(session)
    deliver("stripe")
    with till.world.gate.spoil(asked.StripeDriver.refunding, "503"):
        till.settle()
        till.later(minutes=3)
        till.settle()
    [undone] = payments.operations_of(session.payment_id)
    assert undone.status == "started"
    till.later(minutes=10)
    till.settle()
    [undone] = payments.operations_of(session.payment_id)
    assert undone.status == "succeeded"


def open_row(request: Request, till: Till) -> Attempt | Operation:
    if request.is_refund:
        return payments.operations_of(request.session.payment_id)[-1]
    return till.attempts(request.session.payment_id)[-1]


@fault("T23", "The provider says nothing for thirty days",
       saw="“Processing”, never failed; then a person is alerted.")  # fmt: skip
@pytest.mark.parametrize(
    "verb", [asked.charge, asked.refund, asked.paypal_take], ids=lambda verb: verb.__name__
)
def test_asked_for_thirty_days_and_never_called_a_failure(
    till: Till, buyer: Buyer, verb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T23: after 30 s, 2 min, 10 min, 1 h, 6 h, then daily; then a human is told, and it stays undecided."""
    moment = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    request = verb(till, buyer)
    until_then = "captured" if request.is_refund else "processing"
    with db.transaction():
        db.update(request.payment(till), expires_at=None)
    with till.world.gate.spoil(request.call, "500 after"):
        request.act()
    with till.world.gate.spoil(".*", "503"):
        for pause in SCHEDULE:
            due = open_row(request, till).check_at
            assert due == moment[0] + pause
            moment[0] = due
            till.settle()
            assert request.payment(till).status == until_then
    told = till.events(request.session.payment_id)
    assert open_row(request, till).check_at is None
    assert told.count("payment.unresolved") == 1
    assert not [event for event in told if event.endswith((".failed", ".expired"))]

    moment[0] += DAYS * 40
    payments.sync(request.session.payment_id)  # a webhook, or a human, may still bring the answer
    assert request.payment(till).status == request.ends
