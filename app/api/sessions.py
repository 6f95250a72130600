"""Checkout sessions: a hosted page for one order."""

from __future__ import annotations

from typing import Any

from app import payments
from app.api import keyed
from app.api.caller import Caller
from app.api.endpoint import config
from app.commands import CreateSession
from app.idempotency import Once
from models import CheckoutSession, Merchant, db


def create(*, caller: Caller, command: CreateSession, once: Once) -> None:
    """Open a session."""
    merchant = db.session().get_one(Merchant, caller.merchant_id)
    payments.open_session(command, merchant=merchant, config=config(), once=once)


def retrieve(*, caller: Caller, session_id: str) -> dict[str, Any]:
    """One session, with its order and how its payment stands."""
    return keyed.show(
        payments.own(CheckoutSession, session_id, caller.merchant_id), config().base_url
    )


def expire(*, caller: Caller, once: Once, session_id: str) -> None:
    """Close a session before its time."""
    payments.expire(session_id, merchant_id=caller.merchant_id, once=once)
