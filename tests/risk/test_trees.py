import copy
import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk import features, trees
from risk.trees import BadModel, Flat
from tests.risk import flats

NAMES = ("amount_log", "tries", "ip_cards_1h")
# tries <= 2: left (missing too) · else ip_cards_1h <= 3: missing goes right
TREE = flats.split(
    "tries",
    2.0,
    (-1.0, 60),
    flats.split("ip_cards_1h", 3.0, (0.5, 30), (2.0, 10)),
    missing_left=True,
)
MODEL = Flat.read(flats.text(TREE))


@pytest.mark.parametrize(
    ("tries", "cards", "leaf"),
    [
        (2.0, math.nan, -1.0),
        (math.nan, 9.0, -1.0),
        (2.0000001, 3.0, 0.5),
        (3.0, 3.0000001, 2.0),
        (3.0, math.nan, 2.0),
        (-1e300, 0.0, -1.0),
        (1e300, -1e300, 0.5),
    ],
)
def test_where_a_row_goes(tries, cards, leaf):
    row = flats.row(tries=tries, ip_cards_1h=cards)
    assert MODEL.raw(row) == MODEL.baseline + leaf
    assert MODEL.probability(row) == trees.sigmoid(-4.5 + leaf)


def _plainly(tree, x):
    """The walk as the file means it, without the mirror."""
    at = 0
    while tree[at].feature >= 0:
        node, value = tree[at], x[tree[at].feature]
        left = node.missing_left if math.isnan(value) else value <= node.threshold
        at = node.left if left else node.right
    return tree[at].value


@pytest.mark.parametrize("seed", range(25))
def test_the_mirrored_walk_is_the_plain_walk(seed):
    chance = random.Random(seed)
    model = Flat.read(
        flats.text(*(flats.drawn(chance, NAMES, 6) for _ in range(8)), slope=0.8, intercept=-0.3)
    )
    near = [
        -0.0,
        0.0,
        5e-324,
        -5e-324,
        0.5,
        1.0,
        math.nextafter(1.0, 2),
        math.nextafter(0.5, 0),
        math.nan,
    ]
    for _ in range(40):
        x = flats.row(**{name: chance.choice(near) for name in NAMES})
        wanted = model.baseline
        for tree in model.trees:
            wanted += _plainly(tree, x)
        assert model.raw(x) == wanted
        assert model.probability(x) == trees.sigmoid(0.8 * wanted - 0.3)
        moved = model.families(x)
        assert model.explained(x) == (model.probability(x), moved)
        assert set(moved) == set(features.MEANING_OF_FAMILIES)
        assert model.expected + math.fsum(moved.values()) == pytest.approx(
            model.log_odds(x), abs=1e-12
        )


def test_the_family_that_asked_is_the_family_that_moved():
    moved = MODEL.families(flats.row(tries=3.0, ip_cards_1h=9.0))
    assert next(iter(moved)) == "velocity"
    assert {family for family, value in moved.items() if value} == {"velocity"}


@pytest.mark.parametrize(("log_odds", "p"), [(0, 0.5), (-800, 0.0), (800, 1.0), (-1e6, 0.0)])
def test_probabilities_do_not_overflow(log_odds, p):
    assert trees.sigmoid(log_odds) == p


def _changed(path, value):
    whole = copy.deepcopy(flats.whole(TREE))
    *before, last = path
    inside = whole
    for key in before:
        inside = inside[key]
    if value is KeyError:
        del inside[last]
    else:
        inside[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["format"], 2),
        (["format"], KeyError),
        (["name"], ""),
        (["name"], 7),
        (["name"], "n" * 81),
        (["features_version"], 0),
        (["features"], list(features.NAMES)[:-1]),
        (["features"], list(features.NAMES)[::-1]),
        (["features"], "tries"),
        (["baseline"], None),
        (["baseline"], True),
        (["baseline"], 1e9),
        (["baseline"], 10**400),
        (["calibration"], []),
        (["calibration", "slope"], 0.0),
        (["calibration", "slope"], -1.0),
        (["calibration", "intercept"], "0"),
        (["reference"], None),
        (["made"], KeyError),
        (["trees"], []),
        (["trees"], {}),
        (["trees"], [7]),
        (["trees", 0, "value"], KeyError),
        (["trees", 0, "more"], []),
        (["trees", 0, "value"], []),
        (["trees", 0, "value"], "12345"),
        (["trees", 0, "value", 1], "x"),
        (["trees", 0, "value", 1], 1e300),
        (["trees", 0, "threshold", 0], None),
        (["trees", 0, "feature", 0], len(features.NAMES)),
        (["trees", 0, "feature", 0], -2),
        (["trees", 0, "feature", 0], 1.0),
        (["trees", 0, "left", 0], 0),  # itself
        (["trees", 0, "left", 2], 1),  # backwards
        (["trees", 0, "left", 0], 5),  # out of the tree
        (["trees", 0, "right", 0], 1),  # twice
        (["trees", 0, "right", 1], 3),  # a leaf with a child
        (["trees", 0, "missing_left", 0], 2),
        (["trees", 0, "count", 0], 99),  # does not add up
        (["trees", 0, "count", 1], 0),
        (["trees", 0, "count", 1], -60),
    ],
)
def test_a_file_that_is_wrong_is_refused(path, value):
    with pytest.raises(BadModel):
        Flat.read(_changed(path, value))


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "7", '"x"', "{}", "[" * 100_000, '{"format": NaN}',
        flats.text(TREE).replace("-4.5", "NaN"), flats.text(TREE).replace("-4.5", "Infinity"),
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_what_is_no_model_is_refused(text):
    with pytest.raises(BadModel):
        Flat.read(text)


def test_a_file_that_is_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr(trees, "MOST_CHARACTERS", 100)
    with pytest.raises(BadModel, match="too large"):
        Flat.read(flats.text(TREE))


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_change_is_refused_or_can_be_walked(data):
    """Whatever is read never fails when it is asked."""
    whole = flats.whole(TREE, flats.split("cvc", 0.5, (1.0, 5), (0.0, 5)))
    target = data.draw(st.sampled_from(["top", "calibration", "tree", "cell"]))
    if target == "top":
        whole[data.draw(st.sampled_from(sorted(whole)))] = data.draw(JSON)
    elif target == "calibration":
        whole["calibration"][data.draw(st.sampled_from(["slope", "intercept"]))] = data.draw(JSON)
    else:
        tree = whole["trees"][data.draw(st.integers(0, 1))]
        column = data.draw(st.sampled_from(sorted(tree)))
        if target == "tree":
            tree[column] = data.draw(JSON)
        else:
            tree[column][data.draw(st.integers(0, 2))] = data.draw(
                st.one_of(JSON, st.integers(-2, 6))
            )
    try:
        model = Flat.read(json.dumps(whole))
    except BadModel:
        return
    for value in (math.nan, 0.0, 1e308, -1e308):
        row = [value] * len(features.NAMES)
        assert 0 <= model.probability(row) <= 1
        assert all(math.isfinite(moved) for moved in model.families(row).values())
