"""What happened to the merchant's payments: the outbox, to be read at leisure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.api import lists, present
from app.api.caller import Caller
from models import Event


def index(*, caller: Caller, query: lists.EventsQuery) -> dict[str, Any]:
    """The merchant's events, newest first."""
    statement = select(Event).where(Event.merchant_id == caller.merchant_id)
    if query.payment_id is not None:
        statement = statement.where(Event.payment_id == query.payment_id)
    if query.type is not None:
        statement = statement.where(Event.type == query.type)
    found = lists.rows(statement, Event.id, query)
    return present.page([present.event(row) for row in found], limit=query.limit)
