"""PayPal writes money as decimal strings; here it becomes integer minor units and back."""

import re
from typing import Any

from sandbox.paypal_errors import PayPalError

# https://developer.paypal.com/docs/api/reference/currency-codes/ : currency -> decimals.
WITH_CENTS = """
    AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD
"""
DECIMALS = dict.fromkeys(WITH_CENTS.split(), 2) | {"HUF": 0, "JPY": 0, "TWD": 0}

LARGEST_MINOR = 99_999_999_999_999_999
FEE_BPS = 349
FIXED_FEE_MINOR = 49
# The fixed part has its own amount in the currencies without decimals.
FIXED_FEE_MINOR_OF = {"HUF": 160, "JPY": 60, "TWD": 14}

NUMBER = re.compile(r"(-?)([0-9]*)(?:\.([0-9]+))?")


def parse(money: dict[str, Any], *, field: str, zero_ok: bool = False) -> int:
    """Read a money object as minor units, or refuse it as PayPal does."""
    currency, value = money["currency_code"], money["value"]
    found = NUMBER.fullmatch(value)
    if currency not in DECIMALS:
        raise PayPalError("INVALID_CURRENCY_CODE", field=f"{field}/currency_code", value=currency)
    if found is None:
        raise PayPalError("INVALID_PARAMETER_SYNTAX", field=f"{field}/value", value=value)
    sign, whole, fraction = found[1], found[2] or "0", found[3] or ""
    decimals = DECIMALS[currency]
    if decimals == 0 and fraction:
        raise PayPalError("DECIMALS_NOT_SUPPORTED", field=f"{field}/value", value=value)
    if decimals and len(fraction) > decimals:
        raise PayPalError("DECIMAL_PRECISION", field=f"{field}/value", value=value)
    minor = int(whole + fraction.ljust(decimals, "0")[:decimals])
    if zero_ok and sign and minor:
        raise PayPalError("CANNOT_BE_NEGATIVE", field=f"{field}/value", value=value)
    if not zero_ok and (sign or not minor):
        raise PayPalError("CANNOT_BE_ZERO_OR_NEGATIVE", field=f"{field}/value", value=value)
    if minor > LARGEST_MINOR:
        raise PayPalError("MAX_VALUE_EXCEEDED", field=f"{field}/value", value=value)
    return minor


def minor_of(money: dict[str, Any]) -> int:
    """Read a money object that we wrote ourselves."""
    return int(money["value"].replace(".", ""))


def money(minor: int, currency: str) -> dict[str, str]:
    """Write minor units as PayPal's money object."""
    decimals = DECIMALS[currency]
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return {"currency_code": currency, "value": sign + text}


def fee(minor: int, currency: str) -> int:
    """Say what PayPal keeps of a capture: 3.49 % (half up) and a fixed part, never above it."""
    fixed = FIXED_FEE_MINOR_OF.get(currency, FIXED_FEE_MINOR)
    return min((minor * FEE_BPS + 5_000) // 10_000 + fixed, minor)
