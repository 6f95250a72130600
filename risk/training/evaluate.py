"""How good scores were, now that the truth is known: ranking, calibration, and money within a budget of reviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import fsum
from typing import Any

# Where calibration bins end, as shares of the rows from the lowest score up: finest at the top, where fraud is.
BINS = (0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)
# Which shares of the attempts somebody could look at or stop.
BUDGETS = (0.005, 0.01)


@dataclass(frozen=True, slots=True)
class Scored:
    """One attempt, what a model said of it, and what it was."""

    probability: float
    is_fraud: bool
    currency: str
    amount_minor: int
    weight: float = 1.0


def _ranked(scored: Sequence[Scored]) -> Iterator[tuple[float, float]]:
    """From the highest score down: (weight of fraud, weight of good), equal scores together."""
    ordered = sorted(scored, key=lambda one: -one.probability)
    for _, group in groupby(ordered, key=lambda one: one.probability):
        same = list(group)
        yield (
            fsum(one.weight for one in same if one.is_fraud),
            fsum(one.weight for one in same if not one.is_fraud),
        )


def average_precision(scored: Sequence[Scored]) -> float | None:
    """The mean precision over all recalls; of scores that say nothing, the base rate. None without fraud."""
    total = fsum(one.weight for one in scored if one.is_fraud)
    if not total:
        return None
    fraud = good = area = 0.0
    for more_fraud, more_good in _ranked(scored):
        fraud += more_fraud
        good += more_good
        if more_fraud:
            area += more_fraud / total * fraud / (fraud + good)
    return area


def area_under_curve(scored: Sequence[Scored]) -> float | None:
    """The chance that a fraud scores above a good one, ties counting half. None where one of the two is missing."""
    fraud = good = area = 0.0
    for more_fraud, more_good in _ranked(scored):
        area += more_good * (fraud + more_fraud / 2)
        fraud += more_fraud
        good += more_good
    return area / (fraud * good) if fraud and good else None


def taken(scored: Sequence[Scored], budget: float) -> list[tuple[Scored, float]]:
    """The highest scores that the budget has room for, each with the share that is taken of it.

    Of equal scores at the edge everyone gets the same share: their order would be chance.
    """
    room = budget * fsum(one.weight for one in scored)
    found: list[tuple[Scored, float]] = []
    ordered = sorted(scored, key=lambda one: -one.probability)
    for _, group in groupby(ordered, key=lambda one: one.probability):
        same = list(group)
        weight = fsum(one.weight for one in same)
        if room <= 0 or not weight:
            break
        share = min(1.0, room / weight)
        room -= weight
        found += [(one, share) for one in same]
    return found


def within(scored: Sequence[Scored], budget: float) -> dict[str, Any]:
    """What stopping the highest scores catches: share of the frauds, precision, and money by currency."""
    stopped = taken(scored, budget)
    caught = fsum(one.weight * share for one, share in stopped if one.is_fraud)
    frauds = fsum(one.weight for one in scored if one.is_fraud)
    all_stopped = fsum(one.weight * share for one, share in stopped)
    money: dict[str, dict[str, int]] = {}
    for currency in sorted({one.currency for one in scored}):
        fraud = [one for one in scored if one.currency == currency and one.is_fraud]
        parts = [(one, share) for one, share in stopped if one.currency == currency]
        money[currency] = {
            "fraud_minor": round(fsum(one.weight * one.amount_minor for one in fraud)),
            "caught_minor": round(
                fsum(one.weight * s * one.amount_minor for one, s in parts if one.is_fraud)
            ),
            "good_stopped_minor": round(
                fsum(one.weight * s * one.amount_minor for one, s in parts if not one.is_fraud)
            ),
        }
    return {
        "budget": budget,
        "recall": caught / frauds if frauds else None,
        "precision": caught / all_stopped if all_stopped else None,
        "money": money,
    }


def calibration(scored: Sequence[Scored]) -> dict[str, Any]:
    """Whether probabilities are frequencies: by bins of the scores, as a ratio, and as a Brier score."""
    ordered = sorted(scored, key=lambda one: one.probability)
    size = len(ordered)
    edges = [0, *(round(size * share) for share in BINS)]
    parts = [ordered[start:end] for start, end in pairwise(edges) if start < end]
    total = fsum(one.weight for one in scored)
    told = fsum(one.weight * one.probability for one in scored)
    seen = fsum(one.weight for one in scored if one.is_fraud)
    squares = fsum(one.weight * (one.probability - one.is_fraud) ** 2 for one in scored)
    return {
        "ratio": told / seen if seen else None,  # mean probability over the rate of fraud
        "brier": squares / total if total else None,
        "bins": [_bin(part) for part in parts],
    }


def _bin(part: Sequence[Scored]) -> dict[str, float]:
    weight = fsum(one.weight for one in part)
    return {
        "rows": len(part),
        "mean_probability": fsum(one.weight * one.probability for one in part) / weight,
        "fraud_rate": fsum(one.weight for one in part if one.is_fraud) / weight,
    }


def metrics(scored: Sequence[Scored]) -> dict[str, Any]:
    """All of it, as a JSON value."""
    return {
        "rows": len(scored),
        "frauds": sum(one.is_fraud for one in scored),
        "average_precision": average_precision(scored),
        "auc": area_under_curve(scored),
        "within": [within(scored, budget) for budget in BUDGETS],
        "calibration": calibration(scored),
    }
