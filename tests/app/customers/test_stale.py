"""What is kept, changed while the provider's answer or the decision was on its way: the newer one holds."""

from typing import Any

import pytest
import requests
from sqlalchemy import select

from app import commands, customers, payments
from app.customers import keep
from app.errors import MandateMissing
from app.providers.base import Kept
from models import Customer, CustomerGatewayToken, Mandate, SavedMethod, db
from sandbox import stripe_mandates
from sandbox.stripe_world import World
from tests.app.payments import test_stripe_methods as debit
from tests.app.payments.test_waiting import charged, drain
from tests.limits import no_more
from tests.slow import slow
from tests.till import Till

WORDS = "I agree to be charged for what I order."


@pytest.fixture
def ada(till: Till) -> Customer:
    command = commands.CreateCustomer(email="ada@example.com", name="Ada")
    customers.create(command, merchant_id=till.merchant.id, once=till.once())
    return till.told[-1]


def save(till: Till, who: Customer, card: str = "pm_card_visa", *, off_session: bool = True) -> str:
    command = commands.SaveMethod(
        provider="stripe",
        payment_method=card,
        return_url="http://x/y",
        consent={"text": WORDS, "off_session": off_session},
    )
    customers.set_up(command, customer_id=who.id, merchant_id=who.merchant_id, once=till.once())
    return str(till.told[-1].saved_method_id)


def method_of(method_id: str) -> SavedMethod:
    return db.session().get_one(SavedMethod, method_id, populate_existing=True)


def charge(till: Till, method_id: str) -> Any:
    command = commands.CreatePayment(
        saved_method=method_id, off_session=True, amount=500, currency="EUR"
    )
    whose = {"merchant_id": till.merchant.id, "merchant_name": "Till"}
    payments.pay(command, once=till.once(), **whose)
    return till.told[-1]


def test_the_newer_of_two_dates_stays(
    till: Till, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = method_of(save(till, ada))

    def renew(year: int) -> None:
        url = f"{till.world.url}/stripe/sandbox/payment_methods/{method.credential}/update"
        requests.post(url, json={"exp_month": 1, "exp_year": year}, timeout=10).raise_for_status()

    def renewed_again() -> None:
        renew(2031)
        assert customers.refresh("stripe", method.credential) is True

    renew(2029)
    slow(monkeypatch, "stripe", "fetch_kept", renewed_again)
    assert customers.refresh("stripe", method.credential) is None  # asked again later
    assert method_of(method.id).method["exp_year"] == 2031


def test_what_was_agreed_to_since_is_not_ended_with_the_older_mandate(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    debit.test_a_saved_account_is_charged_on_its_mandate(till)
    method = method_of(till.told[-1].saved_method_id)
    older = db.session().get_one(Mandate, method.mandate_id)
    world = World(till.world.sandbox)
    stripe_mandates.revoke(world, world.get("mandate", older.provider_ref))

    def agrees_anew() -> None:
        whose = {"customer_id": method.customer_id, "merchant_id": method.merchant_id}
        kept = Kept(method.credential, "cus_1", mandate_ref="mandate_2")
        told = {"provider": "stripe", "whose": method.account, "source": "set_2"}
        with db.transaction():
            keep.keep(kept, consent={"text": WORDS, "off_session": True}, **whose, **told)

    slow(monkeypatch, "stripe", "in_force", agrees_anew)
    customers.refresh("stripe", method.credential)
    now = db.session().get_one(Mandate, method_of(method.id).mandate_id)
    assert (now.provider_ref, now.status) == ("mandate_2", "active")


def test_of_two_customers_made_at_once_at_the_provider_one_is_used(
    till: Till, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renamed_and_made_by_another() -> None:
        change = commands.UpdateCustomer(name="Ada King")
        customers.update(ada.id, change, merchant_id=ada.merchant_id)
        save(till, ada)

    slow(monkeypatch, "stripe", "keep_customer", renamed_and_made_by_another)
    method_id = save(till, ada, "pm_card_mastercard")
    known = db.session().scalars(select(CustomerGatewayToken.provider_ref)).one()
    told = till.stripe("GET", f"payment_methods/{method_of(method_id).credential}")
    assert told["customer"] == known
    assert charge(till, method_id).status == "captured"


def test_a_mandate_that_ends_while_its_charge_is_decided(
    till: Till, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = method_of(save(till, ada))
    before = charged(till)

    def is_taken_back() -> None:
        assert save(till, ada, method.credential, off_session=False) == method.id

    slow(monkeypatch, "stripe", "account", is_taken_back)
    with pytest.raises(MandateMissing):
        charge(till, method.id)
    assert charged(till) == before


def test_a_mandate_that_ends_while_its_charge_waits(till: Till, ada: Customer) -> None:
    method, before = method_of(save(till, ada)), charged(till)
    with no_more():
        payment = charge(till, method.id)
    assert payment.status == "processing"
    save(till, ada, method.credential, off_session=False)
    drain()
    assert (till.payment(payment.id).status, charged(till)) == ("failed", before)
