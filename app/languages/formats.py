"""Amounts, shares and times by the CLDR's patterns; how many decimals an amount has says ISO 4217 (`models.money`)."""

from __future__ import annotations

import re
from copy import copy
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import NumberPattern, format_decimal, get_currency_symbol

from app.languages.table import PSEUDO, SOURCE, direction
from models.money import Money, exponent

# English dates are those of most of the world: 2 January 2020, 15:04.
DATES = {SOURCE: "en_GB"}
# Unicode TR 35, "currency spacing", which Babel leaves out: a letter and a digit do not touch.
TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


def money(language: str, amount: Money) -> str:
    """The amount with its sign: €12.00, 12,00 €, KWD 1.999. Digits are 0 to 9 in every language, as on a card."""
    digits = exponent(amount.currency)
    pattern = with_decimals(locale(language).currency_formats["standard"], digits, digits)
    said: str = pattern.apply(
        Decimal(amount.minor).scaleb(-digits),
        locale(language),
        currency=amount.currency,
        currency_digits=False,
    )
    minus = (
        "\u200e−" if direction(language) == "rtl" else "−"
    )  # the mark keeps it left of the digits
    return TOUCHING.sub("\xa0", said).replace("-", minus)


def symbol(language: str, currency: str) -> str:
    """The sign of a currency: € for EUR; the code itself where there is none."""
    sign: str = get_currency_symbol(currency, locale=locale(language))
    return sign


def decimal(language: str, amount: Money) -> str:
    """The bare number as somebody would type it: 25.00, 25,00."""
    digits = exponent(amount.currency)
    pattern = "0" + ("." + "0" * digits if digits else "")
    said: str = format_decimal(
        Decimal(amount.minor).scaleb(-digits), format=pattern, locale=locale(language)
    )
    return said


def percent(language: str, bps: int) -> str:
    """Hundredths of a percent as people know them: 1900 is 19%, 550 is 5.5%."""
    pattern = with_decimals(locale(language).percent_formats[None], 0, 2)
    said: str = pattern.apply(Decimal(bps) / 10_000, locale(language))
    return said


def moment(language: str, at: datetime) -> str:
    """A time with its zone: 21 November 2026, 10:14 UTC. A page's script then says it in the reader's own zone."""
    named = locale(language, dates=True)
    joined = str(get_datetime_format("long", locale=named))
    at = at.astimezone(UTC)
    time = f"{format_time(at, 'short', tzinfo=UTC, locale=named)} UTC"
    date = format_date(at, "long", locale=named)
    return joined.replace("'", "").replace("{0}", time).replace("{1}", date)


def with_decimals(pattern: NumberPattern, least: int, most: int) -> NumberPattern:
    """A pattern of the CLDR with decimals of ours."""
    changed = copy(pattern)
    changed.frac_prec = (least, most)
    return changed


@cache
def locale(language: str, *, dates: bool = False) -> Locale:
    """The CLDR's data for one of our languages."""
    plain = SOURCE if language == PSEUDO else language
    return Locale.parse(DATES.get(plain, plain) if dates else plain)
