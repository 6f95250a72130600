"""Every request for money, at each provider: what leads up to it, and how it ends once the provider is understood."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app import payments
from models import CheckoutSession, Payment, db
from tests.app.providers.paypal_driver import PayPalDriver
from tests.app.providers.razorpay_driver import RazorpayDriver
from tests.app.providers.stripe_driver import StripeDriver
from tests.faults.conftest import Buyer
from tests.till import Till

CANCELING = "POST /stripe/v1/payment_intents/[^/]+/cancel"
VOIDING = "POST /paypal/v2/payments/authorizations/[^/]+/void"
ORDERING = "POST /paypal/v2/checkout/orders"
RAZORPAY_ORDERING = "POST /razorpay/v1/orders"


@dataclass
class Request:
    """`act` makes the request `call`; the session's payment ends up as `ends`. A refund has nothing to do with Pay."""

    call: str
    ends: str
    session: CheckoutSession
    act: Callable[[], object]
    has_key: bool = True
    """Whether the provider tells a repetition by a key; without one it is looked for before it is repeated."""

    @property
    def is_refund(self) -> bool:
        return self.ends == "partially_refunded"

    def payment(self, till: Till) -> Payment:
        return till.payment(self.session.payment_id)


def charge(till: Till, buyer: Buyer) -> Request:
    session = till.session()
    return Request(StripeDriver.charging, "captured", session, lambda: till.confirm(session))


def _held(till: Till) -> CheckoutSession:
    session = till.session(capture="manual")
    till.confirm(session)
    return session


def capture(till: Till, buyer: Buyer) -> Request:
    session = _held(till)
    return Request(StripeDriver.capturing, "captured", session, lambda: _capture(till, session))


def _capture(till: Till, session: CheckoutSession) -> object:
    return till.capture(till.payment(session.payment_id), 1500)


def void(till: Till, buyer: Buyer) -> Request:
    session = _held(till)
    return Request(CANCELING, "canceled", session, lambda: _void(till, session))


def _void(till: Till, session: CheckoutSession) -> object:
    return till.cancel(till.payment(session.payment_id))


def refund(till: Till, buyer: Buyer) -> Request:
    session = till.session()
    till.confirm(session)
    ends = "partially_refunded"
    return Request(StripeDriver.refunding, ends, session, lambda: _refund(till, session))


def _refund(till: Till, session: CheckoutSession) -> object:
    return till.refund(till.payment(session.payment_id), 1200)


def paypal_create(till: Till, buyer: Buyer) -> Request:
    session = till.session()
    where = {"return_url": "http://127.0.0.1:9/r", "cancel_url": "http://127.0.0.1:9/c"}
    command = payments.Confirm("paypal", 1999, **where)
    return Request(
        ORDERING, "requires_action", session, lambda: payments.confirm(session.id, command)
    )


def paypal_take(till: Till, buyer: Buyer) -> Request:
    session, order = buyer.chooses()
    buyer.approves(order)
    return Request(
        PayPalDriver.charging, "captured", session, lambda: payments.approve(session.id, order)
    )


def _held_at_paypal(buyer: Buyer) -> CheckoutSession:
    session, order = buyer.chooses(capture="manual")
    buyer.approves(order)
    payments.approve(session.id, order)
    return session


def paypal_capture(till: Till, buyer: Buyer) -> Request:
    session = _held_at_paypal(buyer)
    return Request(PayPalDriver.capturing, "captured", session, lambda: _capture(till, session))


def paypal_void(till: Till, buyer: Buyer) -> Request:
    session = _held_at_paypal(buyer)
    return Request(VOIDING, "canceled", session, lambda: _void(till, session))


def paypal_refund(till: Till, buyer: Buyer) -> Request:
    taken = paypal_take(till, buyer)
    taken.act()
    session, ends = taken.session, "partially_refunded"
    return Request(PayPalDriver.refunding, ends, session, lambda: _refund(till, session))


def paypal_saved(till: Till, buyer: Buyer) -> Request:
    owner, method = buyer.keeps()
    session = till.session(customer=owner)
    command = payments.Confirm("paypal", 1999, saved_method_id=method, customer_id=owner)
    return Request(ORDERING, "captured", session, lambda: payments.confirm(session.id, command))


def _in_india(till: Till, **more: Any) -> tuple[CheckoutSession, Callable[[], object]]:
    """A session of a merchant in India, and the choice of net banking."""
    with db.transaction():
        db.update(till.merchant, country="IN")
    session = till.session(currency="INR", **more)
    where = {"return_url": "http://127.0.0.1:9/r", "cancel_url": "http://127.0.0.1:9/c"}
    command = payments.Confirm("razorpay", 1999, method="netbanking", **where)
    return session, lambda: payments.confirm(session.id, command)


def razorpay_create(till: Till, buyer: Buyer) -> Request:
    session, choose = _in_india(till)
    return Request(RAZORPAY_ORDERING, "requires_action", session, choose, has_key=False)


def razorpay_take(till: Till, buyer: Buyer, **more: Any) -> Request:
    session, choose = _in_india(till, **more)
    choose()
    action = till.payment(session.payment_id).next_action
    assert action is not None
    RazorpayDriver(till.world).pay(action["order"], "pays")
    act = lambda: payments.sync(session.payment_id)  # noqa: E731
    return Request(RazorpayDriver.charging, "captured", session, act, has_key=False)


def razorpay_capture(till: Till, buyer: Buyer) -> Request:
    held = razorpay_take(till, buyer, capture="manual")
    held.act()
    act = lambda: till.capture(held.payment(till))  # noqa: E731
    return Request(RazorpayDriver.capturing, "captured", held.session, act, has_key=False)


def razorpay_refund(till: Till, buyer: Buyer) -> Request:
    taken = razorpay_take(till, buyer)
    taken.act()
    session, ends = taken.session, "partially_refunded"
    return Request(RazorpayDriver.refunding, ends, session, lambda: _refund(till, session))


EVERY = (
    charge,
    capture,
    void,
    refund,
    paypal_create,
    paypal_take,
    paypal_capture,
    paypal_void,
    paypal_refund,
    paypal_saved,
    razorpay_create,
    razorpay_take,
    razorpay_capture,
    razorpay_refund,
)
