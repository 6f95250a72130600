"""SEPA Direct Debit, iDEAL and UPI through Stripe: each answers in its own time, and the books follow."""

from dataclasses import replace
from typing import Any

import pytest
import requests

from app import commands, customers, payments, providers
from app.errors import MandateMissing, MethodNotAvailable
from models import Mandate, Merchant, Payment, SavedMethod, db
from sandbox import stripe_mandates
from sandbox.stripe_world import World
from tests.app.providers.world import KEYS
from tests.till import Till

WHO = {
    "payment_method_data[billing_details][name]": "Ada Marlowe",
    "payment_method_data[billing_details][email]": "ada@example.com",
}
GOOD, BAD = "AT611904300234573201", "AT861904300235473202"
TAKEN_BACK = "AT591904300235473203"


def token(till: Till, kind: str, iban: str = "", **more: str) -> str:
    """A confirmation token, made as Stripe's script makes it: with the publishable key."""
    fields = {"payment_method_data[type]": kind, **WHO, **more}
    if iban:
        fields["payment_method_data[sepa_debit][iban]"] = iban
    key = {"Authorization": f"Bearer {KEYS['stripe_publishable_key']}"}
    url = f"{till.world.url}/stripe/v1/confirmation_tokens"
    answer = requests.post(url, data=fields, headers=key, timeout=10)
    answer.raise_for_status()
    return str(answer.json()["id"])


def pay(till: Till, kind: str, iban: str = "", currency: str = "EUR", **more: Any) -> Payment:
    session = till.session(currency=currency, **more)
    credential = token(till, kind, iban)
    where = {"return_url": "http://127.0.0.1:9/back", "cancel_url": "http://127.0.0.1:9/c"}
    payments.confirm(session.id, payments.Confirm("stripe", 1999, credential, **where))
    return till.payment(session.payment_id)


def days_later(till: Till, payment: Payment) -> Payment:
    """The bank has answered, and the clock's work is done."""
    requests.post(f"{till.world.url}/sandbox/webhooks/deliver", json={}, timeout=10)
    till.later(minutes=11)
    till.settle()
    return till.payment(payment.id)


def indian(till: Till) -> None:
    with db.transaction():
        db.update(db.session().get_one(Merchant, till.merchant.id), country="IN")


def test_a_direct_debit_waits_and_is_paid(till: Till) -> None:
    payment = pay(till, "sepa_debit", GOOD)
    assert payment.status == "processing"
    assert till.events(payment.id)[-1] == "payment.waiting"
    assert till.ledger(payment.id) == []
    assert payment.method is not None
    assert (payment.method["type"], payment.method["last4"]) == ("sepa_debit", "3201")
    paid = days_later(till, payment)
    assert (paid.status, paid.captured_minor) == ("captured", 1999)
    assert till.ledger(payment.id)[0] == ("capture", 1999)


def test_a_direct_debit_that_the_bank_does_not_pay_takes_nothing(till: Till) -> None:
    payment = days_later(till, pay(till, "sepa_debit", BAD))
    assert (payment.status, payment.captured_minor) == ("failed", 0)
    assert till.ledger(payment.id) == []


def test_a_direct_debit_that_the_bank_takes_back_after_it_was_paid(till: Till) -> None:
    """At Stripe a late failure is a dispute: the money was there, and is gone again."""
    payment = pay(till, "sepa_debit", TAKEN_BACK)
    assert days_later(till, payment).status == "captured"
    days_later(till, payment)
    payments.sync(payment.id)
    back = till.payment(payment.id)
    assert (back.status, back.captured_minor, back.disputed_minor) == ("chargeback", 1999, 1999)
    kinds = [kind for kind, _amount in till.ledger(payment.id)]
    assert (kinds.count("capture"), kinds.count("dispute")) == (1, 1)
    told = till.events(payment.id)
    assert told.index("payment.captured") < told.index("dispute.opened")


def test_ideal_sends_the_shopper_to_the_bank(till: Till) -> None:
    payment = pay(till, "ideal")
    assert payment.status == "requires_action"
    assert payment.next_action is not None
    assert payment.next_action["type"] == "redirect"
    requests.post(
        payment.next_action["url"], data={"answer": "pass"}, timeout=10, allow_redirects=False
    ).raise_for_status()
    payments.sync(payment.id)
    paid = till.payment(payment.id)
    assert paid.status == "captured"
    assert paid.method is not None
    assert paid.method["type"] == "ideal"


def test_upi_shows_a_picture_and_says_until_when(till: Till) -> None:
    indian(till)
    providers.configure(replace(till.config, razorpay_key_id="", razorpay_key_secret=""))
    payment = pay(till, "upi", currency="INR")
    assert payment.status == "requires_action"
    action = payment.next_action
    assert action is not None
    assert (action["type"], bool(action["data"]["image"])) == ("display_qr", True)
    assert action["expires_at"].endswith("Z")
    requests.post(
        action["url"], data={"answer": "pass"}, timeout=10, allow_redirects=False
    ).raise_for_status()
    payments.sync(payment.id)
    assert till.payment(payment.id).status == "captured"


@pytest.mark.parametrize(
    "more",
    [{"payment_methods": ["card"]}, {"capture": "manual"}],
    ids=["not wanted", "cannot be held"],
)
def test_what_the_session_does_not_offer_is_refused_and_nothing_is_asked(
    till: Till, more: dict[str, Any]
) -> None:
    with pytest.raises(MethodNotAvailable):
        pay(till, "sepa_debit", GOOD, **more)
    assert till.provider_books()["stripe"]["payments"] == []


def test_a_saved_account_is_charged_on_its_mandate(till: Till) -> None:
    """Saved while paying, with the shopper's consent; then charged while they are not there."""
    customers.create(
        commands.CreateCustomer(email="ada@example.com"),
        merchant_id=till.merchant.id,
        once=till.once(),
    )
    who = till.told[-1].id
    session = till.session(customer=who)
    consent = {"text": "Keep it and charge it.", "off_session": True, "language": "en"}
    where = {"return_url": "http://x/r", "customer_id": who, "consent": consent}
    command = payments.Confirm("stripe", 1999, token(till, "sepa_debit", GOOD), **where)
    payments.confirm(session.id, command)
    first = till.payment(session.payment_id)
    assert (first.status, first.saved_method_id is not None) == ("processing", True)
    again = commands.CreatePayment(
        saved_method=first.saved_method_id, off_session=True, amount=500, currency="EUR"
    )
    payments.pay(again, merchant_id=till.merchant.id, merchant_name="Till", once=till.once())
    assert till.told[-1].status == "processing"
    assert days_later(till, till.told[-1]).status == "captured"


def test_a_mandate_that_a_bank_has_ended_is_not_gone_by(till: Till) -> None:
    test_a_saved_account_is_charged_on_its_mandate(till)
    method_id = till.told[-1].saved_method_id
    method = db.session().get_one(SavedMethod, method_id)
    mandate = db.session().get_one(Mandate, method.mandate_id)
    again = commands.CreatePayment(
        saved_method=method_id, off_session=True, amount=500, currency="EUR"
    )
    who = {"merchant_id": till.merchant.id, "merchant_name": "Till"}
    assert customers.refresh("stripe", method.credential) is True
    payments.pay(again, once=till.once(), **who)  # nothing has ended yet
    side = World(till.world.sandbox)
    stripe_mandates.revoke(side, side.get("mandate", mandate.provider_ref))
    assert customers.refresh("stripe", method.credential) is True
    with pytest.raises(MandateMissing):
        payments.pay(again, once=till.once(), **who)
    assert db.session().get_one(SavedMethod, method_id).status == "active"


@pytest.mark.parametrize(
    ("wallet", "wanted"), [("", "apple_pay"), ("apple_pay", "card"), ("google_pay", "apple_pay")]
)
def test_a_wallet_and_a_typed_card_are_two_ways_to_pay(
    till: Till, wallet: str, wanted: str
) -> None:
    session = till.session(payment_methods=[wanted])
    card = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123"}
    fields = {f"payment_method_data[card][{name}]": value for name, value in card.items()}
    if wallet:
        fields["payment_method_data[card][wallet][type]"] = wallet
    credential = token(till, "card", **fields)
    with pytest.raises(MethodNotAvailable):
        payments.confirm(session.id, payments.Confirm("stripe", 1999, credential))
    assert till.provider_books()["stripe"]["payments"] == []
