"""Saved methods on the page: nobody sees them before they have shown a code that was mailed to their address."""

import html
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from sqlalchemy import select

from app import commands, create_app, customers, payments
from app.web import proven
from models import Customer, Mail, Mandate, SavedMethod, db
from tests.app.payments.test_stripe_methods import token
from tests.till import Till
from tests.web.conftest import Shopper

EMAIL = "ada@example.com"
CONSENT = {"text": "I allow the tests to charge this card.", "off_session": True}


@pytest.fixture
def application(till: Till) -> Iterator[Any]:
    """As everywhere, with a mail server to hand mail over to (which nobody calls here)."""
    root = logging.getLogger()
    before, level, engine = root.handlers[:], root.level, db.engine()
    app = create_app(replace(till.config, smtp_url="smtp://127.0.0.1:9"))
    db.engine().dispose()
    db._maker.configure(bind=engine)
    yield app
    root.handlers[:] = before
    root.setLevel(level)


def customer(till: Till, email: str = EMAIL) -> Customer:
    customers.create(
        commands.CreateCustomer(email=email), merchant_id=till.merchant.id, once=till.once()
    )
    return till.told[-1]


def saved(till: Till, who: Customer, card: str = "pm_card_visa") -> str:
    command = commands.SaveMethod(
        provider="stripe", payment_method=card, return_url="http://x/y", consent=CONSENT
    )
    customers.set_up(command, customer_id=who.id, merchant_id=who.merchant_id, once=till.once())
    assert till.told[-1].status == "succeeded", till.told[-1].decline
    return str(till.told[-1].saved_method_id)


def code() -> str:
    """The code of the newest mail."""
    newest = db.session().scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert newest is not None
    assert newest.to == EMAIL
    return "".join(re.findall(r"\d{3}\xa0\d{3}", newest.body)[0].split())


def ask(shopper: Shopper, session: Any, email: str = EMAIL) -> Any:
    shopper.open(f"/c/{session.id}/saved")
    return shopper.submit(session, "saved/code", {"email": email})


def prove(shopper: Shopper, session: Any) -> None:
    assert ask(shopper, session).status_code == 303
    shopper.open(f"/c/{session.id}/saved?sent=1")
    assert shopper.submit(session, "saved/check", {"code": code()}).status_code == 303


def test_a_code_opens_the_list_and_one_press_pays(till: Till, shopper: Shopper) -> None:
    method = saved(till, customer(till))
    session = till.session()
    assert 'name="saved_method"' not in shopper.open(session).text
    prove(shopper, session)
    page = shopper.open(f"/c/{session.id}/saved").text
    assert "Visa" in page
    assert "4242" in page
    assert (
        shopper.submit(session, "pay/saved", {"saved_method": method, "amount": 1999}).status_code
        == 303
    )
    payment = till.payment(session.payment_id)
    assert (payment.status, payment.saved_method_id) == ("captured", method)


def test_an_address_that_was_shown_to_be_theirs_need_not_be_typed_again(
    till: Till, shopper: Shopper
) -> None:
    session = till.session(customer_email=None)
    prove(shopper, session)
    assert f'value="{EMAIL}"' in shopper.open(session).text
    shopper.client.delete_cookie(proven.COOKIE, path=f"/c/{session.id}")
    assert EMAIL not in shopper.open(session).text


def test_without_the_code_nothing_saved_is_seen_or_charged(till: Till, shopper: Shopper) -> None:
    method = saved(till, customer(till))
    session = till.session()
    ask(shopper, session)
    for wrong in ("000000", "", "12345", "abcdef"):
        answer = shopper.submit(session, "saved/check", {"code": wrong})
        assert answer.status_code in {400, 422}
    assert 'name="saved_method"' not in shopper.open(f"/c/{session.id}/saved").text
    answer = shopper.submit(session, "pay/saved", {"saved_method": method, "amount": 1999})
    assert answer.status_code == 404
    assert till.payment(session.payment_id).status == "pending"


def test_a_code_is_used_once_survives_five_tries_and_ten_minutes(
    till: Till, shopper: Shopper
) -> None:
    customer(till)
    session = till.session()
    ask(shopper, session)
    right = code()
    for _ in range(5):
        assert shopper.submit(session, "saved/check", {"code": "000000"}).status_code == 422
    assert shopper.submit(session, "saved/check", {"code": right}).status_code == 422
    ask(shopper, session)
    till.later(minutes=11)
    assert shopper.submit(session, "saved/check", {"code": code()}).status_code == 422
    ask(shopper, session)
    assert shopper.submit(session, "saved/check", {"code": code()}).status_code == 303
    assert shopper.submit(session, "saved/check", {"code": code()}).status_code == 422
    spent = ask(shopper, session)
    assert spent.status_code == 409
    assert "You can pay without what you have saved." in spent.text


def test_another_browser_and_another_page_know_nothing(
    till: Till, shopper: Shopper, application: Any
) -> None:
    saved(till, customer(till))
    first, second = till.session(), till.session()
    prove(shopper, first)
    assert 'name="saved_method"' in shopper.open(first).text
    assert 'name="saved_method"' not in shopper.open(second).text
    stranger = Shopper(application.test_client(), till)
    assert 'name="saved_method"' not in stranger.open(first).text
    till.later(minutes=31)
    assert 'name="saved_method"' not in shopper.open(first).text


def test_an_address_that_nobody_knows_gets_the_same_answer(till: Till, shopper: Shopper) -> None:
    known, unknown = till.session(), till.session()
    customer(till)
    one = ask(shopper, known)
    other = ask(shopper, unknown, "nobody@example.com")
    assert one.status_code == other.status_code == 303
    assert one.headers["Location"].replace(known.id, "") == other.headers["Location"].replace(
        unknown.id, ""
    )


def test_saving_needs_the_box_and_the_box_needs_the_code(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(session)
    token = till.confirmation_token("ok")
    body = {"confirmation_token": token, "amount": 1999, "save": True}
    refused = shopper.post(session, "pay/stripe", body)
    assert refused.json["error"]["code"] == "consent_missing"
    assert till.payment(session.payment_id).status == "pending"
    prove(shopper, session)
    page = shopper.open(session).text
    assert 'id="save"' in page
    assert "checked" not in re.findall(r'<input type="checkbox" id="save"[^>]*>', page)[0]
    paid = shopper.post(session, "pay/stripe", body)
    assert paid.json["status"] == "captured", paid.json
    [kept] = db.session().scalars(select(SavedMethod))
    mandate = db.session().get_one(Mandate, kept.mandate_id)
    assert till.merchant.name in mandate.text
    assert (mandate.off_session, mandate.language) == (True, "en")
    assert till.payment(session.payment_id).saved_method_id == kept.id


def boxes(page: str) -> dict[str, str]:
    """The id of every box that saves something, and the words beside it; an id that stands twice is an error."""
    found = re.findall(r'<input type="checkbox" id="([^"]+)" name="save"[^>]*><span>([^<]+)', page)
    assert len(dict(found)) == len(found)
    return {name: html.unescape(words) for name, words in found}


@pytest.mark.parametrize(
    ("country", "methods", "way"),
    [
        ("DE", [], "card or bank account"),
        ("DE", ["card", "ideal", "paypal"], "card"),  # what pays, and is never kept
        ("BR", [], "card"),
    ],
)
def test_each_box_names_what_it_saves_and_its_words_are_kept(
    till: Till, shopper: Shopper, country: str, methods: list[str], way: str
) -> None:
    with db.transaction():
        db.update(till.merchant, country=country)
    session = till.session(payment_methods=methods)
    prove(shopper, session)
    words = boxes(shopper.open(session).text)
    assert set(words) == {"save", "save-paypal"}
    assert words["save"].startswith(f"Save this {way} with {till.merchant.name}.")
    assert words["save-paypal"].startswith(f"Save my PayPal account with {till.merchant.name}.")
    token = till.confirmation_token("ok")
    body = {"confirmation_token": token, "amount": 1999, "save": True}
    assert shopper.post(session, "pay/stripe", body).json["status"] == "captured"
    [mandate] = db.session().scalars(select(Mandate))
    assert mandate.text == words["save"]


def test_what_cannot_be_charged_again_is_not_kept(till: Till, shopper: Shopper) -> None:
    session = till.session()
    prove(shopper, session)
    shopper.open(session)
    body = {"confirmation_token": token(till, "ideal"), "amount": 1999, "save": True}
    bank = shopper.post(session, "pay/stripe", body).json["next_action"]["url"]
    requests.post(
        bank, data={"answer": "pass"}, timeout=10, allow_redirects=False
    ).raise_for_status()
    db.release()
    payments.sync(session.payment_id)
    payment = till.payment(session.payment_id)
    assert (payment.status, payment.saved_method_id) == ("captured", None)
    assert db.session().scalars(select(SavedMethod)).all() == []


def approved(till: Till, session: Any) -> Any:
    """The buyer approves the order at PayPal and comes back; the payment then."""
    action = till.payment(session.payment_id).next_action
    assert action is not None
    till.approve_at_paypal(action)
    return action["order"]


def test_a_paypal_account_is_saved_with_a_tick_and_pays_with_one_press(
    till: Till, shopper: Shopper
) -> None:
    session = till.session()
    shopper.open(session)
    body = {"amount": 1999, "save": True}
    refused = shopper.post(session, "pay/paypal", body)
    assert refused.json["error"]["code"] == "consent_missing"
    assert till.payment(session.payment_id).status == "pending"
    prove(shopper, session)
    box = re.findall(r'<input type="checkbox" id="save-paypal"[^>]*>', shopper.open(session).text)
    assert box
    assert "checked" not in box[0]
    assert shopper.post(session, "pay/paypal", body).json["paypal_order_id"]
    order = approved(till, session)
    paid = shopper.post(session, "pay/paypal/approve", {"order": order}).json
    assert paid["status"] == "captured", paid
    [kept] = db.session().scalars(select(SavedMethod))
    assert till.payment(session.payment_id).saved_method_id == kept.id
    assert kept.method["email"] == "ada.marlowe@buyer.example"
    mandate = db.session().get_one(Mandate, kept.mandate_id)
    assert mandate.text.startswith(f"Save my PayPal account with {till.merchant.name}.")

    second = till.session(amount=500)
    prove(shopper, second)
    assert "ada.marlowe@buyer.example" in shopper.open(second).text
    one_press = {"saved_method": kept.id, "amount": 500}
    assert shopper.submit(second, "pay/saved", one_press).status_code == 303
    assert till.payment(second.payment_id).status == "captured"


def test_who_must_confirm_at_paypal_is_sent_there(till: Till, shopper: Shopper) -> None:
    session = till.session()
    prove(shopper, session)
    shopper.open(session)
    shopper.post(session, "pay/paypal", {"amount": 1999, "save": True})
    order = approved(till, session)
    shopper.post(session, "pay/paypal/approve", {"order": order})
    [kept] = db.session().scalars(select(SavedMethod))
    second = till.session(amount=500)
    prove(shopper, second)
    shopper.open(second)
    page = "http://127.0.0.1:9/checkoutnow?token=5O190127TN364715T"

    def ask_first(answer: Any) -> None:
        answer["status"] = "PAYER_ACTION_REQUIRED"
        answer["links"] = [{"rel": "payer-action", "href": page}]
        del answer["purchase_units"][0]["payments"]

    with till.world.gate.spoil("POST /paypal/v2/checkout/orders", "tampered", tamper=ask_first):
        body = {"saved_method": kept.id, "amount": 500}
        answer = shopper.submit(second, "pay/saved", body)
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert till.payment(second.payment_id).status == "requires_action"


def test_what_paypal_keeps_a_little_later_is_learned_by_the_clock(
    till: Till, shopper: Shopper
) -> None:
    session = till.session()
    prove(shopper, session)
    shopper.open(session)
    shopper.post(session, "pay/paypal", {"amount": 1999, "save": True})
    order = approved(till, session)

    def not_yet(answer: Any) -> None:
        vault = answer["payment_source"]["paypal"]["attributes"]["vault"]
        del vault["id"]
        vault["status"] = "APPROVED"

    taking = "POST /paypal/v2/checkout/orders/[^/]+/capture"
    with till.world.gate.spoil(taking, "tampered", tamper=not_yet):
        paid = shopper.post(session, "pay/paypal/approve", {"order": order}).json
    assert paid["status"] == "captured"
    assert till.payment(session.payment_id).saved_method_id is None
    till.later(seconds=31)
    till.settle()
    assert till.payment(session.payment_id).saved_method_id is not None
    assert [row.check_at for row in till.attempts(session.payment_id)] == [None]


def test_without_script_the_box_is_sent_with_paypals_form(till: Till, shopper: Shopper) -> None:
    session = till.session()
    prove(shopper, session)
    assert 'form="paypal-plain"' in shopper.open(session).text
    onward = shopper.submit(session, "pay/paypal/redirect", {"amount": 1999, "save": "on"})
    assert onward.status_code == 303
    approved(till, session)
    shopper.open(f"/c/{session.id}/return")
    assert till.payment(session.payment_id).status == "captured"
    assert len(list(db.session().scalars(select(SavedMethod)))) == 1


@pytest.mark.parametrize("nonsense", ["off", "1", "true"])
def test_a_box_is_ticked_or_not(till: Till, shopper: Shopper, nonsense: str) -> None:
    session = till.session()
    prove(shopper, session)
    shopper.open(session)
    told = {"amount": 1999, "save": nonsense}
    assert shopper.submit(session, "pay/paypal/redirect", told).status_code == 422
    assert till.payment(session.payment_id).status == "pending"


def test_what_another_customer_saved_cannot_be_charged_here(till: Till, shopper: Shopper) -> None:
    other = saved(till, customer(till, "other@example.com"))
    session = till.session()
    prove(shopper, session)
    shopper.open(session)
    answer = shopper.submit(session, "pay/saved", {"saved_method": other, "amount": 1999})
    assert answer.status_code == 404
    assert till.payment(session.payment_id).status == "pending"


def test_who_has_shown_the_code_is_known_in_a_merchants_frame_too(
    till: Till, shopper: Shopper, application: Any
) -> None:
    session = till.session()
    ask(shopper, session)
    application.config["SESSION_COOKIE_SECURE"] = True
    answer = shopper.submit(session, "saved/check", {"code": code()})
    [kept] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("till_proven")]
    for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned"):
        assert part in kept
