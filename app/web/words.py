"""Amounts, times and payment methods as a shopper reads them, in the language of the page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from app import languages
from app.languages import N_, _
from models.money import Money

BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
METHODS = {
    "paypal": "PayPal",
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "link": "Link",
    "upi": "UPI",
    "ideal": "iDEAL",
    "sepa_debit": N_("Bank account"),
    "netbanking": N_("Net banking"),
    "wallet": N_("Wallet"),
}


def money(amount: Money) -> str:
    """The amount with its symbol and ISO 4217 decimals: €12.00, ¥1,200, KWD 1.999."""
    return languages.money(languages.language(), amount)


def symbol(currency: str) -> str:
    """The sign before an amount: € for EUR; the code itself where there is none."""
    return languages.symbol(languages.language(), currency)


def typed(amount: Money) -> str:
    """The bare number, as somebody would type it: 25.00, 25,00."""
    return languages.decimal(languages.language(), amount)


def moment(at: datetime) -> Markup:
    """A time with its zone: 21 November 2026, 10:14 UTC. The page's script says it in the shopper's own zone."""
    said = languages.moment(languages.language(), at)
    return Markup('<time datetime="{}">{}</time>').format(f"{at.astimezone(UTC):%FT%TZ}", said)


def own_words(text: str | None) -> str:
    """The merchant's text in its own direction, whatever that of the page."""
    return Markup("<bdi>{}</bdi>").format(text) if text else ""


def percent(bps: int) -> str:
    """Hundredths of a percent as a shopper knows them: 1900 is 19%, 550 is 5.5%."""
    return languages.percent(languages.language(), bps)


def method(known: Mapping[str, Any] | None) -> str:
    """How it was paid: `Visa •••• 4242`, `Apple Pay`, `PayPal`, `Bank account •••• 3201`."""
    if not known:
        return ""
    names = (METHODS.get(str(known.get(name))) for name in ("wallet", "type"))
    wallet = next((_(name) for name in names if name), None)
    last4 = known.get("last4")
    if not last4:
        return wallet or _("Card")
    digits = f"•••• {last4}"
    if languages.direction(languages.language()) == "rtl":
        digits = f"\u2066{digits}\u2069"  # an isolate: the dots stay left of the digits
    is_card = known.get("type") not in METHODS
    brand = BRANDS.get(str(known.get("brand"))) or _("Card") if is_card else None
    return " ".join(filter(None, [wallet, brand, digits]))
