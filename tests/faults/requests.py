"""Every request for money, at both providers: what leads up to it, and how it ends once the provider is understood."""

from collections.abc import Callable
from dataclasses import dataclass

from app import payments
from models import CheckoutSession, Payment
from tests.app.providers.paypal_driver import PayPalDriver
from tests.app.providers.stripe_driver import StripeDriver
from tests.faults.conftest import Buyer
from tests.till import Till

CANCELING = "POST /stripe/v1/payment_intents/[^/]+/cancel"
VOIDING = "POST /paypal/v2/payments/authorizations/[^/]+/void"
ORDERING = "POST /paypal/v2/checkout/orders"


@dataclass
class Request:
    """`act` makes the request `call`; the session's payment ends up as `ends`. A refund has nothing to do with Pay."""

    call: str
    ends: str
    session: CheckoutSession
    act: Callable[[], object]

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
)
