"""What the end of an authorization means for its payment: canceled, expired, or declined like any other card."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app import declines
from app.providers.base import Decline
from models import CheckoutSession, Payment, db

# The reason of a void that the second look asked for.
SCREENING = "screening"


def ended(payment: Payment, *, asked: bool, reason: str | None) -> tuple[str, dict[str, Any]]:
    """The event, and the changes of the payment. `asked`: we had asked for the void, with this reason.

    What screening turned away reads like any other decline, and another card may be tried: if it read like a
    cancellation, a thief would know a card that works from one that does not.
    """
    over: dict[str, Any] = {"is_asking": False, "is_held": False}
    if asked and reason == SCREENING:
        opened = select(CheckoutSession.expires_at).where(CheckoutSession.payment_id == payment.id)
        declined = declines.present(Decline("blocked"))
        expires_at = db.session().scalar(opened)
        return "payment.failed", over | {"decline": declined, "expires_at": expires_at}
    if asked:
        return "payment.canceled", over | {"closed": "canceled"}
    return "payment.expired", over | {"closed": "expired"}
