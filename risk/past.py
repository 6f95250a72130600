"""What happened before an attempt, as numbers: how often, how fast, how many different ones, and how it ended.

History is a log of sightings: a try, its outcome, what was learnt of it later. Each stands in the log of every
identity it carries (the card, the e-mail address, …), and nothing in a log is ever changed. The newest `MOST` of each
log are read, live from Redis or the database and in training from memory; from there on the code is this file's, so
that what a model is trained on is what it will see.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

# How much of each identity's log is read: counts above it are "that many or more".
MOST = 200

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WINDOWS_MS = {
    "10m": 10 * MINUTE_MS, "1h": HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS
}  # fmt: skip
LONGEST_MS = max(WINDOWS_MS.values())

# What a sighting can tell.
TRY = "try"
SOFT_DECLINE, HARD_DECLINE, APPROVED = "soft", "hard", "ok"  # outcomes; soft: another try may help
FRAUD, REFUND, GOOD = "fraud", "refund", "good"  # learnt later: dispute, warning, verdict; …
KINDS = (TRY, SOFT_DECLINE, HARD_DECLINE, APPROVED, FRAUD, REFUND, GOOD)

# identity → the windows in which it is counted. A merchant's or a link's log is read for a day at most: with MOST
# sightings it would say nothing about more.
IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "card": tuple(WINDOWS_MS),
    "email": tuple(WINDOWS_MS),
    "ip": tuple(WINDOWS_MS),
    "device": tuple(WINDOWS_MS),
    "link": ("10m", "1h", "24h"),
    "merchant": ("10m", "1h", "24h"),
}
# Whose different values are counted for each identity.
_DISTINCT = ("card", "email", "ip", "device")


@dataclass(
    slots=True, unsafe_hash=True
)  # not frozen: hundreds are read for an attempt, and that would triple it
class Sighting:
    """One line of the log, never changed. Identities are opaque keys; None where the attempt does not have one."""

    at_ms: int
    kind: str
    attempt: str
    merchant: str
    currency: str
    amount_minor: int
    card: str | None = None
    email: str | None = None
    ip: str | None = None
    device: str | None = None
    link: str | None = None

    def identities(self) -> dict[str, str]:
        """In whose logs it stands: identity → key."""
        found = {identity: getattr(self, identity) for identity in IDENTITIES}
        return {identity: key for identity, key in found.items() if key is not None}

    def line(self) -> str:
        """As one line of text without blanks. The same sighting, the same line."""
        cells = (getattr(self, name) for name in self.__slots__)
        return "|".join("" if cell is None else str(cell) for cell in cells)

    @classmethod
    def read(cls, line: str) -> Sighting:
        """The sighting that `line()` wrote."""
        at, kind, attempt, merchant, currency, amount, card, email, ip, device, link = line.split(
            "|"
        )
        return cls(
            int(at), kind, attempt, merchant, currency, int(amount),
            card or None, email or None, ip or None, device or None, link or None,
        )  # fmt: skip


def _names() -> tuple[str, ...]:
    found = []
    for identity, windows in IDENTITIES.items():
        for window in windows:
            found += [
                f"{identity}_tries_{window}",
                f"{identity}_declines_{window}",
                f"{identity}_hard_{window}",
            ]
            found += [f"{identity}_{other}s_{window}" for other in _DISTINCT if other != identity]
        found += [f"{identity}_fraud_30d", f"{identity}_refunds_30d", f"{identity}_good_30d"]
        if identity not in {"link", "merchant"}:
            found += [f"{identity}_age_days", f"{identity}_last_min"]
    for whose in ("card", "email", "merchant"):
        found += [f"{whose}_amount_ratio", f"{whose}_amount_z"]
    return tuple(found)


# `card_tries_10m` tries with the card in 10 min · `_declines_` of them declined · `_hard_` where no retry helps ·
# `ip_cards_1h` different cards seen from the IP in 1 h · `_fraud_30d` attempts learnt to be fraud in 30 d ·
# `_age_days` since it was first seen (in what was read) · `_last_min` minutes since it was last seen ·
# `_amount_ratio` this amount against the mean of past ones in the same currency · `_amount_z` the same of its
# logarithm, in standard deviations.
NAMES = _names()
_BY_TIME = attrgetter("at_ms")
_LEARNT = {FRAUD: "fraud", REFUND: "refunds", GOOD: "good"}
_AGED = frozenset(identity for identity in IDENTITIES if f"{identity}_age_days" in NAMES)
_PRICED = frozenset(identity for identity in IDENTITIES if f"{identity}_amount_z" in NAMES)
# identity → what an empty log says: counts of zero, but no age and no ratio
_NOTHING: Mapping[str, Mapping[str, float | None]] = {
    identity: {
        name: None if name.endswith(("_age_days", "_last_min", "_amount_ratio", "_amount_z")) else 0
        for name in NAMES
        if name.startswith(f"{identity}_")
    }
    for identity in IDENTITIES
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is counted for an identity: the windows, shortest first, and the names for each."""

    windows: tuple[int, ...]
    tries: tuple[str, ...]
    declines: tuple[str, ...]
    hard: tuple[str, ...]
    distinct: tuple[tuple[attrgetter[str | None], tuple[str, ...]], ...]

    @classmethod
    def of(cls, identity: str) -> _Plan:
        def named(what: str) -> tuple[str, ...]:
            return tuple(f"{identity}_{what}_{window}" for window in IDENTITIES[identity])

        others = tuple(other for other in _DISTINCT if other != identity)
        return cls(
            windows=tuple(WINDOWS_MS[window] for window in IDENTITIES[identity]),
            tries=named("tries"),
            declines=named("declines"),
            hard=named("hard"),
            distinct=tuple((attrgetter(other), named(f"{other}s")) for other in others),
        )


_PLANS = {identity: _Plan.of(identity) for identity in IDENTITIES}


def numbers(logs: Mapping[str, Sequence[Sighting]], this: Sighting) -> dict[str, float | None]:
    """The numbers of NAMES for the attempt `this`, from the logs of its identities (identity → sightings).

    What is not earlier than the attempt, or is of the attempt itself, does not count. An identity that the attempt
    does not have gives None throughout; so does an age or a ratio with nothing to measure by.
    """
    found: dict[str, float | None] = dict.fromkeys(NAMES)
    now, itself = this.at_ms, this.attempt
    oldest = now - LONGEST_MS
    for identity in this.identities():
        log = [
            seen
            for seen in logs.get(identity, ())
            if oldest < seen.at_ms <= now and seen.attempt != itself
        ]
        if not log:
            found.update(_NOTHING[identity])
            continue
        log.sort(key=_BY_TIME, reverse=True)
        kinds = [seen.kind for seen in log]
        tries = [seen for seen in log if seen.kind == TRY]
        _count_declines(found, _PLANS[identity], [now - seen.at_ms for seen in log], kinds)
        ages = [now - seen.at_ms for seen in tries]
        _count_tries(found, _PLANS[identity], ages, tries)
        known = _learnt(found, identity, log, kinds)
        if tries and identity in _AGED:
            found[f"{identity}_age_days"] = ages[-1] / DAY_MS
            found[f"{identity}_last_min"] = ages[0] / MINUTE_MS
        if tries and identity in _PRICED:
            _amounts(found, identity, tries, this, known)
    return found


# A log is newest first from here on. Each window holds the shorter ones, so that one pass fills them all; what is
# done for every sighting is done in slices, because a shop's log is always full and this is in the path of a payment.


def _count_declines(
    found: dict[str, float | None], plan: _Plan, ages_ms: Sequence[int], kinds: Sequence[str]
) -> None:
    soft = hard = start = 0
    for length, in_all, for_good in zip(plan.windows, plan.declines, plan.hard, strict=True):
        end = bisect_left(ages_ms, length, start)
        if end > start:
            part = kinds[start:end]
            start = end
            soft += part.count(SOFT_DECLINE)
            hard += part.count(HARD_DECLINE)
        found[in_all] = soft + hard
        found[for_good] = hard


def _count_tries(
    found: dict[str, float | None],
    plan: _Plan,
    ages_ms: Sequence[int],
    tries: Sequence[Sighting],
) -> None:
    ends = [bisect_left(ages_ms, length) for length in plan.windows]
    found.update(zip(plan.tries, ends, strict=True))
    for key_of, names in plan.distinct:
        keys = list(map(key_of, tries[: ends[-1]]))
        different: set[str | None] = {None}  # "has none" is nobody
        start = 0
        for end, name in zip(ends, names, strict=True):
            if end > start:
                different.update(keys[start:end])
                start = end
            found[name] = len(different) - 1


def _learnt(
    found: dict[str, float | None],
    identity: str,
    log: Sequence[Sighting],
    kinds: Sequence[str],
) -> set[str]:
    """Counts attempts, not sightings: a warning and the dispute after it are one fraud. Returns the frauds."""
    known: set[str] = set()
    for kind, name in _LEARNT.items():
        attempts = {seen.attempt for seen in log if seen.kind == kind} if kind in kinds else set()
        found[f"{identity}_{name}_30d"] = len(attempts)
        if kind == FRAUD:
            known = attempts
    return known


def _amounts(
    found: dict[str, float | None],
    identity: str,
    tries: Sequence[Sighting],
    this: Sighting,
    known: set[str],
) -> None:
    """Against past tries of the same identity and currency that are not known to be fraud."""
    currency = this.currency
    amounts = [
        seen.amount_minor
        for seen in tries
        if seen.currency == currency and seen.attempt not in known
    ]
    if not amounts:
        return
    found[f"{identity}_amount_ratio"] = this.amount_minor * len(amounts) / sum(amounts)
    # Exact sums: the order of a log makes no difference.
    logarithms = list(map(math.log, amounts))
    mean = math.fsum(logarithms) / len(logarithms)
    spread = math.sqrt(math.fsum([(one - mean) ** 2 for one in logarithms]) / len(logarithms))
    if len(amounts) >= 3 and spread > 0:
        found[f"{identity}_amount_z"] = (math.log(this.amount_minor) - mean) / spread


def frauds(log: Iterable[Sighting]) -> set[str]:
    """The attempts in a log that are known to be fraud."""
    return {seen.attempt for seen in log if seen.kind == FRAUD}


class Memory:
    """History in this process: for training, for tests, and for a server that has lost its Redis."""

    def __init__(self, *, most: int = MOST) -> None:
        self._logs: dict[tuple[str, str], list[Sighting]] = {}
        self._most = most

    def add(self, seen: Sighting) -> None:
        """Write a sighting down. In the order of time; the same one twice is one."""
        for identity, key in seen.identities().items():
            log = self._logs.setdefault((identity, key), [])
            if seen in log[-8:]:
                continue
            log.append(seen)
            if len(log) > 2 * self._most:
                del log[: -self._most]

    def read(self, this: Sighting) -> dict[str, list[Sighting]]:
        """The newest sightings of each identity of an attempt."""
        return {
            identity: self._logs.get((identity, key), [])[-self._most :]
            for identity, key in this.identities().items()
        }
