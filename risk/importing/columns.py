"""Which columns of which export mean what: one table per export, read without regard to case or order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kind:
    """An export. `columns`: our name → headers it may have; `required`: without these it is another file.

    What has no header in the table is not read. `metadata`: headers of the merchant's own values, as a pattern.
    """

    name: str
    title: str
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    metadata: str | None = None

    def names(self, headers: Sequence[str]) -> tuple[str | None, ...] | None:
        """Our name of each header; None as a whole: this is another file."""
        meaning = {header: name for name, known in self.columns.items() for header in known}
        found: list[str | None] = []
        for header in headers:
            plain = _plain(header)
            name = meaning.get(plain)
            if name is None and self.metadata and re.fullmatch(self.metadata, plain):
                name = "metadata"
            found.append(None if name in found and name != "metadata" else name)
        return tuple(found) if set(self.required) <= set(found) else None


def _plain(header: str) -> str:
    return re.sub(r"[\s_]+", " ", header.strip().strip("\ufeff")).lower()


def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    """`name: header | header` by line."""
    found = {}
    for line in text.strip().splitlines():
        name, _, headers = line.strip().partition(":")
        found[name] = tuple(header.strip() for header in headers.split("|"))
    return MappingProxyType(found)


STRIPE_PAYMENTS = Kind(
    "stripe_payments",
    "Stripe's payments",
    _table("""
        ref: id
        at_utc: created date (utc) | created (utc)
        amount: amount
        currency: currency
        status: status
        reason: decline reason
        group: paymentintent id | payment intent id
        method: payment source type | payment method type
        email: customer email
        card: card fingerprint
        brand: card brand
        funding: card funding
        card_country: card issue country
        wallet: card tokenization method
        name: card name
        billing_country: card address country
        billing_postal_code: card address zip
        shipping_country: shipping address country
        cvc: card cvc status
        avs_postal: card avs zip status
        avs_line1: card avs line1 status
        refunded_utc: refunded date (utc)
        refunded: amount refunded
        dispute_utc: dispute date (utc)
        dispute_reason: dispute reason
    """),
    ("ref", "at_utc", "amount", "currency", "status"),
    metadata=r".+ \(metadata\)",
)
STRIPE_DISPUTES = Kind(
    "stripe_disputes",
    "Stripe's disputes",
    _table("""
        case: id | dispute id
        ref: charge id | charge
        at_utc: dispute created (utc) | dispute created date (utc) | created (utc) | dispute date (utc)
        reason: reason | dispute reason
    """),
    ("ref", "at_utc", "reason"),
)
PAYPAL_ACTIVITY = Kind(
    "paypal_activity",
    "PayPal's activity download",
    _table("""
        date: date
        time: time
        zone: timezone | time zone
        name: name
        type: type
        status: status
        currency: currency
        amount: gross
        email: from email address
        ref: transaction id
        original: reference txn id
        shipping_country: country code
        impact: balance impact
    """),
    ("date", "time", "zone", "type", "status", "currency", "amount", "ref"),
)
PAYPAL_SETTLEMENT = Kind(
    "paypal_settlement",
    "PayPal's settlement or transaction detail report",
    _table("""
        ref: transaction id
        original: paypal reference id
        event: transaction event code
        at: transaction initiation date
        impact: transaction debit or credit
        minor: gross transaction amount
        currency: gross transaction currency
        status: transactional status | transaction status
        card: consumer id | payer's account id
        email: payer account id
        shipping_country: shipping address country
    """),
    ("ref", "event", "at", "impact", "minor", "currency"),
)
PAYPAL_CASES = Kind(
    "paypal_cases",
    "PayPal's case report",
    _table("""
        case: case id
        ref: original transaction id
        at: case filing date
        type: case type
        reason: case reason
        chargeback: chargeback reason code | credit card chargeback reason code
    """),
    ("ref", "at", "type", "reason"),
)
OWN = Kind(
    "own",
    "Till's own CSV",
    _table("""
        ref: id
        at: at
        amount: amount
        currency: currency
        status: status
        provider: provider
        group: payment
        reason: decline
        method: method
        customer: customer
        email: email
        name: name
        account_age_days: account age days
        ip: ip
        device: device
        user_agent: user agent
        language: language
        goods: goods
        card: card
        card_bin: card bin
        brand: card brand
        funding: card funding
        card_country: card country
        wallet: wallet
        billing_country: billing country
        billing_postal_code: billing postal code
        shipping_country: shipping country
        cvc: cvc
        avs_postal: avs postal
        avs_line1: avs line1
        three_ds: three ds
        refunded_at: refunded at
        fraud: fraud
        fraud_at: fraud at
        fraud_known_at: fraud known at
    """),
    ("ref", "at", "amount", "currency", "status"),
    metadata=r"metadata\..+",
)

# In this order: the first that fits counts.
KINDS = (STRIPE_DISPUTES, STRIPE_PAYMENTS, PAYPAL_SETTLEMENT, PAYPAL_CASES, PAYPAL_ACTIVITY, OWN)
