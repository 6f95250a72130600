"""What a payment or a setup leaves behind: a kept method, and the mandate that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import events, providers
from app.crashpoints import crashpoint
from app.customers import person
from app.errors import ProviderUnavailable
from app.providers.base import Kept, Refused, Unanswered
from models import CustomerGatewayToken, Mandate, SavedMethod, audit, clock, db
from models.customer import Customer
from models.ids import new_id

_SHOWN = ("type", "brand", "last4", "exp_month", "exp_year", "funding", "country", "email", "bank")


def account(provider: str) -> str:
    """Whose account the provider's keys open. Raises ProviderUnavailable."""
    try:
        return providers.ask(providers.get(provider).account)
    except (Unanswered, Refused):
        raise ProviderUnavailable from None


def gateway_ref(customer: Customer, provider: str) -> str:
    """The provider's id for a customer, made if need be; empty where it makes one with the first method.

    Call with no transaction open. Raises ProviderNotConfigured, ProviderUnavailable.
    """
    whose = account(provider)
    known = _ref_of(customer.id, provider, whose)
    if known is not None:
        return known
    try:
        made = providers.ask(
            providers.get(provider).keep_customer,
            customer.id,
            customer.email or "",
            customer.name or "",
        )
    except (Unanswered, Refused):
        raise ProviderUnavailable from None
    crashpoint("customer.made")
    if not made:
        return made
    with db.transaction():
        remember(customer.id, provider, whose, made)
        # Of two who made one at once, the first is remembered: what is kept for the other would be lost.
        return _ref_of(customer.id, provider, whose) or made


def _ref_of(customer_id: str, provider: str, whose: str) -> str | None:
    """The provider's id for a customer, if there is one."""
    return db.session().scalar(
        select(CustomerGatewayToken.provider_ref).where(
            CustomerGatewayToken.customer_id == customer_id,
            CustomerGatewayToken.provider == provider,
            CustomerGatewayToken.account == whose,
        )
    )


def remember(customer_id: str, provider: str, whose: str, reference: str) -> None:
    """Keep the provider's id of a customer, in the open transaction. Keeping it again changes nothing."""
    db.insert_unless_there(
        CustomerGatewayToken(
            id=new_id("cgt"),
            customer_id=customer_id,
            provider=provider,
            account=whose,
            provider_ref=reference,
        )
    )


def agree(
    customer_id: str,
    merchant_id: str,
    consent: Mapping[str, Any],
    *,
    source: str,
    provider_ref: str | None = None,
    revoked_at: datetime | None = None,
) -> Mandate:
    """Write down what was agreed to, in the open transaction. `source` is the payment, attempt or setup."""
    mandate = Mandate(
        id=new_id("man"),
        customer_id=customer_id,
        merchant_id=merchant_id,
        text=str(consent.get("text", "")),
        language=str(consent.get("language") or "en"),
        source=source,
        off_session=bool(consent.get("off_session")),
        ip=consent.get("ip_address") or None,
        user_agent=(consent.get("user_agent") or "")[:300] or None,
        provider_ref=provider_ref,
        status="revoked" if revoked_at else "active",
        revoked_at=revoked_at,
    )
    db.insert(mandate)
    return mandate


def keep(
    kept: Kept,
    *,
    customer_id: str,
    merchant_id: str,
    provider: str,
    whose: str,
    consent: Mapping[str, Any],
    source: str,
) -> SavedMethod:
    """Keep a method that the provider now keeps, in the open transaction. Heard again, it changes nothing."""
    found = db.session().scalar(
        select(SavedMethod)
        .where(
            SavedMethod.provider == provider,
            SavedMethod.account == whose,
            SavedMethod.credential == kept.credential,
        )
        .execution_options(populate_existing=True)
    )
    if found is not None:
        if found.customer_id == customer_id:
            _agree_anew(found, consent, source=source, provider_ref=kept.mandate_ref)
        return found
    gone, ref = _gone(customer_id), kept.mandate_ref or None
    mandate = agree(
        customer_id, merchant_id, consent, source=source, provider_ref=ref, revoked_at=gone
    )
    row = SavedMethod(
        id=new_id("sm"),
        customer_id=customer_id,
        merchant_id=merchant_id,
        provider=provider,
        account=whose,
        credential=kept.credential,
        type=kept.method.type if kept.method else "card",
        method=person.nameless(shown(kept)) if gone else shown(kept),
        facts=person.nameless(kept.facts) if gone else dict(kept.facts),
        mandate_id=mandate.id,
        status="detached" if gone else "active",
        detached_at=gone,
        check_at=gone,
    )
    db.insert(row)
    if kept.customer_ref:
        remember(customer_id, provider, whose, kept.customer_ref)
    audit.write(events.actor(), "saved_method.attached", row.id, customer=customer_id)
    return row


def _agree_anew(
    method: SavedMethod, consent: Mapping[str, Any], *, source: str, provider_ref: str
) -> None:
    """Have a method that is saved again rest on the newer words, unless they were written down before."""
    heard = select(Mandate.id).where(
        Mandate.customer_id == method.customer_id, Mandate.source == source
    )
    if db.session().scalar(heard) is not None:
        return
    # The customer is locked first, as by `records.delete`: the other way round each would wait for the other.
    if _gone(method.customer_id):
        return
    if (locked := db.lock(SavedMethod, method.id)) is None or locked.status != "active":
        return
    old = db.session().get(Mandate, method.mandate_id) if method.mandate_id else None
    ref = provider_ref or (old.provider_ref if old else None)
    newer = agree(method.customer_id, method.merchant_id, consent, source=source, provider_ref=ref)
    if old is not None:
        db.update(old, status="revoked", revoked_at=clock.now())
    db.update(method, mandate_id=newer.id, updated_at=clock.now())
    audit.write(events.actor(), "saved_method.agreed", method.id, mandate=newer.id)


def _gone(customer_id: str) -> datetime | None:
    """Now, if the customer was deleted while the provider was asked: it is to forget the method again."""
    customer = db.lock(Customer, customer_id)
    return clock.now() if customer is None or customer.deleted_at is not None else None


def shown(kept: Kept) -> dict[str, Any]:
    """What may be shown of a kept method."""
    told = kept.method.to_json() if kept.method else {"type": "card"}
    return {name: told[name] for name in _SHOWN if name in told}


def is_expired(method: Mapping[str, Any]) -> bool:
    """Whether a card's last month is over."""
    year, month = method.get("exp_year"), method.get("exp_month")
    if not isinstance(year, int) or not isinstance(month, int):
        return False
    now = clock.now()
    return (year, month) < (now.year, now.month)
