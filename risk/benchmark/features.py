"""The book's 15 features, and ours: what was known of customer and terminal when each transaction was made.

A transaction's label is known `delay_s` after it; no column uses one earlier. Nothing looks at ids, at the simulator's
scenario, or at anything that comes later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.benchmark.table import DAY_S, EPOCH, Ints, Table
from risk.benchmark.windows import Floats, Logs, newest, oldest, prefix, share

Column = tuple[str, Floats]

DELAY_S = 7 * DAY_S
# A customer's usual amount is the mean of so many days, reported frauds taken out.
_USUAL_DAYS = 60
# So many times the usual amount is a large purchase; a reported fraud of less than this looks like the customer's own,
# so that it speaks against the terminal rather than against the card.
_LARGE, _ORDINARY = 3.0, 2.0
# A terminal's reported frauds are counted over these days; older ones say little of now.
_TERMINAL_DAYS = (1, 3, 7, 14, 21, 28)


@dataclass(frozen=True, slots=True)
class Known:
    """What features are made from: the table, and its logs by customer and by terminal."""

    table: Table
    delay_s: int
    customers: Logs
    terminals: Logs
    ratio: Floats
    """Amount against the customer's usual; NaN: nothing to compare with."""

    @classmethod
    def of(cls, table: Table, *, delay_s: int = DELAY_S) -> Known:
        customers = Logs(table.customers, table.seconds)
        terminals = Logs(table.terminals, table.seconds)
        usual = _usual(table, customers, delay_s)
        amounts = customers.sorted(table.cents) / 100
        return cls(table, delay_s, customers, terminals, customers.back(amounts / usual[0]))


def matrix(columns: Iterator[Column], wanted: NDArray[np.bool_]) -> tuple[tuple[str, ...], Floats]:
    """Names, and the columns of the wanted transactions side by side."""
    names, found = [], []
    for name, column in columns:
        names.append(name)
        found.append(column[wanted])
    return tuple(names), np.stack(found, axis=1)


def book(known: Known) -> Iterator[Column]:
    """The 15 of the book's chapter 3, as its code makes them."""
    table = known.table
    yield "amount", table.cents / 100
    yield "weekend", ((table.days + EPOCH.weekday()) % 7 >= 5).astype(float)
    yield "night", (table.seconds % DAY_S // 3600 <= 6).astype(float)
    logs = known.customers
    spent = prefix(logs.sorted(table.cents))
    for days in (1, 7, 30):
        since = logs.until(days * DAY_S)
        count = logs.here + 1.0 - since
        yield f"customer_count_{days}d", logs.back(count)
        yield (
            f"customer_mean_{days}d",
            logs.back((spent[logs.here + 1] - spent[since]) / 100 / count),
        )
    logs = known.terminals
    frauds = prefix(logs.sorted(table.frauds))
    reported = logs.until(known.delay_s)
    for days in (1, 7, 30):
        since = logs.until(known.delay_s + days * DAY_S)
        count = (reported - since).astype(float)
        yield f"terminal_count_{days}d", logs.back(count)
        yield (
            f"terminal_risk_{days}d",
            logs.back(share(frauds[reported] - frauds[since], count, otherwise=0.0)),
        )


def ours(known: Known) -> Iterator[Column]:
    """The book's, and what we add to them."""
    yield from book(known)
    yield "hour", known.table.seconds % DAY_S / 3600
    yield from _customer(known)
    yield from _large(known)
    yield from _windows(known)
    yield from _streak(known)


def _usual(table: Table, logs: Logs, delay_s: int) -> tuple[Floats, Floats, Ints]:
    """Mean, deviation and number of a customer's past amounts, those left out that were known as fraud by then."""
    cents = logs.sorted(table.cents)
    frauds = logs.sorted(table.frauds)
    since = logs.until(_USUAL_DAYS * DAY_S)
    reported = np.maximum(logs.until(delay_s), since)

    def clean(values: Ints) -> Ints:
        every, fraud = prefix(values), prefix(values * frauds)
        return every[logs.here] - every[since] - (fraud[reported] - fraud[since])

    count = clean(np.ones(len(table), np.int64))
    total, squares = clean(cents).astype(np.float64), clean(cents**2).astype(np.float64)
    mean = share(total, count) / 100
    spread = share(np.sqrt(np.maximum(count * squares - total**2, 0.0)), count) / 100
    return mean, np.where(count >= 3, spread, np.nan), count


def _customer(known: Known) -> Iterator[Column]:
    """This amount, and the last days' amounts, against the customer's usual ones; reported frauds of the customer."""
    table, logs = known.table, known.customers
    mean, spread, count = _usual(table, logs, known.delay_s)
    amounts = logs.sorted(table.cents) / 100
    yield "customer_usual", logs.back(mean)
    yield "customer_spread", logs.back(spread)
    yield "customer_known", logs.back(count)
    yield "customer_ratio", known.ratio
    yield "customer_z", logs.back((amounts - mean) / np.where(spread > 0, spread, np.nan))
    spent = prefix(logs.sorted(table.cents))
    for days in (1, 7, 30):
        since = logs.until(days * DAY_S)
        level = (spent[logs.here + 1] - spent[since]) / 100 / (logs.here + 1 - since)
        yield f"customer_level_{days}d", logs.back(level / mean)
    frauds = prefix(logs.sorted(table.frauds))
    for days in (7, 14, 30):
        since = logs.until(known.delay_s + days * DAY_S)
        yield (
            f"customer_frauds_{days}d",
            logs.back(frauds[logs.until(known.delay_s)] - frauds[since]),
        )
    yield "customer_gap", logs.back(logs.days_since(logs.here - 1))
    ratio = logs.sorted(known.ratio)
    for before in (1, 2):
        place = logs.here - before
        yield (
            f"customer_ratio_{before}_before",
            logs.back(np.where(place >= logs.first, ratio[np.maximum(place, 0)], np.nan)),
        )


def _large(known: Known) -> Iterator[Column]:
    """The customer's own large purchases of the last days, this one not counted: a thief buys more than once."""
    logs = known.customers
    large = logs.sorted(np.nan_to_num(known.ratio) > _LARGE)
    counted = prefix(large)
    for days in (1, 3, 7, 14):
        yield (
            f"customer_large_{days}d",
            logs.back(counted[logs.here] - counted[logs.until(days * DAY_S)]),
        )
    since = logs.until(14 * DAY_S)
    yield (
        "customer_large_share_14d",
        logs.back(share(counted[logs.here] - counted[since], (logs.here - since) * 1.0)),
    )
    yield "customer_large_last", logs.back(logs.days_since(newest(large, logs.here)))
    first = oldest(large, since)
    yield (
        "customer_large_first_14d",
        logs.back(logs.days_since(np.where(first < logs.here, first, -1))),
    )


def _windows(known: Known) -> Iterator[Column]:
    """Frauds reported at the terminal, and of them those that looked like the customer's own purchase."""
    table, logs = known.table, known.terminals
    frauds = prefix(logs.sorted(table.frauds))
    odd = prefix(_odd(known))
    reported = logs.until(known.delay_s)
    for days in _TERMINAL_DAYS:
        since = logs.until(known.delay_s + days * DAY_S)
        count = (reported - since).astype(float)
        yield f"terminal_frauds_{days}d", logs.back(frauds[reported] - frauds[since])
        yield f"terminal_odd_{days}d", logs.back(odd[reported] - odd[since])
        if days > 1:
            yield f"terminal_odd_share_{days}d", logs.back(share(odd[reported] - odd[since], count))
    yield "terminal_unreported", logs.back((logs.here - reported).astype(float))
    yield "terminal_count_28d", logs.back((logs.here - logs.until(28 * DAY_S)).astype(float))


def _streak(known: Known) -> Iterator[Column]:
    """How the terminal's newest known transactions ended: a compromised one has frauds in a row."""
    logs = known.terminals
    fraud = logs.sorted(known.table.frauds) == 1
    odd = _odd(known) == 1
    reported = logs.until(known.delay_s)
    some = reported > logs.first
    good = newest(~fraud, reported)
    good = np.where(good >= logs.first, good, -1)
    start = np.where(good >= 0, good + 1, logs.first)  # of the frauds in a row
    length = np.where(some, reported - start, 0)
    last_odd = newest(odd, reported)
    first_odd = oldest(odd, logs.until(known.delay_s + 28 * DAY_S))
    goods, odds = prefix(~fraud), prefix(odd)
    yield "terminal_good_age", logs.back(logs.days_since(good))
    yield "terminal_odd_last", logs.back(logs.days_since(last_odd))
    yield (
        "terminal_odd_first_28d",
        logs.back(logs.days_since(np.where(first_odd < reported, first_odd, -1))),
    )
    yield "terminal_streak", logs.back(length.astype(float))
    yield "terminal_streak_odd", logs.back(np.where(some, odds[reported] - odds[start], 0.0))
    yield "terminal_streak_age", logs.back(logs.days_since(np.where(length > 0, start, -1)))
    yield (
        "terminal_good_since_odd",
        logs.back(
            np.where(
                last_odd >= logs.first, goods[reported] - goods[np.maximum(last_odd, 0)], np.nan
            )
        ),
    )
    yield (
        "terminal_newest_is_fraud",
        logs.back(np.where(some, fraud[np.maximum(reported - 1, 0)], np.nan)),
    )


def _odd(known: Known) -> Ints:
    """1 for each fraud of an ordinary amount, in the order of the terminals' logs."""
    ordinary = np.nan_to_num(known.ratio, nan=1.0) < _ORDINARY
    return known.terminals.sorted(known.table.frauds * ordinary)
