from datetime import date
from pathlib import Path

import numpy as np
import pytest

from risk.benchmark import report
from risk.benchmark.__main__ import main
from risk.benchmark.features import Known, book, ours
from risk.benchmark.models import BASELINES, STEADY, steady
from risk.benchmark.table import BadData, read
from tests.risk.benchmark.made import table, write

SHARED = Path(__file__).resolve().parents[4] / "shared" / "risk"
RAW = SHARED / "handbook_raw_to_2018-09-04.parquet"
TRANSFORMED = SHARED / "handbook_transformed_2018-07-25_2018-08-14.parquet"

needs_data = pytest.mark.skipif(
    not RAW.exists(), reason=f"the handbook's data is not beside the project ({RAW.name})"
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write(table(days=70), tmp_path_factory.mktemp("data") / "raw.csv")


def test_days_that_somebody_asks_for_are_scored_the_same_each_time(small, capsys):
    arguments = [
        "--data",
        str(small),
        "--train-until",
        "2018-05-20",
        "--test-from",
        "2018-06-01",
        "--test-days",
        "5",
    ]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert "Trained until 2018-05-20, tested on 5 days from 2018-06-01" in first
    assert main(arguments) == 0
    assert capsys.readouterr().out.split("Took")[0] == first.split("Took")[0]


def test_a_day_of_training_whose_labels_are_not_known_yet_is_told(small):
    said = []
    report.run(small, train_until=date(2018, 5, 30), test_from=date(2018, 6, 1), say=said.append)
    assert any("those after 2018-05-24 are not known yet" in line for line in said)


def test_ours_finds_what_the_simulator_hides(small):
    """Of a table whose frauds are known to repeat, more is found than by chance."""
    rows = report.run(small, test_from=date(2018, 6, 1), test_days=7, say=lambda _: None)
    assert [row.name for row in rows] == ["Random forest (100), 15 features", "Ours, 64 features"]
    assert rows[1].mean().auc > 0.6
    assert rows[1].mean().average_precision > 1.5 * read(small).frauds.mean()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--data", "nowhere"], "does not exist"),
        (["--data", "SMALL"], "not within"),
        (["--data", "SMALL", "--test-from", "June"], "write it like 2018-08-08"),
        (["--data", "SMALL", "--train-until", "2018-05-20"], "--test-from"),
        (["--data", "SMALL", "--test-from", "2018-06-01", "--test-days", "-1"], "not within"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(small, capsys, arguments, why):
    assert main([str(small) if one == "SMALL" else one for one in arguments]) == 1
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1


def test_the_columns_that_are_named_are_the_columns_that_are_given(small):
    made = read(small)
    features = report.Features(made, ours(Known.of(made)), first=date(2018, 5, 1), days=20)
    rows = np.flatnonzero(made.between(date(2018, 5, 3), 2))
    few, whole = features.of(rows, tuple(STEADY)), features.of(rows)
    assert whole.shape == (len(rows), len(features.names))
    for place, name in enumerate(STEADY):
        np.testing.assert_array_equal(few[:, place], whole[:, features.names.index(name)])
    np.testing.assert_array_equal(few[:, 0], made.cents[rows] / 100)


def test_the_steady_member_never_thinks_less_of_a_larger_amount(small):
    made = read(small)
    features = report.Features(made, ours(Known.of(made)), first=date(2018, 4, 1), days=70)
    rows = np.arange(len(made))
    seen = features.of(rows, tuple(STEADY))
    model = steady().fit(seen, made.frauds)
    larger = seen.copy()
    larger[:, 0] += 500
    assert (model.predict_proba(larger)[:, 1] >= model.predict_proba(seen)[:, 1]).all()


def test_asking_for_training_without_a_test_is_an_error(small):
    with pytest.raises(BadData):
        report.run(small, train_until=date(2018, 5, 20), say=lambda _: None)


@pytest.mark.slow
@needs_data
def test_the_published_split_and_table_are_reproduced():
    said = []
    known = Known.of(read(RAW))
    rows = {row.name: row for row in report._baseline(known, said.append)}
    assert any(
        "67,240 transactions with 598 frauds, 58,264 with 385: as the book's" in line
        for line in said
    )
    for name in (
        "Logistic regression",
        "Decision tree, depth 2",
        "Random forest (100)",
        "All scores equal",
    ):
        published, measured = rows[name].published, rows[name].mean()
        assert measured.auc == pytest.approx(published.auc, abs=0.0015), name
        assert measured.average_precision == pytest.approx(
            published.average_precision, abs=0.0015
        ), name
        assert measured.card_precision == pytest.approx(published.card_precision, abs=0.0015), name
    assert len(rows) == len(BASELINES) + 1


@pytest.mark.slow
@needs_data
def test_our_columns_are_the_books():
    """All of the book's own columns of its 21 days, but where two purchases fell into the same second."""
    from pyarrow import parquet

    theirs = parquet.read_table(TRANSFORMED)
    made = read(RAW)
    wanted = made.between(date(2018, 7, 25), 21)
    assert (theirs["TRANSACTION_ID"].to_numpy() == made.ids[wanted]).all()
    names = {"amount": "TX_AMOUNT", "weekend": "TX_DURING_WEEKEND", "night": "TX_DURING_NIGHT"}
    for days in (1, 7, 30):
        names[f"customer_count_{days}d"] = f"CUSTOMER_ID_NB_TX_{days}DAY_WINDOW"
        names[f"customer_mean_{days}d"] = f"CUSTOMER_ID_AVG_AMOUNT_{days}DAY_WINDOW"
        names[f"terminal_count_{days}d"] = f"TERMINAL_ID_NB_TX_{days}DAY_WINDOW"
        names[f"terminal_risk_{days}d"] = f"TERMINAL_ID_RISK_{days}DAY_WINDOW"
    differ = np.zeros(int(wanted.sum()), bool)
    for name, column in book(Known.of(made)):
        differ |= ~np.isclose(column[wanted], theirs[names[name]].to_numpy(), rtol=1e-4, atol=1e-4)
    assert differ.sum() <= 20
