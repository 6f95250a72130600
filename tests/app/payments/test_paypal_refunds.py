"""A refund that PayPal keeps pending is neither given nor lost; how it ended is asked for, as no event tells it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app import payments
from models import clock

if TYPE_CHECKING:
    from models import Payment
    from tests.till import Till


def paid(till: Till, funding: str) -> Payment:
    session = till.session()
    till.approve_at_paypal(till.paypal(session), funding=funding)
    payments.sync(session.payment_id)
    return till.payment(session.payment_id)


@pytest.mark.parametrize(
    ("funding", "status", "payment_status", "refunded"),
    [("slow_refund", "succeeded", "partially_refunded", 500), ("failed_refund", "failed", "captured", 0)],
)  # fmt: skip
def test_a_pending_refund_ends_as_paypal_says_later(
    till: Till, funding: str, status: str, payment_status: str, refunded: int
) -> None:
    payment = paid(till, funding)
    operation = till.refund(payment, 500)
    assert operation.status == "pending"
    assert till.payment(payment.id).refunding_minor == 500
    till.world.sandbox.timers.run_due(within_s=5)
    clock.set_offset(timedelta(days=1))
    till.settle()
    [operation] = payments.operations_of(payment.id)
    payment = till.payment(payment.id)
    assert (operation.status, payment.status) == (status, payment_status)
    assert (payment.refunded_minor, payment.refunding_minor) == (refunded, 0)
