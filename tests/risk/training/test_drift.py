import math
import random

import pytest

from risk import features
from risk.training import drift


def rows(shift=0.0, missing=0.1, seed=1, n=1_000):
    chance = random.Random(seed)
    at = features.NAMES.index("amount_log")
    found = []
    for _ in range(n):
        row = [math.nan] * len(features.NAMES)
        row[at] = math.nan if chance.random() < missing else chance.gauss(3 + shift, 1)
        found.append(row)
    return found


def scores(rows):
    return [sum(value for value in row if not math.isnan(value)) for row in rows]


def of(name, told):
    return next(one for one in told if one["name"] == name)


REFERENCE = drift.reference(rows(), scores(rows()))


def test_the_same_rows_have_not_moved():
    told = drift.drift(REFERENCE, rows(), scores(rows()))
    assert {one["psi"] for one in told} == {0.0}
    assert told[0]["name"] == drift.SCORE
    assert len(told) == len(features.NAMES) + 1


@pytest.mark.parametrize(
    ("shift", "missing", "state"),
    [(0.0, 0.1, "steady"), (0.4, 0.1, "watch"), (1.0, 0.1, "act"), (0.0, 0.7, "act")],
)
def test_what_moved_is_told(shift, missing, state):
    other = rows(shift, missing, seed=2)
    told = drift.drift(REFERENCE, other, scores(other))
    assert of("amount_log", told)["state"] == state
    assert of("amount_log", told)["missing"] == pytest.approx(missing, abs=0.05)
    assert of("cvc", told)["state"] == "steady"


def test_a_column_of_one_value_has_bins_too():
    one = drift.bins([1.0] * 50)
    assert drift.psi(one["shares"], drift._shares(one["cuts"], [1.0] * 9)) == 0.0
    assert drift.psi(one["shares"], drift._shares(one["cuts"], [2.0] * 9)) > drift.ACT


def test_nothing_to_compare_is_not_steady():
    assert drift.drift(REFERENCE, [], []) == []
    assert drift.drift({}, rows(), scores(rows())) == []


def test_the_label_arrival_curve_rises_to_one():
    curve = drift.arrival([0.2, 3, 3, 40], days=60)
    assert (curve[0], curve[1], curve[3], curve[-1]) == ((0, 0.0), (1, 0.25), (3, 0.75), (60, 1.0))
    assert drift.arrival([]) == []
