"""The book's split by time: training days, days whose labels are not known yet, test days without known cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from risk.benchmark.table import EPOCH, BadData, Ints, Table

DELAY_DAYS = 7
_KNOWN_DAYS = 7  # cards defrauded in the 7 days before the delay are known before the test begins


@dataclass(frozen=True, slots=True)
class Split:
    """Positions in the table."""

    train: Ints
    test: Ints


def split(
    table: Table,
    *,
    test_from: date,
    test_days: int = 7,
    train_days: int = 7,
    train_until: date | None = None,
) -> Split:
    """Test days from `test_from`; training days that end with `train_until`. Raises BadData.

    Labels take 7 days: training ends 8 days before the test begins, whatever later day `train_until` says. It begins
    where the data begins, if that is later than `train_days` ask for.

    A card whose fraud has become known by a test day is left out from then on, as the book's `get_train_test_set`
    does: its frauds of the 7 days before the delay, and then of one day more each day. That set does not depend on
    the training days, so that every model is tested on the same transactions.
    """
    first, last = training(
        table, test_from=test_from, train_days=train_days, train_until=train_until
    )
    have = table.span()
    if test_days < 1 or last < have[0] or test_from + timedelta(days=test_days - 1) > have[1]:
        raise BadData(
            f"training until {last} and testing {test_days} days from {test_from} is not within {have[0]} to {have[1]}"
        )
    trained = table.between(first, (last - first).days + 1)
    found = Split(np.flatnonzero(trained), _tested(table, test_from, test_days))
    for title, rows in (("training", found.train), ("test", found.test)):
        if len(np.unique(table.frauds[rows])) < 2:
            raise BadData(
                f"the {title} days have no fraud, or nothing else: there is nothing to tell apart"
            )
    return found


def training(
    table: Table, *, test_from: date, train_days: int, train_until: date | None = None
) -> tuple[date, date]:
    """The first and the last day of training."""
    latest = test_from - timedelta(days=DELAY_DAYS + 1)
    last = min(train_until or latest, latest)
    return max(last - timedelta(days=train_days - 1), table.span()[0]), last


def _tested(table: Table, test_from: date, test_days: int) -> Ints:
    days, start = table.days, (test_from - EPOCH).days
    fraud = table.frauds == 1
    known_until = start - DELAY_DAYS
    known = np.unique(
        table.customers[fraud & (days >= known_until - _KNOWN_DAYS) & (days < known_until)]
    )
    parts = []
    for day in range(start, start + test_days):
        newly = table.customers[fraud & (days == day - DELAY_DAYS - 1)]
        known = np.union1d(known, newly)
        rows = np.flatnonzero(days == day)
        parts.append(rows[~np.isin(table.customers[rows], known)])
    return np.concatenate(parts)
