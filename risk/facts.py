"""What a decision may know of an attempt: one frozen value, every field with its unit and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

# The version of what is gathered. A stored decision says which version its facts have.
VERSION = 1

# Checks of the issuer, in our words; None: nobody told.
CHECKS = ("pass", "fail", "unavailable", "unchecked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known when an attempt is decided about. None means "not known", which is never the same as zero.

    Amounts are minor units of `currency`; countries are ISO 3166-1 alpha-2; moments are milliseconds since 1970, UTC.
    """

    # What is asked for
    at_ms: int
    """When the attempt was made."""
    merchant_id: str
    amount_minor: int
    currency: str
    """ISO 4217."""
    amount_about: float | None = None
    """The amount in coarse units of about one euro (`risk.magnitude`): to compare sizes, never to account."""
    provider: str = "stripe"
    method: str | None = None
    """`card`, `paypal`, …"""
    channel: str = "page"
    """`page` (a session by API), `link` (a payment link) or `api` (the merchant's server pays with a token)."""
    link_id: str | None = None
    tries: int = 0
    """Attempts on the same payment before this one."""
    goods: str | None = None
    """`digital` or `shipping`."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What the merchant attached to the payment."""

    # The card or wallet
    card: str | None = None
    """The provider's fingerprint of the card number; the same card, the same fingerprint."""
    card_bin: str | None = None
    """The first 6 to 8 digits, where the provider tells them."""
    card_brand: str | None = None
    card_funding: str | None = None
    """`credit`, `debit`, `prepaid` or `unknown`."""
    card_country: str | None = None
    wallet: str | None = None
    """`apple_pay`, `google_pay`, …"""
    payer_status: str | None = None
    """PayPal's word for the account: `VERIFIED` or `UNVERIFIED`."""

    # The person
    customer: str | None = None
    """The merchant's own id of the customer."""
    email: str | None = None
    """Normalized: lower case."""
    email_is_disposable: bool | None = None
    name: str | None = None
    account_age_days: float | None = None
    """Age of the customer's account at the merchant."""
    failed_logins_24h: int | None = None
    """Failed sign-ins to that account in the last 24 hours, as the merchant counts them."""

    # Where from
    ip: str | None = None
    ip_country: str | None = None
    device: str | None = None
    """A random id kept by the browser on our own page."""
    user_agent: str | None = None
    language: str | None = None
    """The browser's first language, `de-AT`."""
    utc_offset_min: int | None = None
    """The browser's time zone: minutes ahead of UTC."""
    billing_country: str | None = None
    billing_postal_code: str | None = None
    shipping_country: str | None = None

    # What the provider and the issuer answered; known at the second look only
    avs_postal: str | None = None
    avs_line1: str | None = None
    cvc: str | None = None
    """One of CHECKS, each."""
    three_ds: str | None = None
    """`authenticated`, `attempt_acknowledged`, `exempted`, `failed`, `not_supported`, `processing_error`."""
    liability_shift: bool | None = None
    """Whether the issuer bears the loss of a fraud dispute."""
    provider_score: int | None = None
    """The provider's own, 0 (safe) to 100."""
    provider_level: str | None = None
    """`normal`, `elevated` or `highest`."""

    # What may be done about it
    can_challenge: bool = False
    """Whether the method knows 3-D Secure."""
    can_hold: bool = False
    """Whether the money can be authorized first and captured later."""

    # What happened before
    past: Mapping[str, float | None] | None = None
    """Numbers of `risk.past.NAMES`; one that is missing is not known. None: the history could not be read."""

    def to_json(self) -> dict[str, Any]:
        """As a JSON value, without what is not known. `from_json` gives facts that are read the same."""
        told = ((name, getattr(self, name)) for name in self.__slots__)
        return {
            name: {key: one for key, one in value.items() if one is not None}
            if isinstance(value, Mapping)
            else value
            for name, value in told
            if value is not None and value != {}
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The facts that `to_json` wrote. A field that a newer version has added is left out."""
        return cls(**{name: given for name, given in value.items() if name in _NAMES})


_NAMES = frozenset(one.name for one in fields(Facts))
