"""Kept methods, looked after: what networks changed is learned, what a customer lets go is let go at the provider."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app import events, providers
from app.crashpoints import crashpoint
from app.customers import keep
from app.errors import NotFound
from app.providers.base import CUSTOMER_GONE, Refused, Unanswered
from models import Customer, CustomerGatewayToken, Mandate, SavedMethod, audit, clock, db

# A provider that says nothing is asked to forget again after so long.
AGAIN = timedelta(minutes=10)


def own(method_id: str, customer_id: str, merchant_id: str) -> SavedMethod:
    """A kept method of this customer of this merchant. Raises NotFound with the field `saved_method`."""
    row = db.session().get(SavedMethod, method_id, populate_existing=True)
    if row is None or (row.customer_id, row.merchant_id) != (customer_id, merchant_id):
        raise NotFound("This customer has no such method.", field="saved_method")
    return row


def usable(method_id: str, merchant_id: str, *, customer_id: str | None = None) -> SavedMethod:
    """A method of the merchant's (and of this customer's) that may be charged now. Raises NotFound."""
    row = db.session().get(SavedMethod, method_id, populate_existing=True)
    is_theirs = row is not None and row.merchant_id == merchant_id
    if (
        row is None
        or not is_theirs
        or row.status != "active"
        or customer_id not in {None, row.customer_id}
    ):
        raise NotFound("There is no such saved method.", field="saved_method")
    return row


def of(customer_id: str) -> list[SavedMethod]:
    """A customer's methods that can be charged, newest first."""
    found = db.session().scalars(
        select(SavedMethod)
        .where(SavedMethod.customer_id == customer_id, SavedMethod.status == "active")
        .order_by(SavedMethod.id.desc())
    )
    return list(found)


def detach(method_id: str, *, customer_id: str, merchant_id: str) -> SavedMethod:
    """Let a method go: from now on nobody can charge it here; the provider forgets it too. Again: no change.

    Raises NotFound.
    """
    own(method_id, customer_id, merchant_id)
    with db.transaction():
        method = db.lock(SavedMethod, method_id)
        if method is None:
            raise NotFound
        if method.status == "active":
            take_away(method)
            audit.write(events.actor(), "saved_method.detached", method.id)
        crashpoint("detach.deciding")
    forget(method_id)
    return db.session().get_one(SavedMethod, method_id, populate_existing=True)


def take_away(method: SavedMethod) -> str:
    """Make a method unusable, in the open transaction; returns its id. The provider is asked afterwards (`forget`)."""
    now = clock.now()
    db.update(method, status="detached", detached_at=now, updated_at=now, check_at=now + AGAIN)
    _revoke(method, now)
    return method.id


def forget(method_id: str) -> bool:
    """Have the provider forget a method that was let go here. Silence: it is asked again (`due`)."""
    method = db.session().get_one(SavedMethod, method_id, populate_existing=True)
    if method.status != "detached" or method.check_at is None:
        return False
    crashpoint("detach.decided")
    try:
        adapter = providers.of(method.provider)
        if providers.ask(adapter.account) != method.account:
            return False  # to these keys it is unknown, which would pass for forgotten
        providers.ask(adapter.let_go, method.credential)
    except (Unanswered, Refused):
        return False
    crashpoint("detach.answered")
    with db.transaction():
        locked = db.lock(SavedMethod, method_id)
        if locked is not None:
            db.update(locked, check_at=None)
        crashpoint("detach.recording")
    return True


def due(limit: int) -> list[str]:
    """Take up to `limit` methods that a provider is still to forget."""
    with db.transaction():
        rows = db.take_due(SavedMethod.check_at, limit)
        for row in rows:
            db.update(row, check_at=clock.now() + AGAIN)
    return [row.id for row in rows]


def heed(refusal: Refused, provider: str, whose: str, reference: str) -> None:
    """What a refusal tells of a customer: deleted at the provider, what it kept is gone. A new one is made there."""
    if refusal.code == CUSTOMER_GONE:
        _renew(provider, whose, reference)


def _renew(provider: str, whose: str, lost: str) -> None:
    token = db.session().scalar(
        select(CustomerGatewayToken).where(
            CustomerGatewayToken.provider == provider,
            CustomerGatewayToken.account == whose,
            CustomerGatewayToken.provider_ref == lost,
        )
    )
    customer = db.session().get_one(Customer, token.customer_id) if token is not None else None
    if token is None or customer is None or customer.deleted_at is not None:
        return
    known = (customer.id, customer.email or "", customer.name or "")
    try:
        adapter = providers.of(provider)
        if providers.ask(adapter.account) != whose:
            return  # to these keys it is unknown, which would pass for deleted
        made = providers.ask(adapter.keep_customer, *known, lost)
    except (Unanswered, Refused):
        return
    with db.transaction():
        locked = db.lock(CustomerGatewayToken, token.id)
        if locked is None or locked.provider_ref != lost:
            return
        db.update(locked, provider_ref=made)
        for method in of(customer.id):
            if (method.provider, method.account) == (provider, whose):
                take_away(method)
                audit.write(events.actor(), "saved_method.detached", method.id, by="provider")


def refresh(provider: str, reference: str) -> bool | None:
    """The network or the provider changed a kept method: learn how it is now. False: none of ours; None: ask again.

    That is where nobody answered, or where the method was changed here meanwhile: the answer may be older than that.
    One that another account keeps is none of ours: to these keys it is unknown, which would pass for let go.
    """
    try:
        adapter = providers.of(provider)
        row = db.session().scalar(
            select(SavedMethod)
            .where(
                SavedMethod.provider == provider,
                SavedMethod.account == providers.ask(adapter.account),
                SavedMethod.credential == reference,
            )
            .execution_options(populate_existing=True)
        )
        if row is None:
            return False
        as_of = row.updated_at
        told = providers.ask(adapter.fetch_kept, reference)
        holds = _holds(row)
    except (Unanswered, Refused):
        return None
    with db.transaction():
        method = db.lock(SavedMethod, row.id)
        if method is None or method.status != "active":
            return True
        if method.updated_at != as_of:
            return None
        if told is None:
            take_away(method)
            audit.write(events.actor(), "saved_method.detached", method.id, by="provider")
            return True
        if keep.shown(told) != method.method:
            db.update(
                method, method=keep.shown(told), facts=dict(told.facts), updated_at=clock.now()
            )
            audit.write(events.actor(), "saved_method.updated", method.id, by="provider")
        if not holds:
            _revoke(method, clock.now())
            audit.write(events.actor(), "saved_method.mandate_ended", method.id, by="provider")
    return True


def _holds(method: SavedMethod) -> bool:
    """Whether the provider's mandate for a method, where it has one that we go by, is still in force."""
    mandate = db.session().get(Mandate, method.mandate_id or "", populate_existing=True)
    if mandate is None or mandate.provider_ref is None or mandate.status != "active":
        return True
    return providers.ask(providers.of(method.provider).in_force, mandate.provider_ref)


def _revoke(method: SavedMethod, now: datetime) -> None:
    if method.mandate_id is not None:
        mandate = db.session().get_one(Mandate, method.mandate_id)
        db.update(mandate, status="revoked", revoked_at=now)
