"""Stripe's amounts: which currencies it takes, with how many decimals, and the smallest charge.

Source: docs.stripe.com/currencies ("Presentment currencies", "Zero-decimal currencies", "Special
cases", "Minimum and maximum charge amounts"; the rule for three decimals as that page had it in
2022). HUF and TWD lose their decimals in payouts only, so they are ordinary here.
"""

from __future__ import annotations

from app.providers.base import Capabilities, MethodRule, Refused
from models.money import Money, exponent

_CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD
    CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR
    LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB
    PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS
    TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
"""
CURRENCIES = frozenset(_CODES.split())

# Where Stripe's decimals are not ISO 4217's. ISK and UGX have none, but are written with two zeros
# ("to charge 5 ISK, provide an amount value of 500"). The ariary has two by ISO and none at Stripe.
DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}

# The last digit of a three-decimal amount must be 0, in refunds and disputes too.
_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})

# In minor units. Where the account is paid out in another currency, Stripe compares after
# conversion: what passes here may still be refused there.
MINIMUM = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50,
    "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "KRW": 50, "MXN": 1000, "MYR": 200,
    "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip

# "The amount value supports up to eight digits", say the API's reference and its SDKs, and the page above has the
# exceptions. The rupiah's twelve is the one of them that others could be seen to go by (Signal's tests of 2022, where
# the yen has eight); what the page says today of further currencies could not be checked, and they keep eight:
# a longer amount is refused here, not taken and then impossible to pay.
MAXIMUM_DIGITS = 8
LONGER = {"IDR": 12}

# Stripe lets accounts of these countries take SEPA Direct Debit and iDEAL, and Indian ones UPI
# (docs.stripe.com/payments/payment-methods/payment-method-support, from memory). A UPI payment is of one rupee
# at least and one lakh of rupees at most (NPCI's general limits); Stripe's own bounds for it could not be checked.
_EUROPE = """
    AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IT LI LT LU LV MT NL NO PL PT RO SE SI SK
"""
_EURO_ACCOUNTS = frozenset((_EUROPE + " AU CA HK JP MX NZ SG US").split())
_EUR, _INR = frozenset({"EUR"}), frozenset({"INR"})
# fmt: off
METHODS = (
    MethodRule("card", saves=True),
    MethodRule("apple_pay"),
    MethodRule("google_pay"),
    MethodRule("sepa_debit", _EUR, _EURO_ACCOUNTS, maximum={"EUR": 10_000_00}, flow="delayed", saves=True, holds=False),
    MethodRule("ideal", _EUR, _EURO_ACCOUNTS, flow="redirect", holds=False),
    MethodRule("upi", _INR, frozenset({"IN"}), {"INR": 100}, {"INR": 100_000_00}, flow="delayed", holds=False),
)
# fmt: on

CAPABILITIES = Capabilities(
    currencies=CURRENCIES,
    exponents=DECIMALS | dict.fromkeys(_TENS, 2),
    minimum=MINIMUM,
    maximum_digits=MAXIMUM_DIGITS,
    longer=LONGER,
    methods=METHODS,
)


class NotExact(ValueError):
    """Stripe's number is no whole number of our minor units."""


def _scale(currency: str) -> tuple[int, int]:
    """What our minor units are multiplied with, and divided by, to be Stripe's."""
    ours = exponent(currency)
    theirs = DECIMALS.get(currency, ours)
    more: int = 10 ** max(theirs - ours, 0)
    fewer: int = 10 ** max(ours - theirs, 0)
    return more, fewer


def to_stripe(amount: Money) -> int:
    """The amount as Stripe wants it. Raises Refused when Stripe cannot say it exactly."""
    currency = amount.currency
    more, fewer = _scale(currency)
    number, rest = divmod(amount.minor * more, fewer)
    if rest or (currency in _TENS and number % 10):
        raise Refused(f"Stripe cannot express {amount}", code="amount_not_representable")
    if len(str(abs(number))) > CAPABILITIES.digits(currency):
        raise Refused(f"{amount} is more than Stripe takes at once", code="amount_too_large")
    return number


def from_stripe(number: object, currency: object) -> Money:
    """What a number of Stripe's means. Raises NotExact, TypeError, UnknownCurrency."""
    if type(number) is not int or not isinstance(currency, str):
        raise TypeError("an amount is an integer with a currency")
    code = currency.upper()
    more, fewer = _scale(code)
    minor, rest = divmod(number * fewer, more)
    if rest:
        raise NotExact(f"{number} {code}")
    return Money(minor, code)
