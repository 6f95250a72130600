"""From a probability to an outcome: by expected cost or by thresholds, among what is possible for this attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from risk.costs import OUTCOMES, cheapest
from risk.facts import Facts
from risk.policy import Policy, costs

# What is wanted, and what it becomes where it is not possible. Of several the cheapest is taken; when nobody can say
# what they cost, because the attempt could not be scored, the first, which is the mildest.
# wanted → (challenge and hold possible, challenge only, hold only, neither)
# fmt: off
BECOMES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "allow":     (("allow",),     ("allow",),     ("allow",),        ("allow",)),
    "challenge": (("challenge",), ("challenge",), ("allow", "hold"), ("allow",)),
    "hold":      (("hold",),      ("challenge",), ("hold",),         ("allow", "block")),
    "block":     (("block",),     ("block",),     ("block",),        ("block",)),
}
# fmt: on
_COLUMN = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}


@dataclass(frozen=True, slots=True)
class Options:
    """What can be done about an attempt, and what each would cost; `costs` None: it could not be scored."""

    can_challenge: bool
    can_hold: bool
    costs: Mapping[str, int] | None

    @property
    def possible(self) -> tuple[str, ...]:
        """The outcomes that count, from mild to severe."""
        impossible = {"challenge": not self.can_challenge, "hold": not self.can_hold}
        return tuple(one for one in OUTCOMES if not impossible.get(one, False))

    def become(self, wanted: str) -> str:
        """What a demand comes to here."""
        among = BECOMES[wanted][_COLUMN[self.can_challenge, self.can_hold]]
        return among[0] if self.costs is None else cheapest(self.costs, among)


def options(
    facts: Facts, policy: Policy, probability: float | None, *, is_answered: bool = False
) -> Options:
    """What can be done. `is_answered`: the provider has authorized; to challenge it is too late, to hold it is not."""
    return Options(
        can_challenge=facts.can_challenge and not is_answered,
        can_hold=facts.can_hold,
        costs=None
        if probability is None
        else costs(
            policy,
            probability,
            facts.amount_minor,
            facts.currency,
            shifted=facts.liability_shift is True,
        ),
    )


def by_model(policy: Policy, score: int, found: Options) -> str:
    """What the score says: the cheapest possible outcome, or what the thresholds demand."""
    if policy.mode == "thresholds":
        return found.become(by_thresholds(policy, score))
    assert found.costs is not None  # there is a score
    return cheapest(found.costs, found.possible)


def by_thresholds(policy: Policy, score: int) -> str:
    """The most severe outcome whose threshold the score reaches."""
    at = (
        ("block", policy.block_at),
        ("hold", policy.hold_at),
        ("challenge", policy.challenge_at),
    )
    return next((outcome for outcome, least in at if score >= least), "allow")
