"""Card testing at a merchant: the alert, once an hour, with what was counted and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import events
from models import Payment, Period, clock, db
from models.ids import new_id


def alert(payment: Payment, limit: Mapping[str, Any], *, outcome: str) -> bool:
    """Tell the merchant that a limit was reached, in the transaction that makes the attempt; tells whether it is news.

    The switch for a merchant under attack is suggested and never set: it costs good customers a challenge.
    """
    hour = clock.now().strftime("%Y-%m-%dT%H")
    told = Period(id=new_id("per"), job=f"card_testing:{payment.merchant_id}", period=hour)
    if not db.insert_unless_there(told):
        return False
    events.emit(
        "payment.card_testing",
        payment,
        limit=dict(limit),
        outcome=outcome,
        link=payment.link_id,
        suggested="under_attack",
    )
    return True
