"""Which ways to pay are offered, for which amount, currency and country, and what is said where one is not."""

import pytest
from sqlalchemy import select

from app import commands, payments
from app.errors import MethodNotAvailable, NotFound
from app.payments import methods
from models import Event, db
from models.money import Money
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


def test_another_merchants_customer_is_not_found(till: Till) -> None:
    command = commands.CreateSession(currency="EUR", amount=1999, customer=f"cus_{'0' * 26}")
    with pytest.raises(NotFound) as refused:
        payments.open_session(command, merchant=till.merchant, config=till.config, once=till.once())
    assert refused.value.field == "customer"
