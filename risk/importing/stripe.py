"""Stripe's payments and disputes, as its dashboard exports them."""

from __future__ import annotations

from datetime import UTC

from risk.importing.line import Line
from risk.importing.records import Attempt, Later
from risk.past import APPROVED, FRAUD, HARD_DECLINE, SOFT_DECLINE

# The status of a payment → whether money was approved; None: it was never tried, or has not ended.
_STATUS = {
    "paid": True, "succeeded": True, "refunded": True, "partial refund": True, "partially refunded": True,
    "disputed": True, "uncaptured": True, "requires capture": True, "early fraud warning": True, "dispute won": True,
    "dispute lost": True, "refund pending": True,
    "failed": False, "blocked": False, "declined": False,
    "canceled": None, "cancelled": None, "incomplete": None, "pending": None, "processing": None, "expired": None,
    "requires payment method": None, "requires confirmation": None, "requires action": None,
}  # fmt: skip
# Other reasons of a dispute (goods not received, duplicate, …) say nothing of who paid.
_FRAUDULENT = "fraudulent"


def payment(line: Line) -> Attempt | None:
    """A line of the payments export; None: it tells of no try that has ended."""
    status = line.word("status")
    if status not in _STATUS:
        line.tell(
            line.table.header("status"),
            "is a word of Stripe's that is not known, so the line was left out",
        )
        return None
    approved = _STATUS[status]
    if approved is None:
        return None
    at_ms = line.moment("at_utc", zone=UTC)
    amount_minor, currency = line.money()
    soft = line.world.is_soft(line.get("reason").lower().replace(" ", "_") or None)
    return line.attempt(
        provider="stripe",
        at_ms=at_ms,
        amount_minor=amount_minor,
        currency=currency,
        outcome=APPROVED if approved else SOFT_DECLINE if soft else HARD_DECLINE,
        group=line.get("group") or None,
        refunded_ms=line.maybe_moment("refunded_utc", zone=UTC),
        judged=_judged(line),
    )


def _judged(line: Line) -> list[object] | None:
    if line.word("dispute_reason") != _FRAUDULENT:
        return None
    at = line.maybe_moment("dispute_utc", zone=UTC)
    return None if at is None else [True, at, at, ""]


def dispute(line: Line) -> Later | None:
    """A line of the disputes export; None: it is not about fraud."""
    if line.word("reason") != _FRAUDULENT:
        return None
    return Later(
        provider="stripe",
        ref=line.ref(),
        kind=FRAUD,
        at_ms=line.moment("at_utc", zone=UTC),
        reference=line.get("case"),
    )
