"""Money with no, two and three decimals, and the currencies that a provider writes in a way of its own, end to end."""

import pytest
from sqlalchemy import text

from app import payments
from models import db
from tests.api.conftest import Api, code
from tests.till import Till

# What is paid, in minor units of ISO 4217, and what Stripe is told (docs.stripe.com/currencies, "Special cases").
STRIPE = {
    "EUR": (1999, 1999),
    "JPY": (1999, 1999),
    "KRW": (50_000, 50_000),
    "CLP": (12_000, 12_000),
    "VND": (250_000, 250_000),
    "BHD": (12_340, 12_340),
    "KWD": (7_770, 7_770),
    "ISK": (1999, 199_900),
    "UGX": (70_000, 7_000_000),
    "MGA": (500_000, 5_000),
    "HUF": (200_000, 200_000),
    "TWD": (50_000, 50_000),
}
PAYPAL = {"EUR": "19.99", "JPY": "1999", "HUF": "1999", "TWD": "1999"}


@pytest.mark.parametrize("currency", STRIPE)
def test_what_is_taken_and_given_back_by_card_is_what_was_asked(api: Api, currency: str) -> None:
    amount, told = STRIPE[currency]
    token = api.token(amount=amount, currency=currency)
    body = {"token": token, "amount": amount, "currency": currency}
    paid = api.post("/v1/payments", body).json
    assert (paid["status"], paid["amount_captured"], paid["currency"]) == (
        "captured",
        amount,
        currency,
    )
    [intent] = api.till.provider_books()["stripe"]["payments"]
    assert (intent["amount"], intent["currency"]) == (told, currency.lower())
    part = amount // 1000 * 100 or amount
    refund = api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": part}).json
    assert (refund["amount"], refund["currency"]) == (part, currency)
    assert api.get(f"/v1/payments/{paid['id']}").json["amount_refunded"] == part


@pytest.mark.parametrize("currency", PAYPAL)
def test_paypal_is_told_whole_amounts_where_it_knows_no_decimals(till: Till, currency: str) -> None:
    minor = 1999 if currency in {"EUR", "JPY"} else 199_900
    session = till.session(amount=minor, currency=currency)
    till.approve_at_paypal(till.paypal(session))
    payments.sync(session.payment_id)
    paid = till.payment(session.payment_id)
    assert (paid.status, paid.captured_minor, paid.currency) == ("captured", minor, currency)
    [capture] = till.world.sandbox.store.list("paypal_capture")
    assert capture["amount"] == {"currency_code": currency, "value": PAYPAL[currency]}


def test_what_a_provider_cannot_write_is_refused_before_it_is_asked(api: Api) -> None:
    body = {"provider": "stripe", "payment_method": "pm_card_visa", "currency": "BHD"}
    assert code(api.post("/v1/tokens", {**body, "amount": 12_345})) == "422 amount_invalid"
    assert api.till.provider_books()["stripe"]["payments"] == []


def test_books_of_many_currencies_are_never_added_up(api: Api) -> None:
    for currency, amount in (("EUR", 1999), ("JPY", 1999), ("BHD", 12_340)):
        token = api.token(amount=amount, currency=currency)
        api.post("/v1/payments", {"token": token, "amount": amount, "currency": currency})
    query = text(
        "SELECT currency, SUM(amount_minor) FROM ledger_entries WHERE kind = 'capture' GROUP BY currency"
    )
    assert dict(map(tuple, db.session().execute(query))) == {
        "EUR": 1999,
        "JPY": 1999,
        "BHD": 12_340,
    }
