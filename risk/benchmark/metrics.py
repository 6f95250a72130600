"""The three measures of the book: AUC ROC, average precision, and card precision among a day's top 100."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from risk.benchmark.table import Ints, Table

TOP = 100


@dataclass(frozen=True, slots=True)
class Result:
    """How well a score ranks."""

    auc: float
    average_precision: float
    card_precision: float

    def __str__(self) -> str:
        return f"{self.auc:.3f} / {self.average_precision:.3f} / {self.card_precision:.3f}"


def measure(table: Table, rows: Ints, scores: NDArray[Any]) -> Result:
    """Of some transactions, of which some are fraud and some are not, and their scores."""
    frauds = table.frauds[rows]
    return Result(
        auc=float(roc_auc_score(frauds, scores)),
        average_precision=float(average_precision_score(frauds, scores)),
        card_precision=card_precision(table.days[rows], table.customers[rows], frauds, scores),
    )


def card_precision(
    days: Ints, customers: Ints, frauds: Ints, scores: NDArray[Any], *, top: int = TOP
) -> float:
    """The share of each day's `top` highest-scored cards that are compromised, as a mean over the days.

    A card has the day's highest score and fraud of its transactions. A compromised card that was found is not looked
    at again on later days. Of equal scores, the lower card number counts first.
    """
    found: Ints = np.array([], dtype=np.int64)
    shares = []
    for day in np.unique(days):
        rows = np.flatnonzero((days == day) & ~np.isin(customers, found))
        cards, place = np.unique(customers[rows], return_inverse=True)
        highest = np.full(len(cards), -np.inf)
        np.maximum.at(highest, place, scores[rows])
        compromised = np.zeros(len(cards), dtype=np.int64)
        np.maximum.at(compromised, place, frauds[rows])
        best = np.argsort(-highest, kind="stable")[:top]
        hits = cards[best][compromised[best] == 1]
        found = np.concatenate([found, hits])
        shares.append(len(hits) / top)
    return float(np.mean(shares))
