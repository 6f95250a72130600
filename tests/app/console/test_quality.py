from datetime import timedelta

import pytest

from app.console import analysts, arrival, drifting, journal, quality
from app.screening import force
from models import Label, Review, ReviewNote, User, clock, db
from models.ids import new_id
from risk import features
from risk.training import drift
from tests.app.console import rows
from tests.app.console.test_rules import facts
from tests.app.reviews.held import held
from tests.people import make_user


def month(till):
    return journal.last_days(till.merchant.id)


def put(till, outcome="allow", *, is_fraud=None, probability=0.01, source="dispute", **more):
    row = rows.row_of(facts(till, **more), outcome, probability=probability)
    rows.put(row)
    if is_fraud is not None:
        rows.learn(row, is_fraud=is_fraud, source=source)
    return row


# Decisions


def test_false_positives_are_counted_of_what_is_known(till):
    for outcome, is_fraud, times in (
        ("allow", False, 3), ("allow", True, 1), ("hold", False, 2), ("hold", True, 1),
        ("hold", None, 4), ("challenge", False, 1), ("block", None, 1),
    ):  # fmt: skip
        for _ in range(times):
            put(till, outcome, is_fraud=is_fraud)
    found = {one.outcome: one for one in quality.known(quality.cells(month(till)))}
    assert (found["hold"].good, found["hold"].fraud, found["hold"].unknown) == (2, 1, 4)
    assert found["block"].false_share is None
    alerts = quality.alerts(found.values())
    assert (alerts.total, alerts.false_share) == (9, 0.75)


def test_the_weightiest_label_counts_once(till):
    row = put(till, "hold", is_fraud=True)
    with db.transaction():
        db.insert(label(row, is_fraud=False, weight=0.6), label(row, is_fraud=True, weight=0.3))
    (known,) = (one for one in quality.known(quality.cells(month(till))) if one.outcome == "hold")
    assert (known.good, known.fraud) == (0, 1)


def label(row, *, is_fraud, weight=1.0, source="analyst", author=None):
    at = clock.now()
    return Label(
        id=new_id("lab"), attempt_id=row["attempt_id"], payment_id=row["payment_id"],
        merchant_id=row["merchant_id"], source=source, is_fraud=is_fraud, weight=weight,
        happened_at=at, known_at=at, reference=new_id("req"), author=author,
    )  # fmt: skip


def test_precision_and_recall_by_threshold_agree_with_a_count_by_hand(till):
    # score 65 is 1 in 20, 75 about 1 in 6, 40 far below
    for probability, is_fraud in (
        (0.17, True), (0.17, False), (0.05, True), (0.05, False), (0.05, False), (0.0016, False), (0.0016, True),
    ):  # fmt: skip
        put(till, is_fraud=is_fraud, probability=probability)
    put(till, probability=0.9)  # not known: does not count
    curve = quality.curve(quality.cells(month(till)))
    assert [point.score for point in curve] == list(range(101))
    assert (curve[75].precision, curve[75].recall) == (1 / 2, 1 / 3)
    assert (curve[65].precision, curve[65].recall) == (2 / 5, 2 / 3)
    assert (curve[0].precision, curve[0].recall) == (3 / 7, 1.0)
    assert curve[76].precision is None


def test_money_at_a_threshold_stays_in_its_currency(till):
    put(till, is_fraud=True, probability=0.2, amount_minor=500)
    put(till, is_fraud=True, probability=0.001, amount_minor=70)
    put(till, is_fraud=False, probability=0.2, amount_minor=9_000, currency="JPY")
    euro, yen = quality.stopped(quality.cells(month(till)), 65)
    assert (euro.currency, euro.fraud_stopped, euro.fraud_passed, euro.good_stopped) == ("EUR", 500, 70, 0)  # fmt: skip
    assert (yen.currency, yen.fraud_stopped, yen.good_stopped) == ("JPY", 0, 9_000)


def test_calibration_tells_what_was_expected_and_what_came(till):
    for is_fraud in (True, False, False, False):
        put(till, is_fraud=is_fraud, probability=0.05)
    (found,) = quality.calibration(quality.cells(month(till)))
    assert (found.low, found.high, found.count) == (60, 69, 4)
    assert found.expected == pytest.approx(0.05)
    assert found.observed == 0.25


def test_days_are_counted_in_utc_and_within_the_window_only(till):
    first = put(till, "hold", days_ago=3)
    put(till, "allow", days_ago=3)
    put(till, "allow", days_ago=40)
    days = quality.per_day(quality.tallies(month(till)))
    assert days == {first["created_at"].date().isoformat(): {"hold": 1, "allow": 1}}
    assert quality.tallies(journal.last_days(new_id("mer"))) == []
    assert quality.total(days, quality.ALERTS) == 1


def test_times_and_failures_of_deciding(till):
    rows.put(*(rows.row_of(facts(till), latency_us=n) for n in range(1, 101)))
    rows.put(rows.row_of(facts(till), probability=None, failure="no_model", spoke="failure"))
    window = month(till)
    assert quality.latencies(window, 50, 90) == [51, 91]
    tallies = quality.tallies(window)
    assert quality.failures(tallies) == [("no_model", 1)]
    assert quality.who_spoke(tallies) == [("model", "allow", 100), ("failure", "allow", 1)]
    assert quality.latencies(journal.last_days(new_id("mer")), 50) == [None]


# Labels


def test_labels_arrive_when_they_arrive(till):
    for days, is_fraud in ((0, True), (5, True), (5, False)):
        row = rows.row_of(facts(till, days_ago=6))
        rows.put(row)
        rows.learn(row, is_fraud=is_fraud, days=days)
    fraud, good = arrival.curves(month(till))
    at = dict(zip(arrival.MARKS, fraud.known, strict=True))
    assert (at[0], at[3], at[7], fraud.total, good.total) == (1, 1, 2, 2, 1)
    assert arrival.sources(month(till)) == [("dispute", True, 2), ("dispute", False, 1)]


# People


def decided(till, by, verdict="approve", *, minutes=10, first_by=None, **more):
    review = held(till, **more)
    at = review.opened_at + timedelta(minutes=minutes)
    with db.transaction():
        db.update(review, verdict=verdict, verdict_by=by, verdict_at=at, first_by=first_by)
    return review


def test_decision_times_agreement_and_undone_verdicts(till):
    ada, ben = make_user("analyst"), make_user("analyst")
    for minutes in (10, 20, 90):
        decided(till, ada.id, minutes=minutes)
    decided(till, ben.id, first_by=ada.id, minutes=30)
    last = decided(till, ben.id, "decline", first_by=ada.id, minutes=40)
    note = ReviewNote(id=new_id("note"), review_id=last.id, author=ada.id, kind="undone")
    with db.transaction():
        db.insert(note)
    till.later(hours=3)
    window = month(till)
    assert analysts.times(window) == analysts.Times(5, 30 * 60, 40 * 60)
    assert analysts.agreement(window) == analysts.Agreement(2, 1)
    first, second = analysts.people(window)
    assert (first.name, first.verdicts, first.approved, first.median_s) == ("Ada Marlowe", 3, 3, 1200)  # fmt: skip
    assert (first.taken_back, second.approved) == (1, 1)
    assert isinstance(db.session().get(User, ada.id), User)
    assert isinstance(last, Review)


def test_time_proves_analysts_right_or_wrong(till):
    ada = make_user("analyst")
    for said, proved in ((False, True), (False, False), (True, True), (False, None)):
        review = decided(till, ada.id)
        row = {"attempt_id": review.attempt_id, "payment_id": review.payment_id, "merchant_id": review.merchant_id}  # fmt: skip
        with db.transaction():
            db.insert(label(row, is_fraud=said, author=ada.id))
            if proved is not None:
                db.insert(label(row, is_fraud=proved, source="dispute" if proved else "quiet"))
    till.later(hours=3)
    (found,) = analysts.people(month(till))
    assert (found.proved_right, found.proved_wrong, found.wrong_share) == (2, 1, 1 / 3)


# Drift


class Model:
    """As much of a model as drift looks at."""

    def __init__(self, reference, version=features.VERSION):
        self.name, self.reference, self.features_version = "a model", reference, version


def reference(values):
    return {name: drift.bins(values) for name in (drift.SCORE, *features.NAMES)}


def test_a_handful_of_decisions_is_no_drift(till, monkeypatch):
    put(till, probability=0.001)
    model = Model({drift.SCORE: drift.bins([1, 2, 3])})
    monkeypatch.setattr(force, "champion", lambda: ("mdl_1", model, None))
    found = drifting.now(month(till))
    assert (found.rows, found.found) == (1, [])
    assert "chance" in found.why_not


def test_drift_compares_with_what_the_model_was_trained_on(till, monkeypatch):
    monkeypatch.setattr(drifting, "LEAST", 30)
    for n in range(30):
        put(till, probability=0.001 + n / 1000)
    scores = [row.score for row in journal.rows(journal.sample(month(till)))]
    model = Model({drift.SCORE: drift.bins(scores), "tries": drift.bins([-1.0] * 50)})
    monkeypatch.setattr(force, "champion", lambda: ("mdl_1", model, None))
    found = drifting.now(month(till))
    assert (found.rows, [one["name"] for one in found.found]) == (30, ["score", "tries"])
    assert found.found[0]["state"] == "steady"
    assert found.found[1]["state"] == "act"


@pytest.mark.parametrize(
    ("champion", "why"),
    [
        (("mdl_1", None, "model_broken"), "model_broken"),
        (("mdl_1", Model({}), None), "training rows"),
        (("mdl_1", Model({"a": 1}, version=99), None), "other features"),
        (("mdl_1", Model(reference([1.0])), None), "No decision"),
    ],
)
def test_where_there_is_nothing_to_compare_it_says_why(till, monkeypatch, champion, why):
    monkeypatch.setattr(force, "champion", lambda: champion)
    found = drifting.now(month(till))
    assert found.found == []
    assert why in found.why_not
