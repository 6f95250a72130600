"""What each outcome of a decision is expected to cost, in the merchant's own money and in whole minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from risk import magnitude

# From mild to severe. Of two that cost the same, the milder is chosen.
OUTCOMES = ("allow", "challenge", "hold", "block")

_BPS = 10_000
_PARTS = 10**9  # a probability in whole parts, so that from there on all arithmetic is of integers

# In euros, for a currency of which nothing was said; `risk.magnitude` scales them.
_DISPUTE_FEE, _REVIEW, _BLOCK_EXTRA = 20, 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What things cost in one currency: minor units, or basis points (1/10,000) of what the comment names."""

    dispute_fee: int
    """The provider's fee for a dispute, on top of the amount that is lost."""
    review: int
    """A person's time for one case."""
    block_extra: int
    """What a good customer who is turned away costs beyond the margin: support, and not coming back."""
    margin_bps: int = 3000
    """The margin, of the amount: what a sale that does not happen loses."""
    friction_bps: int = 1000
    """Good shoppers who give up when asked for 3-D Secure, of all good shoppers asked."""
    challenge_missed_bps: int = 2000
    """Fraud that gets past 3-D Secure and is still our loss, of all fraud challenged."""
    review_missed_bps: int = 1000
    """Fraud that a reviewer approves, of all fraud reviewed."""
    review_refused_bps: int = 500
    """Good orders that a reviewer refuses, or that are lost while they wait, of all good orders reviewed."""


def usual(currency: str) -> Costs:
    """Costs for a currency of which the merchant has said nothing: those of a small shop in euros, scaled coarsely."""
    return Costs(
        dispute_fee=magnitude.minor(_DISPUTE_FEE, currency),
        review=magnitude.minor(_REVIEW, currency),
        block_extra=magnitude.minor(_BLOCK_EXTRA, currency),
    )


def expected(
    costs: Costs, *, probability: float, amount_minor: int, is_shifted: bool = False
) -> dict[str, int]:
    """Outcome → its expected cost. `is_shifted`: the issuer bears the loss of fraud, so that we lose nothing by it.

    allow      fraud × loss                                     loss = amount + dispute fee
    challenge  good × friction × margin + fraud × missed × loss
    hold       review + good × refused × margin + fraud × missed × loss
    block      good × (margin + extra)
    """
    fraud = round(min(max(probability, 0.0), 1.0) * _PARTS)
    good = _PARTS - fraud
    loss = 0 if is_shifted else amount_minor + costs.dispute_fee
    margin = amount_minor * costs.margin_bps  # in minor units × 10,000
    return {
        "allow": _half_up(fraud * loss, _PARTS),
        "challenge": _half_up(
            good * margin * costs.friction_bps + fraud * loss * costs.challenge_missed_bps * _BPS,
            _PARTS * _BPS * _BPS,
        ),
        "hold": costs.review
        + _half_up(
            good * margin * costs.review_refused_bps
            + fraud * loss * costs.review_missed_bps * _BPS,
            _PARTS * _BPS * _BPS,
        ),
        "block": _half_up(good * (margin + costs.block_extra * _BPS), _PARTS * _BPS),
    }


def cheapest(costs: Mapping[str, int], among: tuple[str, ...]) -> str:
    """The outcome that costs least; of several, the mildest."""
    return min(among, key=lambda outcome: (costs[outcome], OUTCOMES.index(outcome)))


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
