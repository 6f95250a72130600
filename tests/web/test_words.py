"""What a shopper reads: amounts with their own decimals, times with their zone, methods by name."""

from datetime import UTC, datetime

import pytest

from app import languages
from app.web import words
from models.money import EXPONENTS, Money


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(1200, "EUR"), "€12.00"),
        (Money(123456789, "USD"), "$1,234,567.89"),
        (Money(1200, "JPY"), "¥1,200"),
        (Money(1999, "KWD"), "KWD\xa01.999"),
        (Money(-550, "EUR"), "−€5.50"),
        (Money(150, "IQD"), "IQD\xa00.150"),
    ],
)
def test_money(amount: Money, text: str) -> None:
    assert words.money(amount) == text


def test_every_currency_shows_all_of_its_decimals() -> None:
    for currency, digits in EXPONENTS.items():
        shown = words.money(Money(1, currency))
        assert shown.endswith("0." + "1".rjust(digits, "0") if digits else "1"), shown


def test_moment_and_percent() -> None:
    said = words.moment(datetime(2026, 11, 1, 9, 5, tzinfo=UTC))
    assert said == '<time datetime="2026-11-01T09:05:00Z">1 November 2026, 09:05 UTC</time>'
    assert [words.percent(bps) for bps in (1900, 550, 1000, 725)] == ["19%", "5.5%", "10%", "7.25%"]


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({"type": "card", "brand": "visa", "last4": "4242"}, "Visa •••• 4242"),
        ({"type": "card", "brand": "cartes", "last4": "0001"}, "Card •••• 0001"),
        (
            {"type": "card", "brand": "visa", "last4": "4242", "wallet": "apple_pay"},
            "Apple Pay Visa •••• 4242",
        ),
        ({"type": "paypal"}, "PayPal"),
        ({"type": "ideal"}, "iDEAL"),
        ({"type": "sepa_debit", "last4": "3201"}, "Bank account •••• 3201"),
        (None, ""),
    ],
)
def test_method(known: dict[str, str] | None, text: str) -> None:
    assert words.method(known) == text


def test_the_dots_before_the_last_digits_stay_left_of_them_from_right_to_left() -> None:
    with languages.speaking("ar"):
        said = words.method({"type": "sepa_debit", "last4": "3201"})
    assert said == "حساب بنكي \u2066•••• 3201\u2069"
