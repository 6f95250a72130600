"""What training sees of the journal: the very facts of each decision, with what was learnt and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import payments
from app.screening import labels, quiet, training_rows
from app.screening.imports import WORLD, keep
from app.screening.imports import training_rows as imported_rows
from models import Assessment, Attempt, Label, Sighting, clock, db
from risk.facts import Facts
from risk.importing import run
from risk.training.rows import AFTER, BEFORE, verdict
from tests.till import Till

DAY_MS = 86_400_000


def disputed(till: Till) -> str:
    payment = till.pay("disputed")
    till.world.sandbox.timers.run_due(within_s=10)
    payments.sync(payment.id)
    till.settle()
    return str(payment.attempt_id)


def now_ms() -> int:
    return int(clock.now().timestamp() * 1000)


def test_a_row_has_the_facts_that_were_stored_and_nothing_computed_anew(till):
    attempt_id = disputed(till)
    first, second = training_rows.journal()
    stored = (
        db.session().scalars(select(Assessment).where(Assessment.attempt_id == attempt_id)).one()
    )
    assert (first.attempt, first.moment, second.moment) == (attempt_id, BEFORE, AFTER)
    assert first.facts == Facts.from_json(stored.facts)
    assert first.facts.cvc is None
    assert second.facts.past == first.facts.past
    assert second.facts.provider_level == "normal"


def test_what_nothing_is_known_of_is_not_among_them(till):
    till.pay()
    till.pay("declined")
    attempt_id = disputed(till)
    assert {row.attempt for row in training_rows.journal()} == {attempt_id}


def test_a_label_counts_from_when_it_was_known(till):
    before = now_ms()
    disputed(till)
    row = next(training_rows.journal())
    [label] = row.labels
    assert verdict(row.labels, before - 1) is None
    assert verdict(row.labels, label.known_ms) == label
    assert (label.is_fraud, label.source, label.weight) == (True, "dispute", 1.0)


def test_a_declined_attempt_has_no_second_look(till):
    till.pay("stolen")
    till.settle()
    [row] = training_rows.journal()
    assert (row.moment, row.labels[0].weight) == (BEFORE, 0.3)


def test_what_was_tried_out_stands_for_what_was_not(till, policy, monkeypatch):
    from app.payments import screen

    policy(mode="thresholds", challenge_at=0, hold_at=0, block_at=0, explore_share=0.01)
    monkeypatch.setattr(screen._chance, "random", lambda: 0.001)
    tried = till.pay(amount=500)
    monkeypatch.setattr(screen._chance, "random", lambda: 0.5)
    blocked = till.pay(amount=500)
    assert (tried.status, blocked.status) == ("captured", "failed")
    till.settle()
    till.later(days=92)
    assert quiet.label_due() == 1
    rows = list(training_rows.journal())
    assert {(row.attempt, row.chance) for row in rows} == {(tried.attempt_id, 0.01)}
    assert {row.labels[0].source for row in rows} == {"quiet"}


def test_for_a_comparison_a_month_of_silence_is_enough(till):
    good, given_back = till.pay(), till.pay()
    till.refund(given_back, 100)
    fraud = disputed(till)
    till.pay("declined")
    assert training_rows.unseen(since_ms=0) == []
    till.later(days=31)
    found = {one.example.attempt: one.is_fraud for one in training_rows.unseen(since_ms=0)}
    assert found == {good.attempt_id: False, fraud: True}
    assert training_rows.unseen(since_ms=now_ms()) == []


def test_rows_come_batch_by_batch_in_the_order_of_time(till, monkeypatch):
    monkeypatch.setattr(training_rows, "BATCH", 2)
    paid = [till.pay() for _ in range(5)]
    with db.transaction():
        for payment in paid:
            attempt = db.session().get_one(Attempt, payment.attempt_id)
            labels.learn(payment, attempt, "analyst", is_fraud=False)
    rows = [row.attempt for row in training_rows.journal() if row.moment == BEFORE]
    assert rows == [payment.attempt_id for payment in paid]
    assert list(training_rows.journal(since=clock.now())) == []


@pytest.fixture
def export(tmp_path):
    """A shop's own file: a recent good one, a recent refund, an old good one and an old fraud."""
    today = clock.now().date()

    def ago(days: int) -> str:
        return f"{today - timedelta(days=days)}T10:00:00Z"

    file = tmp_path / "own.csv"
    file.write_text(
        "id,at,amount,currency,status,email,ip,cvc,refunded_at,fraud,fraud_known_at,card\n"
        f"new,{ago(3)},19.99,EUR,approved,Ann@Example.com,81.2.69.142,pass,,,,fp_ann\n"
        f"back,{ago(4)},19.99,EUR,approved,ann@example.com,81.2.69.142,pass,{ago(3)},,,fp_ann\n"
        f"old,{ago(200)},19.99,EUR,approved,ann@example.com,81.2.69.142,pass,,,,fp_ann\n"
        f"bad,{ago(201)},500.00,EUR,approved,eve@mailinator.com,81.2.69.142,fail,,yes,{ago(150)},fp_eve\n"
    )
    return file


def imported(till, export):
    return run([export], merchant_id=till.merchant.id, world=WORLD)


def test_an_import_writes_what_is_still_counted_and_every_label_once(till, export):
    kept = keep(imported(till, export))
    assert (kept.sightings, kept.labels) == (5, 1)
    kinds = db.session().scalars(select(Sighting.kind).order_by(Sighting.at, Sighting.id)).all()
    assert sorted(kinds) == ["ok", "ok", "refund", "try", "try"]
    label = db.session().scalars(select(Label)).one()
    assert (label.source, label.is_fraud, label.known_at < clock.now()) == ("import", True, True)
    db.release()
    again = keep(imported(till, export))
    assert (again.sightings, again.labels) == (0, 0)


def test_the_next_payment_knows_the_imported_past(till, export):
    keep(imported(till, export))
    till.pay(shopper={"email": "ann@example.com", "ip_address": "81.2.69.142"})
    facts = db.session().scalars(select(Assessment.facts)).one()
    assert facts["past"]["email_tries_7d"] == 2
    assert facts["past"]["email_refunds_30d"] == 1


def test_imported_attempts_take_part_in_a_comparison(till, export):
    also = list(imported_rows(imported(till, export), quiet_after=training_rows.PROVISIONAL))
    frauds = [one.is_fraud for one in training_rows.unseen(since_ms=0, also=also)
              if one.example.moment == BEFORE]  # fmt: skip
    assert sorted(frauds) == [False, True], "of the four, one is too young and one was given back"
    last = max(row.facts.at_ms for row in also if row.labels[0].is_fraud)
    assert [one.is_fraud for one in training_rows.unseen(since_ms=last, also=also)] == [
        False,
        False,
    ]


def test_imported_rows_teach_with_silence_as_an_answer(till, export):
    rows = {(row.attempt, row.moment): row for row in imported_rows(imported(till, export))}
    by_amount = {row.facts.amount_minor: row for row in rows.values()}
    assert by_amount[50_000].labels[0].is_fraud
    assert by_amount[50_000].facts.email_is_disposable is True
    refunded = [one for one in imported(till, export) if one.provider_ref == "back"]
    assert refunded[0].attempt_id not in {attempt for attempt, _moment in rows}
    young, old = sorted(
        (row for (_, moment), row in rows.items() if moment == BEFORE
         and row.labels[0].source == "quiet"),
        key=lambda row: -row.facts.at_ms,
    )  # fmt: skip
    assert verdict(young.labels, now_ms()) is None, "three days of silence say nothing"
    assert verdict(old.labels, now_ms()) is not None
    assert rows[old.attempt, AFTER].facts.cvc == "pass"
    assert old.facts.cvc is None
