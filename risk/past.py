"""What happened before an attempt, as numbers: how often, how fast, how many different ones, and how it ended.

History is a log of sightings: a try, its outcome, what was learnt of it later. Each stands in the log of every
identity it carries (the card, the e-mail address, …), and nothing in a log is ever changed. The newest `MOST` of each
log are read, live from Redis or the database and in training from memory; from there on the code is this file's, so
that what a model is trained on is what it will see.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
_DECLINES = (SOFT_DECLINE, HARD_DECLINE)

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


@dataclass(frozen=True, slots=True)
class Sighting:
    """One line of the log. Identities are opaque keys; None where the attempt does not have one."""

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
        at, kind, attempt, merchant, currency, amount, *rest = line.split("|")
        return cls(
            int(at), kind, attempt, merchant, currency, int(amount), *(c or None for c in rest)
        )


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


def numbers(logs: Mapping[str, Sequence[Sighting]], this: Sighting) -> dict[str, float | None]:
    """The numbers of NAMES for the attempt `this`, from the logs of its identities (identity → sightings).

    What is not earlier than the attempt, or is of the attempt itself, does not count. An identity that the attempt
    does not have gives None throughout; so does an age or a ratio with nothing to measure by.
    """
    found: dict[str, float | None] = dict.fromkeys(NAMES)
    present = this.identities()
    for identity in present:
        log = [
            seen
            for seen in logs.get(identity, ())
            if seen.attempt != this.attempt and this.at_ms - LONGEST_MS < seen.at_ms <= this.at_ms
        ]
        _count(found, identity, log, this)
        _learnt(found, identity, log)
        if f"{identity}_age_days" in found:
            _ages(found, identity, log, this)
        if f"{identity}_amount_z" in found:
            _amounts(found, identity, log, this)
    return found


def _count(
    found: dict[str, float | None], identity: str, log: Sequence[Sighting], this: Sighting
) -> None:
    others = tuple(other for other in _DISTINCT if other != identity)
    for window in IDENTITIES[identity]:
        since = this.at_ms - WINDOWS_MS[window]
        tries = declines = hard = 0
        different: dict[str, set[str]] = {other: set() for other in others}
        for seen in log:
            if seen.at_ms <= since:
                continue
            if seen.kind == TRY:
                tries += 1
                for other in others:
                    key = getattr(seen, other)
                    if key is not None:
                        different[other].add(key)
            elif seen.kind in _DECLINES:
                declines += 1
                hard += seen.kind == HARD_DECLINE
        found[f"{identity}_tries_{window}"] = tries
        found[f"{identity}_declines_{window}"] = declines
        found[f"{identity}_hard_{window}"] = hard
        for other in others:
            found[f"{identity}_{other}s_{window}"] = len(different[other])


def _learnt(found: dict[str, float | None], identity: str, log: Sequence[Sighting]) -> None:
    for kind, name in ((FRAUD, "fraud"), (REFUND, "refunds"), (GOOD, "good")):
        found[f"{identity}_{name}_30d"] = len({seen.attempt for seen in log if seen.kind == kind})


def _ages(
    found: dict[str, float | None], identity: str, log: Sequence[Sighting], this: Sighting
) -> None:
    moments = [seen.at_ms for seen in log if seen.kind == TRY]
    if moments:
        found[f"{identity}_age_days"] = (this.at_ms - min(moments)) / DAY_MS
        found[f"{identity}_last_min"] = (this.at_ms - max(moments)) / MINUTE_MS


def _amounts(
    found: dict[str, float | None], identity: str, log: Sequence[Sighting], this: Sighting
) -> None:
    """Against past tries of the same identity, currency and, but for the merchant's own, merchant or not."""
    known = frauds(log)
    amounts = [
        seen.amount_minor
        for seen in log
        if seen.kind == TRY and seen.currency == this.currency and seen.attempt not in known
    ]
    if not amounts:
        return
    found[f"{identity}_amount_ratio"] = this.amount_minor * len(amounts) / sum(amounts)
    logarithms = [math.log(amount) for amount in amounts]
    mean = math.fsum(logarithms) / len(
        logarithms
    )  # exact sums: the order of a log makes no difference
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in logarithms) / len(logarithms))
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
