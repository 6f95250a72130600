"""From the fitted trees to the flat model that is served, and the proof that the two are the same to the last bit."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from risk import features
from risk.trees import FORMAT, Flat, sigmoid

# What makes trees and their calibration one: this is what the joblib file holds.
Bundle = dict[str, Any]


class Disagreement(RuntimeError):
    """The flat model says something else than what was trained: it must not be served."""


def flat_text(
    bundle: Bundle, *, name: str, made: Mapping[str, Any], reference: Mapping[str, Any]
) -> str:
    """The model as JSON, which `Flat.read` reads. The same model, the same text."""
    model = bundle["model"]
    whole = {
        "format": FORMAT,
        "name": name,
        "features_version": features.VERSION,
        "features": list(features.NAMES),
        "baseline": float(model._baseline_prediction.ravel()[0]),  # noqa: SLF001 - nowhere public
        "calibration": {"slope": bundle["slope"], "intercept": bundle["intercept"]},
        "trees": [_columns(one.nodes) for (one,) in model._predictors],  # noqa: SLF001
        "reference": reference,
        "made": made,
    }
    return json.dumps(whole, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _columns(nodes: Any) -> dict[str, list[Any]]:
    """A tree's nodes as columns. What a leaf does not have is written as 0, its feature as -1."""
    if nodes["is_categorical"].any():
        raise Disagreement("A split by category cannot be walked.")
    inner = ~nodes["is_leaf"].astype(bool)
    # "Everything that is known goes left" is a threshold of infinity, which JSON does not know.
    thresholds = nodes["num_threshold"].clip(max=sys.float_info.max)
    columns: dict[str, list[Any]] = {
        "feature": [int(v) if i else -1 for v, i in zip(nodes["feature_idx"], inner, strict=True)],
        "threshold": [float(v) if i else 0.0 for v, i in zip(thresholds, inner, strict=True)],
        "value": [0.0 if i else float(v) for v, i in zip(nodes["value"], inner, strict=True)],
        "count": [int(v) for v in nodes["count"]],
    }
    for ours, theirs in (
        ("left", "left"),
        ("right", "right"),
        ("missing_left", "missing_go_to_left"),
    ):
        columns[ours] = [int(v) if i else 0 for v, i in zip(nodes[theirs], inner, strict=True)]
    return columns


def extremes(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Rows that no shopper makes: all missing, all zero, all very large or small, and real ones with holes."""
    size = len(features.NAMES)
    made = [[value] * size for value in (math.nan, 0.0, 1e300, -1e300)]
    for row in rows[:20]:
        made.append([math.nan if n % 2 else value for n, value in enumerate(row)])
        made.append([value if n % 2 else math.nan for n, value in enumerate(row)])
    return made


def agree(bundle: Bundle, flat: Flat, rows: Sequence[Sequence[float]]) -> int:
    """Compare the two on rows and on extreme ones, bit for bit; how many were compared. Disagreement if any differs."""
    import numpy as np

    sample = [list(row) for row in rows] + extremes(rows)
    for row, raw in zip(sample, bundle["model"].decision_function(np.array(sample)), strict=True):
        trained = sigmoid(bundle["slope"] * float(raw) + bundle["intercept"])
        if flat.raw(row) != raw or flat.probability(row) != trained:
            message = f"{flat.probability(row)!r} is not {trained!r}, for {row}"
            raise Disagreement(message)
    return len(sample)
