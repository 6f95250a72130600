"""Close a payment that is not paid: void its authorization, cancel it, or let it expire."""

from __future__ import annotations

from app import providers
from app.crashpoints import crashpoint
from app.errors import NotCancelable, PaymentProcessing, SessionNotOpen
from app.idempotency import Once
from app.payments import change, operations
from app.payments.approve import abandon_challenge
from app.payments.find import current_attempt, lock_payment, own
from models import CheckoutSession, Payment, clock, db

_UNPAID = frozenset({"pending", "failed"})


def cancel(payment_id: str, *, merchant_id: str, once: Once) -> None:
    """Cancel a payment: an authorization is voided, an unpaid one closed. `once` is told the Payment.

    Raises NotFound, NotCancelable, PaymentProcessing, ProviderNotConfigured.
    """
    own(Payment, payment_id, merchant_id)
    abandon_challenge(payment_id)
    operation_id = None
    with db.transaction():
        payment = lock_payment(payment_id, merchant_id)
        once.claim(payment.id)
        attempt = current_attempt(payment)
        if payment.status in {"processing", "requires_action"}:
            raise PaymentProcessing
        if payment.status in _UNPAID:
            close(payment, "canceled")
        elif payment.status in {"authorized", "in_review"} and attempt is not None:
            providers.get(
                attempt.provider
            )  # without its keys nothing can be voided: refused before it is begun
            operation_id = operations.start(payment, attempt, "void", attempt.amount).id
            change.set_status(payment, attempt, "payment.processing", is_asking=True)
        else:
            raise NotCancelable(status=payment.status)
    crashpoint("cancel.decided")
    if operation_id:
        operations.ask(operation_id)
    with db.transaction():
        once.store(lock_payment(payment_id))


def close(payment: Payment, how: str) -> None:
    """Nothing more can be paid: `canceled` or `expired`. The lock is held by the caller."""
    change.set_status(payment, None, f"payment.{how}", closed=how, next_action=None)
    crashpoint("close.deciding")


def expire(session_id: str, *, merchant_id: str, once: Once) -> None:
    """Close a checkout session before its time. `once` is told the CheckoutSession.

    Raises NotFound, SessionNotOpen, PaymentProcessing.
    """
    session = own(CheckoutSession, session_id, merchant_id)
    abandon_challenge(session.payment_id)
    with db.transaction():
        payment = lock_payment(session.payment_id)
        once.claim(session.id)
        if payment.status in {"processing", "requires_action"}:
            raise PaymentProcessing
        if payment.status not in _UNPAID:
            raise SessionNotOpen(status=payment.session_status)
        close(payment, "expired")
        once.store(session)


def expire_due(payment_id: str) -> bool:
    """Close a payment whose time is over, unless money is held, taken or on its way. Tells whether it is closed now.

    An attempt that is still without any answer after GRACE does not keep the session open: should it succeed later,
    its money is given back by itself. One that the provider told us to wait for (PayPal's review, an eCheck) does.
    """
    try:
        abandon_challenge(payment_id)
    except PaymentProcessing:
        return False
    with db.transaction():
        payment = lock_payment(payment_id)
        if payment.expires_at is None or payment.expires_at > clock.now():
            return payment.closed is not None
        attempt = current_attempt(payment)
        silent = attempt is not None and attempt.status == "started"
        if payment.status in _UNPAID or (silent and change.is_over(payment)):
            close(payment, "expired")
    return payment.closed is not None
