"""Ask again where an answer is outstanding, and close what is past its time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from app import payments
from app.customers import erase as erasing
from app.customers import kept
from app.customers.setups import check_setup
from app.customers.setups import due as setups_due
from app.payments import due
from app.payments.operations import check
from models import db

BATCH = 20

_round_at: due.Place | None = None
_log = logging.getLogger("till.sweep")


def attempts() -> int:
    """Ask how unanswered attempts stand."""
    return _each(due.attempts(BATCH), partial(payments.sync_attempt, is_due=True))


def operations() -> int:
    """Ask how unanswered captures, voids and refunds stand; ask for those that never arrived."""
    return _each(due.operations(BATCH), partial(check, is_due=True))


def setups() -> int:
    """Ask how methods that are being kept stand."""
    return _each(setups_due(BATCH), check_setup)


def forget() -> int:
    """Have providers forget the methods that customers let go."""
    return _each(kept.due(BATCH), kept.forget)


def erase() -> int:
    """Erase who customers were that have been deleted."""
    return _each(erasing.due(BATCH), erasing.erase)


def expire() -> int:
    """Close payments past their time, and tell how many were.

    Those that cannot be closed now are passed by, and met again in the next round: they must not stand in the way of
    the others while a provider says nothing.
    """
    global _round_at  # noqa: PLW0603 -- where this process's round is
    batch = due.payments(BATCH, after=_round_at)
    _round_at = batch[-1] if len(batch) == BATCH else None
    closed: list[str] = []

    def close(payment_id: str) -> None:
        if payments.expire_due(payment_id):
            closed.append(payment_id)

    _each([payment_id for _moment, payment_id in batch], close)
    return len(closed)


def _each(ids: list[str], act: Callable[[str], object]) -> int:
    for row_id in ids:
        try:
            act(row_id)
        except Exception:  # noqa: BLE001 -- one bad row or tick must not stop the rest
            # The next look is written down already: one poisoned row must not stop the others.
            _log.exception("sweep of %s failed", row_id)
        db.release()
    return len(ids)
