"""The trained trees as plain Python: read from JSON with strict checks, walked without numpy or pickle.

Every node asks `x[feature] <= threshold`; yes is left. NaN answers no to every comparison, so a node that sends what
is missing to the left is kept the other way round (`-x < -threshold`) and reads from a mirrored copy of the features:
one question per node whatever is missing. The sum runs in the order in which the trees were trained, as it does in
scikit-learn, so that the two agree bit for bit.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import neg
from typing import Any, TypeAlias

from risk import features

# The version of the file's layout.
FORMAT = 1
MOST_TREES, MOST_NODES, MOST_CHARACTERS = 2_000, 4_095, 16_000_000
# Beyond this a log-odds is no log-odds, and sums could leave the range of numbers.
_MOST_LOG_ODDS = 1e6
_FAMILIES = tuple(features.MEANING_OF_FAMILIES)
_COLUMNS = ("feature", "threshold", "left", "right", "missing_left", "value", "count")

# An inner node is (feature, threshold, if yes, if no), a leaf (None, what it is worth, None, None): of all ways to
# tell them apart, comparing with None is the quickest. A leaf is worth a number, or what each family had to do with it.
Walk: TypeAlias = Any
Row = Sequence[float]


class BadModel(ValueError):
    """The text is not a model of ours: it is refused as a whole."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node as the file has it. A leaf has feature -1; `value` of an inner node is the mean of its leaves."""

    feature: int
    threshold: float
    left: int
    right: int
    missing_left: bool
    value: float
    count: int


Tree = tuple[Node, ...]


def sigmoid(log_odds: float) -> float:
    """The probability, without overflow on either side."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    grown = math.exp(log_odds)
    return grown / (1.0 + grown)


@dataclass(frozen=True, slots=True)
class Flat:
    """A model that can be asked."""

    name: str
    features_version: int
    baseline: float
    slope: float
    intercept: float
    """The calibrated log-odds are slope * raw + intercept, slope > 0: the order of scores is the trees' own."""
    trees: tuple[Tree, ...]
    reference: Mapping[str, Any]
    """What the training rows looked like (`risk.training.drift`)."""
    made: Mapping[str, Any]
    """When, from what and with what it was trained."""
    _walks: tuple[Walk, ...]
    _paths: tuple[Walk, ...]

    @classmethod
    def read(cls, text: str) -> Flat:
        """The model that `risk.training.export` wrote; BadModel for anything else."""
        if len(text) > MOST_CHARACTERS:
            raise BadModel("The file is too large.")
        try:
            whole = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise BadModel(f"This is not JSON: {error}") from None
        if not isinstance(whole, dict):
            raise BadModel("A model is one JSON object.")
        return _flat(whole)

    def raw(self, x: Row) -> float:
        """The trees' own log-odds, before calibration."""
        mirrored = [*x, *map(neg, x)]
        total = self.baseline
        for feature, end, yes, no in self._walks:
            while feature is not None:
                feature, end, yes, no = yes if mirrored[feature] <= end else no  # noqa: PLW2901
            total += end
        return total

    def log_odds(self, x: Row) -> float:
        return self.slope * self.raw(x) + self.intercept

    def probability(self, x: Row) -> float:
        """The calibrated probability of fraud."""
        return sigmoid(self.slope * self.raw(x) + self.intercept)

    def families(self, x: Row) -> dict[str, float]:
        """How much each reason family moved the log-odds, along the paths taken (strongest first).

        With `expected` they sum to `log_odds`.
        """
        return self.explained(x)[1]

    def explained(self, x: Row) -> tuple[float, dict[str, float]]:
        """`probability` and `families` in one walk: the trees are large, and to come by twice costs twice."""
        moved = [0.0] * len(_FAMILIES)
        mirrored = [*x, *map(neg, x)]
        total = self.baseline
        for feature, end, yes, no in self._paths:
            while feature is not None:
                feature, end, yes, no = yes if mirrored[feature] <= end else no  # noqa: PLW2901
            value, steps = end
            total += value
            for family, step in steps:
                moved[family] += step
        whole = [(name, self.slope * step) for name, step in zip(_FAMILIES, moved, strict=True)]
        told = dict(sorted(whole, key=lambda one: -abs(one[1])))
        return sigmoid(self.slope * total + self.intercept), told

    @property
    def expected(self) -> float:
        """The log-odds of which `families` tells the deviations: the mean over the training rows."""
        means = math.fsum(tree[0].value for tree in self.trees)
        return self.slope * (self.baseline + means) + self.intercept


def _refuse(word: str) -> float:
    message = f"{word} is not a number here"
    raise ValueError(message)


def _flat(whole: Mapping[str, Any]) -> Flat:
    if whole.get("format") != FORMAT:
        raise BadModel(f"The layout is {whole.get('format')!r}, not {FORMAT}.")
    version, names = whole.get("features_version"), whole.get("features")
    if version != features.VERSION or names != list(features.NAMES):
        raise BadModel(
            f"Its features (version {version!r}) are not ours (version {features.VERSION})."
        )
    calibration = _mapping(whole, "calibration")
    slope = _finite(calibration.get("slope"), "calibration.slope", _MOST_LOG_ODDS)
    if slope <= 0:
        raise BadModel("A calibration that turns the order of scores around is none.")
    columns = whole.get("trees")
    if not isinstance(columns, list) or not 1 <= len(columns) <= MOST_TREES:
        raise BadModel(f"A model has 1 to {MOST_TREES} trees.")
    trees = tuple(_tree(one, number) for number, one in enumerate(columns))
    name = whole.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 80:
        raise BadModel("A model has a name of at most 80 characters.")
    return Flat(
        name=name,
        features_version=features.VERSION,
        baseline=_finite(whole.get("baseline"), "baseline", _MOST_LOG_ODDS),
        slope=slope,
        intercept=_finite(calibration.get("intercept"), "calibration.intercept", _MOST_LOG_ODDS),
        trees=trees,
        reference=_mapping(whole, "reference"),
        made=_mapping(whole, "made"),
        _walks=tuple(_walk(tree, [node.value for node in tree]) for tree in trees),
        _paths=tuple(_walk(tree, _steps(tree)) for tree in trees),
    )


def _mapping(whole: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = whole.get(key)
    if not isinstance(value, dict):
        raise BadModel(f"{key} is missing or no object.")
    return value


def _finite(value: object, where: str, most: float = sys.float_info.max) -> float:
    """A number that arithmetic can be done with; NaN and an integer too large for it are none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most:
        return float(value)
    raise BadModel(f"{where} is not a number from {-most:g} to {most:g}.")


def _whole(value: object, low: int, high: int, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise BadModel(f"{where}: this is not a whole number from {low} to {high}.")


def _tree(columns: object, number: int) -> Tree:
    where = f"trees[{number}]"
    if not isinstance(columns, dict) or set(columns) != set(_COLUMNS):
        raise BadModel(f"{where} must have exactly the columns {', '.join(_COLUMNS)}.")
    lists = [columns[name] for name in _COLUMNS]
    if not all(isinstance(one, list) and len(one) == len(lists[0]) for one in lists):
        raise BadModel(f"{where}: the columns differ in length.")
    if not 1 <= len(lists[0]) <= MOST_NODES:
        raise BadModel(f"{where} has {len(lists[0])} nodes, not 1 to {MOST_NODES}.")
    nodes = [
        _node(cells, index, len(lists[0]), where)
        for index, cells in enumerate(zip(*lists, strict=True))
    ]
    children = [child for node in nodes if node.feature >= 0 for child in (node.left, node.right)]
    if sorted(children) != list(range(1, len(nodes))):
        raise BadModel(f"{where}: every node but the first must be the child of exactly one other.")
    return tuple(_with_means(nodes, where))


def _node(cells: Sequence[object], index: int, size: int, tree: str) -> Node:
    where = f"{tree}, node {index}"
    feature, threshold, left, right, missing_left, value, count = cells
    at = _whole(feature, -1, len(features.NAMES) - 1, where)
    leaf = at < 0
    # Children stand behind their parent: no path can come back.
    low, high = (0, 0) if leaf else (index + 1, size - 1)
    return Node(
        feature=at,
        threshold=_finite(threshold, where),
        left=_whole(left, low, high, where),
        right=_whole(right, low, high, where),
        missing_left=bool(_whole(missing_left, 0, 1, where)),
        value=_finite(value, where, _MOST_LOG_ODDS),
        count=_whole(count, 1, 2**53, where),
    )


def _with_means(nodes: list[Node], where: str) -> Iterable[Node]:
    """Inner nodes get the mean of their leaves, weighted by the training rows that came through."""
    for index in range(len(nodes) - 1, -1, -1):
        node = nodes[index]
        if node.feature < 0:
            continue
        left, right = nodes[node.left], nodes[node.right]
        if left.count + right.count != node.count:
            raise BadModel(f"{where}, node {index}: the rows of its children do not add up.")
        share = left.count / node.count
        mean = _finite(
            left.value * share + right.value * (1 - share), f"{where}, node {index}", _MOST_LOG_ODDS
        )
        nodes[index] = Node(
            node.feature, node.threshold, node.left, node.right, node.missing_left, mean, node.count
        )
    return nodes


def _question(node: Node) -> tuple[int, float, int, int]:
    """(feature, threshold, if yes, if no), so that NaN, which answers no, goes where it belongs."""
    if not node.missing_left:
        return node.feature, node.threshold, node.left, node.right
    # right if x > t, that is -x < -t, that is -x <= the number just below -t
    below = math.nextafter(-node.threshold, -math.inf)
    return node.feature + len(features.NAMES), below, node.right, node.left


def _walk(tree: Tree, leaves: Sequence[Any]) -> Walk:
    """The tree as nested tuples, with something of our choice at the end of each path."""
    built: list[Walk] = [(None, leaf, None, None) for leaf in leaves]
    for index in range(len(tree) - 1, -1, -1):
        if tree[index].feature >= 0:
            feature, threshold, yes, no = _question(tree[index])
            built[index] = (feature, threshold, built[yes], built[no])
    return built[0]


def _steps(tree: Tree) -> list[tuple[float, tuple[tuple[int, float], ...]]]:
    """Of each node its value, and what each family moved the mean by on the way there."""
    moved: list[dict[int, float]] = [{} for _ in tree]
    for index, node in enumerate(tree):
        if node.feature >= 0:
            family = _FAMILIES.index(features.FAMILIES[features.NAMES[node.feature]])
            for child in (node.left, node.right):
                step = tree[child].value - node.value
                moved[child] = moved[index] | {family: moved[index].get(family, 0.0) + step}
    return [(node.value, tuple(one.items())) for node, one in zip(tree, moved, strict=True)]
