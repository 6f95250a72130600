"""What a rule can ask about: every attribute with its type, its meaning and how it is read, made of the facts."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TypeAlias

from risk import past, scale, signals
from risk.facts import CHECKS, Facts
from risk.view import View

TEXT, NUMBER, MONEY, FLAG = "text", "number", "money", "flag"

# What an attribute has: money as minor units, with the currency in the facts. None: not known.
Value: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One thing that is known of an attempt."""

    name: str
    kind: str
    """`text`, `number`, `money` or `flag`."""
    meaning: str
    read: Callable[[View], Value]
    listed_as: str | None = None
    """The type of list item that it can be looked up as."""
    words: tuple[str, ...] = ()
    """The only values it has, where that is known."""
    least: float = -math.inf
    most: float = math.inf
    is_answer: bool = False
    """Known only after the provider has answered: missing at the first look."""


# name → (meaning, what else). Of Facts, with their types; a field that is not here cannot be asked about.
_FACTS: Mapping[str, str] = {
    "merchant_id": "The shop's id",
    "currency": "The currency, such as 'EUR'",
    "amount_about": "The size of the amount in units of about one euro, whatever the currency",
    "provider": "Who moves the money: 'stripe' or 'paypal'",
    "method": "How it is paid: 'card', 'paypal', …",
    "channel": "Where it is paid",
    "link_id": "The payment link's id",
    "tries": "Attempts on this payment before",
    "goods": "What is sold",
    "card": "The card's fingerprint",
    "card_bin": "The first 6 to 8 digits of the card",
    "card_brand": "The card's brand, such as 'visa'",
    "card_funding": "What kind of card it is",
    "card_country": "The card's country, such as 'DE'",
    "wallet": "The wallet, such as 'apple_pay'",
    "payer_status": "PayPal's word for the account",
    "customer": "The shop's own id of the customer",
    "email": "The e-mail address",
    "email_is_disposable": "Whether the address is of a throw-away service",
    "name": "The payer's name",
    "account_age_days": "Age of the customer's account, in days",
    "failed_logins_24h": "Failed sign-ins to the account in 24 hours",
    "ip": "The IP address",
    "ip_country": "The country of the IP address",
    "device": "The browser's id on our page",
    "user_agent": "What the browser calls itself",
    "language": "The browser's language, such as 'de-AT'",
    "utc_offset_min": "The browser's time zone, in minutes ahead of UTC",
    "billing_country": "The country of the billing address",
    "billing_postal_code": "The postal code of the billing address",
    "shipping_country": "The country of the shipping address",
    "avs_postal": "Whether the issuer knows the postal code",
    "avs_line1": "Whether the issuer knows the street",
    "cvc": "Whether the security code is right",
    "three_ds": "What came of 3-D Secure",
    "liability_shift": "Whether the issuer bears the loss of fraud",
    "provider_score": "The provider's own score, 0 to 100",
    "provider_level": "The provider's own level",
    "can_challenge": "Whether 3-D Secure is possible",
    "can_hold": "Whether the money can be held",
}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "channel": ("page", "link", "api"),
    "goods": ("digital", "shipping"),
    "card_funding": ("credit", "debit", "prepaid", "unknown"),
    "payer_status": ("VERIFIED", "UNVERIFIED"),
    "avs_postal": CHECKS,
    "avs_line1": CHECKS,
    "cvc": CHECKS,
    "three_ds": (
        "authenticated", "attempt_acknowledged", "exempted", "failed", "not_supported",
        "processing_error",
    ),
    "provider_level": scale.LEVELS,
}  # fmt: skip
_RANGES: Mapping[str, tuple[float, float]] = {
    "provider_score": (0, 100),
    "utc_offset_min": (-14 * 60, 14 * 60),
    **dict.fromkeys(("tries", "account_age_days", "failed_logins_24h"), (0, math.inf)),
    "amount_about": (0, math.inf),
}
_ANSWERS = frozenset(
    ("avs_postal", "avs_line1", "cvc", "three_ds", "liability_shift", "provider_score")
) | {"provider_level"}
_LISTED: Mapping[str, str] = {
    "card": "card", "card_bin": "bin", "email": "email", "email_domain": "domain", "ip": "ip",
    "customer": "customer", "device": "device",
    **{f"{whose}_country": "country" for whose in ("card", "ip", "billing", "shipping")},
}  # fmt: skip
_KINDS = {"str": TEXT, "int": NUMBER, "float": NUMBER, "bool": FLAG}


def _of_facts() -> list[Attribute]:
    found = []
    for one in fields(Facts):
        if one.name in _FACTS:
            least, most = _RANGES.get(one.name, (-math.inf, math.inf))
            found.append(
                Attribute(
                    name=one.name,
                    kind=_KINDS[str(one.type).partition(" ")[0]],
                    meaning=_FACTS[one.name],
                    read=_reader(one.name),
                    listed_as=_LISTED.get(one.name),
                    words=_WORDS.get(one.name, ()),
                    least=least,
                    most=most,
                    is_answer=one.name in _ANSWERS,
                )
            )
    return found


def _reader(name: str) -> Callable[[View], Value]:
    def read(view: View) -> Value:
        value: Value = getattr(view.facts, name)
        return None if value == "" else value

    return read


# What is counted, in words. `{who}`: with the card, from the IP address, …
_WHO = {
    "card": "with the card", "email": "with the e-mail address", "ip": "from the IP address",
    "device": "from the browser", "link": "on the payment link", "merchant": "in the shop",
}  # fmt: skip
_COUNTS = {
    "tries": "Attempts {who}", "declines": "Declines {who}",
    "hard": "Declines for good {who}", "cards": "Different cards {who}",
    "emails": "Different e-mail addresses {who}", "ips": "Different IP addresses {who}",
    "devices": "Different browsers {who}", "fraud": "Known fraud {who}",
    "refunds": "Refunds {who}", "good": "Payments known as good {who}",
}  # fmt: skip
_WINDOWS = {
    "10m": "in 10 minutes", "1h": "in 1 hour", "24h": "in 24 hours", "7d": "in 7 days", "30d": "in 30 days"
}  # fmt: skip
_OTHERS = {
    "age_days": "Days since the first attempt {who}",
    "last_min": "Minutes since the last attempt {who}",
    "amount_ratio": "The amount against the mean of earlier ones {who} (2: twice as much)",
    "amount_z": "The amount against earlier ones {who}, in standard deviations",
}


def _of_past() -> list[Attribute]:
    found = []
    for name in past.NAMES:
        identity, _, rest = name.partition("_")
        what, _, window = rest.rpartition("_")
        is_count = rest not in _OTHERS
        meaning = f"{_COUNTS[what]} {_WINDOWS[window]}" if is_count else _OTHERS[rest]
        found.append(
            Attribute(
                name=name,
                kind=NUMBER,
                meaning=meaning.format(who=_WHO[identity]),
                read=_past_reader(name),
                least=-math.inf if rest == "amount_z" else 0,
                most=past.MOST if is_count else math.inf,
            )
        )
    return found


def _past_reader(name: str) -> Callable[[View], Value]:
    return lambda view: view.past.get(name)


def _domain(view: View) -> Value:
    return (view.facts.email or "").rpartition("@")[2] or None


def _local_hour(view: View) -> Value:
    minutes = signals.local_minutes(view.facts)
    return None if math.isnan(minutes) else int(minutes) // 60


def _is_night(view: View) -> Value:
    hour = _local_hour(view)
    return None if hour is None else int(hour) < 6


_DERIVED = [
    Attribute(
        name="amount",
        kind=MONEY,
        meaning="The amount, compared within its own currency: :amount: > 500 EUR",
        read=lambda view: view.facts.amount_minor,
        least=0,
    ),
    Attribute(
        name="score", kind=NUMBER, meaning="The risk score, 0 to 100",
        read=lambda view: view.score, least=0, most=100,
    ),
    Attribute(
        name="level", kind=TEXT, meaning="The risk level",
        read=lambda view: view.level, words=scale.LEVELS,
    ),
    Attribute(
        name="email_domain", kind=TEXT, meaning="What stands behind the @",
        read=_domain, listed_as="domain",
    ),
    Attribute(
        name="local_hour", kind=NUMBER, meaning="The hour on the payer's clock, 0 to 23",
        read=_local_hour, least=0, most=23,
    ),
    Attribute(
        name="is_night", kind=FLAG, meaning="Whether it is before 6 on the payer's clock",
        read=_is_night,
    ),
]  # fmt: skip

ATTRIBUTES: Mapping[str, Attribute] = {
    one.name: one for one in (*_DERIVED, *_of_facts(), *_of_past())
}


def metadata(key: str) -> Attribute:
    """What the merchant attached to the payment under a key: text, which counts as a number beside a number."""
    return Attribute(
        name=key,
        kind=TEXT,
        meaning=f"The metadata {key!r}",
        read=lambda view: view.facts.metadata.get(key),
    )


def nearest(name: str) -> str | None:
    """The attribute that was probably meant."""
    close = difflib.get_close_matches(name.lower(), ATTRIBUTES, n=1, cutoff=0.6)
    return close[0] if close else None
