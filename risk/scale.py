"""The score: a probability on a fixed scale of log-odds, so that 70 means the same before and after a retraining.

    score = 65 + 5 · log2(odds · 19), rounded and kept within 0 … 100; odds = p / (1 - p)

65 is one in twenty (odds 1 : 19), and every 5 points double the odds. With about one fraud in a hundred attempts an
unremarkable one stands near 50 or below; 75, "highest", is about one in six, where a false block costs about what it
saves.

    score   0       20       40      50     65     75      85      100
    p       0.0006% 0.010%   0.16%   0.65%  5%     17%     46%     87%
"""

from __future__ import annotations

import math

ELEVATED, HIGHEST = 65, 75
_ANCHOR_ODDS = 1 / 19
_POINTS_PER_DOUBLING = 5
LEVELS = ("normal", "elevated", "highest")


def score(probability: float) -> int:
    """0 (least) to 100 (most) for the probability of fraud."""
    if not 0 <= probability <= 1:  # NaN too
        message = f"{probability} is not a probability"
        raise ValueError(message)
    if probability in (0, 1):
        return 100 if probability else 0
    odds = probability / (1 - probability)
    exact = ELEVATED + _POINTS_PER_DOUBLING * math.log2(odds / _ANCHOR_ODDS)
    return min(100, max(0, math.floor(exact + 0.5)))


def probability_at(points: float) -> float:
    """The probability that stands at a score: the inverse, without rounding."""
    odds: float = _ANCHOR_ODDS * 2.0 ** ((points - ELEVATED) / _POINTS_PER_DOUBLING)
    return odds / (1 + odds)


def level(points: int, elevated: int = ELEVATED, highest: int = HIGHEST) -> str:
    """The score in a word: `normal`, `elevated` or `highest`."""
    return LEVELS[(points >= elevated) + (points >= highest)]
