"""What the shopper chose on the page: how to pay, with what, and whether it is to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.customers import keep, kept, records
from app.errors import ConsentMissing, MethodNotAvailable, NotFound
from app.payments import methods, recovery, source
from app.providers.base import Charge
from app.screening.visitor import NOBODY, Visitor
from models import CheckoutSession, Payment, db


@dataclass(frozen=True, slots=True)
class Confirm:
    """What the page sends. `amount_minor` is what the shopper saw: compared, never charged.

    `credential` is a confirmation token for Stripe and empty for PayPal and Razorpay: the order is yet to be made.
    `method` is the way that was chosen, where the credential does not say. `saved_method_id`: pay with a kept method of
    the session's customer. `customer_id`: who has been proven to be there, in this browser; a session's customer can
    be another one by now. `consent`: keep the method, on these words (`app.customers.keep.agree`); empty: do not.
    """

    provider: str
    amount_minor: int
    credential: str = ""
    email: str | None = None
    return_url: str = ""
    cancel_url: str = ""
    visitor: Visitor = NOBODY
    method: str = ""
    saved_method_id: str = ""
    customer_id: str | None = None
    consent: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Whose methods are kept where, for a charge with one or for one that is to be kept; and what may be used."""

    source: source.Source | None = None
    customer_id: str | None = None
    customer_ref: str = ""
    account: str = ""
    methods: tuple[str, ...] = ()


def kept_for(session: CheckoutSession, payment: Payment, command: Confirm) -> Kept:
    """What the provider must know of the customer; it may be asked to make one. Raises NotFound, ConsentMissing."""
    if command.saved_method_id:
        failed = recovery.recovered(session, payment)
        is_recovery = failed is not None and command.saved_method_id == failed.saved_method_id
        owner = failed.customer_id if failed and is_recovery else session.customer_id
        if owner is None or not (is_recovery or owner == command.customer_id):
            raise NotFound("There is no such saved method.", field="saved_method")
        saved = kept.usable(command.saved_method_id, session.merchant_id, customer_id=owner)
        if saved.provider != command.provider:
            raise NotFound("There is no such saved method.", field="saved_method")
        found = source.of_saved(saved, off_session=False)
        return Kept(found, owner, found.customer_ref, found.account)
    if not command.consent:
        return Kept()
    is_theirs = session.customer_id is not None and session.customer_id == command.customer_id
    if session.customer_id is None or not is_theirs or not command.consent.get("text"):
        raise ConsentMissing(field="save")
    customer = records.own(session.customer_id, session.merchant_id)
    reference = keep.gateway_ref(customer, command.provider)
    return Kept(None, customer.id, reference, keep.account(command.provider))


def check_method(command: Confirm, known: Mapping[str, Any], usable: tuple[str, ...]) -> None:
    """Whether what the shopper pays with is among what the session offers. Raises MethodNotAvailable."""
    told, asked = known.get("method") or {}, _way(command, known)
    if command.credential and told.get("wallet") in methods.WALLETS:
        asked = told["wallet"]
    if asked not in usable:
        raise MethodNotAvailable(field="payment_methods", method=asked, available=sorted(usable))


def _way(command: Confirm, known: Mapping[str, Any]) -> str:
    return str(command.method or (known.get("method") or {}).get("type") or command.provider)


def with_kept(charge: Charge, command: Confirm, whose: Kept, known: Mapping[str, Any]) -> Charge:
    """The charge with the customer at the provider, the kept method or the wish to keep one, and what may be used.

    The box stands beside all that Stripe's form takes: what cannot be charged again (iDEAL, UPI) is not kept.
    """
    consent = command.consent if methods.saves(_way(command, known), command.provider) else {}
    told: dict[str, Any] = {
        "method": command.method,
        "methods": whose.methods,
        "customer_ref": whose.customer_ref,
        "account": whose.account,
        "save": bool(consent),
        "mandate": dict(consent),
        "language": command.language,
    }
    if whose.source is not None:
        told |= {
            "credential": whose.source.credential,
            "credential_kind": "saved",
            "method": whose.source.type,
            "mandate_ref": whose.source.mandate_ref,
        }
    return replace(charge, **told)


def note_whose(payment: Payment, whose: Kept) -> None:
    """Whose the payment is now, and with which kept method; an earlier try may have been with another one."""
    method = whose.source.saved_method_id if whose.source is not None else None
    customer = whose.customer_id or payment.customer_id
    if (customer, method) != (payment.customer_id, payment.saved_method_id):
        db.update(payment, customer_id=customer, saved_method_id=method)
