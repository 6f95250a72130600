import math
import random

import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from risk.training import evaluate
from risk.training.evaluate import Scored


def scored(n=400, seed=3, *, rounded=2):
    chance = random.Random(seed)
    found = []
    for _ in range(n):
        fraud = chance.random() < 0.1
        p = min(1.0, max(0.0, chance.gauss(0.4 if fraud else 0.2, 0.2)))
        currency = chance.choice(["EUR", "USD"])
        found.append(
            Scored(
                round(p, rounded),
                fraud,
                currency,
                chance.randrange(100, 9_999),
                chance.choice([0.3, 1.0, 5.0]),
            )
        )
    return found  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_the_figures_are_those_of_scikit_learn(seed):
    rows = scored(seed=seed)
    y, p = [r.is_fraud for r in rows], [r.probability for r in rows]
    weight = [r.weight for r in rows]
    assert evaluate.average_precision(rows) == pytest.approx(
        average_precision_score(y, p, sample_weight=weight)
    )
    assert evaluate.area_under_curve(rows) == pytest.approx(
        roc_auc_score(y, p, sample_weight=weight)
    )
    assert evaluate.calibration(rows)["brier"] == pytest.approx(brier_score_loss(y, p, sample_weight=weight))  # fmt: skip


def test_scores_that_say_nothing_are_worth_nothing():
    rows = [Scored(0.5, n % 20 == 0, "EUR", 100) for n in range(1_000)]
    assert evaluate.average_precision(rows) == pytest.approx(0.05)
    assert evaluate.area_under_curve(rows) == pytest.approx(0.5)
    assert evaluate.within(rows, 0.01)["recall"] == pytest.approx(0.01)


def test_money_is_told_by_currency_and_never_summed():
    rows = [Scored(0.9, True, "EUR", 5_000), Scored(0.8, False, "JPY", 700)]
    rows += [Scored(0.1, False, "EUR", 100)] * 97 + [Scored(0.05, True, "JPY", 900)]
    got = evaluate.within(rows, 0.02)
    assert got["recall"] == pytest.approx(0.5)
    assert got["precision"] == pytest.approx(0.5)
    assert got["money"] == {
        "EUR": {"fraud_minor": 5_000, "caught_minor": 5_000, "good_stopped_minor": 0},
        "JPY": {"fraud_minor": 900, "caught_minor": 0, "good_stopped_minor": 700},
    }


def test_calibration_bins_hold_everything_once():
    rows = scored(n=403)
    bins = evaluate.calibration(rows)["bins"]
    assert sum(one["rows"] for one in bins) == 403
    told = [one["mean_probability"] for one in bins]
    assert told == sorted(told)


@pytest.mark.parametrize(
    "rows", [[], [Scored(0.1, False, "EUR", 100)], [Scored(0.1, True, "EUR", 100)]]
)
def test_too_few_to_say_is_said(rows):
    got = evaluate.metrics(rows)
    assert got["auc"] is None
    assert got["rows"] == len(rows)
    assert (got["average_precision"] is None) == (got["frauds"] == 0)
    assert math.isfinite(got["calibration"]["brier"] or 0.0)
