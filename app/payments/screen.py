"""Screening in the money path: look before the provider is asked, act on it, and look again once it has answered."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass, replace
from typing import Any, Literal

from app import events
from app.payments import change, operations
from app.payments.ended import SCREENING
from app.providers.base import Charge, Decline, Outcome, Verb
from app.reviews.open import open_case
from app.screening import attack, force, gather, history, journal, limits, recent, stored
from app.screening.gather import Asked
from app.screening.limits import Reached
from models import Assessment, Attempt, Payment, db
from risk import assess
from risk.assess import Assessment as Decided
from risk.assess import Setting
from risk.facts import Facts
from risk.past import Sighting, numbers

# What a decision asks of the provider; 3-D Secure `any`: wherever the card knows it. A challenged charge is authorized
# only, because the issuer's answer decides whether its money is taken.
# outcome → (capture now, 3-D Secure, what holds the money)
# fmt: off
ASKS: dict[str, tuple[bool, Literal["automatic", "any"], str | None]] = {
    "allow":     (True,  "automatic", None),
    "challenge": (False, "any",       "look"),
    "hold":      (False, "automatic", "review"),
    "block":     (True,  "automatic", None),
}
# fmt: on

_log = logging.getLogger("till.screening")
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Look:
    """A decision about an attempt that is about to be made, with everything that it was made of."""

    asked: Asked
    facts: Facts
    sighting: Sighting
    decided: Decided
    model_id: str | None
    policy_id: str | None
    latency_us: int

    @property
    def blocks(self) -> bool:
        """Whether the provider must not be asked."""
        return self.decided.outcome == "block"

    @property
    def by_limit(self) -> bool:
        """Whether a limit speaks: it turns the attempt away."""
        return self.blocks and self.decided.spoke == "limit"

    @property
    def hold(self) -> str | None:
        """What will hold the money once it is authorized: `look`, `review`, or nothing."""
        return ASKS[self.decided.outcome][2]

    def known(self, known: dict[str, Any]) -> dict[str, Any]:
        """The columns of the attempt that come from screening."""
        facts = {**known.get("facts", {}), "keys": gather.identities(self.facts)}
        return {**known, "facts": facts, "hold": self.hold}

    def asks(self, charge: Charge) -> Charge:
        """The charge as it may be asked for."""
        captures, three_ds, _hold = ASKS[self.decided.outcome]
        if self.asked.told.get("must_challenge"):
            three_ds = "any"  # an analyst wants the proof, also of what is held again
        return replace(
            charge,
            capture=charge.capture if captures else "manual",
            three_ds=three_ds,
        )


def look(asked: Asked) -> Look:
    """Gather the facts and decide. With no transaction open: the history may be a round trip away."""
    db.release()
    started = time.perf_counter()
    setting = force.setting(asked.merchant_id)
    facts = gather.facts(asked)
    this = gather.sighting(facts, asked.attempt_id)
    session = limits.in_session(asked.payment_id) if asked.tries else {}
    try:
        logs = history.look(this, timeout_s=setting.policy.timeout_ms / 1000)
        past = numbers(logs, this)
        facts = replace(facts, past=past)
    except history.HistoryUnavailable as silent:
        setting = replace(setting, failure="history_unavailable")
        _log.warning("attempt=%s is decided without its history: %s", asked.attempt_id, silent)
        logs = recent.read(this)  # enough for limits, too little for a score
        past = numbers(logs, this)
    limit = limits.reached(setting.policy, this, logs, past, session)
    decided = _assess(facts, setting, limit)
    if asked.told.get("must_challenge") and decided.outcome == "allow":
        decided = replace(decided, outcome="challenge", spoke="analyst")
    return Look(
        asked=asked,
        facts=facts,
        sighting=this,
        decided=decided,
        model_id=setting.model_id,
        policy_id=setting.policy_id,
        latency_us=round((time.perf_counter() - started) * 1e6),
    )


def _assess(facts: Facts, setting: Setting, limit: Reached | None) -> Decided:
    name = limit.name if limit else None
    decided = assess.assess(facts, setting=setting, limit=name, draw=_chance.random())
    if limit is None:
        return decided
    return replace(decided, details={**decided.details, "limit": limit.to_json()})


def count_again(found: Look, payment: Payment) -> Look:
    """Under the payment's lock: when the session was tried since it was looked at, its limits are counted again."""
    if found.blocks or payment.attempts_count == found.asked.tries:
        return found
    policy = force.setting(payment.merchant_id).policy
    limit = limits.reached(policy, found.sighting, {}, {}, limits.in_session(payment.id))
    if limit is None:
        return found
    details = {**found.decided.details, "limit": limit.to_json()}
    blocked = replace(
        found.decided, outcome="block", spoke="limit", rule_id=None, chance=None, details=details
    )
    return replace(found, decided=blocked)


def write(found: Look, payment: Payment) -> None:
    """Keep the decision and the try, in the transaction that makes the attempt."""
    payment_id = payment.id
    tried = replace(found.sighting, kind=stored.REFUSED) if found.by_limit else found.sighting
    db.insert(
        journal.row(
            found.decided,
            found.facts,
            found.asked.attempt_id,
            payment_id,
            moment="before",
            model_id=found.model_id,
            policy_id=found.policy_id,
            latency_us=found.latency_us,
        ),
        stored.row(tried, payment_id),
    )
    if limit := found.decided.details.get("limit"):
        attack.alert(payment, limit, outcome=found.decided.outcome)


def forget(found: Look) -> None:
    """The attempt was not made, or a limit turned it away: it is no part of the history."""
    history.forget(found.sighting)


def refusal(charge: Charge) -> Outcome:
    """What is recorded of an attempt that was blocked: a decline in generic words, and no provider was asked."""
    return Outcome(Verb.DECLINE, "", charge.amount, decline=Decline("blocked"))


def held_by_us(attempt: Attempt) -> bool:
    """Whether screening holds the attempt's money."""
    return attempt.hold in {"look", "review"}


def is_held(attempt: Attempt, outcome: Outcome) -> bool:
    """Whether anybody holds it. What a person of ours let go, the provider's review does not hold any more."""
    return attempt.hold != "released" and (outcome.held or held_by_us(attempt))


def look_again(payment: Payment, attempt: Attempt) -> str | None:
    """The money is authorized: let it go on its way, keep it for a person, or void it.

    At the door, with the payment locked. Returns the capture or void that this writes down: to be asked for after the
    commit by whoever recorded the answer, and by the sweeper should they die before.
    """
    first = journal.first_look(attempt.id)
    if first is None:  # begun by a version that did not screen
        return None
    started = time.perf_counter()
    setting = force.setting(payment.merchant_id)
    try:
        facts = gather.answered(Facts.from_json(first.facts), attempt.facts)
        decided = assess.second_look(facts, first.outcome, setting=setting, spoke=first.spoke)
    except Exception:  # noqa: BLE001 -- whatever it is, the provider's answer must not be lost for it
        _log.exception("attempt=%s cannot be looked at again, and is left to a person", attempt.id)
        _keep(payment, attempt, first, reason="failure")
        return None
    second = journal.row(
        decided,
        facts,
        attempt.id,
        payment.id,
        moment="after",
        model_id=setting.model_id,
        policy_id=setting.policy_id,
        latency_us=round((time.perf_counter() - started) * 1e6),
    )
    db.insert(second)
    if decided.outcome == "block":
        db.update(attempt, hold="review")  # should the void be refused, it is a person's
        void = operations.start(payment, attempt, "void", attempt.amount, reason=SCREENING)
        change.set_status(payment, attempt, "payment.processing", is_held=True, is_asking=True)
        return void.id
    if decided.outcome == "hold":
        _keep(payment, attempt, second, reason=second.spoke)
        return None
    return release(payment, attempt) if held_by_us(attempt) else None


def release(payment: Payment, attempt: Attempt) -> str | None:
    """Let held money go: it is captured, or for a merchant who captures by hand stays authorized.

    Returns the capture's id. Call with the payment locked, and ask for the capture after the commit.
    """
    db.update(attempt, hold="released")
    if payment.capture == "manual":
        change.set_status(payment, attempt, "payment.released", is_held=False)
        return None
    capture = operations.start(payment, attempt, "capture", attempt.amount)
    change.set_status(payment, attempt, "payment.processing", is_held=False, is_asking=True)
    return capture.id


def _keep(payment: Payment, attempt: Attempt, decision: Assessment, *, reason: str) -> None:
    if attempt.hold != "review":
        db.update(attempt, hold="review")
    queue(payment, attempt, decision, reason=reason)
    if payment.status != "in_review":
        change.set_status(payment, attempt, None, is_held=True)


def queue(payment: Payment, attempt: Attempt, decision: Assessment | None, *, reason: str) -> None:
    """Put held money into the review queue. `reason`: who asked for a person; `provider`: it did itself."""
    details = decision.details if decision else {}
    open_case(
        payment,
        attempt,
        assessment_id=decision.id if decision else None,
        reason=reason,
        score=decision.score if decision else None,
        level=decision.level if decision else "not_assessed",
        expected_loss_minor=int(details.get("expected_loss") or 0),
        worth=details.get("worth") or 0.0,
    )
    events.emit("payment.held", payment, attempt=attempt.id, reason=reason)
