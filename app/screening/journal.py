"""The decision journal: each look at an attempt with its facts, in the transaction that acts on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.screening import history, keys, stored
from models import Assessment, Attempt, Payment, clock, db
from models.ids import new_id
from risk.assess import Assessment as Decided
from risk.facts import Facts
from risk.past import APPROVED, HARD_DECLINE, SOFT_DECLINE, Sighting


def row(
    decided: Decided, facts: Facts, attempt_id: str, payment_id: str, **more: Any
) -> Assessment:
    """A decision as a row of the journal."""
    return Assessment(
        id=new_id("asm"),
        attempt_id=attempt_id,
        payment_id=payment_id,
        merchant_id=facts.merchant_id,
        currency=facts.currency,
        amount_minor=facts.amount_minor,
        outcome=decided.outcome,
        spoke=decided.spoke,
        score=decided.score,
        probability=decided.probability,
        level=decided.level,
        rule_id=decided.rule_id,
        facts=facts.to_json(),
        details=dict(decided.details),
        shadow=dict(decided.shadow),
        chance=decided.chance,
        failure=decided.failure,
        **{"created_at": clock.now(), **more},
    )


def first_look(attempt_id: str) -> Assessment | None:
    """What was decided before the provider was asked."""
    return db.session().scalar(
        select(Assessment).where(Assessment.attempt_id == attempt_id, Assessment.moment == "before")
    )


def last_look(attempt_id: str) -> Assessment | None:
    """What was decided last."""
    looks = select(Assessment).where(Assessment.attempt_id == attempt_id)
    return db.session().scalar(looks.order_by(Assessment.id.desc()).limit(1))


def note_outcome(payment: Payment, attempt: Attempt, *, is_soft: bool) -> None:
    """Write how a try ended into the history, in the recording transaction.

    What we blocked ourselves, or the shopper gave up, is not counted.

    `is_soft`: another try with the same details may help, so that it says little of the person.
    """
    if attempt.decline_code == "blocked" or attempt.status == "voided":
        return
    declined = attempt.status == "declined"
    kind = (SOFT_DECLINE if is_soft else HARD_DECLINE) if declined else APPROVED
    seen = _seen(payment, attempt, kind)
    db.insert(stored.row(seen, payment.id))
    history.tell_after_commit(seen)


def learn(payment: Payment, attempt: Attempt, kind: str) -> None:
    """Write something learnt of an attempt into the history: now is when it became known. Twice is once."""
    seen = _seen(payment, attempt, kind)
    if db.insert_unless_there(stored.row(seen, payment.id)):
        history.tell_after_commit(seen)


def _seen(payment: Payment, attempt: Attempt, kind: str) -> Sighting:
    told = attempt.facts
    known: Mapping[str, Any] = told.get("keys") or {}
    # A wallet's account is known only after the buyer has been there.
    card = known.get("card") or keys.of("card", told.get("fingerprint") or told.get("payer_id"))
    return Sighting(
        at_ms=int(clock.now().timestamp() * 1000),
        kind=kind,
        attempt=attempt.id,
        merchant=payment.merchant_id,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
        link=payment.link_id,
        card=card,
        **{name: known.get(name) for name in ("email", "ip", "device")},
    )
