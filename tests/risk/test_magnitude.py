from hypothesis import given
from hypothesis import strategies as st

from models.money import EXPONENTS, Money
from risk import magnitude


def test_every_currency_has_the_decimals_that_money_has():
    assert magnitude.CURRENCIES == EXPONENTS


def test_a_size_is_about_its_worth_in_euros():
    assert magnitude.about(10_000, "EUR") == 100
    assert magnitude.about(20_000, "JPY") == 100
    assert magnitude.about(50_000, "KWD") == 100
    assert magnitude.minor(20, "JPY") == 4_000
    assert magnitude.minor(20, "KWD") == 10_000


def test_a_currency_without_a_size_counts_as_a_euro():
    assert magnitude.about(10_000, "XTS") == 100
    assert magnitude.decimals("XTS") is None


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(EXPONENTS)))
def test_words_say_what_money_says(minor, currency):
    assert magnitude.in_words(minor, currency).replace(",", "") == str(Money(minor, currency))
