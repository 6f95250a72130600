import pytest

from app.declines import TEXTS
from app.providers.base import Refused, Unanswered
from app.providers.paypal_words import CAN, CURRENCIES, DECLINES, money, wire
from models.money import EXPONENTS, Money
from sandbox.paypal_money import DECIMALS


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_every_currency_comes_back_as_it_went_or_is_refused(currency: str) -> None:
    whole = 10 ** EXPONENTS[currency]
    for minor in (
        whole,
        7 * whole,
        123_456 * whole,
        10**CAN.maximum_digits // whole * whole - whole,
    ):
        amount = Money(minor, currency)
        if currency not in CURRENCIES:
            with pytest.raises(Refused, match="does not take"):
                wire(amount)
        else:
            assert money(wire(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(1999, "EUR"), "19.99"),
        (Money(5, "USD"), "0.05"),
        (Money(1999, "JPY"), "1999"),
        (Money(199_900, "HUF"), "1999"),
        (Money(100, "TWD"), "1"),
    ],
)
def test_amounts_are_written_with_the_decimals_that_paypal_wants(amount: Money, text: str) -> None:
    assert wire(amount) == {"currency_code": amount.currency, "value": text}


@pytest.mark.parametrize("currency", ["HUF", "TWD"])
def test_cents_that_paypal_cannot_take_are_refused_before_anything_is_sent(currency: str) -> None:
    with pytest.raises(Refused) as refused:
        wire(Money(1999, currency))
    assert refused.value.code == "DECIMALS_NOT_SUPPORTED"
    assert CAN.exponents[currency] == 0
    assert CAN.minimum[currency] == 100


@pytest.mark.parametrize(
    "node",
    [
        None, [], {}, {"value": "1.00"}, {"currency_code": "EUR"},
        *({"currency_code": "EUR", "value": value} for value in (
            1, 1.0, None, "", "-1.00", "1e3", "1.005", " 1.00", "1,00", "NaN", "Infinity", "1٫00", "9" * 40,
        )),
        {"currency_code": "JPY", "value": "1.50"},
        {"currency_code": "HUF", "value": "1.50"},
        {"currency_code": "XXX", "value": "1.00"},
        {"currency_code": ["EUR"], "value": "1.00"},
    ],
)  # fmt: skip
def test_an_amount_that_makes_no_sense_is_no_answer(node: object) -> None:
    with pytest.raises(Unanswered):
        money(node)


def test_trailing_zeros_are_no_decimals() -> None:
    assert money({"currency_code": "JPY", "value": "1999.00"}) == Money(1999, "JPY")
    assert money({"currency_code": "HUF", "value": "1999.00"}) == Money(199_900, "HUF")


def test_our_currencies_are_those_of_the_sandbox_and_of_iso() -> None:
    assert set(DECIMALS) == CURRENCIES
    assert EXPONENTS.keys() >= CURRENCIES
    assert all(EXPONENTS[code] < 3 for code in CURRENCIES)


def test_every_decline_is_a_word_of_ours() -> None:
    assert set(DECLINES.values()) <= TEXTS.keys()
