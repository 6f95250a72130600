import itertools
import math
import random

import pytest

from risk import features
from risk.training import shap
from risk.trees import Flat
from tests.risk import flats

NAMES = ("amount_log", "tries", "ip_cards_1h", "cvc", "weekend")


def _value(tree, x, known, at=0):
    """What the tree says when only some features are known: both sides, weighted, where one is not."""
    node = tree[at]
    if node.feature < 0:
        return node.value
    if features.NAMES[node.feature] not in known:
        share = tree[node.left].count / node.count
        left, right = (_value(tree, x, known, child) for child in (node.left, node.right))
        return share * left + (1 - share) * right
    return _value(tree, x, known, node.left if shap._goes_left(node, x) else node.right)


def _by_definition(model, x):
    """Shapley's own sum over all sets of features."""
    size, found = len(NAMES), {}
    for name in NAMES:
        others = [other for other in NAMES if other != name]
        total = 0.0
        for length in range(size):
            weight = (
                math.factorial(length) * math.factorial(size - length - 1) / math.factorial(size)
            )
            for known in itertools.combinations(others, length):
                for tree in model.trees:
                    more = _value(tree, x, {*known, name})
                    total += weight * (more - _value(tree, x, set(known)))
        found[name] = total
    return found


@pytest.mark.parametrize("seed", range(12))
def test_it_is_shapleys_value(seed):
    chance = random.Random(seed)
    model = Flat.read(flats.text(*(flats.drawn(chance, NAMES, 4) for _ in range(3))))
    for _ in range(6):
        x = flats.row(**{name: chance.choice((0.0, 0.5, 1.0, 2.0, math.nan)) for name in NAMES})
        got = shap.explain(model, x)
        for name, wanted in _by_definition(model, x).items():
            assert got.get(name, 0.0) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_it_adds_up_to_what_the_trees_say(seed):
    chance = random.Random(seed)
    model = Flat.read(
        flats.text(*(flats.drawn(chance, NAMES, 6) for _ in range(8)), slope=1.3, intercept=0.2)
    )
    for _ in range(4):
        x = flats.row(**{name: chance.choice((0.0, 0.5, 1.0, 2.0, math.nan)) for name in NAMES})
        whole = shap.expected(model) + math.fsum(shap.explain(model, x).values())
        assert whole == pytest.approx(model.raw(x), abs=1e-9)
        by_family = model.expected + math.fsum(shap.families(model, x).values())
        assert by_family == pytest.approx(model.log_odds(x), abs=1e-9)
