"""Exact SHAP values of a flat model, for the few attempts that somebody looks at.

Path-dependent TreeSHAP (Lundberg, Erion, Lee: "Consistent individualized feature attribution for tree ensembles",
2018, algorithm 2): what a feature adds on average over all orders in which features could become known; what is not
known yet goes down both sides, weighted by the training rows that went there. `explain` and `expected` sum to the raw
log-odds of the trees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from risk import features
from risk.trees import Flat, Node, Tree

Row = Sequence[float]


@dataclass(slots=True)
class _Step:
    """One feature on the way down.

    The share of rows that go the same way when it is not known, 1 if this row does, and the weight of the sets of
    known features of one size.
    """

    feature: int
    share: float
    follows: float
    weight: float


def expected(model: Flat) -> float:
    """The mean raw log-odds over the training rows: what is said of an attempt of which nothing is known."""
    return model.baseline + math.fsum(tree[0].value for tree in model.trees)


def explain(model: Flat, x: Row) -> dict[str, float]:
    """Feature → what it moved the raw log-odds by, the strongest first. Features that moved nothing are left out."""
    moved = [0.0] * len(features.NAMES)
    for tree in model.trees:
        _down(tree, x, moved)
    named = {name: value for name, value in zip(features.NAMES, moved, strict=True) if value}
    return dict(sorted(named.items(), key=lambda one: -abs(one[1])))


def families(model: Flat, x: Row) -> dict[str, float]:
    """The same by reason family and on the calibrated scale, as `Flat.families` tells it along the paths."""
    moved = dict.fromkeys(features.MEANING_OF_FAMILIES, 0.0)
    for name, value in explain(model, x).items():
        moved[features.FAMILIES[name]] += model.slope * value
    return dict(sorted(moved.items(), key=lambda one: -abs(one[1])))


def _goes_left(node: Node, x: Row) -> bool:
    value = x[node.feature]
    return node.missing_left if math.isnan(value) else value <= node.threshold


def _down(tree: Tree, x: Row, moved: list[float]) -> None:
    """Every leaf gives its value to the features on its path. A stack instead of recursion: a tree may be deep."""
    stack: list[tuple[int, list[_Step], float, float, int]] = [(0, [], 1.0, 1.0, -1)]
    while stack:
        at, path, share, follows, feature = stack.pop()
        path = _extended(path, share, follows, feature)
        node = tree[at]
        if node.feature < 0:
            for index in range(1, len(path)):
                step = path[index]
                weight = sum(_unwound_weights(path, index))
                moved[step.feature] += weight * (step.follows - step.share) * node.value
            continue
        share, follows = 1.0, 1.0
        for index, step in enumerate(path):
            if step.feature == node.feature:  # asked again on the same way: one feature, one step
                share, follows = step.share, step.follows
                path = _unwound(path, index)
                break
        left = _goes_left(node, x)
        for child, chosen in ((node.left, left), (node.right, not left)):
            part = share * tree[child].count / node.count
            stack.append((child, path, part, follows if chosen else 0.0, node.feature))


def _extended(path: Sequence[_Step], share: float, follows: float, feature: int) -> list[_Step]:
    """The path with one more feature, known or not, in sets of every size."""
    longer = [_Step(one.feature, one.share, one.follows, one.weight) for one in path]
    longer.append(_Step(feature, share, follows, 0.0 if path else 1.0))
    depth = len(path)
    for i in range(depth - 1, -1, -1):
        longer[i + 1].weight += follows * longer[i].weight * (i + 1) / (depth + 1)
        longer[i].weight = share * longer[i].weight * (depth - i) / (depth + 1)
    return longer


def _unwound(path: Sequence[_Step], index: int) -> list[_Step]:
    """The path as it would be without one of its features: `_extended` undone."""
    rest = [one for at, one in enumerate(path) if at != index]
    weights = _unwound_weights(path, index)
    return [
        _Step(one.feature, one.share, one.follows, weight)
        for one, weight in zip(rest, weights, strict=True)
    ]


def _unwound_weights(path: Sequence[_Step], index: int) -> list[float]:
    depth = len(path) - 1
    share, follows = path[index].share, path[index].follows
    weights = [one.weight for one in path]
    following = weights[depth]
    for i in range(depth - 1, -1, -1):
        if follows:
            kept = weights[i]
            weights[i] = following * (depth + 1) / ((i + 1) * follows)
            following = kept - weights[i] * share * (depth - i) / (depth + 1)
        else:
            weights[i] = weights[i] * (depth + 1) / (share * (depth - i))
    return weights[:depth]
