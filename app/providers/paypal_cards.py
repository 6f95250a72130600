"""PayPal's own card fields: what an order is asked for, and what it tells of the card and of the bank's check.

Offered where PAYPAL_CARD_FIELDS is on. The number goes from the fields to PayPal; we see the last four digits. Sources:
developer.paypal.com, "Expanded Checkout eligibility" (currencies, countries) and "3D Secure response parameters".
"""

from __future__ import annotations

from typing import Any

from app.providers.base import Charge, Decline, Method, MethodRule

Node = dict[str, Any]

_CURRENCIES = (
    "AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN NOK NZD PHP PLN SEK SGD THB TWD USD"
)
# The page counts 37 countries; those beyond Cyprus in its list are from memory.
_COUNTRIES = """
    AT AU BE BG CA CN CY CZ DE DK EE ES FI FR GB GR HK HU IE IT JP LI LT LU LV MT MX NL NO PL PT RO SE SG SI SK US
"""
RULE = MethodRule("card", frozenset(_CURRENCIES.split()), frozenset(_COUNTRIES.split()))

# After these liability shifts PayPal recommends to go on; with the others only where no check was possible.
_GO_ON = frozenset({"POSSIBLE", "YES"})
_NOT_ENROLLED = frozenset({"N", "U", "B"})
# The bank's word on the security code → ours. No address is asked for, so what it says of one means nothing.
# fmt: off
_CVV = {
    "M": "pass", "0": "pass", "N": "fail", "1": "fail", "P": "unchecked", "S": "unchecked", "3": "unchecked",
    "U": "unavailable", "X": "unavailable", "E": "unavailable", "2": "unavailable", "4": "unavailable",
}
# fmt: on
# A brand, where Stripe's word (which receipts know) is not PayPal's in small letters.
_BRANDS = {"china_union_pay": "unionpay"}
# PayPal's word for the bank's answer → ours, as scoring knows them.
_ANSWERS = {"Y": "authenticated", "A": "attempt_acknowledged", "N": "failed", "R": "failed"}


def source(charge: Charge) -> Node:
    """What a new order says of the card that the fields will bring."""
    method = "SCA_WHEN_REQUIRED" if charge.three_ds == "automatic" else "SCA_ALWAYS"
    ways = {"return_url": charge.return_url, "cancel_url": charge.cancel_url}
    asked: Node = {"attributes": {"verification": {"method": method}}}
    if all(ways.values()):
        asked["experience_context"] = ways
    return {"card": asked}


def of(order: Node) -> Node:
    """The card that pays an order; empty where none does."""
    paying = order.get("payment_source")
    card = paying.get("card") if isinstance(paying, dict) else None
    return card if isinstance(card, dict) else {}


def method(card: Node) -> Method:
    """The card, fit to be shown."""
    year, _, month = str(card.get("expiry") or "").partition("-")
    ends = year.isdigit() and month.isdigit()
    return Method(
        type="card",
        brand=_BRANDS.get(brand, brand) if (brand := _word(card, "brand")) else None,
        last4=_word(card, "last_digits"),
        exp_month=int(month) if ends else None,
        exp_year=int(year) if ends else None,
        funding=_word(card, "type"),
    )


def facts(card: Node, row: Node) -> Node:
    """What scoring may want to know of the card. `row`: the order's newest payment, with the bank's word; or empty."""
    told: Node = {name: getattr(method(card), name) for name in ("brand", "last4", "funding")}
    answer = _three_ds(card).get("authentication_status")
    told["three_d_secure"] = _ANSWERS.get(str(answer))
    said = row.get("processor_response")
    cvc = _CVV.get(str(said.get("cvv_code"))) if card and isinstance(said, dict) else None
    told["checks"] = {"cvc": cvc} if cvc else None
    return {name: value for name, value in told.items() if value}


def distrusted(order: Node) -> Decline | None:
    """Why a card's money is better not taken: the bank's check was made and not passed, or had no answer."""
    told = of(order).get("authentication_result")
    if not isinstance(told, dict) or told.get("liability_shift") in _GO_ON:
        return None
    secure = _three_ds(of(order))
    if told.get("liability_shift") == "NO" and secure.get("enrollment_status") in _NOT_ENROLLED:
        return None
    answer = str(secure.get("authentication_status") or "none")
    return Decline("authentication_failed", f"3ds_{answer}"[:80])


def _three_ds(card: Node) -> Node:
    told = card.get("authentication_result")
    secure = told.get("three_d_secure") if isinstance(told, dict) else None
    return secure if isinstance(secure, dict) else {}


def _word(card: Node, name: str) -> str | None:
    value = card.get(name)
    return value.lower()[:40] if isinstance(value, str) and value else None
