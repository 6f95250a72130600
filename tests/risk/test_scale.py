import math

import pytest

from risk import scale


@pytest.mark.parametrize("points", range(101))
def test_every_score_leads_back_to_itself(points):
    assert scale.score(scale.probability_at(points)) == points


def test_more_probable_is_never_a_lower_score():
    scores = [scale.score(n / 20_000) for n in range(20_001)]
    assert scores == sorted(scores)
    assert (scores[0], scores[-1]) == (0, 100)


@pytest.mark.parametrize(
    ("probability", "points"),
    [(0, 0), (1e-300, 0), (0.05, 65), (4 / 23, 75), (0.5, 86), (1 - 1e-16, 100), (1, 100)],
)
def test_anchors(probability, points):
    assert scale.score(probability) == points


def test_five_points_double_the_odds():
    def odds(points):
        return scale.probability_at(points) / (1 - scale.probability_at(points))

    assert odds(65) == pytest.approx(1 / 19)
    assert odds(70) == pytest.approx(2 / 19)


@pytest.mark.parametrize("wrong", [-0.01, 1.01, math.nan, math.inf])
def test_what_is_no_probability_has_no_score(wrong):
    with pytest.raises(ValueError, match="not a probability"):
        scale.score(wrong)


def test_levels():
    assert [scale.level(points) for points in (0, 64, 65, 74, 75, 100)] == [
        "normal", "normal", "elevated", "elevated", "highest", "highest",
    ]  # fmt: skip
    assert scale.level(60, elevated=55, highest=60) == "highest"
