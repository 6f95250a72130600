"""What tests of card testing share: a merchant with the usual limits, cards without end, and what the provider saw."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from app.screening import force
from models import Assessment, RiskPolicy, db
from models.ids import new_id
from risk.policy import LIMITS, Policy
from sandbox.cards import Card
from tests.till import PATIENT_MS, Till

NEVER = {"challenge_at": 101, "hold_at": 101, "block_at": 101}


def guard(till: Till, **choices: Any) -> Till:
    """The usual limits, and a model without a say: what happens is the limits' doing."""
    told = {
        "mode": "thresholds",
        **NEVER,
        "failure": "allow_3ds",
        "timeout_ms": PATIENT_MS,
        "limits": dict(LIMITS),
        **choices,
    }
    settings = Policy.from_json(told).to_json()
    row = RiskPolicy(
        id=new_id("pol"), merchant_id=till.merchant.id, settings=settings, author="test"
    )
    with db.transaction():
        db.insert(row)
    force.forget()
    return till


def endless_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every use of a test card is another card: the sandbox knows sixty, an attacker thousands."""
    number = itertools.count()
    monkeypatch.setattr(Card, "fingerprint", property(lambda _card: f"fp{next(number):014d}"))


def charges(till: Till) -> int:
    """How many attempts to take money reached the provider."""
    gate = till.world.gate
    return gate.count("POST /stripe/v1/payment_intents") + gate.count(
        "POST /paypal/v2/checkout/orders"
    )


def questions(till: Till) -> int:
    """How many times the provider was asked about a card."""
    gate = till.world.gate
    kinds = "confirmation_tokens|payment_methods"
    return gate.count(f"GET /stripe/v1/({kinds})/.*") + gate.count(
        "GET /paypal/v2/checkout/orders/.*"
    )


def spoke(payment_id: str) -> list[str]:
    """Who decided about each attempt on a payment."""
    rows = db.session().query(Assessment).filter_by(payment_id=payment_id, moment="before")
    return [row.spoke for row in rows.order_by(Assessment.id)]
