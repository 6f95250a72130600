"""What only Razorpay has: orders with several payments, money that comes late, no call to release it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.providers.base import Charge, Outcome, Refused, Step, Unanswered, Verb
from models.ids import new_id
from models.money import Money
from tests.app.providers.acts import held, paid, task
from tests.app.providers.drivers import Books
from tests.app.providers.razorpay_driver import RazorpayDriver
from tests.app.providers.world import World, spoil_with

ORDER = "GET /razorpay/v1/orders/order_[^/]+"
PAYMENTS = ORDER + "/payments"


@pytest.fixture
def rzp(world: World) -> RazorpayDriver:
    return RazorpayDriver(world)


def ordered(rzp: RazorpayDriver, **fields: Any) -> tuple[Charge, Outcome]:
    charge = rzp.charge("challenges", **fields)
    return charge, rzp.provider.charge(charge)


def test_the_checkout_is_opened_with_what_was_asked(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp, method="upi")
    assert outcome.action is not None
    assert (outcome.action.type, outcome.action.order) == ("razorpay", outcome.reference)
    assert outcome.action.url == f"{rzp.world.url}/razorpay/v1/checkout/embedded"
    assert outcome.action.data == {
        "key": "rzp_test_contract", "amount": 1999, "currency": "INR", "name": "Masala Junction",
        "description": "K7QF-2M9RX · Two mugs", "method": "upi", "attempt": charge.attempt_id,
        "methods": ["upi", "netbanking", "wallet"],
        "callback_url": "https://till.example/c/cs_1/return", "cancel_url": "https://till.example/c/cs_1",
    }  # fmt: skip
    [order] = rzp.orders(charge)
    assert order["notes"] == {"attempt_id": charge.attempt_id, "payment_id": charge.payment_id}


def test_no_order_is_captured_by_razorpay_itself(rzp: RazorpayDriver) -> None:
    for capture, minutes in (("automatic", 24 * 60), ("manual", 3 * 24 * 60)):
        charge, _ = ordered(rzp, capture=capture)
        [order] = rzp.orders(charge)
        assert (order["_capture"]["mode"], order["_capture"]["manual_min"]) == ("manual", minutes)


def test_an_order_whose_answer_was_lost_is_found_and_not_made_again(rzp: RazorpayDriver) -> None:
    charge = rzp.charge("challenges")
    with (
        rzp.world.gate.spoil("POST /razorpay/v1/orders", "500 after"),
        pytest.raises(Unanswered),
    ):
        rzp.provider.charge(charge)
    found = rzp.provider.fetch(charge, None)
    assert (found.verb, found.reference) == (Verb.CHALLENGE, rzp.orders(charge)[0]["id"])
    assert rzp.provider.charge(charge) == found
    assert len(rzp.orders(charge)) == 1


def test_of_two_orders_for_one_attempt_the_paid_one_counts(rzp: RazorpayDriver) -> None:
    charge, first = ordered(rzp)
    notes = {"attempt_id": charge.attempt_id}
    more = {"receipt": charge.attempt_id, "notes": notes, "amount": 1999, "currency": "INR"}
    second = rzp.call("POST", "orders", **more, payment={"capture": "manual"})
    rzp.pay(second["id"], "pays")
    assert rzp.provider.fetch(charge, None).reference == second["id"] != first.reference


def test_another_merchants_receipt_is_not_ours(rzp: RazorpayDriver) -> None:
    charge = rzp.charge("challenges")
    rzp.call("POST", "orders", receipt=charge.attempt_id, amount=1999, currency="INR")
    assert rzp.provider.fetch(charge, None).found is False


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 1),
        ("currency", "USD"),
        ("receipt", "att_1"),
        ("notes", []),
        ("id", "order_1"),
        ("entity", "payment"),
    ],
)
def test_an_order_that_is_not_the_charges_is_no_answer(
    rzp: RazorpayDriver, field: str, value: object
) -> None:
    charge, outcome = ordered(rzp)
    with (
        rzp.world.gate.spoil(ORDER, "tamper", tamper=spoil_with({field: value})),
        pytest.raises(Unanswered),
    ):
        rzp.provider.fetch(charge, outcome.reference)


def test_a_paid_order_without_its_payment_is_no_answer(rzp: RazorpayDriver) -> None:
    charge, outcome = paid(rzp)
    with (
        rzp.world.gate.spoil(PAYMENTS, "tamper", tamper=spoil_with({"items": []})),
        pytest.raises(Unanswered),
    ):
        rzp.provider.fetch(charge, outcome.reference)


# The shopper


def test_a_request_in_the_shoppers_app_waits_ten_minutes(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp)
    payment = rzp.pay(outcome.reference, "waits")
    found = rzp.provider.fetch(charge, outcome.reference)
    assert (found.verb, found.ready, found.decline) == (Verb.CHALLENGE, False, None)
    assert found.action is not None
    assert found.action.data["waiting"] == "upi"
    until = datetime.fromisoformat(found.action.expires_at).timestamp()
    assert until == payment["created_at"] + 600
    assert found.facts == {"upi_handle": "okbank"}  # the rest is somebody's name


def test_a_second_try_on_the_same_order_counts(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp)
    rzp.pay(outcome.reference, "declines")
    failed = rzp.provider.fetch(charge, outcome.reference)
    assert (failed.verb, failed.decline is not None) == (Verb.CHALLENGE, True)
    rzp.pay(outcome.reference, "pays")
    assert rzp.provider.fetch(charge, outcome.reference).ready
    done = rzp.provider.complete(charge, outcome.reference)
    assert (done.verb, done.decline) == (Verb.CAPTURE, None)
    assert done.fee == Money(47, "INR")  # two percent, and 18 percent GST of them
    assert rzp.books(charge) == Books(1, 1999, 0)


def test_more_than_ten_tries_are_all_seen(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp)
    rzp.pay(outcome.reference, "pays")  # then somebody goes on with it in another tab
    for _ in range(11):
        rzp.pay(outcome.reference, "declines")
    assert rzp.provider.fetch(charge, outcome.reference).ready


def test_what_is_paid_before_it_is_given_up_counts(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp)
    rzp.pay(outcome.reference, "pays")
    assert rzp.provider.abandon(charge, outcome.reference).ready


def test_what_is_paid_after_it_was_given_up_goes_back_within_a_day(
    rzp: RazorpayDriver, travel: Callable[[timedelta], None]
) -> None:
    charge, outcome = ordered(rzp)
    rzp.pay(outcome.reference, "waits")
    assert rzp.provider.abandon(charge, outcome.reference).verb is Verb.VOID
    [payment] = rzp.payments(charge)
    rzp.desk(f"payments/{payment['id']}/approve")
    travel(timedelta(days=1, seconds=1))
    rzp.world.due()
    after = rzp.provider.fetch(charge, outcome.reference)
    assert (after.verb, after.operations) == (Verb.VOID, ())
    assert rzp.books(charge) == Books(0, 0, 0)


@pytest.mark.parametrize("instrument", ["collect", "netbanking", "wallet"])
def test_how_it_was_paid(rzp: RazorpayDriver, instrument: str) -> None:
    given, shown = {
        "collect": ({"method": "upi", "vpa": "success@razorpay"}, ("upi", None, None)),
        "netbanking": ({"method": "netbanking", "bank": "HDFC"}, ("netbanking", "HDFC", None)),
        "wallet": ({"method": "wallet", "wallet": "phonepe"}, ("wallet", None, "phonepe")),
    }[instrument]
    charge, outcome = ordered(rzp)
    payment = rzp.desk("payments", order_id=outcome.reference, **given)
    if payment["status"] == "created":
        rzp.desk(f"payments/{payment['id']}/approve")
    method = rzp.provider.complete(charge, outcome.reference).method
    assert method is not None
    assert (method.type, method.bank, method.wallet) == shown


# Taking the money


def test_a_refusal_while_the_money_is_held_is_no_answer(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp)
    rzp.pay(outcome.reference, "declines")

    def holds(told: dict[str, Any]) -> None:
        told["items"][0]["status"] = "authorized"

    with (
        rzp.world.gate.spoil(PAYMENTS, "tamper", tamper=holds),
        pytest.raises(Unanswered, match="BAD_REQUEST_ERROR"),
    ):
        rzp.provider.complete(charge, outcome.reference)


def test_what_is_taken_while_we_ask_for_it_is_read_back(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp)
    payment = rzp.pay(outcome.reference, "pays")
    path = f"payments/{payment['id']}/capture"

    def meanwhile(told: dict[str, Any]) -> None:
        if told["items"][0]["status"] == "authorized":
            rzp.call("POST", path, amount=1999, currency="INR")

    with rzp.world.gate.spoil(PAYMENTS, "tamper", tamper=meanwhile):
        assert rzp.provider.complete(charge, outcome.reference).captured == charge.amount
    assert rzp.books(charge) == Books(1, 1999, 0)


def test_what_somebody_else_has_taken_is_taken(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp)
    payment = rzp.pay(outcome.reference, "pays")
    rzp.call("POST", f"payments/{payment['id']}/capture", amount=1999, currency="INR")
    assert rzp.provider.complete(charge, outcome.reference).captured == charge.amount


def test_a_capture_keeps_the_payments_own_notes(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp, capture="manual")
    payment = rzp.pay(outcome.reference, "pays")
    rzp.call("PATCH", f"payments/{payment['id']}", notes={"attempt_id": charge.attempt_id})
    asked = task(charge, outcome, "capture")
    assert rzp.provider.capture(asked).step is Step.SUCCEED
    [kept] = rzp.payments(charge)
    notes = {"attempt_id": charge.attempt_id, "operation_id": asked.operation_id}
    assert kept["notes"] == notes


def test_a_capture_that_was_made_in_the_dashboard_is_not_ours(rzp: RazorpayDriver) -> None:
    charge, outcome = held(rzp)
    [payment] = rzp.payments(charge)
    rzp.call("POST", f"payments/{payment['id']}/capture", amount=1999, currency="INR")
    news = rzp.provider.capture(task(charge, outcome, "capture"))
    assert (news.step, news.failure_code) == (Step.FAIL, "payment_captured")


def test_another_currency_is_refused_before_anything_is_made(rzp: RazorpayDriver) -> None:
    charge = rzp.charge("challenges", amount=Money(1999, "EUR"))
    with pytest.raises(Refused, match="currency"):
        rzp.provider.charge(charge)
    assert rzp.orders(charge) == []


# What follows


def test_a_refund_that_fails_later_is_told(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp)
    payment = rzp.desk("payments", order_id=outcome.reference, method="netbanking", bank="IBKL")
    rzp.desk(f"payments/{payment['id']}/approve")
    taken = rzp.provider.complete(charge, outcome.reference)
    news = rzp.provider.refund(task(charge, taken, "refund"))
    assert news.step is Step.WAIT
    rzp.desk(f"refunds/{news.reference}/failed")
    [told] = rzp.provider.fetch(charge, outcome.reference).operations
    assert (told.reference, told.step, told.failure_code) == (
        news.reference, Step.FAIL, "refund_failed",
    )  # fmt: skip


def test_a_refund_of_the_dashboard_is_news(rzp: RazorpayDriver) -> None:
    charge, outcome = paid(rzp)
    rzp.call("POST", f"payments/{outcome.capture_ref}/refund", amount=500)
    [told] = rzp.provider.fetch(charge, outcome.reference).operations
    assert (told.operation_id, told.amount, told.step) == (None, Money(500, "INR"), Step.SUCCEED)


@pytest.mark.parametrize(("verdict", "last"), [("won", Step.WIN), ("lost", Step.LOSE)])
def test_a_dispute_is_told_to_its_end(rzp: RazorpayDriver, verdict: str, last: Step) -> None:
    charge, outcome = paid(rzp)
    other, _ = paid(rzp)
    dispute = rzp.desk(f"payments/{outcome.capture_ref}/dispute", amount=700, reason="fraud")
    [opened] = rzp.provider.disputes_of(charge, outcome)
    assert (opened.kind, opened.amount.minor, opened.step, opened.reason) == (
        "dispute", 700, Step.OPEN, "fraud",
    )  # fmt: skip
    rzp.desk(f"disputes/{dispute['id']}/{verdict}")
    steps = [news.step for news in rzp.provider.disputes_of(charge, outcome)]
    assert steps == [Step.OPEN, last]
    assert rzp.provider.disputes_of(other, rzp.provider.fetch(other, None)) == ()


@pytest.mark.parametrize(
    ("kind", "disputed"), [("payment.dispute.created", True), ("payment.captured", False)]
)
def test_an_event_about_a_dispute_has_disputes_asked_for(
    rzp: RazorpayDriver, kind: str, disputed: bool
) -> None:
    _charge, outcome = paid(rzp)
    payment = rzp.call("GET", f"payments/{outcome.capture_ref}")
    body = rzp.event(kind, payment=payment)
    news = rzp.provider.read_event(body, rzp.signed(body))
    assert (news.charge_refs, news.disputed) == ((outcome.reference,), disputed)


def test_a_bank_that_only_asks_has_moved_no_money(rzp: RazorpayDriver) -> None:
    charge, outcome = paid(rzp)
    rzp.desk(f"payments/{outcome.capture_ref}/dispute")

    def asks(told: dict[str, Any]) -> None:
        for row in told["items"]:
            row["phase"] = "retrieval"

    with rzp.world.gate.spoil("GET /razorpay/v1/disputes", "tamper", tamper=asks):
        assert rzp.provider.disputes_of(charge, outcome) == ()


def test_how_a_charge_stands_is_known_where_disputes_cannot_be_listed(rzp: RazorpayDriver) -> None:
    charge, outcome = paid(rzp)
    with rzp.world.gate.spoil("GET /razorpay/v1/disputes", "503"):
        assert rzp.provider.fetch(charge, outcome.reference).verb is Verb.CAPTURE
        with pytest.raises(Unanswered):
            rzp.provider.disputes_of(charge, outcome)


def test_an_operation_on_an_order_that_nobody_paid_is_refused(rzp: RazorpayDriver) -> None:
    charge, outcome = ordered(rzp, capture="manual")
    for kind in ("capture", "void", "refund"):
        with pytest.raises(Refused):
            getattr(rzp.provider, kind)(task(charge, outcome, kind))


def test_an_id_of_ours_fits_where_razorpay_keeps_it() -> None:
    assert len(new_id("att")) <= 40  # a receipt
    assert 10 <= len(new_id("re")) <= 40  # an idempotency key, and a receipt
