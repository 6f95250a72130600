"""The decision about an attempt: limits, lists, rules and the model in a fixed order, and who of them spoke.

The first that speaks decides:

    1 limit    a limit of the policy that turns away is reached                     block
    2 list     the most telling item on `blocked`, `review` or `allowed`            block, hold, allow
    3 rule     allow before block before review; of equal actions the first         allow, block, hold
    4 failure  there is no score                                                    what the policy says
    5 model    the cheapest outcome, or what the thresholds demand                  any
    6 explored a small would-be block by the model, drawn by lot                    challenge, hold

What came out as `allow` is then raised to a challenge, by the first of these that wants it:

    limit      a limit that only challenges is reached         not above what a list allows
    rule       a `challenge` rule matches                      not above what a list allows
    attack     the policy's switch                             always; what cannot be challenged is held

A demand that is not possible for the attempt becomes what `risk.outcomes.BECOMES` says. Shadow rules and shadow models
are asked and told, and change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from risk import decision
from risk.decision import SPOKE, Assessment, InForce, Say, Scored, Setting
from risk.facts import Facts
from risk.outcomes import Options, by_model, options
from risk.policy import Policy, above
from risk.second import demanded, hits_of, second_look

__all__ = ["FAILING", "SPOKE", "Assessment", "InForce", "Setting", "assess", "second_look"]

# The policy's word for an attempt without a score → what is wanted then.
FAILING: Mapping[str, str] = {"review": "hold", "allow_3ds": "challenge", "block": "block"}


def assess(
    facts: Facts, *, setting: Setting, limit: str | None = None, draw: float = 1.0
) -> Assessment:
    """Decide before the provider is asked.

    `limit`: the limit that is reached, by its name in the policy. `draw`: a number from 0 to 1 drawn by the caller;
    below the policy's share, a small would-be block is tried out.
    """
    found = decision.score(facts, setting)
    choice = options(facts, setting.policy, found.probability)
    hits = hits_of(facts, found, setting)
    listed = setting.lists.speaks(facts)
    say = _turned_away(limit) or demanded(listed, hits, choice)
    if say is None:
        say = _unscored(setting.policy, choice) if found.score is None else None
    if say is None:
        say = _explored(
            facts, setting.policy, choice, _modelled(setting.policy, found, choice), draw
        )
    say = _raised(facts, setting.policy, choice, say, limit=limit, hits=hits)
    return Assessment(
        outcome=say.outcome,
        spoke=say.spoke,
        score=found.score,
        probability=found.probability,
        level=found.level,
        rule_id=say.rule_id,
        details=decision.details(facts, setting, found, choice, say=say, hits=hits, listed=listed),
        shadow=_shadows(facts, setting),
        chance=say.chance,
        failure=found.failure,
    )


def _turned_away(limit: str | None) -> Say | None:
    if limit is not None and above(limit) == "block":
        return Say(outcome="block", spoke="limit")
    return None


def _unscored(policy: Policy, choice: Options) -> Say:
    return decision.say_of(FAILING[policy.failure], "failure", choice)


def _modelled(policy: Policy, found: Scored, choice: Options) -> Say:
    assert found.score is not None
    return Say(outcome=by_model(policy, found.score, choice), spoke="model")


def _explored(facts: Facts, policy: Policy, choice: Options, say: Say, draw: float) -> Say:
    """A few small blocks are tried out: of what is always blocked, nobody ever learns whether it was fraud."""
    if (
        say.outcome == "block"
        and draw < policy.explore_share
        and policy.explores(facts.amount_minor, facts.currency)
    ):
        for milder in ("challenge", "hold"):
            if milder in choice.possible:
                return Say(outcome=milder, spoke="explored", chance=policy.explore_share)
    return say


def _raised(
    facts: Facts,
    policy: Policy,
    choice: Options,
    say: Say,
    *,
    limit: str | None,
    hits: tuple[InForce, ...],
) -> Say:
    """An `allow` is raised where a challenge is wanted whatever else was said."""
    if say.outcome != "allow":
        return say
    if say.spoke != "list" and choice.can_challenge:
        if limit is not None:
            return Say(outcome="challenge", spoke="limit")
        for hit in hits:
            if hit.rule.action == "challenge" and not hit.shadow:
                return Say(outcome="challenge", spoke="rule", rule_id=hit.id)
    if policy.is_under_attack(facts.at_ms):
        for outcome in ("challenge", "hold"):
            if outcome in choice.possible:
                return Say(outcome=outcome, spoke="attack")
    return say


def _shadows(facts: Facts, setting: Setting) -> dict[str, Any]:
    """What models without a say would have said, each by itself: no lists, no rules."""
    told: dict[str, Any] = {}
    for model_id, model in setting.shadows.items():
        found = decision.ask(model, facts)
        if found.score is None:
            told[model_id] = {"failure": found.failure}
        else:
            choice = options(facts, setting.policy, found.probability)
            told[model_id] = {
                "probability": found.probability,
                "score": found.score,
                "outcome": by_model(setting.policy, found.score, choice),
            }
    return told
