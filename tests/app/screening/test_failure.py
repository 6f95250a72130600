"""Declared failure on the real money path: whatever breaks, the merchant's choice holds, and no payment is lost."""

import socket
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from app.screening import force, history, registry, status
from models import Assessment, RiskModel, db
from risk.trees import Flat

SHIPPED = force.shipped  # the `till` of tests has a model of its own instead
# the merchant's choice → what becomes of a payment that could not be scored, and what was decided first
BECOMES = {
    "review": ("in_review", "hold"),
    "allow_3ds": ("captured", "challenge"),
    "block": ("failed", "block"),
}


@contextmanager
def tampered(till, make, monkeypatch):
    """The champion's trees were changed in the database."""
    model_id = registry.register(make(), author="usr_1", origin="journal")
    registry.promote(model_id, by="usr_1")
    row = db.session().get_one(RiskModel, model_id)
    with db.transaction():
        db.update(row, flat=row.flat.replace('"name":"small"', '"name":"other"'))
    force._flat.cache_clear()
    force.forget()
    yield "model_broken"


@contextmanager
def missing(till, make, monkeypatch):
    """Not even the shipped model is there."""
    monkeypatch.setattr(force, "_ARTIFACTS", force._ARTIFACTS / "nowhere")
    monkeypatch.setattr(force, "shipped", SHIPPED)
    SHIPPED.cache_clear()
    force.forget()
    yield "model_broken"


@contextmanager
def breaking(till, make, monkeypatch):
    """The model's code raises whatever it is asked."""

    def breaks(_self, _x):
        raise ZeroDivisionError

    monkeypatch.setattr(Flat, "explained", breaks)
    yield "model_failed:ZeroDivisionError"


@contextmanager
def refusing(till, make, monkeypatch):
    """Redis is configured and nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    history.configure(f"redis://127.0.0.1:{port}/0")
    yield "history_unavailable"


@contextmanager
def hanging(till, make, monkeypatch):
    """Redis takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        history.configure(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        yield "history_unavailable"


@pytest.fixture(autouse=True)
def _whole_again(till):
    yield
    history.configure("")
    force._flat.cache_clear()
    SHIPPED.cache_clear()
    force.forget()


@pytest.mark.parametrize("mode", BECOMES)
@pytest.mark.parametrize(
    "broken", [tampered, missing, breaking, refusing, hanging], ids=lambda f: f.__name__
)
def test_the_merchants_choice_holds(till, request, monkeypatch, broken, mode):
    make, policy = map(request.getfixturevalue, ("make", "policy"))
    policy(failure=mode, timeout_ms=30)
    status_of, outcome = BECOMES[mode]
    with broken(till, make, monkeypatch) as failure:
        payment = till.pay()
    decision = (
        db.session()
        .scalars(
            select(Assessment).where(Assessment.payment_id == payment.id).order_by(Assessment.id)
        )
        .first()
    )
    assert (decision.outcome, decision.spoke) == (outcome, "failure")
    assert (decision.failure, decision.score) == (failure, None)
    assert payment.status == status_of
    if mode == "block":
        assert "fraud" not in str(payment.decline)
        assert till.world.gate.count("POST /stripe/v1/payment_intents") == 0
    assert status.failing() == [
        f"{status.MEANS[failure.partition(':')[0]]}"
        " 1 of 1 payments in the last 10 minutes were decided without a score."
    ]


def test_a_scorer_that_works_says_nothing(till, make):
    registry.promote(registry.register(make(), author="usr_1", origin="journal"), by="usr_1")
    till.pay()
    assert status.failing() == []


def test_old_failures_are_forgotten(till, make, monkeypatch):
    with missing(till, make, monkeypatch):
        till.pay()
    assert status.failing()
    till.later(seconds=status.WINDOW.total_seconds() + 60)
    assert status.failing() == []
