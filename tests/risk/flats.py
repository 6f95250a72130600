"""Small flat models for tests, made of trees that are written by hand or drawn from a seed."""

import json
import math
import random

from risk import features
from risk.trees import FORMAT

LEAF = {"feature": -1, "threshold": 0.0, "left": 0, "right": 0, "missing_left": 0}


def split(name, threshold, left, right, *, missing_left=False):
    """A tree as nested tuples: a leaf is (value, rows)."""
    return {
        "at": features.NAMES.index(name),
        "t": threshold,
        "l": left,
        "r": right,
        "m": int(missing_left),
    }


def columns(tree):
    rows = []

    def down(node):
        index = len(rows)
        if isinstance(node, tuple):
            rows.append(LEAF | {"value": node[0], "count": node[1]})
            return index
        rows.append(
            {"feature": node["at"], "threshold": node["t"], "missing_left": node["m"], "value": 0.0}
        )
        left, right = down(node["l"]), down(node["r"])
        count = rows[left]["count"] + rows[right]["count"]
        rows[index] |= {"left": left, "right": right, "count": count}
        return index

    down(tree)
    names = ("feature", "threshold", "left", "right", "missing_left", "value", "count")
    return {name: [row[name] for row in rows] for name in names}


def whole(*trees, slope=1.0, intercept=0.0, baseline=-4.5, **changed):
    return {
        "format": FORMAT,
        "name": "small",
        "features_version": features.VERSION,
        "features": list(features.NAMES),
        "baseline": baseline,
        "calibration": {"slope": slope, "intercept": intercept},
        "trees": [columns(tree) for tree in trees],
        "reference": {},
        "made": {},
    } | changed


def text(*trees, **changed):
    return json.dumps(whole(*trees, **changed))


def drawn(chance, names, depth):
    """A random tree over a few features, in which a feature may be asked twice on one path."""
    if depth == 0 or chance.random() < 0.15:
        return (chance.uniform(-1, 1), chance.randrange(1, 60))
    return split(
        chance.choice(names),
        chance.choice((0.0, 0.5, 1.0)),
        drawn(chance, names, depth - 1),
        drawn(chance, names, depth - 1),
        missing_left=chance.random() < 0.5,
    )


def row(chance=None, **known):
    """Features by name; the others drawn, or missing."""
    chance = chance or random.Random(0)
    return [known.get(name, math.nan) for name in features.NAMES]
