"""What a provider said before a change, recorded after it: the answer is as old as the question, not as the record."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app import payments, providers
from app.payments.find import lock_attempt
from app.payments.record import record
from app.providers.base import Charge, OperationNews, Outcome, Step, Verb
from models import Attempt, Merchant, Payment, db
from models.money import Money
from tests.app.providers.razorpay_driver import RazorpayDriver
from tests.slow import slow
from tests.till import Till

WHERE = {"return_url": "http://127.0.0.1:9/r", "cancel_url": "http://127.0.0.1:9/c"}


def test_a_refund_that_failed(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = till.pay("failing_refund")
    till.refund(payment, 500)

    def fails() -> None:
        till.world.sandbox.timers.run_due(within_s=3600)
        payments.sync(payment.id)

    slow(monkeypatch, "stripe", "fetch", fails)
    payments.sync(payment.id)
    assert till.payment(payment.id).status == "captured"
    assert till.events(payment.id)[-2:] == ["refund.succeeded", "refund.failed"]
    assert till.ledger(payment.id)[-2:] == [("refund", 500), ("refund_returned", 500)]


def test_a_try_that_failed_before_another_was_paid(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal that was read before the shopper's bank said yes does not decline what we have asked for by now."""
    with db.transaction():
        db.update(db.session().get_one(Merchant, till.merchant.id), country="IN")
    till.merchant = db.session().get_one(Merchant, till.merchant.id)
    shopper = RazorpayDriver(till.world)
    session = till.session(currency="INR")
    payments.confirm(session.id, payments.Confirm("razorpay", 1999, method="netbanking", **WHERE))
    payment = till.payment(session.payment_id)
    order = str(payment.next_action["order"])
    shopper.pay(order, "declines")

    def is_paid_and_taken_without_an_answer() -> None:
        shopper.pay(order, "pays")
        with till.world.gate.spoil(shopper.charging, "500 after"):
            payments.sync(payment.id)
        assert till.payment(payment.id).status == "processing"

    slow(monkeypatch, "razorpay", "fetch", is_paid_and_taken_without_an_answer)
    payments.sync(payment.id)
    till.later(minutes=1)
    till.settle()
    assert till.payment(payment.id).status == "captured"
    assert till.ledger(payment.id) == [("capture", 1999), ("fee", 47)]


def test_a_refund_that_is_told_to_have_failed_and_then_to_have_gone_through(till: Till) -> None:
    """Nothing was recorded meanwhile, so the provider contradicts itself: a person is asked, and nothing booked twice."""
    payment = till.pay()
    refund = till.refund(payment, 500)
    news = OperationNews("refund", str(refund.provider_ref), refund.amount, Step.FAIL, refund.id)
    euro = Money(1999, "EUR")
    [attempt] = till.attempts(payment.id)
    for step in (Step.FAIL, Step.SUCCEED, Step.SUCCEED):
        told = Outcome(
            Verb.CAPTURE,
            str(attempt.provider_ref),
            euro,
            captured=euro,
            operations=(replace(news, step=step),),
        )
        with db.transaction():
            record(*lock_attempt(attempt.id), told)
    assert till.payment(payment.id).status == "captured"
    assert till.events(payment.id).count("payment.case_opened") == 1
    assert till.ledger(payment.id)[-1] == ("refund_returned", 500)


def test_an_order_that_was_asked_for_by_somebody_who_died_while_another_tab_gave_it_up(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody heard that the money was taken, and no webhook told: an hour later it is found, and goes back."""
    session = till.session()
    action = till.paypal(session)
    till.approve_at_paypal(action)
    adapter = providers.get("paypal")
    complete = adapter.complete

    def dies(*args: Any) -> Any:
        monkeypatch.setattr(adapter, "complete", complete)
        payments.cancel_approval(session.id)
        complete(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(adapter, "complete", dies)
    with pytest.raises(KeyboardInterrupt):
        payments.sync(session.payment_id)
    db.remove()
    [attempt] = till.attempts(session.payment_id)
    assert attempt.status == "voided"
    till.later(minutes=61)
    till.settle()
    [attempt] = till.attempts(session.payment_id)
    assert (attempt.status, attempt.captured_minor) == ("surplus", 1999)
    assert [(one.kind, one.status) for one in payments.operations_of(session.payment_id)] == [
        ("refund", "succeeded")
    ]


def test_an_order_that_was_given_up_is_looked_at_once_more_and_no_more(till: Till) -> None:
    session = till.session()
    till.paypal(session)
    payments.cancel_approval(session.id)
    till.later(minutes=61)
    till.settle()
    [attempt] = till.attempts(session.payment_id)
    assert (attempt.status, attempt.check_at, attempt.checks) == ("voided", None, 1)


def held_card(till: Till) -> Payment:
    return till.pay(capture="manual")


def held_at_paypal(till: Till) -> Payment:
    session = till.session(capture="manual")
    till.approve_at_paypal(till.paypal(session))
    payments.sync(session.payment_id)
    return till.payment(session.payment_id)


def voided_by_us(till: Till, payment: Payment) -> None:
    assert till.cancel(payment).status == "canceled"


def voided_at_the_provider(till: Till, payment: Payment) -> None:
    """The merchant's own dashboard let the hold go, and the webhook told us."""
    reference = till.attempts(payment.id)[0].provider_ref
    till.stripe("POST", f"payment_intents/{reference}/cancel")
    payments.sync(payment.id)


def answer_of(attempt: Attempt) -> Outcome:
    """What the provider says of an attempt now."""
    charge = Charge.from_json(attempt.request)
    told: Outcome = providers.ask(
        providers.of(attempt.provider).fetch, charge, attempt.provider_ref
    )
    return told


def everything(till: Till, payment_id: str) -> tuple[Any, ...]:
    payment = till.payment(payment_id)
    return (
        payment.status,
        [one.status for one in till.attempts(payment_id)],
        [(one.kind, one.status) for one in payments.operations_of(payment_id)],
        till.events(payment_id),
        till.ledger(payment_id),
    )


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (held_card, voided_by_us),
        (held_card, voided_at_the_provider),
        (held_at_paypal, voided_by_us),
    ],
)
def test_a_hold_that_was_let_go_meanwhile_is_no_surplus_charge(
    till: Till, begin: Callable[[Till], Payment], end: Callable[[Till, Payment], None]
) -> None:
    payment = begin(till)
    assert payment.status == "authorized"
    attempt = till.attempts(payment.id)[0]
    old = answer_of(attempt)
    assert old.verb is Verb.AUTHORIZE
    end(till, payment)
    before = everything(till, payment.id)
    assert before[1] == ["voided"]
    with db.transaction():
        assert record(*lock_attempt(attempt.id), old) is None
    assert everything(till, payment.id) == before
    till.check()
