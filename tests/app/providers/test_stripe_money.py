import json
from dataclasses import replace
from typing import Any

import pytest

from app.providers import stripe_operations, stripe_read
from app.providers.base import Charge, Refused, Step, Verb
from app.providers.stripe_money import (
    CURRENCIES,
    DECIMALS,
    MINIMUM,
    NotExact,
    from_stripe,
    to_stripe,
)
from models.ids import new_id
from models.money import EXPONENTS, Money, UnknownCurrency, exponent
from sandbox.stripe_amounts import OTHER_CURRENCIES, SMALLEST
from tests.app.providers.acts import pay, task
from tests.app.providers.stripe_driver import StripeDriver
from tests.app.providers.world import World

SANDBOX = sorted(c.upper() for c in (*SMALLEST, *OTHER_CURRENCIES) if c.upper() in CURRENCIES)

# Written by hand from Stripe's page, not computed: what one unit, and one and a half, are at Stripe.
# fmt: off
KNOWN = [
    ("EUR", "19.99", 1999), ("HUF", "10.45", 1045), ("TWD", "800.45", 80045), ("COP", "5000.00", 500000),
    ("JPY", "500", 500), ("KRW", "500", 500), ("VND", "5000", 5000), ("XPF", "500", 500), ("RWF", "7", 7),
    ("ISK", "5", 500), ("UGX", "5", 500), ("MGA", "5.00", 5),
    ("KWD", "5.120", 5120), ("BHD", "0.010", 10), ("TND", "1.000", 1000),
]
REFUSED = [
    ("KWD", "5.124"), ("JOD", "0.001"), ("OMR", "1.005"), ("MGA", "5.50"), ("MGA", "0.01"),
    ("EUR", "1000000.00"), ("JPY", "100000000"), ("ISK", "1000000"), ("MGA", "100000000.00"),
    ("IDR", "10000000000.00"), ("VND", "100000000"), ("KRW", "100000000"),
]
# fmt: on


def whole(currency: str) -> Money:
    """An amount that Stripe can say in this currency: 1,230 units, and 50 cents where it has cents."""
    half = "0.5" if min(exponent(currency), DECIMALS.get(currency, 9)) else "0"
    return Money.parse(f"1230{half[1:]}", currency)


@pytest.mark.parametrize(("currency", "amount", "number"), KNOWN)
def test_what_stripe_calls_an_amount(currency: str, amount: str, number: int) -> None:
    assert to_stripe(Money.parse(amount, currency)) == number
    assert from_stripe(number, currency.lower()) == Money.parse(amount, currency)


@pytest.mark.parametrize(("currency", "amount"), REFUSED)
def test_what_stripe_cannot_say_is_refused_and_not_rounded(currency: str, amount: str) -> None:
    with pytest.raises(Refused) as refusal:
        to_stripe(Money.parse(amount, currency))
    assert refusal.value.code in {"amount_not_representable", "amount_too_large"}


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_every_currency_survives_there_and_back(currency: str) -> None:
    amount = whole(currency)
    assert from_stripe(to_stripe(amount), currency.lower()) == amount


@pytest.mark.parametrize("currency", ["ISK", "UGX"])
def test_half_a_unit_of_a_currency_without_cents_makes_no_sense(currency: str) -> None:
    with pytest.raises(NotExact):
        from_stripe(550, currency)


@pytest.mark.parametrize("number", [True, 5.0, "5", None])
def test_an_amount_is_an_integer(number: object) -> None:
    with pytest.raises(TypeError):
        from_stripe(number, "eur")


def test_an_unknown_currency_is_unknown() -> None:
    with pytest.raises(UnknownCurrency):
        from_stripe(5, "xyz")


def test_the_tables_name_real_currencies() -> None:
    assert EXPONENTS.keys() >= CURRENCIES
    assert MINIMUM.keys() | DECIMALS.keys() <= CURRENCIES


def intent_of(charge: Charge, **fields: Any) -> dict[str, Any]:
    number, currency = to_stripe(charge.amount), charge.amount.currency.lower()
    return {
        "object": "payment_intent", "id": "pi_1", "amount": number, "amount_received": number,
        "currency": currency, "status": "succeeded", "livemode": False, "capture_method": "automatic",
        "metadata": {"attempt_id": charge.attempt_id},
        "latest_charge": {
            "id": "ch_1",
            "balance_transaction": {"fee": number, "currency": currency},
            "refunds": {"data": [refund_of(charge)]},
        },
        **fields,
    }  # fmt: skip


def refund_of(charge: Charge) -> dict[str, Any]:
    return {
        "id": "re_1", "amount": to_stripe(charge.amount), "currency": charge.amount.currency.lower(),
        "status": "succeeded", "metadata": {}, "balance_transaction": "txn_1",
    }  # fmt: skip


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_every_currency_is_read_back_with_its_refund_and_fee(currency: str) -> None:
    charge = Charge(new_id("att"), new_id("pay"), whole(currency), "automatic")
    dispute = {**refund_of(charge), "id": "dp_1", "status": "needs_response"}
    # Through JSON, as it comes.
    answer = json.loads(json.dumps(intent_of(charge)))
    read = stripe_read.outcome(answer, charge, live=False, disputes=[dispute])
    assert (read.verb, read.captured, read.fee) == (Verb.CAPTURE, charge.amount, charge.amount)
    assert [news.amount for news in read.operations] == [charge.amount, charge.amount]


@pytest.mark.parametrize("currency", SANDBOX)
def test_the_sandbox_understands_every_currency_it_has(world: World, currency: str) -> None:
    driver = StripeDriver(world)
    charge = driver.charge("pays", amount=whole(currency))
    outcome = pay(driver, charge)
    assert (outcome.verb, outcome.captured) == (Verb.CAPTURE, charge.amount)
    asked = task(charge, outcome, "refund")
    news = driver.provider.refund(asked)
    assert (news.step, news.amount) == (Step.SUCCEED, charge.amount)
    fetched = driver.provider.fetch(charge, outcome.reference)
    assert [n.amount for n in fetched.operations] == [charge.amount]
    assert driver.books(charge).captured == to_stripe(charge.amount)


def test_a_refund_that_stripe_cannot_say_fails(world: World) -> None:
    driver = StripeDriver(world)
    charge = driver.charge("pays", amount=Money.parse("5.120", "KWD"))
    asked = replace(task(charge, pay(driver, charge), "refund"), amount=Money.parse("1.005", "KWD"))
    news = driver.provider.refund(asked)
    assert (news.step, news.failure_code) == (Step.FAIL, "amount_not_representable")


def test_a_refund_in_another_currency_is_no_answer() -> None:
    charge = Charge(new_id("att"), new_id("pay"), Money(500, "EUR"), "automatic")
    with pytest.raises(Exception, match="currency"):
        stripe_operations.refund_news({**refund_of(charge), "currency": "usd"}, "EUR")


def test_a_fee_in_another_currency_or_in_fractions_is_left_out() -> None:
    charge = Charge(new_id("att"), new_id("pay"), Money(5, "ISK"), "automatic")
    for line in ({"fee": 45, "currency": "eur"}, {"fee": 45, "currency": "isk"}, "txn_1", None):
        answer = intent_of(charge)
        answer["latest_charge"]["balance_transaction"] = line
        assert stripe_read.outcome(answer, charge, live=False).fee is None
