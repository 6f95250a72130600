"""Platt's calibration: a line through the trees' log-odds, fitted on days that the trees have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, log1p

from risk.trees import sigmoid

# How strongly the slope is held to 1, in rows: the trees are calibrated nearly as they come, and few frauds must not
# bend them. The line keeps the order of scores as long as it rises.
_HOLD = 5.0
_MOST_STEPS = 50
LEAST_SLOPE = 0.05


class TurnedAround(ValueError):
    """On newer days, higher scores meant less fraud: no calibration helps such a model."""


def fit(
    raw: Sequence[float], is_fraud: Sequence[bool], weight: Sequence[float]
) -> tuple[float, float]:
    """(slope, intercept) with the greatest likelihood, by Newton's steps; exact sums, so always the same."""
    slope, intercept = 1.0, 0.0
    best = _loss(raw, is_fraud, weight, slope, intercept)
    for _ in range(_MOST_STEPS):
        d_slope, d_intercept = _step(raw, is_fraud, weight, slope, intercept)
        size = 1.0
        while size > 1e-6:
            tried = (slope - size * d_slope, intercept - size * d_intercept)
            loss = _loss(raw, is_fraud, weight, *tried)
            if loss < best:
                break
            size /= 2
        else:
            break
        (slope, intercept), best = tried, loss
        if abs(d_slope) + abs(d_intercept) < 1e-10:
            break
    if slope < LEAST_SLOPE:
        message = f"the slope is {slope:.3f}"
        raise TurnedAround(message)
    return slope, intercept


def _step(
    raw: Sequence[float],
    is_fraud: Sequence[bool],
    weight: Sequence[float],
    slope: float,
    intercept: float,
) -> tuple[float, float]:
    p = [sigmoid(slope * z + intercept) for z in raw]
    g = [w * (q - y) for w, q, y in zip(weight, p, is_fraud, strict=True)]
    h = [w * q * (1 - q) for w, q in zip(weight, p, strict=True)]
    g_slope = fsum(one * z for one, z in zip(g, raw, strict=True)) + _HOLD * (slope - 1)
    g_intercept = fsum(g)
    hss = fsum(one * z * z for one, z in zip(h, raw, strict=True)) + _HOLD
    hsi = fsum(one * z for one, z in zip(h, raw, strict=True))
    hii = fsum(h) + 1e-9
    determinant = hss * hii - hsi * hsi
    return (
        (hii * g_slope - hsi * g_intercept) / determinant,
        (hss * g_intercept - hsi * g_slope) / determinant,
    )


def _loss(
    raw: Sequence[float],
    is_fraud: Sequence[bool],
    weight: Sequence[float],
    slope: float,
    intercept: float,
) -> float:
    """The negative log-likelihood, with what holds the slope."""

    def one(z: float, y: bool, w: float) -> float:  # noqa: FBT001
        t = slope * z + intercept
        return w * (max(t, 0.0) + log1p(exp(-abs(t))) - y * t)

    rows = zip(raw, is_fraud, weight, strict=True)
    return fsum(one(*row) for row in rows) + _HOLD / 2 * (slope - 1) ** 2
