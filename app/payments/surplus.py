"""Money that came too late or twice is given back by itself, and the merchant is told."""

from __future__ import annotations

from app.payments import operations
from models import Attempt, Payment, clock
from models.money import Money


def wanted(payment: Payment, attempt: Attempt) -> bool:
    """Whether the payment can still use this attempt's success.

    Not when the payment was closed meanwhile, when another attempt is its current one (which then has the money, or
    may yet get it), or when we were told before that this attempt took none.
    """
    if attempt.status in {"declined", "voided", "surplus"}:
        return False
    if attempt.status in {"authorized", "captured"}:
        return True
    return payment.closed is None and payment.attempt_id == attempt.id


def give_back(payment: Payment, attempt: Attempt, captured: Money | None) -> None:
    """Write down the refund (or the void) of a surplus charge; the clock's next look asks for it."""
    if captured is not None:
        operations.start(
            payment, attempt, "refund", captured, reason="surplus", check_at=clock.now()
        )
    else:
        operations.start(
            payment, attempt, "void", attempt.amount, reason="surplus", check_at=clock.now()
        )
