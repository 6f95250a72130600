"""Razorpay's odd turns, through the whole money path: late, twice, too late, and in the wrong order."""

from dataclasses import replace
from typing import Any

import pytest

from app import payments, providers
from app.errors import AmountTooSmall, NotRefundable, RefundExceedsCaptured
from models import Case, Merchant, Payment, db
from tests.app.providers.razorpay_driver import RazorpayDriver
from tests.till import Till

WHERE = {"return_url": "http://127.0.0.1:9/r", "cancel_url": "http://127.0.0.1:9/c"}


@pytest.fixture
def rzp(till: Till) -> RazorpayDriver:
    """A merchant in India, and a shopper's phone and bank."""
    with db.transaction():
        db.update(db.session().get_one(Merchant, till.merchant.id), country="IN")
    till.merchant = db.session().get_one(Merchant, till.merchant.id)
    return RazorpayDriver(till.world)


def choose(till: Till, method: str = "netbanking", **more: Any) -> Payment:
    """A session whose order waits to be paid at Razorpay."""
    session = till.session(currency="INR", **more)
    payments.confirm(session.id, payments.Confirm("razorpay", 1999, method=method, **WHERE))
    return till.payment(session.payment_id)


def order_of(payment: Payment) -> str:
    assert payment.next_action is not None
    return str(payment.next_action["order"])


def given_back(till: Till) -> list[tuple[bool, str, int]]:
    found = till.world.sandbox.store.list("razorpay.payment")
    return [(row["captured"], row["status"], row["amount_refunded"]) for row in found]


def test_what_the_bank_approves_after_the_session_has_ended_is_never_taken(
    till: Till, rzp: RazorpayDriver
) -> None:
    payment = choose(till, "upi")
    asked = rzp.pay(order_of(payment), "waits")
    till.later(hours=25)
    till.settle()
    assert till.payment(payment.id).status == "expired"
    rzp.desk(f"payments/{asked['id']}/approve")
    payments.sync(payment.id)
    till.settle()
    over = till.payment(payment.id)
    assert (over.status, over.captured_minor, till.ledger(payment.id)) == ("expired", 0, [])
    assert given_back(till) == [(False, "authorized", 0)]  # goes back by itself: nobody captures it


def test_what_was_to_be_held_and_comes_too_late_is_released(
    till: Till, rzp: RazorpayDriver
) -> None:
    payment = choose(till, "upi", capture="manual")
    asked = rzp.pay(order_of(payment), "waits")
    till.later(hours=25)
    till.settle()
    rzp.desk(f"payments/{asked['id']}/approve")
    payments.sync(payment.id)
    over = till.payment(payment.id)
    assert (over.status, over.captured_minor) == ("expired", 0)
    assert till.ledger(payment.id) == []
    assert [a.status for a in till.attempts(payment.id)] in (["voided"], ["surplus"])


def test_two_payments_on_one_order_are_paid_once(till: Till, rzp: RazorpayDriver) -> None:
    """The shopper gave up the app, paid at the bank, and then approved in the app as well."""
    payment = choose(till)
    order = order_of(payment)
    late = rzp.pay(order, "waits")
    rzp.pay(order, "pays")
    payments.sync(payment.id)
    assert till.payment(payment.id).status == "captured"
    rzp.desk(f"payments/{late['id']}/approve")
    payments.sync(payment.id)
    till.settle()
    paid = till.payment(payment.id)
    assert (paid.status, paid.captured_minor) == ("captured", 1999)
    assert [captured for captured, _status, _back in given_back(till)].count(True) == 1
    assert till.ledger(payment.id)[0] == ("capture", 1999)


@pytest.mark.parametrize("is_known", [True, False], ids=["told one by one", "told together"])
def test_a_second_payment_that_the_account_captured_itself_is_a_case_and_refunds_go_to_the_first(
    till: Till, rzp: RazorpayDriver, is_known: bool
) -> None:
    """An account with direct settlement captures everything at once, whatever our order asked for."""
    payment = choose(till)
    first = rzp.pay(order_of(payment), "pays")
    if is_known:
        payments.sync(payment.id)
    else:
        rzp.call("POST", f"payments/{first['id']}/capture", amount=1999, currency="INR")
    store = till.world.sandbox.store
    second = {"id": f"{first['id'][:-2]}zz", "created_at": first["created_at"] + 60}
    with store.transaction():
        store.put(
            "razorpay.payment", second["id"], store.get("razorpay.payment", first["id"]) | second
        )
    payments.sync(payment.id)
    [attempt] = till.attempts(payment.id)
    assert (attempt.capture_ref, attempt.captured_minor) == (first["id"], 1999)
    [case] = db.session().query(Case).filter_by(payment_id=payment.id).all()
    assert (case.kind, case.theirs["captured"]) == ("captured_differs", "39.98 INR")
    till.refund(till.payment(payment.id), 1999)
    [refund] = store.list("razorpay.refund")
    assert refund["payment_id"] == first["id"]


def test_parts_are_given_back_until_nothing_is_left(till: Till, rzp: RazorpayDriver) -> None:
    payment = choose(till)
    rzp.pay(order_of(payment), "pays")
    payments.sync(payment.id)
    till.refund(till.payment(payment.id), 500)
    till.refund(till.payment(payment.id), 1499)
    with pytest.raises((NotRefundable, RefundExceedsCaptured)):
        till.refund(till.payment(payment.id), 1)
    payments.sync(payment.id)
    assert (
        till.payment(payment.id).refunding_minor + till.payment(payment.id).refunded_minor == 1999
    )


def test_less_than_a_rupee_is_not_for_razorpay(till: Till, rzp: RazorpayDriver) -> None:
    session = till.session(currency="INR", amount=99)
    with pytest.raises(AmountTooSmall):
        payments.confirm(session.id, payments.Confirm("razorpay", 99, method="upi", **WHERE))
    assert till.attempts(session.payment_id) == []


def test_an_order_whose_answer_was_lost_is_found_and_paid_once(
    till: Till, rzp: RazorpayDriver
) -> None:
    providers.configure(replace(till.config, provider_timeout_s=0.5))
    with till.world.gate.spoil("POST /razorpay/v1/orders", "hang"):
        payment = choose(till)
    providers.configure(till.config)
    assert payment.status == "processing"
    till.later(minutes=1)
    till.settle()
    found = till.payment(payment.id)
    assert found.status == "requires_action"
    rzp.pay(order_of(found), "pays")
    payments.sync(found.id)
    assert till.payment(found.id).captured_minor == 1999
    assert till.world.gate.count("POST /razorpay/v1/orders") == 1


def test_webhooks_that_come_twice_late_and_backwards_change_nothing(
    till: Till, rzp: RazorpayDriver
) -> None:
    payment = choose(till)
    rzp.pay(order_of(payment), "declines")
    rzp.pay(order_of(payment), "pays")
    payments.sync(payment.id)
    till.refund(till.payment(payment.id), 500)
    till.settle()
    before = till.ledger(payment.id), till.events(payment.id)
    for delivery in [*reversed(till.world.deliveries("razorpay"))] * 2:
        news = rzp.provider.read_event(*till.world.sign(delivery))
        payments.sync_reference("razorpay", news.charge_refs, news.attempt_id)
    assert till.ledger(payment.id) == before[0]
    assert [e for e in till.events(payment.id) if e == "payment.captured"] == ["payment.captured"]
    assert till.payment(payment.id).refunded_minor in {0, 500}
