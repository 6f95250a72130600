"""What a rule, a policy or a model would have done to the attempts of the past, in money; from the decision journal.

Money is counted with the costs of the policy, and with its shares of what 3-D Secure and reviewers miss, per currency.
Where it is known how an attempt ended, by that; where it is not (what was blocked never shows), by the probability that
was scored then, and told apart as an expectation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from risk import features, scale
from risk.costs import OUTCOMES, expected
from risk.facts import Facts
from risk.lists import Lists
from risk.outcomes import by_model, options
from risk.policy import Policy
from risk.rules import Rule
from risk.trees import Flat
from risk.view import View

# How an attempt ended, as far as is known. `warning`: an early fraud warning; `declined`: by the issuer.
FATES = ("fraud", "warning", "refunded", "declined", "good", "unknown")
BAD = frozenset(("fraud", "warning"))
GOOD = frozenset(("good", "refunded"))

DAY_MS = 86_400_000
QUIET_DAYS = 30
SAMPLE = 20
# Who cannot be overruled by a rule.
_ABOVE_RULES = frozenset(("limit", "list"))
# Which of an earlier rule's actions a candidate cannot overrule (`risk.second`: allow before block before review).
_STRONGER: Mapping[str, frozenset[str]] = {
    "allow": frozenset(("challenge",)),
    "block": frozenset(("allow",)),
    "review": frozenset(("allow", "block")),
    "challenge": frozenset(("challenge",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attempt of the journal, at its first look."""

    attempt: str
    facts: Facts
    outcome: str
    spoke: str
    fate: str = "unknown"
    score: int | None = None
    probability: float | None = None
    rule_action: str | None = None
    """What the rule that spoke demanded."""
    rules: tuple[str, ...] = ()
    """The rules that matched then."""


@dataclass(slots=True)
class Purse:
    """A difference in one currency's minor units. `saved` less `lost` is certain, `expected` is an estimate."""

    saved: int = 0
    lost: int = 0
    expected: int = 0


@dataclass(slots=True)
class Effect:
    """What would have been different."""

    seen: int = 0
    """Attempts looked at."""
    matches: int = 0
    """Attempts the candidate speaks about."""
    changed: int = 0
    """Attempts that would have had another outcome."""
    fates: Counter[str] = field(default_factory=Counter)
    """Fate → attempts the candidate speaks about."""
    fraud_caught: int = 0
    """Fraud that got through then, and would have been challenged, held or blocked."""
    fraud_missed: int = 0
    """Fraud that was challenged, held or blocked, and would have got through."""
    good_hit: int = 0
    """Good customers who were let through, and would have been challenged, held or blocked."""
    good_freed: int = 0
    """Good customers who would have been let through at last."""
    before: dict[str, Counter[str]] = field(default_factory=dict)
    """Outcome then → fate → attempts."""
    after: dict[str, Counter[str]] = field(default_factory=dict)
    money: dict[str, Purse] = field(default_factory=dict)
    """Currency → what would have been saved."""
    overlap: Counter[str] = field(default_factory=Counter)
    """Other rule → attempts that both match."""
    sample: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As a JSON value, to be kept with what was decided on it."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        for name in ("before", "after"):
            plain[name] = {outcome: dict(fates) for outcome, fates in plain[name].items()}
        purses = {currency: asdict(purse) for currency, purse in self.money.items()}
        return plain | {"fates": dict(self.fates), "overlap": dict(self.overlap), "money": purses}


def of_rule(
    rule: Rule,
    rows: Iterable[Row],
    *,
    policy: Policy,
    lists: Lists | None = None,
    others: Mapping[str, Rule] | None = None,
) -> Effect:
    """What a rule would have done. `others`: rules to find the overlap with, beside those that the journal names."""
    effect = Effect()
    lists = lists or Lists()
    first_ms = last_ms = None
    for row in rows:
        at_ms = row.facts.at_ms
        first_ms = at_ms if first_ms is None else min(first_ms, at_ms)
        last_ms = at_ms if last_ms is None else max(last_ms, at_ms)
        level = None if row.score is None else scale.level(row.score)
        view = View(row.facts, score=row.score, level=level, lists=lists)
        matches = rule.matches(view)
        after = _ruled(row, rule.action, policy) if matches else row.outcome
        _count(effect, row, after, policy=policy, speaks=matches)
        if matches:
            effect.overlap.update(row.rules)
            effect.overlap.update(
                name for name, other in (others or {}).items() if other.matches(view)
            )
    if first_ms is None or last_ms is None:
        effect.warnings.append("There is nothing in the journal to look at.")
    elif not effect.matches:
        days = max(1, round((last_ms - first_ms) / DAY_MS))
        effect.warnings.append(f"It would have matched nothing in {days} days.")
    return effect


def of_policy(
    policy: Policy,
    rows: Iterable[Row],
    *,
    priced_by: Policy | None = None,
    model: Flat | None = None,
) -> Effect:
    """What a policy, or with `model` another model under it, would have done where the model decided.

    `priced_by`: whose costs count the money. A candidate must not look good because it calls fraud cheap; without it
    the candidate's own costs count.
    """
    effect = Effect()
    for row in rows:
        probability, score = _scored(row, model)
        speaks = row.spoke in {"model", "explored"} and probability is not None
        after = row.outcome
        if speaks and score is not None:
            choice = options(row.facts, policy, probability)
            after = by_model(policy, score, choice)
        _count(effect, row, after, policy=priced_by or policy, speaks=speaks)
    return effect


def of_model(model: Flat, rows: Iterable[Row], *, policy: Policy) -> Effect:
    """What another model would have done under the same policy."""
    return of_policy(policy, rows, model=model)


def thresholds(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """For each score from 0 to 100: what stands at or above it. Attempts whose end is not known do not count.

    `bad`, `good`: attempts; `precision`, `recall`: None where nothing can be divided; `amounts`: currency → minor
    units of fraud at or above.
    """
    bad: Counter[int] = Counter()
    good: Counter[int] = Counter()
    amounts: dict[int, Counter[str]] = {}
    for row in rows:
        if row.score is not None and row.fate in BAD:
            bad[row.score] += 1
            amounts.setdefault(row.score, Counter())[row.facts.currency] += row.facts.amount_minor
        elif row.score is not None and row.fate in GOOD:
            good[row.score] += 1
    every = bad.total()
    caught, hit = 0, 0
    sums: Counter[str] = Counter()
    found = []
    for score in range(100, -1, -1):
        caught, hit = caught + bad[score], hit + good[score]
        sums.update(amounts.get(score, {}))
        found.append(
            {
                "score": score,
                "bad": caught,
                "good": hit,
                "precision": caught / (caught + hit) if caught + hit else None,
                "recall": caught / every if every else None,
                "amounts": dict(sums),
            }
        )
    return found[::-1]


def is_quiet(*, live_since_ms: int, last_match_ms: int | None, at_ms: int) -> bool:
    """Whether a rule in force has matched nothing for so long that somebody should look at it."""
    return at_ms - max(live_since_ms, last_match_ms or 0) >= QUIET_DAYS * DAY_MS


def _scored(row: Row, model: Flat | None) -> tuple[float | None, int | None]:
    if model is None:
        return row.probability, row.score
    probability = model.probability(features.vector(row.facts))
    return probability, scale.score(probability)


def _ruled(row: Row, action: str, policy: Policy) -> str:
    """The outcome if the rule had been live."""
    spoke_rule = row.spoke == "rule" and row.rule_action in _STRONGER[action]
    if row.spoke in _ABOVE_RULES or spoke_rule:
        return row.outcome
    if action == "challenge":
        raises = row.outcome == "allow" and row.facts.can_challenge
        return "challenge" if raises else row.outcome
    if action == "allow":
        return row.outcome if row.spoke == "attack" else "allow"
    choice = options(row.facts, policy, row.probability)
    return choice.become("hold" if action == "review" else "block")


def _count(effect: Effect, row: Row, after: str, *, policy: Policy, speaks: bool) -> None:
    effect.seen += 1
    effect.before.setdefault(row.outcome, Counter())[row.fate] += 1
    effect.after.setdefault(after, Counter())[row.fate] += 1
    if speaks:
        effect.matches += 1
        effect.fates[row.fate] += 1
    if speaks and len(effect.sample) < SAMPLE:
        effect.sample.append(_shown(row, after))
    if after == row.outcome:
        return
    effect.changed += 1
    stopped = row.outcome == "allow"
    freed = after == "allow"
    if row.fate in BAD:
        effect.fraud_caught += stopped
        effect.fraud_missed += freed
    elif row.fate in GOOD:
        effect.good_hit += stopped
        effect.good_freed += freed
    _pay(effect, row, after, policy)


def _pay(effect: Effect, row: Row, after: str, policy: Policy) -> None:
    """The difference that another outcome makes. What the issuer declined moved no money either way."""
    if row.fate == "declined":
        return
    facts = row.facts
    known = 1.0 if row.fate in BAD else 0.0
    probability = row.probability if row.fate == "unknown" else known
    if probability is None:
        return
    costs = expected(
        policy.costs_in(facts.currency),
        probability=probability,
        amount_minor=facts.amount_minor,
        is_shifted=facts.liability_shift is True,
    )
    difference = costs[row.outcome] - costs[after]
    purse = effect.money.setdefault(facts.currency, Purse())
    if row.fate == "unknown":
        purse.expected += difference
    elif difference > 0:
        purse.saved += difference
    else:
        purse.lost -= difference


def _shown(row: Row, after: str) -> dict[str, Any]:
    assert after in OUTCOMES
    return {
        "attempt": row.attempt,
        "at_ms": row.facts.at_ms,
        "amount_minor": row.facts.amount_minor,
        "currency": row.facts.currency,
        "score": row.score,
        "fate": row.fate,
        "before": row.outcome,
        "after": after,
    }
