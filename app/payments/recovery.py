"""A charge off session that the bank wants the customer to confirm: a page on which they pay it themselves.

The page is a checkout session of its own, for a payment of its own: it can be paid once, and ends after a week. The
payment that failed stays as it is, and says where the page is.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from app.errors import AppError
from app.idempotency import unrepeated
from app.payments import create
from models import Attempt, CheckoutSession, Customer, Merchant, Payment, clock, db

LASTS = timedelta(days=7)


def helps(payment: Payment, attempt: Attempt) -> bool:
    """Whether the customer could do something about this decline, and has no page for it yet."""
    return (
        payment.off_session
        and payment.recovery_session_id is None
        and attempt.decline_code == "authentication_required"
    )


def recovered(session: CheckoutSession, payment: Payment) -> Payment | None:
    """The payment that this page makes up for: what it was to be charged with may be used here without a code.

    That a method is written beside the payment is not enough: the one that a shopper has just saved is, too.
    """
    recovers = payment.details.get("recovers")
    failed = db.session().get(Payment, str(recovers)) if recovers else None
    is_ours = failed is not None and failed.recovery_session_id == session.id
    return failed if is_ours else None


def offer(payment: Payment) -> str | None:
    """Open the page, in the open transaction; its id. None: the customer was deleted, or nobody takes the amount."""
    merchant = db.session().get_one(Merchant, payment.merchant_id)
    customer = db.lock(Customer, payment.customer_id or "")
    if customer is not None and customer.deleted_at is not None:
        return None
    title = payment.description or merchant.name
    with suppress(AppError):
        session = create.write(
            merchant,
            {"line_items": [{"name": title, "quantity": 1, "unit_amount": payment.total_minor}]},
            payment.currency,
            expires_at=clock.now() + LASTS,
            reference=payment.id,
            payment={
                "capture": payment.capture,
                "description": payment.description,
                "details": {**payment.details, "recovers": payment.id},
                "customer_id": payment.customer_id,
                "saved_method_id": payment.saved_method_id,
            },
            session={
                "success_url": payment.return_url,
                "customer_id": payment.customer_id,
                "customer_email": customer.email if customer else None,
                "language": customer.language if customer else None,
            },
            once=unrepeated(),
        )
        return session.id
    return None
