"""Take authorized money: all of it or a part, once; the rest is released."""

from __future__ import annotations

from app import providers
from app.commands import CapturePayment
from app.errors import (
    AmountInvalid,
    CaptureExceedsAuthorized,
    NotCapturable,
    PaymentInReview,
    PaymentProcessing,
)
from app.idempotency import Once
from app.payments import bounds, change, operations
from app.payments.find import current_attempt, lock_payment
from models import db
from models.money import Money


def capture(payment_id: str, command: CapturePayment, *, merchant_id: str, once: Once) -> None:
    """Capture an authorized payment. `once` is told the Payment.

    Raises NotFound, NotCapturable, PaymentInReview, PaymentProcessing, CaptureExceedsAuthorized, AmountInvalid.
    """
    with db.transaction():
        payment = lock_payment(payment_id, merchant_id)
        once.claim(payment.id)
        attempt = current_attempt(payment)
        if payment.status == "processing":
            raise PaymentProcessing
        if payment.status == "in_review":
            raise PaymentInReview
        if payment.status != "authorized" or attempt is None:
            raise NotCapturable(status=payment.status)
        amount = Money(command.amount or attempt.amount_minor, payment.currency)
        if amount > attempt.amount:
            raise CaptureExceedsAuthorized(
                f"At most {attempt.amount} can be captured.",
                field="amount",
                authorized=attempt.amount_minor,
            )
        if amount < attempt.amount and not providers.get(attempt.provider).can.captures_parts:
            raise AmountInvalid(
                f"{attempt.provider} captures all of {attempt.amount}, or nothing.",
                field="amount",
                authorized=attempt.amount_minor,
            )
        bounds.check_step(amount, attempt.provider)
        operation = operations.start(payment, attempt, "capture", amount)
        change.set_status(payment, attempt, "payment.processing", is_asking=True)
    operations.ask(operation.id)
    with db.transaction():
        once.store(lock_payment(payment_id))
