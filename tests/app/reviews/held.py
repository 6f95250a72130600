"""Payments that are held for review, made by paying and holding what was authorized."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.payments import change
from app.payments.find import lock_payment
from app.reviews.open import open_case
from models import Assessment, Attempt, Payment, Review, Sighting, User, clock, db
from models.ids import new_id
from tests.till import Till

REASONS = [
    {
        "text": "7 cards from this IP in 1 h; usually at most 1",
        "family": "velocity",
        "weight": 1.9,
        "value": 7,
        "usual": 1,
    },
    {
        "text": "The card is from BR, the address from DE",
        "family": "place",
        "weight": 0.8,
        "value": "BR",
        "usual": "DE",
    },
]
FACTS = {
    "email": "eve@example.com",
    "ip": "203.0.113.7",
    "ip_country": "BR",
    "card": "fp_held",
    "card_country": "BR",
    "billing_country": "DE",
    "shipping_country": "DE",
    "cvc": "pass",
    "avs_postal": "fail",
}


def held(
    till: Till,
    amount: int = 1999,
    *,
    capture: str = "automatic",
    hours: float = 72,
    worth: float = 4.0,
    score: int | None = 71,
    facts: dict[str, Any] | None = None,
    keys: dict[str, str] | None = None,
    currency: str = "EUR",
) -> Review:
    """A payment whose money is authorized and held, with its case."""
    paid = till.pay(amount=amount, currency=currency, capture="manual")
    return hold(
        paid.id, capture=capture, hours=hours, worth=worth, score=score, facts=facts, keys=keys
    )


def hold(
    payment_id: str,
    *,
    capture: str = "automatic",
    hours: float = 72,
    worth: float = 4.0,
    score: int | None = 71,
    facts: dict[str, Any] | None = None,
    keys: dict[str, str] | None = None,
) -> Review:
    """Hold an authorized payment, as screening does."""
    with db.transaction():
        payment = lock_payment(payment_id)
        attempt = db.session().get_one(Attempt, payment.attempt_id)
        found = assessment(payment, attempt, score, FACTS | (facts or {}))
        db.insert(found, sighting(payment, attempt, keys or {}))
        ends = clock.now() + timedelta(hours=hours)
        db.update(attempt, hold="review", capture_before=ends, check_at=ends)
        db.update(payment, capture=capture)
        change.set_status(payment, attempt, "payment.held", is_held=True)
        return open_case(
            payment,
            attempt,
            assessment_id=found.id,
            reason="model",
            score=score,
            level=found.level,
            expected_loss_minor=attempt.amount_minor // 3,
            worth=worth,
        )


def assessment(
    payment: Payment, attempt: Attempt, score: int | None, facts: dict[str, Any]
) -> Assessment:
    return Assessment(  # beside the journal's own rows of this attempt, which nothing changes
        id=new_id("asm"),
        attempt_id=new_id("att"),
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        moment="before",
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
        outcome="hold",
        spoke="model",
        score=score,
        probability=None if score is None else 0.31,
        level="not_assessed" if score is None else "elevated",
        failure="no_model" if score is None else None,
        facts=facts,
        details={
            "reasons": REASONS,
            "families": {"velocity": 1.9, "place": 0.8, "history": -0.4},
            "rules": [
                {
                    "id": "rul_1",
                    "action": "review",
                    "text": "review if :score: > 70",
                    "shadow": True,
                }
            ],
            "costs": {"allow": 700, "hold": 300, "block": 900},
            "expected_loss": attempt.amount_minor // 3,
            "worth": 4.0,
            "thresholds": None,
            "listed": None,
        },
    )


def sighting(payment: Payment, attempt: Attempt, keys: dict[str, str]) -> Sighting:
    return Sighting(
        id=new_id("sig"),
        at=clock.now(),
        kind="good",  # the journal has written its own line of the try
        attempt_id=attempt.id,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
        **keys,
    )


def analyst(name: str = "Ada", role: str = "analyst") -> User:
    """A person who may decide."""
    person = User(
        id=new_id("usr"),
        email=f"{name.lower()}@example.com",
        name=name,
        role=role,
        password_hash="x",
    )
    with db.transaction():
        db.insert(person)
    return person


def case(review_id: str) -> Review:
    """The case as the database has it now."""
    db.release()  # of a read that is going on, SQLite would show what was true when it began
    return db.session().get_one(Review, review_id, populate_existing=True)
