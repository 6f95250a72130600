"""Which ways to pay are offered, for which amount, currency and country, and what is said where one is not."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app import commands, payments, providers
from app.errors import AmountInvalid, CurrencyNotSupported, MethodNotAvailable, NotFound
from app.payments import methods
from app.payments.bounds import check_amount
from app.providers import stripe_money
from app.providers.stripe_words import TYPES
from models import Event, db
from models.money import EXPONENTS, Money, exponent
from sandbox.stripe_amounts import LARGER, LARGEST
from sandbox.stripe_methods import KINDS
from tests.till import Till


@pytest.mark.parametrize(
    ("amount", "country", "expected"),
    [
        (Money(1999, "EUR"), "DE", {"card", "apple_pay", "google_pay", "sepa_debit", "ideal", "paypal"}),
        (Money(1999, "USD"), "DE", {"card", "apple_pay", "google_pay", "paypal"}),
        (Money(1999, "INR"), "DE", {"card", "apple_pay", "google_pay"}),
    ],
    ids=lambda value: str(value) if not isinstance(value, set) else "",
)  # fmt: skip
def test_what_is_offered(till: Till, amount: Money, country: str, expected: set[str]) -> None:
    offers = methods.offered(amount, country)
    assert {offer.method for offer in offers} >= expected
    assert {offer.method for offer in offers if offer.provider != "razorpay"} == expected


def test_upi_is_for_indian_merchants_up_to_one_lakh(till: Till) -> None:
    lakh = Money(100_000_00, "INR")
    assert "upi" in {offer.method for offer in methods.offered(lakh, "IN")}
    with pytest.raises(MethodNotAvailable, match="not for merchants in DE"):
        methods.check("upi", lakh, "DE")
    with pytest.raises(MethodNotAvailable, match="at most"):
        methods.check("upi", Money(100_000_01, "INR"), "IN", provider="stripe")
    with pytest.raises(MethodNotAvailable, match="at least"):
        methods.check("upi", Money(99, "INR"), "IN", provider="stripe")


def test_stripes_bounds_are_those_of_the_sandbox() -> None:
    """A page that offers what Stripe's fields then refuse shows no fields at all."""
    for rule in stripe_money.METHODS:
        kind = KINDS[TYPES.get(rule.name, rule.name)]
        assert rule.holds is kind.holds
        for currency in rule.currencies or ():
            assert rule.minimum.get(currency, 0) == kind.least
            most = LARGER.get(currency.lower(), LARGEST)
            assert rule.maximum.get(currency, most) == min(kind.most, most)


def test_every_currency_is_taken_or_refused_by_every_provider(till: Till) -> None:
    """Whatever ISO 4217 has: an amount that all could write is taken, or the currency is refused by its name."""
    for currency in EXPONENTS:
        amount = Money(100_000 * 10 ** min(2, exponent(currency)), currency)
        for name, provider in providers.configured().items():
            offers = methods.at(methods.offered(amount, "DE"), name)
            if currency in provider.can.currencies:
                check_amount(amount, name)
                assert offers or name == "razorpay", (name, currency)  # whose ways are for India
                continue
            with pytest.raises(CurrencyNotSupported, match=currency):
                check_amount(amount, name)
            assert offers == ()
        if not any(currency in one.can.currencies for one in providers.configured().values()):
            with pytest.raises(CurrencyNotSupported):
                till.session(amount=amount.minor, currency=currency)


def test_only_what_the_merchant_wants(till: Till) -> None:
    offers = methods.offered(Money(1999, "EUR"), "DE", ["paypal", "upi"])
    assert [(offer.provider, offer.method) for offer in offers] == [("paypal", "paypal")]


def test_a_session_for_a_method_that_nobody_offers_is_refused_and_leaves_nothing(
    till: Till,
) -> None:
    command = commands.CreateSession(currency="EUR", amount=1999, payment_methods=["upi"])
    with pytest.raises(MethodNotAvailable) as refused:
        payments.open_session(command, merchant=till.merchant, config=till.config, once=till.once())
    assert refused.value.details["method"] == "upi"
    assert "card" in refused.value.details["available"]
    assert db.session().scalars(select(Event)).all() == []


def test_what_can_be_paid_in_no_way_is_refused_and_not_shown_as_an_empty_page(till: Till) -> None:
    """Razorpay takes rupees, but nothing that it offers is for a merchant in Germany."""
    without = {"stripe_secret_key": "", "stripe_publishable_key": "", "paypal_client_id": ""}
    providers.configure(replace(till.config, **without))
    with pytest.raises(MethodNotAvailable, match="merchant in DE"):
        till.session(currency="INR")
    link = commands.CreateLink(title="Tea", currency="INR", amount=4900)
    with pytest.raises(MethodNotAvailable):
        payments.create_link(link, merchant_id=till.merchant.id, once=till.once())
    assert db.session().scalars(select(Event)).all() == []


def test_a_choice_that_leaves_no_way_to_pay_is_an_amount_that_cannot_be(till: Till) -> None:
    command = commands.CreateLink(
        title="Tasting",
        currency="EUR",
        amount=6_000_00,
        max_quantity=2,
        payment_methods=["sepa_debit"],
    )
    payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
    session = payments.visit(till.told[-1].id, config=till.config)
    with pytest.raises(AmountInvalid):
        payments.choose(session.id, quantity=2)
    assert till.payment(session.payment_id).total_minor == 6_000_00


def test_another_merchants_customer_is_not_found(till: Till) -> None:
    command = commands.CreateSession(currency="EUR", amount=1999, customer=f"cus_{'0' * 26}")
    with pytest.raises(NotFound) as refused:
        payments.open_session(command, merchant=till.merchant, config=till.config, once=till.once())
    assert refused.value.field == "customer"
