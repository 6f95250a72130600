"""A past for a demonstration: simulated attempts in the journal, decided by the model and the policy in force.

No payments belong to them, and no history: they are for looking at the console and for a first training, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from app.screening import force, journal
from models import Assessment, Label, clock, db
from models.ids import new_id
from risk import assess
from risk.assess import Setting
from risk.training import simulator
from risk.training.rows import Label as Learnt
from risk.training.simulator import Event

PER_DAY = 60
_DAY_MS = 86_400_000
_BATCH = 200


def fill(merchant_id: str, *, days: int, seed: int = 1, say: Callable[[int], None]) -> int:
    """Write so many days, ending now, with the labels that had come by now. Twice is once. Returns how many are new."""
    now_ms = int(clock.now().timestamp() * 1000)
    events = simulator.simulate(seed, days, per_day=PER_DAY, start_ms=now_ms - days * _DAY_MS)
    setting = force.setting(merchant_id)
    made = _decided(events, merchant_id, setting, now_ms)
    written = 0
    while batch := list(islice(made, _BATCH)):
        with db.transaction():
            for decision, labels in batch:
                if db.insert_unless_there(decision):
                    written += 1
                    db.insert(*labels)
        say(len(batch))
    return written


def _decided(
    events: Iterator[Event], merchant_id: str, setting: Setting, now_ms: int
) -> Iterator[tuple[Assessment, list[Label]]]:
    for event in events:
        if event.facts.at_ms >= now_ms:
            continue
        facts = replace(event.facts, merchant_id=merchant_id)
        attempt_id = f"{event.attempt}_{merchant_id[-10:]}"
        decided = assess.assess(facts, setting=setting)
        decision = journal.row(
            decided,
            facts,
            attempt_id,
            f"pay_{attempt_id[4:]}",
            moment="before",
            model_id=setting.model_id,
            policy_id=setting.policy_id,
            created_at=_moment(facts.at_ms),
        )
        known = [one for one in event.labels if one.known_ms <= now_ms]
        labels = [] if decided.outcome == "block" else [_label(decision, one) for one in known]
        yield decision, labels


def _label(decision: Assessment, learnt: Learnt) -> Label:
    return Label(
        id=new_id("lab"),
        attempt_id=decision.attempt_id,
        payment_id=decision.payment_id,
        merchant_id=decision.merchant_id,
        source=learnt.source,
        is_fraud=learnt.is_fraud,
        weight=learnt.weight,
        happened_at=decision.created_at,
        known_at=_moment(learnt.known_ms),
        reference="demo",
    )


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
