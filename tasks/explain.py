"""What a worker works out for the people who look at held payments."""

from __future__ import annotations

from app.screening import explain
from models import Event, db


def held(event_id: str) -> None:
    """A payment is held: work out exactly what moved its score. May run twice."""
    event = db.session().get_one(Event, event_id)
    explain.explain_held(event.payment_id)
