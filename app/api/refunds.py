"""Refunds by their own id."""

from __future__ import annotations

from typing import Any

from app import payments
from app.api import present
from app.api.caller import Caller
from app.errors import NotFound
from models import Operation


def retrieve(*, caller: Caller, refund_id: str) -> dict[str, Any]:
    """One refund."""
    row = payments.own(Operation, refund_id, caller.merchant_id)
    if row.kind != "refund":
        raise NotFound
    return present.refund(row)
