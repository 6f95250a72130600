"""Open a checkout session: an order, priced by us and stored as pending, and the payment that it waits for."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app import events, providers
from app.commands import CreateSession
from app.config import Config
from app.customers import records as customers
from app.errors import (
    AmountInvalid,
    AmountTooLarge,
    AmountTooSmall,
    AppError,
    CurrencyNotSupported,
    Invalid,
    NotFound,
)
from app.idempotency import Once
from app.payments import basket as baskets
from app.payments import methods
from app.payments.bounds import check_amount
from models import CheckoutSession, Customer, Merchant, Order, Payment, clock, db
from models.ids import new_id
from models.money import Money

# Without 0, 1, I, L, O, U: what a person reads out on the telephone must be heard as one thing.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=30)


def order_number() -> str:
    """A confirmation number such as `K7QF-2M9RX` (44 random bits; the database refuses the same twice)."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(9))
    return f"{code[:4]}-{code[4:]}"


def open_session(command: CreateSession, *, merchant: Merchant, config: Config, once: Once) -> None:
    """Open a session for a basket. `once` is told the CheckoutSession.

    Raises CurrencyNotSupported, AmountTooSmall, AmountTooLarge, MethodNotAvailable, NotFound (the customer),
    Invalid (expires_at out of bounds).
    """
    customer = customers.own(command.customer, merchant.id) if command.customer else None
    basket = command.model_dump(
        include={"line_items", "discounts", "shipping_options", "tax_rates"},
        exclude_none=True,
        mode="json",
    )
    if command.amount is not None:
        title = command.description or merchant.name
        basket["line_items"] = [{"name": title, "quantity": 1, "unit_amount": command.amount}]
    if command.payment_methods:
        total = priced(basket, command.currency).total
        methods.check_wanted(command.payment_methods, total, merchant.country, command.capture)
    expires_at = command.expires_at or clock.now() + timedelta(minutes=config.session_lifetime_min)
    _check_period(expires_at)
    with db.transaction():
        if customer is not None:
            _check_there(customer)
        session = write(
            merchant,
            basket,
            command.currency,
            expires_at=expires_at,
            reference=command.reference,
            payment={
                "capture": command.capture,
                "description": command.description,
                "details": dict(command.metadata),
                "customer_id": command.customer,
            },
            session={
                "success_url": command.success_url,
                "cancel_url": command.cancel_url,
                "customer_email": command.customer_email or (customer and customer.email),
                "customer_id": command.customer,
                "payment_methods": list(dict.fromkeys(command.payment_methods)),
                "language": command.language,
                "shopper": command.shopper.model_dump(exclude_none=True)
                if command.shopper
                else None,
                "embed_origins": command.embed_origins,
            },
            once=once,
        )
        once.store(session)


def _check_there(customer: Customer) -> None:
    """Nobody deletes them meanwhile: what is written of a customer afterwards would not be erased. Raises NotFound."""
    locked = db.lock(Customer, customer.id)
    if locked is None or locked.deleted_at is not None:
        raise NotFound("There is no such customer.", field="customer")


def write(
    merchant: Merchant,
    basket: Mapping[str, Any],
    currency: str,
    *,
    expires_at: datetime,
    payment: Mapping[str, Any],
    session: Mapping[str, Any],
    once: Once,
    reference: str | None = None,
) -> CheckoutSession:
    """Write order, payment and session, in the open transaction.

    `payment` and `session` are further columns of theirs. Raises an amount's errors, MethodNotAvailable.
    """
    totals = priced(basket, currency)
    check_payable(
        totals.total,
        merchant.country,
        wanted=session.get("payment_methods", ()),
        capture=payment.get("capture", "automatic"),
    )
    order_id, payment_id, session_id = new_id("ord"), new_id("pay"), new_id("cs")
    once.claim(session_id)
    owned: dict[str, Any] = {"merchant_id": merchant.id, "currency": currency}
    order = Order(
        id=order_id, number=order_number(), reference=reference, **owned, **totals.columns()
    )
    waiting = Payment(
        id=payment_id,
        order_id=order_id,
        total_minor=totals.total.minor,
        expires_at=expires_at,
        **owned,
        **payment,
    )
    made = CheckoutSession(
        id=session_id,
        merchant_id=merchant.id,
        order_id=order_id,
        payment_id=payment_id,
        link_id=waiting.link_id,
        basket=dict(basket),
        expires_at=expires_at,
        **session,
    )
    db.insert(order, waiting, made)
    events.emit("payment.created", waiting, session=session_id)
    return made


def priced(basket: Mapping[str, Any], currency: str) -> baskets.Totals:
    """Price a basket. Raises AmountTooLarge."""
    try:
        return baskets.price(basket, currency)
    except baskets.TooLarge:
        raise AmountTooLarge("The total is too large.", field="line_items") from None


def check_payable(amount: Money, country: str, *, wanted: Sequence[str], capture: str) -> None:
    """Refuse an amount that no configured provider takes, and one that can be paid in no way.

    Raises what the last of the providers says against it, MethodNotAvailable.
    """
    refusal: AppError = CurrencyNotSupported(field="currency")
    for name in providers.configured():
        try:
            check_amount(amount, name)
        except CurrencyNotSupported:
            continue
        except (AmountInvalid, AmountTooSmall, AmountTooLarge) as error:
            refusal = error
        else:
            return methods.check_any(amount, country, wanted, capture)
    raise refusal


def _check_period(expires_at: datetime) -> None:
    left = expires_at - clock.now()
    if not SHORTEST <= left <= LONGEST:
        raise Invalid("A session lives from 5 minutes to 30 days.", field="expires_at")
