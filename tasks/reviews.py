"""What the clock does for the review queue: carry verdicts out, and end holds before they run out."""

from __future__ import annotations

from app.reviews import act, expiry
from models import Event, db

BATCH = 20


def verdicts() -> int:
    """Carry out the verdicts that can no longer be taken back."""
    return act.act_due(BATCH)


def expiries() -> int:
    """Do what the merchants chose about holds that nobody decided. A full batch means that there may be more."""
    return expiry.expire_due(BATCH)


def reopen(event_id: str) -> None:
    """A void failed: if its money is held on, somebody must decide anew. May run twice."""
    event = db.session().get_one(Event, event_id)
    db.release()
    act.come_back(event.payment_id)
