"""Exact reasons of a held case: worked out by a worker, and they add up to the score."""

import math

import pytest
from sqlalchemy import select

from app.screening import explain, force, registry
from models import Assessment, Review, db
from risk import features
from risk.facts import Facts


@pytest.fixture
def held(till, make, policy):
    """A payment that a trained model scored and the policy holds."""
    registry.promote(registry.register(make(), author="usr_1", origin="journal"), by="usr_1")
    policy(mode="thresholds", challenge_at=0, hold_at=0, block_at=101)
    payment = till.pay()
    assert payment.status == "in_review"
    return payment


def case(payment):
    db.release()
    found = select(Review).where(Review.payment_id == payment.id)
    return db.session().scalars(found.execution_options(populate_existing=True)).one()


def test_a_worker_explains_a_held_case(till, held):
    assert "shap" not in case(held).details
    till.settle()
    review = case(held)
    told = review.details["shap"]
    decision = db.session().get_one(Assessment, review.assessment_id)
    model = force.model(decision.model_id)
    row = features.vector(Facts.from_json(decision.facts))
    assert told["model_id"] == decision.model_id
    assert math.isclose(
        told["expected"] + math.fsum(told["families"].values()), model.log_odds(row), abs_tol=1e-9
    )
    assert set(told["families"]) <= set(features.MEANING_OF_FAMILIES)
    assert [abs(one["moved"]) for one in told["features"]] == sorted(
        (abs(one["moved"]) for one in told["features"]), reverse=True
    )
    assert review.details["reasons"] is not None, "what was there stays there"


def test_it_is_worked_out_once(till, held):
    assert explain.explain_held(held.id) is True
    assert explain.explain_held(held.id) is False


def test_without_a_case_or_a_score_there_is_nothing_to_explain(till, policy, monkeypatch):
    assert explain.explain_held(till.pay().id) is False
    policy(failure="review")
    monkeypatch.setattr(force, "champion", lambda: (None, None, "model_broken"))
    force.forget()
    payment = till.pay()
    assert payment.status == "in_review"
    assert explain.explain_held(payment.id) is False
    till.settle()
    assert "shap" not in case(payment).details
