import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.money import (
    EXPONENTS,
    HALF_EVEN,
    HALF_UP,
    UP,
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    total,
)

minors = st.integers(min_value=-(10**15), max_value=10**15)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=8).filter(any)


@given(minors, weights)
def test_parts_add_up_and_are_fair(minor: int, shares: list[int]) -> None:
    parts = Money(minor, "EUR").split(*shares)
    assert sum(part.minor for part in parts) == minor
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.minor * sum(shares) - minor * share) < sum(shares)


def test_the_cent_left_over_goes_to_the_part_that_lost_most() -> None:
    assert [p.minor for p in Money(100, "EUR").split(1, 1, 1)] == [34, 33, 33]
    assert [p.minor for p in Money(1001, "EUR").split(10, 1)] == [910, 91]


@pytest.mark.parametrize("shares", [(0, 0), (-1, 2), ()])
def test_shares_that_cannot_be(shares: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"weights|min"):
        Money(1, "EUR").split(*shares)


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_every_currency_is_written_and_read_back(currency: str) -> None:
    for minor in (0, 1, 5, 99, 100, 1999, 123456789, -42):
        money = Money(minor, currency)
        text = money.decimal()
        assert Money.parse(text, currency) == money
        assert len(text.partition(".")[2]) == EXPONENTS[currency]


@pytest.mark.parametrize(
    ("text", "currency"),
    [("1.5", "JPY"), ("1.999", "EUR"), ("NaN", "EUR"), ("Infinity", "EUR"), ("1.0001", "KWD")],
)
def test_decimals_that_the_currency_has_not(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money.parse(text, currency)


def test_currencies_do_not_mix() -> None:
    for act in (
        lambda: Money(1, "EUR") + Money(1, "USD"),
        lambda: Money(1, "EUR") < Money(1, "USD"),
        lambda: total([Money(1, "EUR"), Money(1, "JPY")], "EUR"),
    ):
        with pytest.raises(CurrencyMismatch):
            act()


@pytest.mark.parametrize("minor", [1.0, "1", True, None])
def test_minor_units_are_an_int(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("currency", ["eur", "XXX", "", "EURO"])
def test_unknown_currencies(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, currency)


def test_percent_makes_you_choose() -> None:
    assert Money(1250, "EUR").percent(bps=1, rounding=HALF_UP) == Money(0, "EUR")
    assert Money(50, "EUR").percent(bps=100, rounding=HALF_UP) == Money(1, "EUR")
    assert Money(50, "EUR").percent(bps=100, rounding=HALF_EVEN) == Money(0, "EUR")
    assert Money(10, "EUR").percent(bps=1, rounding=UP) == Money(1, "EUR")
