"""The features of the model, as one table: what each is called, what it belongs to, how it is read, what it means."""

# ruff: noqa: E501 - a feature is one row of the table, and its sentence stands in it

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from risk import signals as s
from risk.facts import Facts
from risk.past import NAMES as PAST

# Raised whenever a row is added, removed, moved or read differently: a model fits one version only.
VERSION = 1

Past = Mapping[str, float | None]
_NO_PAST: Past = MappingProxyType({})
# What the families are called towards a person.
MEANING_OF_FAMILIES: Mapping[str, str] = {
    "amount": "What is bought and for how much",
    "velocity": "How often and how fast",
    "identity": "Who pays: e-mail, name, account",
    "place": "Where from: countries and language",
    "device": "What it is paid with: browser and channel",
    "card": "The card or wallet",
    "history": "What became of earlier payments",
    "provider": "What the provider and the issuer answered",
    "time": "When, on the payer's clock",
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One number the model sees. `sign` +1: more is never less risky; -1: never riskier; 0: the data decide."""

    name: str
    family: str
    sign: int
    read: Callable[[Facts, Past], float]
    meaning: str


def _of_past(name: str) -> Callable[[Facts, Past], float]:
    def read(_: Facts, past: Past) -> float:
        value = past.get(name)
        return s.NAN if value is None else float(value)

    return read


def _log_of_past(name: str) -> Callable[[Facts, Past], float]:
    return lambda _, past: s.log_of(past.get(name))


def _share(part: str, whole: str) -> Callable[[Facts, Past], float]:
    """One count over another that was large enough to say something."""

    def read(_: Facts, past: Past) -> float:
        counted, of = past.get(part), past.get(whole)
        return s.NAN if counted is None or of is None or of < 5 else counted / of

    return read


_LINKED_FRAUD = ("card_fraud_30d", "email_fraud_30d", "ip_fraud_30d", "device_fraud_30d")


def _linked_fraud(_: Facts, past: Past) -> float:
    known = [value for name in _LINKED_FRAUD if (value := past.get(name)) is not None]
    return float(sum(value > 0 for value in known)) if known else s.NAN


def _has_wallet(f: Facts, _: Past) -> float:
    """Only of cards: PayPal is not a card without a wallet."""
    return s.NAN if f.card is None and f.wallet is None else s.flag(f.wallet is not None)


def _own(name: str, family: str, sign: int, meaning: str) -> Feature:
    """A number of the history as it stands there."""
    assert name in PAST, name
    return Feature(name, family, sign, _of_past(name), meaning)


# fmt: off
TABLE: tuple[Feature, ...] = (
    # What is bought
    Feature("amount_log", "amount", 0, lambda f, _: s.log_of(f.amount_about), "Size of the amount, as a logarithm of about euros"),
    Feature("card_amount_ratio_log", "amount", 0, _log_of_past("card_amount_ratio"), "The amount against the card's mean, as a logarithm"),
    Feature("email_amount_ratio_log", "amount", 0, _log_of_past("email_amount_ratio"), "The amount against the e-mail address's mean, as a logarithm"),
    Feature("merchant_amount_ratio_log", "amount", 0, _log_of_past("merchant_amount_ratio"), "The amount against the merchant's mean, as a logarithm"),
    _own("card_amount_z", "amount", 0, "The amount in standard deviations of the card's past"),
    _own("email_amount_z", "amount", 0, "The amount in standard deviations of the e-mail address's past"),
    _own("merchant_amount_z", "amount", 0, "The amount in standard deviations of the merchant's past"),
    Feature("goods_are_digital", "amount", 0, lambda f, _: s.is_one(f.goods, "digital"), "Delivered at once over the net"),
    # How often and how fast
    Feature("tries", "velocity", 0, lambda f, _: float(f.tries), "Attempts on this payment before"),
    _own("card_tries_10m", "velocity", 0, "Attempts with the card in 10 minutes"),
    _own("card_tries_24h", "velocity", 0, "Attempts with the card in 24 hours"),
    _own("card_tries_7d", "velocity", 0, "Attempts with the card in 7 days"),
    _own("card_declines_24h", "velocity", 0, "Declines of the card in 24 hours"),
    _own("card_hard_7d", "velocity", +1, "Declines of the card for good in 7 days"),
    _own("card_emails_24h", "velocity", +1, "Different e-mail addresses with the card in 24 hours"),
    _own("card_emails_30d", "velocity", +1, "Different e-mail addresses with the card in 30 days"),
    _own("card_ips_24h", "velocity", +1, "Different IP addresses with the card in 24 hours"),
    _own("email_tries_1h", "velocity", 0, "Attempts with the e-mail address in 1 hour"),
    _own("email_tries_7d", "velocity", 0, "Attempts with the e-mail address in 7 days"),
    _own("email_declines_24h", "velocity", 0, "Declines with the e-mail address in 24 hours"),
    _own("email_hard_7d", "velocity", +1, "Declines for good with the e-mail address in 7 days"),
    _own("email_cards_24h", "velocity", +1, "Different cards with the e-mail address in 24 hours"),
    _own("email_cards_30d", "velocity", +1, "Different cards with the e-mail address in 30 days"),
    _own("email_ips_24h", "velocity", +1, "Different IP addresses with the e-mail address in 24 hours"),
    _own("ip_tries_10m", "velocity", 0, "Attempts from the IP address in 10 minutes"),
    _own("ip_tries_24h", "velocity", 0, "Attempts from the IP address in 24 hours"),
    _own("ip_hard_1h", "velocity", +1, "Declines for good from the IP address in 1 hour"),
    _own("ip_hard_7d", "velocity", +1, "Declines for good from the IP address in 7 days"),
    _own("ip_cards_10m", "velocity", +1, "Different cards from the IP address in 10 minutes"),
    _own("ip_cards_1h", "velocity", +1, "Different cards from the IP address in 1 hour"),
    _own("ip_cards_24h", "velocity", +1, "Different cards from the IP address in 24 hours"),
    _own("ip_emails_24h", "velocity", +1, "Different e-mail addresses from the IP address in 24 hours"),
    _own("link_cards_10m", "velocity", 0, "Different cards on the payment link in 10 minutes"),
    Feature("link_hard_share_1h", "velocity", +1, _share("link_hard_1h", "link_tries_1h"), "Share of the link's attempts in 1 hour declined for good"),
    Feature("merchant_hard_share_10m", "velocity", +1, _share("merchant_hard_10m", "merchant_tries_10m"), "Share of the shop's attempts in 10 minutes declined for good"),
    # Who pays
    Feature("email_is_disposable", "identity", +1, lambda f, _: s.flag(f.email_is_disposable), "An address from a provider of throw-away mail"),
    Feature("email_digits", "identity", 0, lambda f, _: s.digits_in(f.email), "Share of digits before the @"),
    Feature("email_vowels", "identity", 0, lambda f, _: s.vowels_in(f.email), "Share of vowels among the letters before the @"),
    Feature("email_length", "identity", 0, lambda f, _: s.length_of(f.email), "Length of what stands before the @"),
    Feature("name_in_email", "identity", -1, lambda f, _: s.name_in(f.email, f.name), "Share of the e-mail address that the payer's name explains"),
    _own("email_age_days", "identity", 0, "Days since the e-mail address was first seen"),
    Feature("account_age_days", "identity", -1, lambda f, _: s.number(f.account_age_days), "Age of the customer's account in days"),
    Feature("failed_logins_24h", "identity", +1, lambda f, _: s.number(f.failed_logins_24h), "Failed sign-ins to the account in 24 hours"),
    # Where from
    Feature("ip_is_card_country", "place", -1, lambda f, _: s.same(f.ip_country, f.card_country), "IP address and card are of one country"),
    Feature("ip_is_billing_country", "place", -1, lambda f, _: s.same(f.ip_country, f.billing_country), "IP address and billing address are of one country"),
    Feature("ip_is_shipping_country", "place", -1, lambda f, _: s.same(f.ip_country, f.shipping_country), "IP address and shipping address are of one country"),
    Feature("card_is_billing_country", "place", -1, lambda f, _: s.same(f.card_country, f.billing_country), "Card and billing address are of one country"),
    Feature("card_is_shipping_country", "place", -1, lambda f, _: s.same(f.card_country, f.shipping_country), "Card and shipping address are of one country"),
    Feature("billing_is_shipping_country", "place", -1, lambda f, _: s.same(f.billing_country, f.shipping_country), "Billing and shipping address are of one country"),
    Feature("language_of_card_country", "place", -1, lambda f, _: s.at_home(f.language, f.card_country), "The browser's language is spoken in the card's country"),
    Feature("language_of_ip_country", "place", 0, lambda f, _: s.at_home(f.language, f.ip_country), "The browser's language is spoken where the IP address is"),
    # What it is paid with
    Feature("is_script", "device", +1, lambda f, _: s.is_script(f.user_agent), "The browser says it is a program"),
    Feature("is_mobile", "device", 0, lambda f, _: s.is_mobile(f.user_agent), "A phone or tablet"),
    _own("device_age_days", "device", 0, "Days since the browser was first seen"),
    _own("device_tries_1h", "device", 0, "Attempts from the browser in 1 hour"),
    _own("device_hard_24h", "device", +1, "Declines for good from the browser in 24 hours"),
    _own("device_cards_24h", "device", +1, "Different cards from the browser in 24 hours"),
    _own("device_cards_30d", "device", +1, "Different cards from the browser in 30 days"),
    _own("device_emails_7d", "device", +1, "Different e-mail addresses from the browser in 7 days"),
    Feature("by_link", "device", 0, lambda f, _: s.is_one(f.channel, "link"), "Came by a payment link"),
    Feature("by_api", "device", 0, lambda f, _: s.is_one(f.channel, "api"), "Came from the merchant's server"),
    # The card
    Feature("card_is_prepaid", "card", 0, lambda f, _: s.is_one(f.card_funding, "prepaid"), "A prepaid card"),
    Feature("card_is_credit", "card", 0, lambda f, _: s.is_one(f.card_funding, "credit"), "A credit card"),
    Feature("card_is_amex", "card", 0, lambda f, _: s.is_one(f.card_brand, "amex"), "An American Express card"),
    Feature("has_wallet", "card", -1, _has_wallet, "Paid through a wallet on the phone"),
    Feature("payer_is_verified", "card", -1, lambda f, _: s.is_one(f.payer_status, "VERIFIED"), "PayPal has verified the account"),
    _own("card_age_days", "card", 0, "Days since the card was first seen"),
    _own("card_last_min", "card", 0, "Minutes since the card was last seen"),
    # What became of earlier payments
    Feature("linked_fraud", "history", +1, _linked_fraud, "Of card, e-mail, IP address and browser: how many have known fraud in 30 days"),
    _own("card_fraud_30d", "history", +1, "Known fraud with the card in 30 days"),
    _own("email_fraud_30d", "history", +1, "Known fraud with the e-mail address in 30 days"),
    _own("ip_fraud_30d", "history", +1, "Known fraud from the IP address in 30 days"),
    _own("device_fraud_30d", "history", +1, "Known fraud from the browser in 30 days"),
    _own("email_refunds_30d", "history", 0, "Refunds to the e-mail address in 30 days"),
    _own("card_good_30d", "history", -1, "Payments with the card known as good in 30 days"),
    _own("email_good_30d", "history", -1, "Payments with the e-mail address known as good in 30 days"),
    # What the provider and the issuer answered
    Feature("avs_postal", "provider", -1, lambda f, _: s.passed(f.avs_postal), "The issuer knows the postal code"),
    Feature("avs_line1", "provider", -1, lambda f, _: s.passed(f.avs_line1), "The issuer knows the street"),
    Feature("cvc", "provider", -1, lambda f, _: s.passed(f.cvc), "The security code is right"),
    Feature("three_ds", "provider", -1, lambda f, _: s.authenticated(f.three_ds), "How sure the issuer is of its customer (3-D Secure)"),
    Feature("provider_score", "provider", +1, lambda f, _: s.number(f.provider_score), "The provider's own score"),
    # When
    Feature("hour_sine", "time", 0, lambda f, _: s.hour_sine(f), "Time of day on the payer's clock: morning + to evening -"),
    Feature("hour_cosine", "time", 0, lambda f, _: s.hour_cosine(f), "Time of day on the payer's clock: midnight + to noon -"),
    Feature("weekend", "time", 0, lambda f, _: s.weekend(f), "Saturday or Sunday on the payer's clock"),
)
# fmt: on

NAMES: tuple[str, ...] = tuple(one.name for one in TABLE)
FAMILIES: Mapping[str, str] = MappingProxyType({one.name: one.family for one in TABLE})
MONOTONE: Mapping[str, int] = MappingProxyType({one.name: one.sign for one in TABLE})
MEANING: Mapping[str, str] = MappingProxyType({one.name: one.meaning for one in TABLE})
_READ = tuple(one.read for one in TABLE)


def vector(facts: Facts) -> list[float]:
    """The features of an attempt in the order of NAMES; finite, or NaN where nothing is known."""
    past = facts.past if facts.past is not None else _NO_PAST
    return [read(facts, past) for read in _READ]
