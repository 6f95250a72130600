"""Give captured money back: all of it, or parts, and never more than there was."""

from __future__ import annotations

from app.commands import CreateRefund
from app.errors import NotRefundable, PaymentDisputed, RefundExceedsCaptured
from app.idempotency import Once
from app.payments import bounds, operations
from app.payments.find import current_attempt, lock_payment
from models import Operation, db
from models.ids import new_id
from models.money import Money


def refund(payment_id: str, command: CreateRefund, *, merchant_id: str, once: Once) -> None:
    """Refund a captured payment. `once` is told the Operation, which may still be `pending`.

    The amount is reserved before the provider is asked, so that refunds asked for at the same time cannot exceed
    what was captured. Raises NotFound, NotRefundable, PaymentDisputed, RefundExceedsCaptured, AmountInvalid.
    """
    refund_id = new_id("re")
    with db.transaction():
        payment = lock_payment(payment_id, merchant_id)
        once.claim(refund_id)
        attempt = current_attempt(payment)
        if payment.disputed_minor:
            raise PaymentDisputed
        if not payment.captured_minor or attempt is None:
            raise NotRefundable(status=payment.status)
        amount = Money(command.amount, payment.currency)
        if amount > payment.refundable:
            raise RefundExceedsCaptured(
                f"At most {payment.refundable} can be refunded.",
                field="amount",
                refundable=payment.refundable.minor,
            )
        bounds.check_step(amount, attempt.provider)
        operations.start(
            payment, attempt, "refund", amount, operation_id=refund_id, reason=command.reason
        )
        db.update(payment, refunding_minor=payment.refunding_minor + amount.minor)
    operations.ask(refund_id)
    with db.transaction():
        lock_payment(payment_id)
        once.store(db.session().get_one(Operation, refund_id, populate_existing=True))
