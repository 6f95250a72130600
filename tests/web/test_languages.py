"""The page's language: the address's, the session's or link's, the browser's, the merchant's; kept from step to step."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from app import commands, languages, payments
from app.customers import proof
from models import Mail, db
from models.merchant import Merchant, PaymentLink
from models.order import CheckoutSession
from tests.till import Till
from tests.web.conftest import Shopper

GERMAN, JAPANESE, ARABIC = "Zahlungsdaten", "お支払い情報", "بيانات الدفع"


def says(shopper: Shopper, path: str, accepts: str = "") -> str:
    headers = {"Accept": "text/html", "Accept-Language": accepts}
    return shopper.client.get(path, headers=headers, follow_redirects=True).text


def write(row: Any, **values: Any) -> None:
    with db.transaction():
        found = db.session().get_one(type(row), row.id)
        db.update(found, **values)
    db.release()


def test_the_browser_is_answered_in_its_language(till: Till, shopper: Shopper) -> None:
    html = says(shopper, f"/c/{till.session().id}", "de-AT, en;q=0.5")
    assert GERMAN in html
    assert '<html lang="de" dir="ltr">' in html
    assert "19,99\xa0€" in html


def test_what_we_do_not_speak_is_answered_in_the_merchants_language(
    till: Till, shopper: Shopper
) -> None:
    session = till.session()
    write(till.merchant, language="ja")
    assert JAPANESE in says(shopper, f"/c/{session.id}", "da")
    assert GERMAN in says(shopper, f"/c/{session.id}", "da, de;q=0.1")


def link_of(till: Till) -> PaymentLink:
    command = commands.CreateLink(title="Tasting", amount=2500, currency="EUR")
    payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
    made: PaymentLink = till.told[-1]
    return made


@pytest.mark.parametrize("kind", [CheckoutSession, PaymentLink])
def test_the_merchant_may_say_it_of_a_session_or_a_link(
    till: Till, shopper: Shopper, kind: type[Any]
) -> None:
    session = till.session()
    link = link_of(till)
    write(session, language="ar")
    write(link, language="ar")
    path = f"/c/{session.id}" if kind is CheckoutSession else f"/l/{link.id}"
    html = says(shopper, path, "de")
    assert ARABIC in html
    assert '<html lang="ar" dir="rtl">' in html


def test_an_address_is_stronger_than_everything_and_stays(till: Till, shopper: Shopper) -> None:
    session = till.session()
    write(session, language="ar")
    html = says(shopper, f"/c/{session.id}?lang=de", "ja")
    assert GERMAN in html
    assert f"/c/{session.id}/pay/stripe?lang=de" in html
    assert "/return?lang=de" in html
    opened = shopper.client.get(f"/l/{link_of(till).id}?lang=de")
    assert opened.location.endswith("?lang=de")


def test_every_language_is_offered_under_its_own_name(till: Till, shopper: Shopper) -> None:
    html = says(shopper, f"/c/{till.session().id}")
    for code, name in languages.LANGUAGES.items():
        assert f'?lang={code}" lang="{code}"' in html
        assert name in html


@pytest.mark.parametrize("path", ["/c/cs_nothing", "/nowhere"])
def test_failures_speak_it_too(shopper: Shopper, path: str) -> None:
    assert "Wir finden diese Seite nicht" in says(shopper, path, "de")
    assert "このページが見つかりません" in says(shopper, f"{path}?lang=ja", "de")


def test_what_the_script_is_told_is_in_the_pages_language(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(f"/c/{session.id}?lang=de")
    sent = {"confirmation_token": till.confirmation_token("poor"), "amount": 1999}
    declined = shopper.post(session, "pay/stripe?lang=de", sent).json["decline"]["message"]
    assert declined.endswith("Es wurde kein Geld abgebucht.")
    refused = shopper.post(session, "pay/stripe?lang=de", {**sent, "email": "x"}).json["error"]
    assert refused["message"] == "Geben Sie eine E-Mail-Adresse wie name@example.com ein."
    sent = {"confirmation_token": till.confirmation_token("ok"), "amount": 1}
    changed = shopper.post(session, "pay/stripe?lang=de", sent).json["error"]
    assert changed["message"].startswith("Der Betrag hat sich geändert")
    assert "19,99\xa0€" in changed["summary_html"]


def test_programs_are_told_in_english(till: Till, shopper: Shopper) -> None:
    session = till.session()
    shopper.open(f"/c/{session.id}?lang=de")
    sent = {"confirmation_token": till.confirmation_token("poor"), "amount": 1999}
    shopper.post(session, "pay/stripe?lang=de", sent)
    stored = till.payment(session.payment_id).decline
    assert stored["message"].endswith("No money was taken.")


@pytest.mark.parametrize("told", ["xx", "de\x00", "../en", "a" * 9000, "<b>"])
def test_a_strange_language_is_none(till: Till, shopper: Shopper, told: str) -> None:
    session = till.session()
    answer = shopper.client.get(f"/c/{session.id}", query_string={"lang": told})
    assert answer.status_code == 200
    assert '<html lang="en"' in answer.text


def test_one_requests_language_is_not_the_nexts(till: Till, shopper: Shopper) -> None:
    session = till.session()
    says(shopper, f"/c/{session.id}?lang=de")
    assert languages.language() == "en"
    assert "Payment details" in says(shopper, f"/c/{session.id}")


def test_a_merchant_has_no_language_by_default(till: Till) -> None:
    assert db.session().get_one(Merchant, till.merchant.id).language is None


def test_a_code_in_a_mail_keeps_its_order_from_right_to_left(till: Till) -> None:
    session = till.session()
    words = ("{code} هو رمزك", "رمزك هو {code}.")
    told = {"key": "k", "language": "ar", "words": words}
    proof.send_code(session.id, "ada@example.com", **told)
    mail = db.session().scalars(select(Mail)).one()
    for text in (mail.subject, mail.body):
        # a plain space would let both halves change places
        assert re.search(r"\d{3}\xa0\d{3}", text)
