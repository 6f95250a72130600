"""Ask for 3-D Secure again: let the held authorization go, and open the same order for a payment with a challenge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app import events, providers
from app.idempotency import unrepeated
from app.payments import create, operations
from app.reviews.act import void
from app.reviews.errors import PaymentNotHeld, ReviewDecided
from app.reviews.find import check_mine, check_open, lock_whole
from app.reviews.open import finish
from models import CheckoutSession, Merchant, Order, Payment, clock, db

# How long the shopper has to pay again.
OPEN_FOR = timedelta(days=3)


def request_challenge(review_id: str, *, by: str, scope: str | None) -> CheckoutSession:
    """Void the hold and make a session for the same order, whose next attempt must be challenged; the session.

    Its page is what the merchant sends to the shopper. Nothing is learnt about the attempt: nobody has judged it.
    Raises NotFound, ReviewClosed, ReviewTaken, ReviewDecided, PaymentNotHeld, an amount's errors.
    """
    with db.transaction():
        review, payment, attempt = lock_whole(review_id, scope)
        check_open(review)
        check_mine(review, by)
        if review.verdict is not None:
            raise ReviewDecided
        if payment.status != "in_review":
            raise PaymentNotHeld(status=payment.status)
        providers.get(attempt.provider)
        session = _again(payment)
        operation_id = void(payment, attempt, reason=None)
        finish(review, "challenged", by=by, session=session.id, payment=session.payment_id)
        told = {"review": review.id, "closed_as": "challenged", "label": None}
        events.emit("review.closed", payment, **told, session=session.id)
    operations.ask(operation_id)
    return session


def _again(payment: Payment) -> CheckoutSession:
    """The same basket at the same price, in the open transaction."""
    before = _session_of(payment)
    return create.write(
        db.session().get_one(Merchant, payment.merchant_id),
        _basket(payment, before),
        payment.currency,
        expires_at=clock.now() + OPEN_FOR,
        reference=_reference(payment),
        payment={
            "capture": payment.capture,
            "description": payment.description,
            "details": dict(payment.details),
        },
        session=_kept(before) | {"shopper": _shopper(before)},
        once=unrepeated(),
    )


def _session_of(payment: Payment) -> CheckoutSession | None:
    found = select(CheckoutSession).where(CheckoutSession.payment_id == payment.id)
    return db.session().scalars(found).one_or_none()


def _basket(payment: Payment, before: CheckoutSession | None) -> dict[str, Any]:
    """What was chosen stays chosen: of several ways of delivery only the one that was paid for."""
    if before is None:
        title = payment.description or "Your order"
        line = {"name": title, "quantity": 1, "unit_amount": payment.total_minor}
        return {"line_items": [line]}
    basket = dict(before.basket)
    chosen = basket.get("shipping")
    if chosen is not None:
        options = basket.get("shipping_options", [])
        basket["shipping_options"] = [one for one in options if one["id"] == chosen]
    else:
        basket["shipping_options"] = basket.get("shipping_options", [])[:1]
    return basket


def _reference(payment: Payment) -> str | None:
    order = db.session().get(Order, payment.order_id) if payment.order_id else None
    return order.reference if order else None


def _kept(before: CheckoutSession | None) -> dict[str, Any]:
    names = ("success_url", "cancel_url", "customer_email", "embed_origins")
    return {name: getattr(before, name) for name in names} if before else {}


def _shopper(before: CheckoutSession | None) -> dict[str, Any]:
    return {**((before.shopper if before else None) or {}), "must_challenge": True}
