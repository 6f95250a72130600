"""Amounts and times in every language: no decimal is lost, no digit changes its place."""

import re
from datetime import UTC, datetime

import pytest

from app import languages
from models.money import EXPONENTS, Money

AT = datetime(2026, 1, 2, 15, 4, tzinfo=UTC)
EVERY = [*languages.LANGUAGES, languages.PSEUDO]


@pytest.mark.parametrize("language", EVERY)
def test_every_currency_comes_back_from_its_text(language: str) -> None:
    for currency, digits in EXPONENTS.items():
        for minor in (1, -123456789):
            said = languages.money(language, Money(minor, currency))
            runs = re.findall(r"[0-9]+", said)
            assert int("".join(runs)) == abs(minor), said
            assert ("−" in said) == (minor < 0)
            if digits:
                assert len(runs[-1]) == digits, said


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("de", Money(-550, "EUR"), "−5,50\xa0€"),
        ("fr", Money(123456, "EUR"), "1\u202f234,56\xa0€"),
        ("pt", Money(1200, "BRL"), "R$\xa012,00"),
        ("hi", Money(12345678900, "INR"), "₹12,34,56,789.00"),
        ("ja", Money(1200, "JPY"), "￥1,200"),
        ("ar", Money(-1200, "EUR"), "\u200f\u200e−12.00\xa0€"),
        ("en", Money(1999, "KWD"), "KWD\xa01.999"),
    ],
)
def test_amounts(language: str, amount: Money, text: str) -> None:
    assert languages.money(language, amount) == text


@pytest.mark.parametrize("language", EVERY)
def test_a_time_says_its_zone(language: str) -> None:
    said = languages.moment(language, AT)
    assert "UTC" in said
    assert {"2026", "2"} <= set(re.findall(r"[0-9]+", said))


def test_shares() -> None:
    assert languages.percent("de", 1900) == "19\xa0%"
    assert languages.percent("tr", 550) == "%5,5"
