"""Facts of an attempt, from everyone who knows some: the request, the merchant, the provider, the payment itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from disposable_email_domains import blocklist

from app import providers
from app.screening import keys, places
from app.screening.visitor import NOBODY, Visitor
from models.clock import now
from models.money import Money
from risk import magnitude
from risk.facts import CHECKS, Facts
from risk.past import TRY, Sighting

# Which methods can be asked for 3-D Secure, by provider (Stripe tells of its cards late), and whose money can be
# authorized now and captured later. PayPal asks for cards in its own fields only: the rest is approved at PayPal.
CHALLENGEABLE = {"stripe": frozenset({"", "card"}), "paypal": frozenset({"card"})}
HOLDABLE = frozenset({"stripe", "paypal", "razorpay"})

# 3-D Secure results after which the issuer bears a fraud dispute (Stripe: `three_d_secure.result`).
_SHIFTS = frozenset({"authenticated", "attempt_acknowledged"})
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An attempt that is about to be made, and who told what of it.

    `told` is the merchant's word (`app.commands.Shopper`), `credential` the provider's facts of the card or wallet,
    `method` how it is shown. `fixed_capture`: the provider's order was made by somebody else, and cannot be held.
    """

    attempt_id: str
    payment_id: str
    merchant_id: str
    amount: Money
    provider: str
    channel: str
    link_id: str | None = None
    tries: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)
    visitor: Visitor = NOBODY
    told: Mapping[str, Any] = field(default_factory=dict)
    credential: Mapping[str, Any] = field(default_factory=dict)
    method: Mapping[str, Any] | None = None
    fixed_capture: bool = False


def facts(asked: Asked) -> Facts:
    """Everything but the past. No provider has been asked for money yet."""
    told, card, method = asked.told, asked.credential, asked.method or {}
    visitor = asked.visitor
    # Whom the merchant knows is not somebody else by typing another address.
    email = _email(told.get("email") or visitor.email or method.get("email"))
    ip = _ip(visitor.ip, told.get("ip_address"))
    billing = card.get("billing_address") or {}
    return Facts(
        at_ms=int(now().timestamp() * 1000),
        merchant_id=asked.merchant_id,
        amount_minor=asked.amount.minor,
        currency=asked.amount.currency,
        amount_about=magnitude.about(asked.amount.minor, asked.amount.currency),
        provider=asked.provider,
        method=method.get("type") or ("paypal" if asked.provider == "paypal" else "card"),
        channel=asked.channel,
        link_id=asked.link_id,
        tries=asked.tries,
        goods=told.get("goods"),
        metadata={str(name): str(value) for name, value in asked.metadata.items()},
        card=card.get("fingerprint") or card.get("payer_id"),
        card_bin=card.get("bin"),
        card_brand=card.get("brand"),
        card_funding=card.get("funding"),
        card_country=card.get("country") or card.get("payer_country"),
        wallet=card.get("wallet"),
        payer_status=card.get("payer_status"),
        customer=told.get("customer"),
        email=email,
        email_is_disposable=None if email is None else is_disposable(email),
        name=_short(visitor.name or told.get("name") or card.get("billing_name")),
        account_age_days=told.get("account_age_days"),
        failed_logins_24h=told.get("failed_logins_24h"),
        ip=ip,
        ip_country=places.country(ip) if ip else None,
        device=_short(visitor.device or told.get("device")),
        user_agent=_short(visitor.user_agent or told.get("user_agent")),
        language=_short(visitor.language or told.get("language")),
        utc_offset_min=_first(visitor.utc_offset_min, told.get("utc_offset_min")),
        billing_country=billing.get("country") or card.get("billing_country"),
        billing_postal_code=billing.get("postal_code") or card.get("billing_postal_code"),
        shipping_country=told.get("shipping_country"),
        can_challenge=_type(asked) in CHALLENGEABLE.get(asked.provider, ()),
        can_hold=asked.provider in HOLDABLE and not asked.fixed_capture and _holds(asked),
    )


def _type(asked: Asked) -> str:
    """The method's name, as far as it is known."""
    return str((asked.method or {}).get("type", ""))


def _holds(asked: Asked) -> bool:
    """Whether the method's money can be authorized first: a bank debit or transfer is taken at once."""
    provider = providers.configured().get(asked.provider)
    rules = provider.can.methods if provider is not None else ()
    return all(rule.holds for rule in rules if rule.name == _type(asked))


def answered(before: Facts, said: Mapping[str, Any]) -> Facts:
    """The facts of the second look: those of the first, and what the provider and the issuer answered."""
    checks = said.get("checks") or {}
    secure = said.get("three_d_secure")
    return replace(
        before,
        card=before.card or said.get("fingerprint") or said.get("payer_id"),
        card_country=before.card_country or said.get("country") or said.get("payer_country"),
        payer_status=said.get("payer_status") or before.payer_status,
        avs_postal=_check(checks.get("address_postal_code")),
        avs_line1=_check(checks.get("address_line1")),
        cvc=_check(checks.get("cvc")),
        three_ds=secure,
        liability_shift=None if secure is None else secure in _SHIFTS,
        provider_score=said.get("risk_score"),
        provider_level=said.get("risk_level"),
    )


def identities(found: Facts) -> dict[str, str | None]:
    """The opaque keys of an attempt's identities: card, email, ip, device."""
    return {
        "card": keys.of("card", found.card),
        "email": keys.of("email", found.email),
        "ip": keys.of("ip", keys.network(found.ip)) if found.ip else None,
        "device": keys.of("device", found.device),
    }


def sighting(found: Facts, attempt_id: str, kind: str = TRY) -> Sighting:
    """The line that this attempt writes into the history."""
    return Sighting(
        at_ms=found.at_ms,
        kind=kind,
        attempt=attempt_id,
        merchant=found.merchant_id,
        currency=found.currency,
        amount_minor=found.amount_minor,
        link=found.link_id,
        **identities(found),
    )


def is_disposable(email: str) -> bool:
    """Whether the address is of a domain that gives addresses away for minutes."""
    labels = email.rpartition("@")[2].split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))


def _email(text: str | None) -> str | None:
    return text.strip().lower()[:254] if text else None


def _ip(seen: str | None, told: str | None) -> str | None:
    """The address that reached us, where it is one of the internet's; else the one that the merchant tells of."""
    return next((ip for ip in (seen, told) if ip and places.is_public(ip)), None)


def _check(word: str | None) -> str | None:
    return word if word in CHECKS else None


def _short(text: str | None) -> str | None:
    return text[:_LONGEST] if text else None


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
