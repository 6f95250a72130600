"""Look records up, only ever among the merchant's own."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import bindparam, select

from app.errors import NotFound
from models import Attempt, CheckoutSession, Operation, Order, Payment, PaymentLink, Setup, db

# Both rows are locked: after waiting for a rival, PostgreSQL reads the newest version of the rows it locks, and of no
# others. With `of=Payment` the attempt would be as it was before the wait, and its news would be recorded twice.
_ATTEMPT = (
    select(Payment, Attempt)
    .join(Attempt, Attempt.payment_id == Payment.id)
    .where(Attempt.id == bindparam("attempt_id"))
    .with_for_update(of=(Payment, Attempt))
    .execution_options(populate_existing=True)
)

Owned = TypeVar("Owned", CheckoutSession, Operation, Order, Payment, PaymentLink, Setup)


def own(model: type[Owned], row_id: str, merchant_id: str) -> Owned:
    """The merchant's own record. Raises NotFound, for another merchant's record too."""
    row = db.session().get(model, row_id, populate_existing=True)
    if row is None or row.merchant_id != merchant_id:
        raise NotFound
    return row


def lock_payment(payment_id: str, merchant_id: str | None = None) -> Payment:
    """Lock a payment, and with it everything that belongs to it. Raises NotFound."""
    payment = db.lock(Payment, payment_id)
    if payment is None or merchant_id not in {None, payment.merchant_id}:
        raise NotFound
    return payment


def lock_attempt(attempt_id: str) -> tuple[Payment, Attempt]:
    """Lock the payment of an attempt, and read both. One statement. Raises NotFound."""
    found = db.session().execute(_ATTEMPT, {"attempt_id": attempt_id}).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def current_attempt(payment: Payment) -> Attempt | None:
    """The attempt that the payment's status speaks of. Read under the payment's lock, it cannot change."""
    if payment.attempt_id is None:
        return None
    return db.session().get(Attempt, payment.attempt_id, populate_existing=True)


def operations_of(payment_id: str) -> list[Operation]:
    """Everything done to the payment's money, oldest first."""
    found = db.session().scalars(
        select(Operation)
        .where(Operation.payment_id == payment_id)
        .order_by(Operation.created_at, Operation.id)
        .execution_options(populate_existing=True)
    )
    return list(found)


def session_of(session_id: str) -> tuple[CheckoutSession, Payment, Order]:
    """A checkout session with its payment and its order. Raises NotFound."""
    found = (
        db.session()
        .execute(
            select(CheckoutSession, Payment, Order)
            .join(Payment, Payment.id == CheckoutSession.payment_id)
            .join(Order, Order.id == CheckoutSession.order_id)
            .where(CheckoutSession.id == session_id)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found[0], found[1], found[2]
