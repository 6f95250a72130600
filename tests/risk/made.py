"""Facts, models and settings for tests of decisions."""

import json
from functools import cache
from math import log

from risk import features
from risk.facts import Facts
from risk.trees import Flat

AT_MS = 1_700_000_000_000


def facts(**more) -> Facts:
    """A payment of 50 EUR about which everything may be done and of which little is known."""
    known = {
        "at_ms": AT_MS,
        "merchant_id": "mer_1",
        "amount_minor": 5_000,
        "currency": "EUR",
        "can_challenge": True,
        "can_hold": True,
        "past": {},
    }
    return Facts(**known | more)


@cache
def flat(
    probability: float, *, feature: str | None = None, above: float = 0, step: float = 0
) -> Flat:
    """A model that always says `probability`; above a value of one feature, `step` log-odds more."""
    leaf = {
        "feature": [-1],
        "threshold": [0],
        "left": [0],
        "right": [0],
        "missing_left": [0],
        "value": [0],
        "count": [1],
    }
    split = {
        "feature": [features.NAMES.index(feature) if feature else 0, -1, -1],
        "threshold": [above, 0, 0],
        "left": [1, 0, 0],
        "right": [2, 0, 0],
        "missing_left": [1, 0, 0],
        "value": [0, 0, step],
        "count": [2, 1, 1],
    }
    whole = {
        "format": 1,
        "name": "made",
        "features_version": features.VERSION,
        "features": list(features.NAMES),
        "baseline": 0,
        "calibration": {"slope": 1, "intercept": log(probability / (1 - probability))},
        "trees": [split if feature else leaf],
        "reference": {},
        "made": {},
    }
    return Flat.read(json.dumps(whole))
