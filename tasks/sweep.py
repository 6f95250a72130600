"""Ask again where an answer is outstanding, and close what is past its time."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app import payments
from app.payments import due
from app.payments.operations import check
from models import db

BATCH = 20

_log = logging.getLogger("till.sweep")


def attempts() -> int:
    """Ask how unanswered attempts stand."""
    return _each(due.attempts(BATCH), payments.sync_attempt)


def operations() -> int:
    """Ask how unanswered captures, voids and refunds stand; ask for those that never arrived."""
    return _each(due.operations(BATCH), check)


def expire() -> int:
    """Close payments past their time. Those that cannot be closed yet are left for the next ring."""
    open_before = due.payments(BATCH)
    _each(open_before, payments.expire_due)
    return len(set(open_before) - set(due.payments(BATCH)))


def _each(ids: list[str], act: Callable[[str], object]) -> int:
    for row_id in ids:
        try:
            act(row_id)
        except Exception:  # noqa: BLE001 -- one bad row or tick must not stop the rest
            # The next look is written down already: one poisoned row must not stop the others.
            _log.exception("sweep of %s failed", row_id)
        db.release()
    return len(ids)
