"""The shopper presses Pay on the hosted page: decide, ask, record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from app.errors import (
    AmountChanged,
    AppError,
    PaymentNotOpen,
    PaymentProcessing,
)
from app.idempotency import unrepeated
from app.payments import bounds, chosen, links, methods, screen, source, start, tokens
from app.payments.approve import abandon_challenge
from app.payments.chosen import Confirm
from app.payments.find import lock_payment, session_of
from app.payments.screen import Look
from app.providers.base import Charge
from app.screening import gate
from app.screening.gather import Asked
from models import CheckoutSession, Merchant, Order, Payment, clock, db
from models.ids import new_id


def confirm(session_id: str, command: Confirm) -> None:
    """Try to pay a session. The payment's status tells what came of it.

    Raises NotFound, PaymentNotOpen, PaymentProcessing, AmountChanged, LinkNotOpen, CredentialInvalid,
    MethodNotAvailable, ConsentMissing, TooManyRequests, ProviderUnavailable, an amount's errors.
    """
    session, payment, order = session_of(session_id)
    open_for_payment(payment)
    bounds.check_amount(order.total, command.provider)
    kept_for = chosen.kept_for(session, payment, command)
    merchant = db.session().get_one(Merchant, session.merchant_id)
    wanted = session.payment_methods
    offers = methods.offered(order.total, merchant.country, wanted, capture=payment.capture)
    usable = methods.at(offers, command.provider)
    found, known = _look(_asked(session, payment, order, command), command, kept_for)
    try:
        if not found.blocks:  # who is turned away before the card is known has no method yet
            chosen.check_method(command, known, usable)
        else:
            gate.refuse(found.asked, by_limit=found.by_limit)
        found, charge = _decide(session, command, known, found, replace(kept_for, methods=usable))
    except AppError:
        screen.forget(found)
        raise
    if found.by_limit:
        screen.forget(found)
    if not found.blocks:
        start.ask(charge, command.provider, unrepeated())


def _look(asked: Asked, command: Confirm, kept_for: chosen.Kept) -> tuple[Look, dict[str, Any]]:
    """The decision, and what it was made of. Whom a limit turns away whatever the card is, the provider is not asked.

    Raises TooManyRequests, CredentialInvalid, ProviderUnavailable, PaymentProcessing.
    """
    known: dict[str, Any] = {"facts": {"email": command.email}} if command.email else {}
    with gate.passing(asked) as look_first:
        first = screen.look(asked) if look_first else None
        if first is not None and first.by_limit:
            return first, known
        try:
            if command.credential:
                known = _with_card(known, command)
            elif kept_for.source is not None:
                told_of = kept_for.source
                facts = {**told_of.facts, **known.get("facts", {})}
                known = {"method": dict(told_of.method or {}), "facts": facts}
            abandon_challenge(asked.payment_id)
            if first is not None and "method" not in known:
                found, first = first, None  # nothing more is known than then
                return found, known
            method = known.get("method") or asked.method
            told = replace(asked, credential=known.get("facts", {}), method=method)
            return screen.look(told), known
        finally:
            if (
                first is not None
            ):  # until now, it told those who came at once that another one tries
                screen.forget(first)


def _with_card(known: dict[str, Any], command: Confirm) -> dict[str, Any]:
    """With what the provider knows of the card. Raises CredentialInvalid, ProviderUnavailable."""
    credential = tokens.inspect(command.provider, "confirmation_token", command.credential)
    return {
        "method": credential.method.to_json() if credential.method else None,
        "facts": {**credential.facts, **known.get("facts", {})},
    }


def _asked(session: CheckoutSession, payment: Payment, order: Order, command: Confirm) -> Asked:
    visitor = command.visitor
    told = {"email": session.customer_email, **(session.shopper or {})}
    return Asked(
        attempt_id=new_id("att"),
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        amount=order.total,
        provider=command.provider,
        channel="link" if session.link_id else "page",
        link_id=session.link_id,
        tries=payment.attempts_count,
        metadata=payment.details,
        visitor=replace(visitor, email=command.email or visitor.email),
        told=told,
        method={"type": command.method} if command.method else None,
    )


def open_for_payment(payment: Payment) -> None:
    """Raises PaymentNotOpen, PaymentProcessing, unless the payment may be tried now."""
    if payment.status == "processing":
        raise PaymentProcessing
    if payment.session_status != "open" or (
        payment.expires_at is not None and payment.expires_at <= clock.now()
    ):
        raise PaymentNotOpen(status=payment.status)


def nobody_pays(payment: Payment) -> None:
    """The same under the lock, after `abandon_challenge`: another tab may have begun a challenge in between."""
    open_for_payment(payment)
    if payment.status == "requires_action":
        raise PaymentProcessing


def _decide(
    session: CheckoutSession,
    command: Confirm,
    known: Mapping[str, Any],
    found: Look,
    kept_for: chosen.Kept,
) -> tuple[Look, Charge]:
    with db.transaction():
        payment = lock_payment(session.payment_id)
        nobody_pays(payment)
        found = screen.count_again(found, payment)
        order = db.session().get_one(Order, session.order_id, populate_existing=True)
        if order.total_minor != command.amount_minor:
            raise AmountChanged(field="amount", amount=order.total_minor, currency=order.currency)
        if kept_for.source is not None:
            source.hold(kept_for.source, session.merchant_id)
        links.take_use(payment)
        merchant = db.session().get_one(Merchant, session.merchant_id)
        charge = Charge(
            attempt_id=found.asked.attempt_id,
            payment_id=payment.id,
            amount=order.total,
            capture=cast("Literal['automatic', 'manual']", payment.capture),
            credential=command.credential,
            credential_kind="confirmation_token" if command.credential else "",
            return_url=command.return_url,
            cancel_url=command.cancel_url,
            description=payment.description or "",
            merchant_name=merchant.name,
            order_number=order.number,
            in_browser=True,
        )
        charge = found.asks(chosen.with_kept(charge, command, kept_for, known))
        chosen.note_whose(payment, kept_for)
        start.begin(payment, charge, command.provider, found, **known)
    return found, charge
