"""A decision journal to look at: simulated attempts with real facts, decided as if a fair model had scored them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import insert

from models import Assessment, Label, clock, db
from models.ids import new_id
from risk import magnitude, scale
from risk.facts import Facts
from risk.outcomes import by_model, options
from risk.policy import Policy
from risk.training.rows import Label as Told
from risk.training.simulator import Event, simulate
from risk.trees import sigmoid

DAY_MS = 86_400_000
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "JPY")


def fill(
    merchant_id: str,
    *,
    days: int = 30,
    per_day: int = 15,
    seed: int = 7,
    at_most: int = 1_000_000,
    fraud: float = 0.04,
) -> int:
    """Put so many days of decisions, ending now, into the journal, with the labels that have arrived; how many.

    `fraud`: the share that is fraud beside the simulator's own, and is reported within days.
    """
    chance = Random(seed)
    now_ms = int(clock.now().timestamp() * 1000)
    found, labels = [], []
    # Some days ahead, in which labels arrive.
    story = simulate(seed, days, per_day=per_day, start_ms=now_ms - days * DAY_MS, quiet_days=10)
    for event in story:
        if event.facts.at_ms >= now_ms or len(found) >= at_most:
            break
        seen = _turned(event, chance) if chance.random() < fraud else event
        row = decided(seen, merchant_id, chance)
        found.append(row)
        labels += [
            _label(row, one) for one in seen.labels
            if one.known_ms <= now_ms and row["outcome"] != "block"
        ]  # fmt: skip
    with db.transaction() as session:
        for table, values in ((Assessment, found), (Label, labels)):
            for start in range(0, len(values), 5_000):
                session.execute(insert(table.__table__), values[start : start + 5_000])
    return len(found)


def decided(event: Event, merchant_id: str, chance: Random) -> dict[str, Any]:
    """A row of the journal: the probability leans to the truth, and is wrong often enough."""
    currency = chance.choice(CURRENCIES)
    facts = replace(
        event.facts, merchant_id=merchant_id, currency=currency,
        amount_minor=max(1, magnitude.minor(1, currency) * round(event.facts.amount_about or 1)),
    )  # fmt: skip
    probability = sigmoid(chance.gauss(-1.2 if event.is_fraud else -5.0, 1.4))
    score = scale.score(probability)
    policy = Policy()
    choice = options(facts, policy, probability)
    outcome = by_model(policy, score, choice)
    return row_of(facts, outcome, probability=probability, latency_us=chance.randrange(300, 2_500))


def row_of(
    facts: Facts, outcome: str = "allow", *, probability: float | None = 0.01, **more: Any
) -> dict[str, Any]:
    """One first look with these facts."""
    score = None if probability is None else scale.score(probability)
    return {
        "id": new_id("asm"), "attempt_id": new_id("att"), "payment_id": new_id("pay"),
        "merchant_id": facts.merchant_id, "moment": "before", "currency": facts.currency,
        "amount_minor": facts.amount_minor, "outcome": outcome, "spoke": "model", "score": score,
        "probability": probability,
        "level": "not_assessed" if score is None else scale.level(score),
        "model_id": None, "policy_id": None, "rule_id": None, "facts": facts.to_json(),
        "details": {"rules": [], "reasons": []}, "shadow": {}, "failure": None, "chance": None,
        "latency_us": 700, "created_at": datetime.fromtimestamp(facts.at_ms / 1000, UTC), **more,
    }  # fmt: skip


def put(*rows: dict[str, Any]) -> None:
    """Write first looks into the journal."""
    with db.transaction() as session:
        session.execute(insert(Assessment.__table__), list(rows))


def learn(row: dict[str, Any], *, is_fraud: bool, source: str = "dispute", days: int = 1) -> None:
    """Write a label for a first look."""
    at_ms = row["facts"]["at_ms"] + days * DAY_MS
    with db.transaction():
        db.insert(
            Label(
                id=new_id("lab"), attempt_id=row["attempt_id"], payment_id=row["payment_id"],
                merchant_id=row["merchant_id"], source=source, is_fraud=is_fraud, weight=1.0,
                happened_at=_at(at_ms), known_at=_at(at_ms), reference=new_id("req"),
            )
        )  # fmt: skip


def _turned(event: Event, chance: Random) -> Event:
    """The same attempt by a thief."""
    known_ms = event.facts.at_ms + round(chance.uniform(1, 12) * DAY_MS)
    source = chance.choice(("dispute", "warning"))
    return replace(event, is_fraud=True, labels=(Told(True, source, known_ms),))


def _label(row: dict[str, Any], one: Any) -> dict[str, Any]:
    return {
        "id": new_id("lab"), "attempt_id": row["attempt_id"], "payment_id": row["payment_id"],
        "merchant_id": row["merchant_id"], "source": one.source, "is_fraud": one.is_fraud,
        "weight": one.weight, "happened_at": _at(one.known_ms), "known_at": _at(one.known_ms),
        "reference": "", "author": None,
    }  # fmt: skip


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
