"""T33, T34: many at once want the same money; it is there once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app import commands, payments
from app.errors import AppError
from models import CheckoutSession, Payment, clock, db
from tests.api.conftest import Api
from tests.app.providers.stripe_driver import StripeDriver
from tests.faults.conftest import Buyer, Deliver
from tests.faults.fault import fault
from tests.faults.faulty import meanwhile
from tests.till import Till

PAID_AT_ONCE = 8


def at_once(*acts: Callable[[], Any]) -> Counter[str]:
    """Let all begin at the same moment; how many ended how, by the code of the error, or `done`."""
    line = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        line.wait(60)
        try:
            act()
        except AppError as refusal:
            return refusal.code
        else:
            return "done"
        finally:
            db.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        ends = Counter(pool.map(run, acts))
    db.release()
    return ends


def refund_of(till: Till, payment: Payment, amount: int) -> Callable[[], None]:
    command = commands.CreateRefund(amount=amount)
    return lambda: payments.refund(
        payment.id, command, merchant_id=till.merchant.id, once=till.once()
    )


def capture_of(till: Till, payment: Payment, amount: int | None = None) -> Callable[[], None]:
    command = commands.CapturePayment(amount=amount)
    return lambda: payments.capture(
        payment.id, command, merchant_id=till.merchant.id, once=till.once()
    )


def cancel_of(till: Till, payment: Payment) -> Callable[[], None]:
    return lambda: payments.cancel(payment.id, merchant_id=till.merchant.id, once=till.once())


def card_of(till: Till, session: CheckoutSession) -> Callable[[], None]:
    command = payments.Confirm(
        "stripe", 1999, till.confirmation_token("ok"), return_url="http://x/r"
    )
    return lambda: payments.confirm(session.id, command)


def charges(till: Till) -> int:
    """How many charges took or hold money at Stripe."""
    rows = till.provider_books()["stripe"]["payments"]
    return sum(bool(row["amount_received"] or row["amount_capturable"]) for row in rows)


def only(ends: Counter[str], *refusals: str) -> None:
    """One had it; the others were told why not."""
    assert ends["done"] == 1, ends
    assert set(ends) - {"done"} <= set(refusals), ends


@fault("T33", "Twenty refunds of 60 of 100 at once",
       saw="One is made, nineteen get `refund_exceeds_captured`.")  # fmt: skip
def test_twenty_refunds_of_60_of_100(
    till: Till,
) -> None:  # T33, by the verbs; tests/api has it by the API
    payment = till.pay(amount=10_000)
    ends = at_once(*[refund_of(till, payment, 6000)] * 20)
    assert ends == {"done": 1, "refund_exceeds_captured": 19}
    assert till.payment(payment.id).refunded_minor == 6000


@fault("T33", "Six refunds at once of which three fit",
       saw="Three are made.")  # fmt: skip
def test_refunds_that_fit_are_all_made(till: Till) -> None:
    payment = till.pay(amount=10_000)
    ends = at_once(*[refund_of(till, payment, 3000)] * 6)
    assert ends == {"done": 3, "refund_exceeds_captured": 3}
    assert till.payment(payment.id).refundable.minor == 1000


@fault("T33", "Refunds at once while the provider’s answers are lost",
       saw="One is pending, the others are refused; it is found out.")  # fmt: skip
def test_refunds_while_nobody_answers_reserve_their_money(till: Till) -> None:
    payment = till.pay(amount=10_000)
    with till.world.gate.spoil("POST /stripe/v1/refunds", "500 after"):
        ends = at_once(*[refund_of(till, payment, 6000)] * 6)
    assert ends == {"done": 1, "refund_exceeds_captured": 5}
    assert till.payment(payment.id).refunding_minor == 6000
    till.later(seconds=31)
    at_once(till.settle, till.settle, till.settle)
    assert till.payment(payment.id).refunded_minor == 6000


@fault("T33", "The same money is refunded here and in the provider’s dashboard",
       saw="One of the two is made.")  # fmt: skip
def test_a_refund_here_and_one_at_the_provider(till: Till, deliver: Deliver) -> None:
    """At the provider somebody gives 60 of 100 back while we do the same: one of the two is refused, by them or us."""
    payment = till.pay(amount=10_000)
    [attempt] = till.attempts(payment.id)

    def there() -> None:
        try:
            till.stripe("POST", "refunds", payment_intent=attempt.provider_ref, amount=6000)
        except OSError:  # requests' HTTPError: refused
            return

    at_once(refund_of(till, payment, 6000), there)
    deliver("stripe")
    till.settle()
    till.later(minutes=3)
    till.settle()
    payment = till.payment(payment.id)
    assert (payment.refunded_minor, payment.refunding_minor) == (6000, 0)


@fault("T34", "The merchant refunds while the shopper’s bank takes the money back",
       saw="Refunded, or `payment_disputed`; the money is lost once, not twice.")  # fmt: skip
def test_a_refund_and_a_chargeback(till: Till, deliver: Deliver) -> None:
    payment = till.pay("disputed")
    tell = till.world.sandbox.timers.run_due
    ends = at_once(
        refund_of(till, payment, 1999), lambda: tell(within_s=10), lambda: payments.sync(payment.id)
    )
    assert set(ends) <= {"done", "payment_disputed"}
    deliver("stripe")
    till.settle()
    till.later(minutes=3)
    till.settle()
    payment = till.payment(payment.id)
    assert payment.refunded_minor + payment.disputed_minor == 1999
    with pytest.raises(AppError):
        till.refund(payment, 1999)


@fault("T34", "Captures and voids of one payment at once",
       saw="One is made, the others are refused with their reason.")  # fmt: skip
def test_capture_and_void(till: Till) -> None:
    payment = till.pay(capture="manual")
    ends = at_once(*[capture_of(till, payment), cancel_of(till, payment)] * 4)
    only(ends, "payment_processing", "payment_not_capturable", "payment_not_cancelable")
    assert till.payment(payment.id).status in {"captured", "canceled"}


@fault("T34", "Captures of different amounts at once",
       saw="One is made.")  # fmt: skip
def test_captures_of_different_amounts(till: Till) -> None:
    payment = till.pay(capture="manual")
    ends = at_once(*[capture_of(till, payment, 1000 + n) for n in range(6)])
    only(ends, "payment_processing", "payment_not_capturable")
    assert till.provider_books()["stripe"]["payments"][0]["amount_received"] in range(1000, 1006)


@fault("T34", "A capture here and a cancel in the provider’s dashboard at once",
       saw="Captured or canceled, as the provider has it.")  # fmt: skip
def test_capture_and_the_end_of_the_hold_at_the_provider(till: Till, deliver: Deliver) -> None:
    payment = till.pay(capture="manual")
    [attempt] = till.attempts(payment.id)

    def there() -> None:
        try:
            till.stripe("POST", f"payment_intents/{attempt.provider_ref}/cancel")
        except OSError:
            return

    at_once(capture_of(till, payment), there)
    deliver("stripe")
    till.settle()
    till.later(minutes=3)
    till.settle()
    assert till.payment(payment.id).status in {"captured", "expired", "canceled"}


@fault("T34", "Eight tabs pay at once",
       saw="One pays, the others are told that it is processing or paid.")  # fmt: skip
def test_two_tabs_pay(till: Till) -> None:
    session = till.session()
    ends = at_once(*[card_of(till, session) for _ in range(PAID_AT_ONCE)])
    only(ends, "payment_processing", "payment_not_open")
    assert charges(till) == 1


@fault("T34", "One tab pays by card while another approves PayPal",
       saw="Paid once; if both took money, one gave it back.")  # fmt: skip
def test_one_tab_pays_by_card_and_the_other_by_paypal(till: Till, buyer: Buyer) -> None:
    session, order = buyer.chooses()
    buyer.approves(order)
    at_once(card_of(till, session), lambda: payments.approve(session.id, order))
    till.later(minutes=3)
    till.settle()
    till.settle()
    payment = till.payment(session.payment_id)
    assert payment.status == "captured"
    back = [o.amount_minor for o in payments.operations_of(payment.id) if o.reason == "surplus"]
    taken = till.provider_books()
    everything = sum(row["amount_received"] for row in taken["stripe"]["payments"]) + sum(
        row["amount_captured"] for row in taken["paypal"]["payments"]
    )
    assert everything - sum(back) == 1999


@fault("T34", "Return, webhook and clock take one approved order at once",
       saw="One capture.")  # fmt: skip
@pytest.mark.parametrize("who", ["return", "webhook", "sweep"])
def test_an_approval_is_taken_once_whoever_hears_of_it(
    till: Till, buyer: Buyer, deliver: Deliver, who: str
) -> None:
    session, order = buyer.chooses()
    buyer.approves(order)
    deliver("paypal")
    till.later(seconds=31)
    first: dict[str, Callable[[], object]] = {
        "return": lambda: payments.approve(session.id, order),
        "webhook": till.settle,
        "sweep": lambda: payments.sync(session.payment_id),
    }
    at_once(*[first[who]] * 2, *first.values())
    till.later(minutes=3)
    till.settle()
    assert till.payment(session.payment_id).status == "captured"
    assert len(till.world.sandbox.store.list("paypal_capture")) == 1


@fault("T34", "The merchant cancels while the shopper pays",
       saw="Canceled or paid, never both.")  # fmt: skip
def test_cancel_and_pay(till: Till) -> None:
    session = till.session()
    payment = till.payment(session.payment_id)
    ends = at_once(*[card_of(till, session), cancel_of(till, payment)] * 3)
    assert set(ends) <= {"done", "payment_processing", "payment_not_open", "payment_not_cancelable"}
    payment = till.payment(session.payment_id)
    assert payment.status in {"captured", "canceled"}
    assert charges(till) == (payment.status == "captured")


def soon_over(till: Till) -> CheckoutSession:
    """A session in its last minute."""
    session = till.session(expires_at=clock.now() + timedelta(minutes=10))
    till.later(minutes=9)
    return session


def strikes(till: Till) -> None:
    """The session's hour has come, and the clock does its work."""
    till.later(minutes=1)
    till.settle()


@fault("T34", "The session expires in the second in which it is paid",
       saw="Expired or paid, never both.")  # fmt: skip
def test_the_end_of_a_session_and_its_payment(till: Till) -> None:
    session = soon_over(till)
    at_once(card_of(till, session), lambda: strikes(till), till.settle)
    payment = till.payment(session.payment_id)
    assert payment.status in {"captured", "expired"}
    assert charges(till) == (payment.status == "captured")
    paid = charges(till)
    # While the provider is asked about the card, nothing has begun; while it is asked for the money, all has.
    for call, end, status in (
        ("GET /stripe/v1/confirmation_tokens/.*", "payment_not_open", "expired"),
        (StripeDriver.charging, "done", "captured"),
    ):
        session = soon_over(till)
        with meanwhile(till.world, call, lambda: strikes(till)):
            assert at_once(card_of(till, session)) == {end: 1}
        assert till.payment(session.payment_id).status == status
        paid += status == "captured"
        assert charges(till) == paid


@fault("T37", "The order changes in one tab while another pays",
       saw="What is taken is the order’s total.")  # fmt: skip
def test_the_shopper_changes_the_order_while_another_tab_pays(till: Till) -> None:
    options = [
        {"id": "slow", "label": "Slow", "amount": 0},
        {"id": "fast", "label": "Fast", "amount": 500},
    ]
    item = commands.LineItem(name="Beans", quantity=1, unit_amount=1999)
    session = till.session(
        line_items=[item], shipping_options=[commands.ShippingOption(**o) for o in options]
    )
    at_once(card_of(till, session), lambda: payments.choose(session.id, shipping="fast"))
    payment = till.payment(session.payment_id)
    _session, _payment, order = payments.session_of(session.id)
    assert payment.total_minor == order.total_minor
    if payment.status == "captured":
        assert payment.captured_minor == order.total_minor


@fault("T34", "Ten shoppers pay a link that may be used once",
       saw="One pays, nine get `link_not_open`.")  # fmt: skip
def test_a_link_for_one_and_ten_shoppers(till: Till) -> None:
    command = commands.CreateLink(title="Chair", currency="EUR", amount=1999, max_uses=1)
    payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
    link = till.told[-1]
    sessions = [payments.visit(link.id, config=till.config) for _ in range(10)]
    ends = at_once(*[card_of(till, session) for session in sessions])
    assert ends == {"done": 1, "link_not_open": 9}
    assert charges(till) == 1


@fault("T34", "Ten servers spend one token at once",
       saw="One pays, nine get `token_already_used`.")  # fmt: skip
def test_a_token_and_ten_servers(till: Till) -> None:
    token = till.token()
    command = commands.CreatePayment(token=token.id, amount=1999, currency="EUR")
    pays = lambda: payments.pay(  # noqa: E731
        command, merchant_id=till.merchant.id, merchant_name="Acme", once=till.once()
    )
    assert at_once(*[pays] * 10) == {"done": 1, "token_already_used": 9}


@fault("T34", "Return, webhooks and two sweepers find out one success at once",
       saw="Paid, and told once.")  # fmt: skip
def test_everybody_learns_of_the_same_success(till: Till, deliver: Deliver) -> None:
    """The answer was lost; return, webhooks and two sweepers find it out in the same moment."""
    session = till.session()
    with till.world.gate.spoil("POST /stripe/v1/payment_intents", "500 after"):
        till.confirm(session)
    deliver("stripe")
    till.later(seconds=31)
    looks = [lambda: payments.sync(session.payment_id)] * 4
    at_once(*looks, till.settle, till.settle)
    assert till.payment(session.payment_id).status == "captured"
    assert till.events(session.payment_id).count("payment.captured") == 1


@fault("T33", "A refund with one key from ten threads",
       saw="One refund; each gets its answer, or 409 while it runs.")  # fmt: skip
def test_a_refund_with_one_key_from_ten_threads(api: Api) -> None:
    payment = api.pay()
    path = f"/v1/payments/{payment['id']}/refunds"
    answers = statuses(api, [(path, {"amount": 500}, "same")] * 10)
    assert set(answers) <= {201, 409}
    assert answers[201] >= 1
    assert api.till.payment(payment["id"]).refunded_minor == 500


def statuses(api: Api, calls: Iterable[tuple[str, Any, str]]) -> Counter[int]:
    with ThreadPoolExecutor(10) as pool:
        found = pool.map(lambda call: api.post(call[0], call[1], once=call[2]).status_code, calls)
        return Counter(found)
