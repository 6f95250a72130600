"""Amounts, times and payment methods as a shopper reads them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, get_currency_symbol

from models.money import Money, exponent

LOCALE = "en"
BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
METHODS = {"paypal": "PayPal", "apple_pay": "Apple Pay", "google_pay": "Google Pay", "link": "Link"}


def money(amount: Money) -> str:
    """The amount with its symbol and ISO 4217 decimals: €12.00, ¥1,200, KWD 1.999."""
    digits = exponent(amount.currency)
    gap = "\xa0" if symbol(amount.currency)[-1].isalpha() else ""
    pattern = f"¤{gap}#,##0" + ("." + "0" * digits if digits else "")
    text: str = format_currency(
        Decimal(abs(amount.minor)).scaleb(-digits),
        amount.currency,
        format=pattern,
        locale=LOCALE,
        currency_digits=False,
    )
    return f"−{text}" if amount.minor < 0 else text


def symbol(currency: str) -> str:
    """The sign before an amount: € for EUR; the code itself where there is none."""
    sign: str = get_currency_symbol(currency, locale=LOCALE)
    return sign


def moment(at: datetime) -> str:
    """A time with its zone: 21 November 2026, 10:14 UTC."""
    return f"{at.astimezone(UTC):%-d %B %Y, %H:%M} UTC"


def percent(bps: int) -> str:
    """Hundredths of a percent as a shopper knows them: 1900 is 19%, 550 is 5.5%."""
    return f"{(Decimal(bps) / 100).normalize():f}%"


def method(known: Mapping[str, Any] | None) -> str:
    """How it was paid: `Visa •••• 4242`, `Apple Pay`, `PayPal`."""
    if not known:
        return ""
    wallet = METHODS.get(str(known.get("wallet") or known.get("type")))
    last4 = known.get("last4")
    if not last4:
        return wallet or "Card"
    brand = BRANDS.get(str(known.get("brand")), "Card")
    return " ".join(filter(None, [wallet, brand, f"•••• {last4}"]))
