"""Drift: how far what comes in now is from what a model was trained on, as the population stability index (PSI).

Each feature and the score are cut at the ten quantiles of the training rows; what is missing is a bin of its own. The
index sums (now - then) · ln(now / then) over the bins: 0 is no change; as a rule of thumb 0.1 is worth a look and 0.25
worth a retraining. Plain Python, because a page shows it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from math import fsum, isnan, log
from typing import Any

from risk import features

BINS = 10
WATCH, ACT = 0.1, 0.25
SCORE = "score"
# An empty bin counts as so small a share: an infinite index would hide how many others moved.
_LEAST_SHARE = 1e-4


def bins(values: Sequence[float]) -> dict[str, Any]:
    """The cut points of a column and the share of its rows in each bin, the last for what is missing."""
    known = sorted(value for value in values if not isnan(value))
    cuts: list[float] = []
    for n in range(1, BINS):
        if known and (not cuts or known[len(known) * n // BINS] > cuts[-1]):
            cuts.append(known[len(known) * n // BINS])
    return {"cuts": cuts, "shares": _shares(cuts, values), "rows": len(values)}


def _shares(cuts: Sequence[float], values: Iterable[float]) -> list[float]:
    counts = [0] * (len(cuts) + 2)
    for value in values:
        counts[-1 if isnan(value) else bisect_left(cuts, value)] += 1
    total = sum(counts)
    return [round(count / total, 6) if total else 0.0 for count in counts]


def psi(then: Sequence[float], now: Sequence[float]) -> float:
    """The index of two distributions over the same bins."""
    pairs = [(max(a, _LEAST_SHARE), max(b, _LEAST_SHARE)) for a, b in zip(then, now, strict=True)]
    return fsum((b - a) * log(b / a) for a, b in pairs)


def reference(rows: Sequence[Sequence[float]], scores: Sequence[float]) -> dict[str, Any]:
    """What is kept of the training rows in the flat model. Scores are those of `risk.scale`, 0 to 100."""
    columns = {name: [row[at] for row in rows] for at, name in enumerate(features.NAMES)}
    return {name: bins(values) for name, values in {SCORE: scores, **columns}.items()}


def drift(
    reference: Mapping[str, Any], rows: Sequence[Sequence[float]], scores: Sequence[float]
) -> list[dict[str, Any]]:
    """The index of the score and of every feature now, the furthest first: [{name, psi, state, missing, …}].

    `state`: `steady`, `watch` or `act`. `missing` and `missing_then`: shares of the rows in which nothing was known.
    """
    found = []
    for name in (SCORE, *features.NAMES):
        if not rows or not isinstance(then := reference.get(name), Mapping):
            continue
        at = features.NAMES.index(name) if name != SCORE else -1
        values = scores if name == SCORE else [row[at] for row in rows]
        shares = _shares(then["cuts"], values)
        index = psi(then["shares"], shares)
        found.append(
            {
                "name": name,
                "psi": index,
                "state": "act" if index >= ACT else "watch" if index >= WATCH else "steady",
                "missing": shares[-1],
                "missing_then": then["shares"][-1],
                "shares": shares,
                "shares_then": then["shares"],
                "cuts": then["cuts"],
            }
        )
    return sorted(found, key=lambda one: (one["name"] != SCORE, -one["psi"]))


def arrival(delays_days: Iterable[float], *, days: int = 120) -> list[tuple[int, float]]:
    """The label arrival curve: (day, share of the labels that had come by then), of delays since the attempt."""
    ordered = sorted(delays_days)
    if not ordered:
        return []
    curve, at = [], 0
    for day in range(days + 1):
        while at < len(ordered) and ordered[at] <= day:
            at += 1
        curve.append((day, at / len(ordered)))
    return curve
