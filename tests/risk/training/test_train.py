import json
import math
import random
from collections import Counter
from dataclasses import replace

import pytest

from risk import features
from risk.training import export
from risk.training.compare import compare, score
from risk.training.evaluate import average_precision
from risk.training.fit import DAY_MS, Settings, TooLittle, calibrating, fit
from risk.training.rows import Label, Row, closed, example, verdict
from risk.training.train import train
from risk.trees import Flat
from tests.risk.training.conftest import NOW_MS, QUIET_DAYS, SMALL


@pytest.fixture(scope="module")
def artefact(history):
    told = []
    made = train(
        history, now_ms=NOW_MS, name="small", settings=SMALL, report=lambda *x: told.append(x)
    )
    assert ("trees", 10, 10) in told
    assert told[-1][0] == "agreement"
    return made


def test_the_same_rows_in_any_order_give_the_same_files(artefact, history):
    mixed = list(history)
    random.Random(1).shuffle(mixed)
    again = train(mixed, now_ms=NOW_MS, name="small", settings=SMALL)
    assert again.flat_text == artefact.flat_text
    assert again.card == artefact.card
    assert again.sha256 == artefact.sha256


def test_what_was_not_known_yet_is_not_used(artefact, history):
    """Labels of the future are turned around, and nothing changes."""

    def turned(row):
        return replace(
            row,
            labels=tuple(
                label
                if label.known_ms <= NOW_MS
                else replace(label, is_fraud=not label.is_fraud, weight=9.0)
                for label in row.labels
            ),
        )

    changed = [turned(row) for row in history]
    assert sum(one != other for one, other in zip(changed, history, strict=True)) > 500
    again = train(changed, now_ms=NOW_MS, name="small", settings=SMALL)
    assert json.loads(again.flat_text)["trees"] == json.loads(artefact.flat_text)["trees"]
    assert again.flat_text == artefact.flat_text


def test_days_of_which_only_the_fraud_is_known_wait(history):
    used = closed([example(row) for row in history], as_of_ms=NOW_MS, quiet_ms=QUIET_DAYS * DAY_MS)
    assert max(one.at_ms for one in used) <= NOW_MS - QUIET_DAYS * DAY_MS
    early = closed([example(row) for row in history], as_of_ms=NOW_MS, quiet_ms=0)
    young = [one for one in early if one.at_ms > NOW_MS - QUIET_DAYS * DAY_MS]
    assert Counter(one.is_fraud for one in young)[True] > len(young) / 2  # and this is why


def _halves(known, share=0.6):
    cut = int(len(known) * share)
    return known[:cut], known[cut:]


def _ap(older, newer):
    fitted = fit(older, replace(SMALL, trees=30))
    flat = Flat.read(export.flat_text(fitted.bundle, name="half", made={}, reference={}))
    return average_precision(score(flat, newer))


def test_labels_dealt_at_random_teach_nothing(everything_known):
    """If anything in a row told of its own label, a model would find it here too."""
    rate = sum(one.is_fraud for one in everything_known) / len(everything_known)
    dealt = [one.is_fraud for one in everything_known]
    random.Random(4).shuffle(dealt)
    mixed = [replace(one, is_fraud=y) for one, y in zip(everything_known, dealt, strict=True)]
    assert _ap(*_halves(everything_known)) > 8 * rate
    assert _ap(*_halves(mixed)) < 3 * rate


def test_the_flat_model_is_the_trained_one(everything_known):
    fitted = fit(everything_known, SMALL)
    flat = Flat.read(export.flat_text(fitted.bundle, name="same", made={}, reference={}))
    rows = [one.example.x for one in everything_known[:800]]
    assert export.agree(fitted.bundle, flat, rows) > 800
    wrong = fitted.bundle | {"slope": math.nextafter(fitted.bundle["slope"], 2)}
    with pytest.raises(export.Disagreement):
        export.agree(wrong, flat, rows)


def test_more_of_what_is_bad_is_never_a_lower_score(artefact, everything_known):
    flat = Flat.read(artefact.flat_text)
    signed = [(at, features.MONOTONE[name]) for at, name in enumerate(features.NAMES)]
    for one in everything_known[:: len(everything_known) // 60]:
        x = list(one.example.x)
        for at, sign in signed:
            if sign and not math.isnan(x[at]):
                more = [*x[:at], x[at] + 3.0, *x[at + 1 :]]
                assert sign * (flat.raw(more) - flat.raw(x)) >= 0, features.NAMES[at]


def test_calibration_makes_the_mean_the_rate(artefact):
    told = artefact.metrics["calibration"]
    assert told["ratio"] == pytest.approx(1, abs=0.05)
    assert told["brier"] <= told["brier_before"]
    assert sum(one["rows"] for one in told["bins"]) > 100


def test_the_card_says_what_there_is_to_know(artefact):
    told = artefact.metrics
    figures = ("Backtest: a model", "| Average precision |", "<svg")
    for words in ("# small", "near 0.1", "scikit-learn", "dispute", *figures):
        assert words in artefact.card
    assert artefact.sha256 == told["sha256"]
    assert artefact.flat_sha256 == told["flat_sha256"]
    json.dumps(told, allow_nan=False)


def test_without_a_past_there_is_no_backtest_and_the_card_says_so(history):
    rows = [row for row in history if row.facts.at_ms > NOW_MS - 45 * DAY_MS]
    made = train(rows, now_ms=NOW_MS, name="young", settings=replace(SMALL, test_days=14))
    assert "why_not" in made.metrics["backtest"]
    assert "A backtest was not possible" in made.card


def test_a_backtest_learns_from_what_was_known_then(history):
    """With fewer quiet days there is room for one."""
    soon = [replace(row, labels=tuple(replace(one, known_ms=row.facts.at_ms + DAY_MS) for one in row.labels)) for row in history]  # fmt: skip
    told = train(soon, now_ms=NOW_MS, name="b", settings=replace(SMALL, quiet_days=1, test_days=14)).metrics["backtest"]  # fmt: skip
    assert told["trained_until_ms"] <= told["from_ms"] - DAY_MS
    assert told["rows"] > 500
    assert told["average_precision"] > 5 * told["frauds"] / told["rows"]
    assert [one["budget"] for one in told["within"]] == [0.005, 0.01]


@pytest.mark.parametrize("most", [0, 1, 300])
def test_too_little_is_refused_in_words(history, most):
    with pytest.raises(TooLittle, match=r"labelled|frauds"):
        train(history[:most], now_ms=NOW_MS, name="none", settings=Settings())


def test_calibrating_rows_are_newer_than_the_trees_have_seen(everything_known):
    fitted = fit(everything_known, SMALL)
    assert max(one.at_ms for one in fitted.training) < min(one.at_ms for one in fitted.held_out)
    assert {one.example.moment for one in calibrating(fitted.held_out)} == {"before"}


def test_a_drawn_row_counts_for_those_that_were_not_drawn(history):
    row = replace(history[0], chance=0.01, labels=(Label(True, "dispute", 0, 0.9),))
    (one,) = closed([example(row)], as_of_ms=NOW_MS, quiet_ms=0)
    assert one.weight == pytest.approx(90)
    with pytest.raises(ValueError, match="chance"):
        example(Row("a", row.facts, chance=0.0))


def test_which_label_stands():
    warning, quiet = Label(True, "warning", 5, 0.9), Label(False, "quiet", 90, 1.0)
    dispute, refused = Label(True, "dispute", 95, 1.0), Label(False, "analyst", 3, 0.0)
    assert verdict([warning, quiet, dispute, refused], 4) is None
    assert verdict([warning, quiet, dispute], 6) is warning
    assert verdict([warning, quiet, dispute], 90) is quiet
    assert verdict([dispute, warning, quiet], 95) is dispute


def test_the_better_model_is_told_apart(everything_known):
    older, newer = _halves(everything_known)
    good = fit(older, replace(SMALL, trees=30))
    poor = fit(older, replace(SMALL, trees=1, leaves=2))
    good, poor = (
        Flat.read(export.flat_text(one.bundle, name=name, made={}, reference={}))
        for one, name in ((good, "good"), (poor, "poor"))
    )
    told = compare(poor, good, newer)
    assert (told["champion"]["name"], told["challenger"]["name"]) == ("poor", "good")
    assert told["challenger"]["average_precision"] > told["champion"]["average_precision"]
    assert compare(good, poor, newer)["better"] is False
    assert compare(good, poor, newer)["against"]
    assert compare(good, good, [])["better"] is None
