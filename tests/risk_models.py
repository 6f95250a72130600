"""Models for tests: small, written by hand, so that a test says what the score is made of."""

from __future__ import annotations

import json
import math

from risk import features
from risk.trees import Flat


def text(probability: float, *, name: str = "test") -> str:
    """The file of a model that gives every attempt the same probability of fraud."""
    leaf = {
        "feature": [-1], "threshold": [0.0], "left": [0], "right": [0],
        "missing_left": [0], "value": [math.log(probability / (1 - probability))], "count": [100],
    }  # fmt: skip
    return json.dumps(
        {
            "format": 1,
            "name": name,
            "features_version": features.VERSION,
            "features": list(features.NAMES),
            "baseline": 0.0,
            "calibration": {"slope": 1.0, "intercept": 0.0},
            "trees": [leaf],
            "reference": {},
            "made": {},
        }
    )


def constant(probability: float) -> Flat:
    """The model itself."""
    return Flat.read(text(probability))
