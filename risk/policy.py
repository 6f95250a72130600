"""A merchant's choices about risk: one frozen value with sensible defaults, read from JSON strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from risk import costs as costing
from risk import magnitude, past
from risk.costs import OUTCOMES, Costs

__all__ = ["FAILURE_MODES", "LIMITS", "MODES", "OUTCOMES", "BadPolicy", "Costs", "Policy", "costs"]

MODES = ("cost", "thresholds")
FAILURE_MODES = ("review", "allow_3ds", "block")
EXPIRY_ACTIONS = ("capture", "void")
NEVER = 101  # a threshold that no score reaches

# What is counted against card testing: how many there may have been before this attempt. Retries are cheap and soft
# declines are no sin: what betrays a tester is different cards, and cards that are stolen, closed or invented. A good
# customer with two cards and a few "insufficient funds" stays far below every line.
# `failing`: different cards that failed at an address, on a link, with a merchant, against those that were paid with
# (`app.screening.limits`); an office or a mobile network with its ordinary share of declines has none, however busy.
LIMITS: Mapping[str, int] = {
    "session_cards_1h": 4, "session_hard_1h": 5, "session_tries_1h": 20,
    "card_hard_24h": 5, "card_tries_1h": 20,
    "email_cards_24h": 6, "email_hard_24h": 8,
    "device_cards_24h": 6, "device_hard_24h": 8, "device_tries_1h": 30,
    "ip_failing_1h": 5, "ip_failing_24h": 12, "ip_cards_1h": 40, "ip_hard_1h": 10, "ip_tries_1h": 60,
    "link_failing_1h": 6, "link_hard_10m": 15, "link_hard_1h": 40,
    "merchant_failing_1h": 10, "merchant_hard_10m": 40,
}  # fmt: skip
# What everybody shares. There only `failing` turns away; what is merely much is challenged.
_SHARED = frozenset({"ip", "link", "merchant"})
_COUNTED = ("cards", "hard", "tries")
LIMITABLE = frozenset(
    name for name in past.NAMES if name.count("_") == 2 and name.split("_")[1] in _COUNTED
) | {
    f"{whose}_{what}_{window}"
    for whose, whats in (("session", _COUNTED), *((one, ("failing",)) for one in _SHARED))
    for what in whats
    for window in ("10m", "1h", "24h")
}


class BadPolicy(ValueError):
    """A policy that cannot be used, and the field that is to blame (`costs.EUR.review`)."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a merchant wants done about risk. `Policy()` is what holds until somebody chooses.

    Amounts are minor units, one per currency: nothing is ever compared with an amount in another.
    """

    mode: str = "cost"
    """`cost`: the outcome with the lowest expected cost. `thresholds`: by the score alone."""
    challenge_at: int = 65
    """From which score on 3-D Secure is asked for, with thresholds. 101: never."""
    hold_at: int = 75
    block_at: int = 90
    costs: Mapping[str, Costs] = field(default_factory=dict)
    """Currency → what things cost. A currency that is missing has `risk.costs.usual`."""
    failure: str = "review"
    """What happens to an attempt that could not be scored."""
    timeout_ms: int = 50
    """How long scoring may take, history included."""
    limits: Mapping[str, int | None] = field(default_factory=lambda: dict(LIMITS))
    """`<whose>_<what>_<window>` → how many there may have been; None: no limit."""
    under_attack_until_ms: int | None = None
    """Until then every payment is challenged; what cannot be, is held."""
    release_when_shifted: bool = True
    """Whether an order that the model held is let go when the issuer took over the risk."""
    four_eyes: Mapping[str, int] = field(default_factory=dict)
    """Currency → from which amount on a second person must approve. Missing: one person is enough."""
    expiry_action: str = "void"
    """What is done with a held order whose authorization is about to end."""
    expire_before_h: int = 6
    """How many hours before the end."""
    auto_refund_warning_below: Mapping[str, int] = field(default_factory=dict)
    """Currency → below which amount an early fraud warning is refunded by itself. Missing: never."""
    explore_share: float = 0.01
    """Which share of small would-be blocks is challenged or held instead, so that the model can learn from them."""
    explore_below: Mapping[str, int] = field(default_factory=dict)
    """Currency → what is small. Missing: about 30 euros."""

    def costs_in(self, currency: str) -> Costs:
        """What things cost in a currency: as the merchant said, or as usual."""
        return self.costs.get(currency) or costing.usual(currency)

    def knows(self, currency: str) -> bool:
        """Whether the merchant has said what things cost in this currency."""
        return currency in self.costs

    def explores(self, amount_minor: int, currency: str) -> bool:
        """Whether a would-be block of this amount may be tried out."""
        below = self.explore_below.get(currency, magnitude.minor(30, currency))
        return amount_minor < below

    def is_under_attack(self, at_ms: int) -> bool:
        """Whether the switch is on at that moment."""
        return self.under_attack_until_ms is not None and at_ms < self.under_attack_until_ms

    def limit_reached(self, counts: Mapping[str, float | None]) -> str | None:
        """The first limit that what was counted before this attempt has reached; blocking ones first."""
        reached = [
            name
            for name, most in self.limits.items()
            if most is not None and (counts.get(name) or 0) >= most
        ]
        return min(reached, key=lambda name: above(name) != "block", default=None)

    def to_json(self) -> dict[str, Any]:
        """As a JSON value, complete. `from_json` gives an equal policy back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The policy that a JSON value describes; what it leaves out is as usual. Raises BadPolicy."""
        given = _object(value, "")
        known = {one.name for one in fields(cls)}
        for name in given:
            if name not in known:
                raise BadPolicy(f"There is no setting {name!r}.", name)
        policy = cls(**{name: _READ[name](one, name) for name, one in given.items()})
        if not policy.challenge_at <= policy.hold_at <= policy.block_at:
            at = "block_at" if policy.hold_at > policy.block_at else "hold_at"
            raise BadPolicy(
                "Thresholds rise with severity: challenge_at ≤ hold_at ≤ block_at; equal is fine.",
                at,
            )
        return policy


def above(limit: str) -> str:
    """What happens to an attempt that has reached this limit: `block` or `challenge`."""
    whose, what, _window = limit.split("_")
    return "challenge" if whose in _SHARED and what != "failing" else "block"


def costs(
    policy: Policy, probability: float, amount_minor: int, currency: str, *, shifted: bool = False
) -> dict[str, int]:
    """Outcome → its expected cost in minor units of the attempt's own currency."""
    return costing.expected(
        policy.costs_in(currency),
        probability=probability,
        amount_minor=amount_minor,
        is_shifted=shifted,
    )


def _object(value: object, at: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise BadPolicy("An object with named settings belongs here.", at)
    return value


def _word(*words: str) -> Callable[[object, str], str]:
    def read(value: object, at: str) -> str:
        if not isinstance(value, str) or value not in words:
            raise BadPolicy(f"One of {', '.join(words)} belongs here.", at)
        return value

    return read


def _whole(least: int, most: int) -> Callable[[object, str], int]:
    def read(value: object, at: str) -> int:
        if type(value) is not int or not least <= value <= most:
            raise BadPolicy(f"A whole number from {least:,} to {most:,} belongs here.", at)
        return value

    return read


def _optional(read: Callable[[object, str], int]) -> Callable[[object, str], int | None]:
    return lambda value, at: None if value is None else read(value, at)


def _yes_or_no(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise BadPolicy("true or false belongs here.", at)
    return value


def _share(value: object, at: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 0.05:
        raise BadPolicy("A share from 0 to 0.05 belongs here: 0.01 is one in a hundred.", at)
    return float(value)


_minor = _whole(0, 2**53 - 1)  # what every JSON reader holds exactly


def _per_currency(read: Callable[[object, str], Any]) -> Callable[[object, str], dict[str, Any]]:
    def whole(value: object, at: str) -> dict[str, Any]:
        found = {}
        for currency, one in _object(value, at).items():
            if magnitude.decimals(currency) is None:
                raise BadPolicy(f"{currency!r} is not a currency (ISO 4217).", f"{at}.{currency}")
            found[currency] = read(one, f"{at}.{currency}")
        return found

    return whole


def _costs(value: object, at: str) -> Costs:
    names = {one.name for one in fields(Costs)}
    found = {}
    for name, one in _object(value, at).items():
        if name not in names:
            raise BadPolicy(f"There is no cost {name!r}.", f"{at}.{name}")
        read = _whole(0, 10_000) if name.endswith("_bps") else _minor
        found[name] = read(one, f"{at}.{name}")
    return Costs(**asdict(costing.usual(at.rsplit(".", 1)[-1])) | found)


def _limits(value: object, at: str) -> dict[str, int | None]:
    found: dict[str, int | None] = dict(LIMITS)
    read = _optional(_whole(1, past.MOST))
    for name, one in _object(value, at).items():
        if name not in LIMITABLE:
            raise BadPolicy(f"Nothing is counted as {name!r}.", f"{at}.{name}")
        found[name] = read(one, f"{at}.{name}")
    return found


_READ: Mapping[str, Callable[[object, str], Any]] = {
    "mode": _word(*MODES),
    "challenge_at": _whole(0, NEVER),
    "hold_at": _whole(0, NEVER),
    "block_at": _whole(0, NEVER),
    "costs": _per_currency(_costs),
    "failure": _word(*FAILURE_MODES),
    "timeout_ms": _whole(1, 5_000),
    "limits": _limits,
    "under_attack_until_ms": _optional(_minor),
    "release_when_shifted": _yes_or_no,
    "four_eyes": _per_currency(_minor),
    "expiry_action": _word(*EXPIRY_ACTIONS),
    "expire_before_h": _whole(1, 72),
    "auto_refund_warning_below": _per_currency(_minor),
    "explore_share": _share,
    "explore_below": _per_currency(_minor),
}
