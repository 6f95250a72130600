import random
from xml.etree import ElementTree as ET

import pytest
from sklearn.linear_model import LogisticRegression

from risk.training import calibration
from risk.training.plot import calibration_svg
from risk.trees import sigmoid


def days(slope, intercept, n=3_000, seed=2):
    """What trees say, and what came of it when the truth lies on a line."""
    chance = random.Random(seed)
    raw = [chance.gauss(-3, 2) for _ in range(n)]
    return raw, [chance.random() < sigmoid(slope * z + intercept) for z in raw]


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.6, 0.5), (1.6, -0.7)])
def test_the_line_is_found(slope, intercept):
    raw, fraud = days(slope, intercept)
    found = calibration.fit(raw, fraud, [1.0] * len(raw))
    assert found == pytest.approx((slope, intercept), abs=0.2)
    told = sum(sigmoid(found[0] * z + found[1]) for z in raw)
    assert told == pytest.approx(sum(fraud), rel=1e-6)


def test_it_is_logistic_regression_with_the_slope_held(monkeypatch):
    monkeypatch.setattr(calibration, "_HOLD", 1e-9)
    raw, fraud = days(0.8, 0.3)
    weight = [1.0 + n % 3 for n in range(len(raw))]
    theirs = LogisticRegression(C=1e9, tol=1e-10).fit(
        [[z] for z in raw], fraud, sample_weight=weight
    )
    ours = calibration.fit(raw, fraud, weight)
    assert ours == pytest.approx((theirs.coef_[0][0], theirs.intercept_[0]), rel=1e-4)


def test_a_weight_of_two_is_two_rows():
    raw, fraud = days(1.0, 0.0, n=400)
    assert calibration.fit(raw, fraud, [2.0] * 400) == pytest.approx(
        calibration.fit(raw * 2, fraud * 2, [1.0] * 800), abs=1e-9
    )


def test_a_few_rows_do_not_bend_it():
    slope, _ = calibration.fit([-5.0, -4.0, 2.0], [False, False, True], [1.0] * 3)
    assert 0.8 < slope < 1.6


def test_scores_that_turned_around_are_refused():
    raw, fraud = days(-1.0, -5.0)
    with pytest.raises(calibration.TurnedAround):
        calibration.fit(raw, fraud, [1.0] * len(raw))


def test_the_plot_is_well_formed_and_shows_every_bin():
    bins = [
        {"rows": 9, "mean_probability": p, "fraud_rate": r}
        for p, r in ((0, 0), (0.01, 0.02), (1, 1))
    ]
    plot = ET.fromstring(calibration_svg(bins, "a < b & c"))  # noqa: S314 - our own
    assert len(plot.findall("{*}circle")) == 3
    assert plot.find("{*}title").text == "a < b & c"
    for dot in plot.findall("{*}circle"):
        assert 0 <= float(dot.get("cx")) <= 420
        assert 0 <= float(dot.get("cy")) <= 320
