from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from risk.benchmark.split import split
from risk.benchmark.table import EPOCH, BadData
from tests.risk.benchmark.made import table

TEST = EPOCH + timedelta(days=40)


@pytest.fixture(scope="module")
def made():
    return table()


def test_training_ends_before_labels_are_unknown_and_the_test_is_its_own_days(made):
    found = split(made, test_from=TEST, train_days=10, test_days=3)
    assert sorted({int(day) for day in made.days[found.train]}) == list(range(23, 33))
    assert sorted({int(day) for day in made.days[found.test]}) == [40, 41, 42]


def test_a_card_is_left_out_from_the_day_its_fraud_is_known(made):
    card = int(made.customers[made.days == 41][0])
    others = np.where((made.days < 26) | (made.days >= 40), made.frauds, 0) * (
        made.customers != card
    )
    others += (made.days == 30) & (made.customers != card) & (made.terminals == 0)

    def tested(day_of_fraud):
        """On which test days the card is tested, when one of its purchases was fraud on a day."""
        frauds = others.copy()
        row = np.flatnonzero((made.customers == card) & (made.days == day_of_fraud))[0]
        frauds[row] = 1
        rows = split(replace(made, frauds=frauds), test_from=TEST).test
        return {int(day) - 40 for day in made.days[rows][made.customers[rows] == card]}

    bought = {int(day) - 40 for day in made.days[made.customers == card] if 40 <= day < 47}
    on = [day for day in range(20, 45) if ((made.customers == card) & (made.days == day)).any()]
    for day in on:
        known_from = (
            day + 8 - 40 if day >= 26 else 99
        )  # earlier ones are forgiven, as the book does
        assert tested(day) == {one for one in bought if one < known_from}, day


def test_the_tested_transactions_do_not_depend_on_how_long_was_trained(made):
    short, long = split(made, test_from=TEST), split(made, test_from=TEST, train_days=30)
    assert (short.test == long.test).all()
    assert len(long.train) > len(short.train)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"test_from": TEST, "train_until": EPOCH - timedelta(days=1)}, "not within"),
        ({"test_from": TEST, "test_days": 200}, "not within"),
        ({"test_from": TEST, "test_days": 0}, "not within"),
        ({"test_from": date(2030, 1, 1)}, "not within"),
        ({"test_from": EPOCH}, "not within"),
    ],
)
def test_days_that_are_not_there_or_not_known(made, options, why):
    with pytest.raises(BadData, match=why):
        split(made, **options)


def test_days_without_fraud_teach_and_measure_nothing(made):
    for quiet, why in ((made.days < 35, "training"), (made.days >= 35, "test")):
        with pytest.raises(BadData, match=f"the {why} days have no fraud"):
            split(replace(made, frauds=np.where(quiet, 0, made.frauds)), test_from=TEST)


def test_no_label_is_used_before_it_is_known_whoever_asks(made):
    latest = split(made, test_from=TEST)
    for until in (TEST - timedelta(days=7), TEST, TEST + timedelta(days=3)):
        assert (split(made, test_from=TEST, train_until=until).train == latest.train).all()
    earlier = split(made, test_from=TEST, train_until=TEST - timedelta(days=10))
    assert int(made.days[earlier.train][-1]) == 30


def test_training_begins_where_the_data_begins(made):
    assert int(made.days[split(made, test_from=TEST, train_days=200).train][0]) == 0
