"""Attacks on what is saved: who has shown a code owns nothing of whoever shows one after them."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import commands, customers, payments
from app.api import present
from app.customers import kept
from app.errors import NotFound
from models import CheckoutSession, Customer, Mail, SavedMethod, db
from tests.app.payments import test_screening as screening
from tests.app.payments import test_stripe_methods as debit
from tests.app.payments.test_waiting import charged, drain
from tests.limits import no_more
from tests.till import Till
from tests.web import test_saved as page
from tests.web.conftest import Shopper

OTHER = "mallory@example.com"


@pytest.fixture(autouse=True)
def _mail(application: Flask) -> None:
    config = application.extensions["till"]
    application.extensions["till"] = replace(config, smtp_url="smtp://127.0.0.1:9")


def prove(shopper: Shopper, session: Any, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "EMAIL", email)
    assert page.ask(shopper, session, email).status_code == 303
    assert shopper.submit(session, "saved/check", {"code": page.code()}).status_code == 303


def test_who_proved_themselves_first_cannot_charge_or_save_for_who_came_after(
    till: Till, shopper: Shopper, application: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = page.saved(till, page.customer(till))
    session, mallory = till.session(), Shopper(application.test_client(), till)
    prove(mallory, session, OTHER, monkeypatch)
    prove(shopper, session, "ada@example.com", monkeypatch)
    mallory.open(session)
    answer = mallory.submit(session, "pay/saved", {"saved_method": method, "amount": 1999})
    assert answer.status_code == 404
    body = {"confirmation_token": till.confirmation_token("ok"), "amount": 1999, "save": True}
    refused = mallory.post(session, "pay/stripe", body)
    assert refused.json["error"]["code"] == "consent_missing"
    assert till.payment(session.payment_id).status == "pending"


def test_a_card_is_not_saved_for_who_shows_a_code_while_its_owner_is_on_the_page(
    till: Till, shopper: Shopper, application: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, mallory = till.session(), Shopper(application.test_client(), till)
    prove(shopper, session, "ada@example.com", monkeypatch)
    shopper.open(session)
    prove(mallory, session, OTHER, monkeypatch)
    body = {"confirmation_token": till.confirmation_token("ok"), "amount": 1999, "save": True}
    refused = shopper.post(session, "pay/stripe", body)
    assert refused.json["error"]["code"] == "consent_missing"
    assert list(db.session().scalars(select(SavedMethod))) == []


def test_a_method_let_go_while_its_charge_is_decided_is_not_charged(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = page.customer(till)
    method = page.saved(till, who)
    session = till.session(customer=who.id)
    is_usable = kept.usable

    def then_it_goes(*args: Any, **more: Any) -> SavedMethod:
        found = is_usable(*args, **more)
        monkeypatch.setattr(kept, "usable", is_usable)
        customers.detach(method, customer_id=who.id, merchant_id=who.merchant_id)
        return found

    monkeypatch.setattr(kept, "usable", then_it_goes)
    command = payments.Confirm("stripe", 1999, saved_method_id=method, customer_id=who.id)
    with pytest.raises(NotFound):
        payments.confirm(session.id, command)
    assert till.attempts(session.payment_id) == []


def test_an_address_in_capitals_is_the_same_address(till: Till, shopper: Shopper) -> None:
    page.saved(till, page.customer(till, "Ada@Example.com"))
    session = till.session()
    page.prove(shopper, session)
    assert 'name="saved_method"' in shopper.open(session).text


@pytest.mark.parametrize("nonsense", ["sm_\0", "sm_\ud83d\ude00", "../../x", "x" * 500])
def test_a_name_that_cannot_be_is_refused(till: Till, shopper: Shopper, nonsense: str) -> None:
    session = till.session()
    shopper.open(session)
    told = {"saved_method": nonsense.encode("utf-8", "replace").decode(), "amount": 1999}
    assert shopper.submit(session, "pay/saved", told).status_code == 422


def test_a_direct_debit_that_bounced_is_not_offered_to_whoever_has_the_address(
    till: Till, shopper: Shopper, application: Flask
) -> None:
    session = till.session(capture="automatic")
    page.prove(shopper, session)
    shopper.open(session)
    body = {
        "confirmation_token": debit.token(till, "sepa_debit", debit.BAD),
        "amount": 1999,
        "save": True,
    }
    assert shopper.post(session, "pay/stripe", body).json["status"] == "processing"
    assert till.payment(session.payment_id).saved_method_id is not None
    payment = debit.days_later(till, till.payment(session.payment_id))
    assert (payment.status, payment.saved_method_id) == ("failed", None)
    stranger = Shopper(application.test_client(), till)
    assert 'name="saved_method"' not in stranger.open(session).text


@pytest.mark.parametrize(
    ("session", "is_offered"),
    [({}, True), ({"currency": "USD"}, False), ({"payment_methods": ["card"]}, False)],
)
def test_a_saved_account_is_offered_where_it_can_pay(
    till: Till, shopper: Shopper, session: dict[str, Any], is_offered: bool
) -> None:
    debit.test_a_saved_account_is_charged_on_its_mandate(till)
    opened = till.session(**session)
    page.prove(shopper, opened)
    assert ('name="saved_method"' in shopper.open(opened).text) is is_offered


def test_what_is_kept_after_its_customer_was_deleted_is_forgotten(
    till: Till, shopper: Shopper
) -> None:
    who = page.customer(till)
    session = till.session(customer=who.id)
    page.prove(shopper, session)
    shopper.open(session)
    assert shopper.post(session, "pay/paypal", {"amount": 1999, "save": True}).json
    customers.delete(who.id, merchant_id=who.merchant_id)
    order = page.approved(till, session)
    paid = shopper.post(session, "pay/paypal/approve", {"order": order}).json
    assert paid["status"] == "captured"
    [method] = db.session().scalars(select(SavedMethod))
    assert method.status == "detached"
    till.settle()
    method = db.session().get_one(SavedMethod, method.id, populate_existing=True)
    assert method.check_at is None


def test_a_charge_that_waits_is_not_made_with_what_was_let_go(till: Till) -> None:
    who = page.customer(till)
    method = page.saved(till, who)
    command = commands.CreatePayment(
        saved_method=method, off_session=True, amount=500, currency="EUR"
    )
    with no_more():
        payments.pay(command, merchant_id=who.merchant_id, merchant_name="Till", once=till.once())
    payment, before = till.told[-1], charged(till)
    assert payment.status == "processing"
    customers.detach(method, customer_id=who.id, merchant_id=who.merchant_id)
    drain()
    assert (till.payment(payment.id).status, charged(till)) == ("failed", before)


def test_one_place_does_not_write_to_the_world(till: Till, shopper: Shopper) -> None:
    shopper.client.environ_base["REMOTE_ADDR"] = "93.184.216.34"
    statuses = [
        page.ask(shopper, till.session(), f"p{number}@example.com").status_code
        for number in range(22)
    ]
    assert statuses == [303] * 20 + [429] * 2
    shopper.client.environ_base["REMOTE_ADDR"] = "93.184.216.35"
    assert page.ask(shopper, till.session()).status_code == 303


def test_whose_a_paid_page_was_is_not_changed_by_who_still_has_its_address(
    till: Till, shopper: Shopper, application: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, mallory = till.session(), Shopper(application.test_client(), till)
    monkeypatch.setattr(page, "EMAIL", OTHER)
    assert page.ask(mallory, session, OTHER).status_code == 303
    shopper.open(session)
    body = {"confirmation_token": till.confirmation_token("ok"), "amount": 1999}
    assert shopper.post(session, "pay/stripe", body).json["status"] == "captured"
    shown = mallory.submit(session, "saved/check", {"code": page.code()})
    assert (shown.status_code, shown.headers["Location"]) == (303, f"/c/{session.id}")
    assert "Set-Cookie" not in shown.headers
    sent = len(list(db.session().scalars(select(Mail))))
    assert mallory.submit(session, "saved/code", {"email": OTHER}).status_code == 303
    assert len(list(db.session().scalars(select(Mail)))) == sent
    again = db.session().get_one(CheckoutSession, session.id, populate_existing=True)
    assert again.customer_id is None
    assert list(db.session().scalars(select(Customer))) == []


def test_a_merchant_is_told_who_pays_and_not_who_showed_a_code(
    till: Till, application: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = page.customer(till)
    session = till.session(customer=who.id)
    prove(Shopper(application.test_client(), till), session, OTHER, monkeypatch)
    told = present.session(*payments.session_of(session.id), base_url="")
    assert told["customer"] == who.id


def test_an_expired_card_is_not_the_one_that_is_chosen_beforehand(
    till: Till, shopper: Shopper
) -> None:
    who = page.customer(till)
    good, expired = page.saved(till, who), page.saved(till, who)
    row = db.session().get_one(SavedMethod, expired)
    with db.transaction():
        db.update(row, method={**row.method, "exp_year": 2020})
    session = till.session()
    page.prove(shopper, session)
    offered = re.findall(
        r'name="saved_method" value="([^"]+)"', shopper.open(f"/c/{session.id}/saved").text
    )
    assert offered == [good, expired]


def test_a_card_that_screening_turned_away_is_not_offered_to_whoever_has_the_address(
    till: Till, shopper: Shopper, application: Flask
) -> None:
    screening.rule(till, "challenge if :amount: > 1 EUR")
    screening.rule(till, "block if :avs_postal: = 'fail'")
    session = till.session()
    page.prove(shopper, session)
    shopper.open(session)
    token = till.confirmation_token("pm_card_avsZipFail")
    body = {"confirmation_token": token, "amount": 1999, "save": True}
    assert shopper.post(session, "pay/stripe", body).json["status"] == "failed"
    [kept_card] = db.session().scalars(select(SavedMethod))
    stranger = Shopper(application.test_client(), till)
    assert 'name="saved_method"' not in stranger.open(session).text
    told = {"saved_method": kept_card.id, "amount": 1999}
    assert stranger.submit(session, "pay/saved", told).status_code == 404


def asked_for(till: Till, who: Customer) -> str:
    """A card is kept whose bank wants to see its owner at every charge."""
    command = commands.SaveMethod(
        provider="stripe",
        payment_method="pm_card_authenticationRequired",
        return_url="http://x/y",
        consent=page.CONSENT,
    )
    customers.set_up(command, customer_id=who.id, merchant_id=who.merchant_id, once=till.once())
    setup = till.told[-1]
    intent = till.stripe("GET", f"setup_intents/{setup.provider_ref}")
    till.answer_challenge(intent["next_action"], "pass")
    customers.check_setup(setup.id)
    [method] = kept.of(who.id)
    return method.id


def test_a_recovery_page_offers_its_method_until_it_is_paid_whoever_tries_in_between(
    till: Till, shopper: Shopper, application: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = page.customer(till)
    method = asked_for(till, who)
    command = commands.CreatePayment(
        saved_method=method, off_session=True, amount=1999, currency="EUR"
    )
    payments.pay(command, merchant_id=who.merchant_id, merchant_name="T", once=till.once())
    session = db.session().get_one(CheckoutSession, till.told[-1].recovery_session_id)
    mallory = Shopper(application.test_client(), till)
    prove(mallory, session, OTHER, monkeypatch)
    mallory.open(session)
    body = {"confirmation_token": till.confirmation_token("declined"), "amount": 1999, "save": True}
    assert mallory.post(session, "pay/stripe", body).json["status"] == "failed"
    assert method in shopper.open(session).text
    told = {"saved_method": method, "amount": 1999}
    assert shopper.submit(session, "pay/saved", told).status_code == 303
    payment = till.payment(session.payment_id)
    assert (payment.status, payment.customer_id) == ("requires_action", who.id)
