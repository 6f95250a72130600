import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.money import EXPONENTS, MAX_MINOR, Money
from risk.importing.amounts import minor, whole
from risk.importing.records import BadValue


@pytest.mark.parametrize(
    ("text", "exponent", "expected"),
    [
        ("19.99", 2, 1999),
        ("19,99", 2, 1999),
        ("19.9", 2, 1990),
        ("19", 2, 1900),
        ("1,234.50", 2, 123450),
        ("1.234,50", 2, 123450),
        ("1 234,50", 2, 123450),
        ("1\u202f234,50", 2, 123450),
        ("1'234.50", 2, 123450),
        ("1,234,567", 2, 123456700),
        ("1.234.567,89", 2, 123456789),
        ("-12.30", 2, -1230),
        ("12.30-", 2, -1230),
        ("(12.30)", 2, -1230),
        ("\u221212.30", 2, -1230),
        ("+5", 2, 500),
        ("100.00", 0, 100),  # Stripe writes two decimals for some currencies that have none
        ("1,200", 0, 1200),
        ("1.200", 0, 1200),
        ("1.500", 3, 1500),
        ("1,234.567", 3, 1234567),
        ("0.500", 2, 50),
        ("12.3400", 2, 1234),
        ("90071992547409.91", 2, MAX_MINOR),
    ],
)
def test_an_amount_is_read_exactly(text, exponent, expected):
    assert minor(text, exponent=exponent) == expected


@pytest.mark.parametrize(
    ("text", "exponent"),
    [
        ("1,234", 2),  # a thousand and more, or one and a bit?
        ("1.234", 2),
        ("1,234", 3),
        ("1.234", 4),
        ("12.345,678.90", 2),
        ("1,23,456", 2),
        ("1234,567.89", 2),
        ("19.999", 2),
        ("12.5", 0),
        ("1234.567", 2),
        ("", 2),
        (".", 2),
        (".50", 2),
        ("5.", 2),
        ("--5", 2),
        ("12 34", 2),
        ("1e5", 2),
        ("NaN", 2),
        ("Infinity", 2),
        ("0x1F", 2),
        ("٣٤", 2),
        ("€5", 2),
        ("90071992547409.92", 2),
        ("9" * 39, 2),
        ("9" * 5000, 2),
    ],
)
def test_what_is_no_amount_or_could_be_two_is_refused(text, exponent):
    with pytest.raises(BadValue):
        minor(text, exponent=exponent)


def test_an_export_that_writes_other_decimals_than_the_currency_has_says_so():
    """PayPal writes forints without decimals; the books keep two."""
    assert minor("4.500", exponent=2, written=0) == 450000
    assert minor("4500", exponent=2, written=0) == 450000


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(sorted(EXPONENTS)))
def test_what_money_writes_is_read_back(amount, currency):
    text = Money(amount, currency).decimal()
    try:
        assert minor(text, exponent=EXPONENTS[currency]) == amount
    except (
        BadValue
    ) as error:  # `1.234` of a currency with four decimals does not occur: all are written
        pytest.fail(f"{text}: {error}")


@given(
    st.integers(0, MAX_MINOR),
    st.sampled_from(
        [("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), ("'", "."), ("\u00a0", ",")]
    ),
)
def test_every_way_of_writing_two_decimals_is_the_same_amount(amount, signs):
    gap, mark = signs
    text = f"{amount // 100:,}".replace(",", gap) + f"{mark}{amount % 100:02}"
    assert minor(text, exponent=2) == amount


@given(st.text(max_size=60), st.integers(0, 4), st.none() | st.integers(0, 4))
def test_any_text_is_an_amount_or_refused(text, exponent, written):
    try:
        assert abs(minor(text, exponent=exponent, written=written)) <= MAX_MINOR
    except BadValue as error:
        assert text.strip() not in str(error) or len(text.strip()) < 3  # noqa: PT017 -- the cell is not repeated


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 5", "٣", "9" * 17])
def test_minor_units_are_digits_only(text):
    with pytest.raises(BadValue):
        whole(text)
