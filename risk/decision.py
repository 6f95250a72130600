"""What a decision is made of and what comes out of it: the setting in force, the score, and the assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from risk import features, scale
from risk.costs import expected
from risk.facts import Facts
from risk.lists import Hit, Lists
from risk.outcomes import Options
from risk.policy import Policy
from risk.reasons import reasons
from risk.rules import Rule
from risk.trees import Flat
from risk.view import View

# Who can have decided. `answer`: what the provider and the issuer said (second look only); `attack`: the switch.
SPOKE = ("limit", "list", "rule", "model", "failure", "explored", "attack", "answer")

# An attempt that could not be scored stands in the queue as if it were fraud with this probability: above what is
# usual, below what is known to be bad.
UNSCORED = 0.1


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule of the merchant's. A shadow rule is told, and has no say."""

    id: str
    rule: Rule
    shadow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything that decides beside the facts. The ids are kept with the decision, so that it can be made again."""

    model: Flat | None = None
    model_id: str | None = None
    policy: Policy = field(default_factory=Policy)
    policy_id: str | None = None
    rules: tuple[InForce, ...] = ()
    """In the order in which they are asked; of two that demand the same, the first has spoken."""
    lists: Lists = field(default_factory=Lists)
    shadows: Mapping[str, Flat] = field(default_factory=dict)
    """Model id → a model that runs along without a say."""
    failure: str | None = None
    """Why the model has no say (`history_unavailable`, …); None: it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A decision about an attempt, with everything that explains it."""

    outcome: str
    """`allow`, `challenge`, `hold` or `block`. At the second look: released, kept, or voided."""
    spoke: str
    """One of SPOKE."""
    score: int | None = None
    probability: float | None = None
    level: str = "not_assessed"
    rule_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON: reasons, families, rules, costs, expected_loss, worth, thresholds, listed, wanted."""
    shadow: Mapping[str, Any] = field(default_factory=dict)
    """Model id → what it would have said."""
    chance: float | None = None
    """With which probability a would-be block was let through to this outcome; None: nothing was drawn."""
    failure: str | None = None
    """Why there is no score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a model says of an attempt, or why it says nothing."""

    probability: float | None = None
    score: int | None = None
    level: str = "not_assessed"
    families: Mapping[str, float] = field(default_factory=dict)
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """An outcome and who demanded it. `wanted`: what was demanded, where that was not possible."""

    outcome: str
    spoke: str
    rule_id: str | None = None
    wanted: str | None = None
    chance: float | None = None


def say_of(wanted: str, spoke: str, choice: Options, rule_id: str | None = None) -> Say:
    """A demand, as what it comes to for this attempt."""
    outcome = choice.become(wanted)
    return Say(
        outcome=outcome,
        spoke=spoke,
        rule_id=rule_id,
        wanted=None if outcome == wanted else wanted,
    )


def score(facts: Facts, setting: Setting) -> Scored:
    """Ask the model in force. Never raises: a model that breaks has no say, and the policy says what happens then."""
    if setting.failure is not None:
        return Scored(failure=setting.failure)
    if setting.model is None:
        return Scored(failure="no_model")
    return ask(setting.model, facts)


def ask(model: Flat, facts: Facts) -> Scored:
    """What one model says."""
    if model.features_version != features.VERSION:
        return Scored(failure="other_features")
    try:
        row = features.vector(facts)
        probability, families = model.explained(row)
        points = scale.score(probability)  # refuses what is no probability, NaN too
        return Scored(
            probability=probability, score=points, level=scale.level(points), families=families
        )
    except Exception as broken:  # noqa: BLE001 - whatever it is, a payment waits for an answer
        return Scored(failure=f"model_failed:{type(broken).__name__}"[:60])


def view(facts: Facts, found: Scored, setting: Setting) -> View:
    """What rules look at."""
    level = None if found.score is None else found.level
    return View(facts, score=found.score, level=level, lists=setting.lists)


def details(
    facts: Facts,
    setting: Setting,
    found: Scored,
    choice: Options,
    *,
    say: Say,
    hits: tuple[InForce, ...],
    listed: Hit | None,
) -> dict[str, Any]:
    """Why, and what it would have cost otherwise: for people, and kept in the journal."""
    policy, costs = setting.policy, choice.costs
    price = policy.costs_in(facts.currency)
    known = costs or expected(
        price,
        probability=UNSCORED,
        amount_minor=facts.amount_minor,
        is_shifted=facts.liability_shift is True,
    )
    loss = known["allow"]
    return {
        "reasons": [one.to_json() for one in reasons(facts, found.families)],
        "families": dict(found.families),
        "rules": [
            {"id": hit.id, "action": hit.rule.action, "text": hit.rule.text, "shadow": hit.shadow}
            for hit in hits
        ],
        "costs": costs and {outcome: costs[outcome] for outcome in choice.possible},
        "expected_loss": loss,
        "worth": loss / max(price.review, 1),
        "thresholds": {
            "challenge": policy.challenge_at,
            "hold": policy.hold_at,
            "block": policy.block_at,
        }
        if policy.mode == "thresholds"
        else None,
        "listed": listed and {"list": listed.list, "type": listed.type, "value": listed.value},
        "wanted": say.wanted,
    }
