"""The second look: the provider has authorized an attempt, and its money is let go, held for a person, or voided.

The first that speaks decides:

    1 what was blocked stays blocked
    2 a hold that a list or a rule demanded is a person's to end: only a list or a rule that blocks ends it before
    3 lists and rules, over the facts with the answer in them; a `challenge` rule comes too late and has no say
    4 AFTER: what was decided first, against what the issuer has proved
    5 a DOUBT holds what would have been let go, unless the issuer bears the loss
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from risk import decision
from risk.decision import Assessment, InForce, Say, Scored, Setting
from risk.facts import Facts
from risk.lists import Hit
from risk.outcomes import Options, by_model, options

# What 3-D Secure has proved, from best to worst.
PROOFS = ("shifted", "authenticated", "none", "failed")

# first outcome → proof → what follows. `ask`: the model again, with the answer among its facts; `policy`: as the
# policy says about orders whose risk the issuer took over.
# fmt: off
AFTER: Mapping[str, Mapping[str, str]] = {
    #             shifted              authenticated             none            failed
    "allow":     {"shifted": "allow",  "authenticated": "allow", "none": "allow", "failed": "hold"},
    "challenge": {"shifted": "allow",  "authenticated": "allow", "none": "ask",   "failed": "block"},
    "hold":      {"shifted": "policy", "authenticated": "hold",  "none": "hold",  "failed": "hold"},
    "block":     {"shifted": "block",  "authenticated": "block", "none": "block", "failed": "block"},
}
# fmt: on

# A charge that could not be scored, was to be challenged, and brought no proof: by the policy's word for failure.
UNPROVED: Mapping[str, str] = {"review": "hold", "allow_3ds": "allow", "block": "hold"}

# What the issuer or the provider may say that a person should see before the money is taken.
DOUBTS: Mapping[str, Callable[[Facts], bool]] = {
    "security code wrong": lambda facts: facts.cvc == "fail",
    "street and postal code wrong": lambda facts: facts.avs_line1 == facts.avs_postal == "fail",
    "highest risk for the provider": lambda facts: facts.provider_level == "highest",
}

# In which order rules decide; `challenge` only raises what the others leave (`risk.assess`).
_ORDER = {"allow": "allow", "block": "block", "review": "hold"}


def second_look(facts: Facts, before: str, *, setting: Setting, spoke: str = "model") -> Assessment:
    """Decide after the provider's answer. `facts` have the answer in them; `before`, `spoke`: of the first look.

    `allow` lets the money go, `hold` keeps it for a person, `block` voids it; `challenge` is not possible any more.
    """
    found = decision.score(facts, setting)
    choice = options(facts, setting.policy, found.probability, is_answered=True)
    hits = hits_of(facts, found, setting)
    listed = setting.lists.speaks(facts)
    say = _pinned(before, spoke, demanded(listed, hits, choice))
    if say is None:
        say = _answered(facts, before, spoke, setting=setting, found=found, choice=choice)
    return Assessment(
        outcome=say.outcome,
        spoke=say.spoke,
        score=found.score,
        probability=found.probability,
        level=found.level,
        rule_id=say.rule_id,
        details=decision.details(facts, setting, found, choice, say=say, hits=hits, listed=listed),
        failure=found.failure,
    )


def hits_of(facts: Facts, found: Scored, setting: Setting) -> tuple[InForce, ...]:
    """The rules that match, shadow ones included."""
    if not setting.rules:
        return ()
    view = decision.view(facts, found, setting)
    return tuple(one for one in setting.rules if one.rule.matches(view))


def demanded(listed: Hit | None, hits: tuple[InForce, ...], choice: Options) -> Say | None:
    """What lists and rules demand; None: nothing."""
    if listed is not None and listed.verdict is not None:
        return decision.say_of(listed.verdict, "list", choice)
    for action, outcome in _ORDER.items():
        for hit in hits:
            if hit.rule.action == action and not hit.shadow:
                return decision.say_of(outcome, "rule", choice, hit.id)
    return None


def proof(facts: Facts) -> str:
    """What 3-D Secure has proved: one of PROOFS."""
    if facts.liability_shift:
        return "shifted"
    return facts.three_ds if facts.three_ds in {"authenticated", "failed"} else "none"


def _pinned(before: str, spoke: str, demand: Say | None) -> Say | None:
    """What neither a proof nor the model can change."""
    if before == "block":
        return Say(outcome="block", spoke=spoke)
    if before == "hold" and spoke in {"list", "rule"}:
        if demand is not None and demand.outcome == "block":
            return demand
        return Say(outcome="hold", spoke=spoke)
    return demand


def _answered(
    facts: Facts, before: str, spoke: str, *, setting: Setting, found: Scored, choice: Options
) -> Say:
    shown = proof(facts)
    follows = AFTER[before][shown]
    if follows == "ask":
        say = _asked_again(setting, found, choice)
    elif follows == "policy":
        released = setting.policy.release_when_shifted
        say = Say(outcome="allow", spoke="answer") if released else Say(outcome="hold", spoke=spoke)
    else:
        say = Say(outcome=follows, spoke=spoke if follows == before else "answer")
    if say.outcome == "allow" and shown != "shifted" and any(d(facts) for d in DOUBTS.values()):
        return decision.say_of("hold", "answer", choice)
    return say


def _asked_again(setting: Setting, found: Scored, choice: Options) -> Say:
    if found.score is None:
        return decision.say_of(UNPROVED[setting.policy.failure], "failure", choice)
    outcome = by_model(setting.policy, found.score, choice)
    if (
        outcome == "allow" and found.level != "normal"
    ):  # the challenge was meant for this, and proved nothing
        return decision.say_of("hold", "model", choice)
    return Say(outcome=outcome, spoke="model")
