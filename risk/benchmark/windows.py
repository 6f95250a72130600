"""Sums over the past of a customer or a terminal, for every transaction at once: prefix sums and binary search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.benchmark.table import DAY_S, Ints

Floats = NDArray[np.floating[Any]]
# Longer than any window, so that looking back from one key's beginning never reaches another key's end.
_LONGEST_S = 400 * DAY_S


class Logs:
    """Transactions by key (customer, terminal), each key's in the order of time.

    Positions count in that order. `sorted` brings a column into it, `back` a result out of it.
    """

    def __init__(self, keys: Ints, seconds: Ints) -> None:
        _, numbers = np.unique(keys, return_inverse=True)
        self._order = np.lexsort((np.arange(len(keys)), seconds, numbers))
        span = int(seconds.max(initial=0)) + _LONGEST_S
        self._codes = (numbers * span + seconds)[self._order]
        self.seconds = seconds[self._order]
        self.here = np.arange(len(keys))
        self.first = np.searchsorted(self._codes, numbers[self._order] * span)

    def sorted(self, column: NDArray[Any]) -> NDArray[Any]:
        return column[self._order]

    def back(self, result: NDArray[Any]) -> NDArray[Any]:
        found = np.empty_like(result)
        found[self._order] = result
        return found

    def until(self, ago_s: int) -> Ints:
        """How far the log had come `ago_s` seconds ago: the position behind the last entry of then."""
        return np.searchsorted(self._codes, self._codes - ago_s, side="right")

    def days_since(self, position: Ints) -> Floats:
        """Days since the entry at a position; NaN where it is not in the same log."""
        inside = (position >= self.first) & (position < len(self.seconds))
        then = self.seconds[np.clip(position, 0, len(self.seconds) - 1)]
        return np.where(inside, (self.seconds - then) / DAY_S, np.nan)


def prefix(column: NDArray[Any]) -> Ints:
    """Sums of everything before each position: the sum over [a, b) is `found[b] - found[a]`.

    Of whole numbers, so that no sum depends on what others bought: with floats, it would in the last digit.
    """
    return np.concatenate([[0], np.cumsum(column, dtype=np.int64)])


def newest(flags: NDArray[np.bool_], before: Ints) -> Ints:
    """The position of the last flagged entry before a position; -1: there is none."""
    last = np.maximum.accumulate(np.where(flags, np.arange(len(flags)), -1))
    return np.where(before > 0, last[np.maximum(before - 1, 0)], -1)


def oldest(flags: NDArray[np.bool_], since: Ints) -> Ints:
    """The position of the first flagged entry at or after a position; the length of the log: there is none."""
    size = len(flags)
    places = np.where(flags, np.arange(size), size)
    first = np.minimum.accumulate(places[::-1])[::-1]
    return np.concatenate([first, [size]])[since]


def share(part: NDArray[Any], whole: NDArray[Any], *, otherwise: float = np.nan) -> Floats:
    """A quotient, and `otherwise` where there is nothing to divide by."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), otherwise)
