"""What a provider said before a change, recorded after it: the answer is as old as the question, not as the record."""

from dataclasses import replace
from typing import Any

import pytest

from app import payments, providers
from app.payments.find import lock_attempt
from app.payments.record import record
from app.providers.base import OperationNews, Outcome, Step, Verb
from models import Merchant, db
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
