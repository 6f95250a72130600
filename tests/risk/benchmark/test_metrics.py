import numpy as np
import pytest

from risk.benchmark.metrics import card_precision, measure
from risk.benchmark.table import Table


def precision(rows, top):
    days, customers, frauds, scores = np.array(rows, dtype=float).T
    return card_precision(
        days.astype(int), customers.astype(int), frauds.astype(int), scores, top=top
    )


def test_a_card_counts_once_with_its_highest_score_and_any_fraud():
    # The top two cards are 7 (.9; its fraud is the lower-scored purchase) and 8 (.8): one hit of two.
    assert precision([(1, 7, 0, 0.9), (1, 7, 1, 0.1), (1, 8, 0, 0.8), (1, 9, 1, 0.7)], top=2) == 0.5


def test_a_compromised_card_that_was_found_is_gone_the_next_day_and_stays_gone():
    rows = [
        (1, 7, 1, 0.9),
        (1, 8, 0, 0.8),
        (2, 7, 1, 0.9),
        (2, 8, 1, 0.5),
        (3, 7, 1, 0.9),
        (3, 8, 1, 0.9),
        (3, 9, 0, 0.1),
    ]
    # day 1: 7 is found; day 2: without 7, 8 is found; day 3: without both, 9 is not compromised.
    assert precision(rows, top=1) == pytest.approx((1 + 1 + 0) / 3)


def test_a_card_that_was_looked_at_in_vain_is_looked_at_again():
    assert precision([(1, 7, 0, 0.9), (1, 8, 1, 0.1), (2, 7, 1, 0.9), (2, 8, 0, 0.1)], top=1) == 0.5


def test_the_share_is_of_the_top_even_when_a_day_has_fewer_cards():
    assert precision([(1, 7, 1, 0.9)], top=100) == 0.01


def test_equal_scores_are_ranked_by_card_number():
    assert precision([(1, 9, 1, 0.5), (1, 8, 0, 0.5)], top=1) == 0.0
    assert precision([(1, 9, 0, 0.5), (1, 8, 1, 0.5)], top=1) == 1.0


def test_the_three_measures_of_a_ranking_by_hand():
    """Ranks fraud, genuine, fraud, genuine: of four pairs three are in order; precision at the frauds is 1 and 2/3."""
    frauds = np.array([1, 0, 1, 0])
    made = Table(
        np.arange(4), np.zeros(4, int), np.arange(4), np.arange(4), np.full(4, 100), frauds
    )
    found = measure(made, np.arange(4), np.array([0.9, 0.8, 0.7, 0.1]))
    assert found.auc == pytest.approx(3 / 4)
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert found.card_precision == pytest.approx(2 / 100)
    assert str(found) == "0.750 / 0.833 / 0.020"
