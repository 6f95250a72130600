"""The changes that the door is made of: a payment's facts and what follows from them, a ledger entry, a case."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from app import events
from app.payments.find import current_attempt
from app.providers.base import OperationNews, Outcome
from app.reviews.open import close_for
from app.schedule import REPEATABLE, SCHEDULE, next_check, once_more
from models import Attempt, Case, Order, Payment, clock, db, ledger
from models.ids import new_id
from models.lifecycle import DERIVED
from models.money import Money

# A payment that is held no more, by its status: what its case in the review queue is closed as.
ENDS_REVIEW = {
    "authorized": "released",
    "captured": "captured",
    "canceled": "canceled",
    "expired": "expired",
    "partially_refunded": "refunded",
    "refunded": "refunded",
    "chargeback": "disputed",
}

# How long after its expiry an unanswered attempt still keeps a session open.
GRACE = timedelta(minutes=10)

__all__ = ["REPEATABLE", "SCHEDULE", "next_check", "once_more"]  # what is said of asking again

_log = logging.getLogger("till.record")


def is_over(payment: Payment) -> bool:
    """Whether no new money may be taken for the payment, even for what the shopper began in time."""
    late = payment.expires_at is not None and payment.expires_at + GRACE <= clock.now()
    return late or payment.closed is not None


def set_status(
    payment: Payment,
    attempt: Attempt | None,
    event: str | None,
    told: Mapping[str, Any] = MappingProxyType({}),
    /,
    **changes: Any,
) -> None:
    """Change a payment's facts; its status follows from them, the order's from its status, and the world hears.

    `attempt` is the one at hand: it is read again from the database unless it is the payment's current one.
    `told` is what the event says besides: which refund, which surplus charge.
    """
    if attempt is None or attempt.id != payment.attempt_id:
        attempt = current_attempt(payment)
    status = payment.derive(attempt.status if attempt else None, **changes)
    was, was_held = payment.status, payment.is_held
    if payment.expires_at is not None and DERIVED[status][1] != "open":
        changes["expires_at"] = None  # it cannot expire any more, and the clock need not look at it
    db.update(payment, status=status, updated_at=clock.now(), **changes)
    if payment.order_id is not None and DERIVED[status][0] != DERIVED[was][0]:
        db.update_by_id(Order, payment.order_id, status=DERIVED[status][0])
    was_held = was_held or was == "in_review" or (attempt is not None and attempt.hold is not None)
    if was_held and attempt is not None and status != was and status in ENDS_REVIEW:
        close_for(payment, attempt, ENDS_REVIEW[status])
    if event is not None:
        events.emit(event, payment, **{"attempt": payment.attempt_id, **told})


def open_case(
    payment: Payment, kind: str, fingerprint: str, attempt: Attempt, told: Outcome | OperationNews
) -> None:
    """Keep both stories for a human; the same contradiction told twice is one case."""
    case = Case(
        id=new_id("case"),
        payment_id=payment.id,
        kind=kind,
        fingerprint=fingerprint[:200],
        ours={"attempt": attempt.id, "status": attempt.status, "amount": str(attempt.amount)},
        theirs={
            "verb": told.verb if isinstance(told, Outcome) else f"{told.kind} {told.step}",
            "reference": told.reference,
            "amount": str(told.amount),
            "captured": str(told.captured) if isinstance(told, Outcome) and told.captured else None,
        },
    )
    if db.insert_unless_there(case):
        _log.error("case=%s kind=%s payment=%s attempt=%s", case.id, kind, payment.id, attempt.id)
        events.emit("payment.case_opened", payment, case=case.id, about=kind)


def post(
    payment: Payment, attempt: Attempt, kind: str, amount: Money, *, source_id: str = ""
) -> None:
    """Write one ledger entry, by default on account of the attempt."""
    ledger.post(
        kind,
        amount,
        merchant_id=payment.merchant_id,
        payment_id=payment.id,
        source_id=source_id or attempt.id,
        provider=attempt.provider,
    )
