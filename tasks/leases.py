"""Rows that are worked on under a lease: whoever dies with one loses a minute, and none kills worker after worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

from models import Delivery, ProviderEvent, clock, db

# A worker that is only slow may see its row worked on twice, which does no harm.
LEASE = timedelta(seconds=60)

Leased = TypeVar("Leased", Delivery, ProviderEvent)


def each(model: type[Leased], limit: int, *, most_tries: int) -> Iterator[Leased]:
    """Every row whose time has come, leased, in up to `limit` steps. What another worker holds is skipped.

    New rows are taken together; one that was tried before is taken alone, so that a row which kills its worker takes
    no others with it, and is parked after `most_tries`.
    """
    for _ in range(limit):
        taken = _take(model, limit, most_tries)
        if not taken:
            return
        yield from (row for row in taken if row.next_at is not None)


def _take(model: type[Leased], limit: int, most_tries: int) -> list[Leased]:
    with db.transaction():
        taken = _together(db.take_due(model.next_at, limit, model.done_at.is_(None)))
        for row in taken:
            if row.tries >= most_tries:
                db.update(row, next_at=None, error=row.error or "every worker that took it died")
            else:
                db.update(row, next_at=clock.now() + LEASE, tries=row.tries + 1)
    return taken


def _together(rows: Sequence[Leased]) -> list[Leased]:
    if rows and rows[0].tries:
        return [rows[0]]
    return [row for row in rows if row.tries == 0]
