"""What the clock does for the review queue: carry verdicts out, and end holds before they run out."""

from __future__ import annotations

from app.reviews import act, expiry
from models import Event, db

BATCH = 20

_round_at: expiry.Place | None = None


def verdicts() -> int:
    """Carry out the verdicts that can no longer be taken back."""
    return act.act_due(BATCH)


def expiries() -> int:
    """Do what the merchants chose about holds that nobody decided, and tell how many were ended.

    Those that cannot be ended now are passed by, and met again in the next round.
    """
    global _round_at  # noqa: PLW0603 -- where this process's round is
    batch = expiry.due(BATCH, after=_round_at)
    _round_at = batch[-1] if len(batch) == BATCH else None
    return expiry.expire_all(review_id for _moment, review_id in batch)


def reopen(event_id: str) -> None:
    """A capture or void was refused: if its money is held on, somebody must decide anew. May run twice."""
    event = db.session().get_one(Event, event_id)
    db.release()
    act.come_back(event.payment_id)
