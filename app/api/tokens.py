"""Payment tokens: what the provider's script collected in the browser, taken in for one payment."""

from __future__ import annotations

from app import payments
from app.api.caller import Caller
from app.commands import CreateToken
from app.idempotency import Once


def create(*, caller: Caller, command: CreateToken, once: Once) -> None:
    """Take in a provider's client-side token."""
    payments.create_token(command, merchant_id=caller.merchant_id, once=once)
