"""Which limit of the policy an attempt has reached: what the history counts, its session, and cards that keep failing.

Card testing shows as many different cards of which most are refused. Counting cards alone would turn offices, mobile
networks and popular links away, so what everybody shares is judged by `failing`: each different card by the best news
of it in the window, as

    paid -1/3    declined for good +1    declined, try again +1/2    no answer yet (addresses only, 10 min) +1/2

Up to a quarter of refused cards, far above what any shop sees, adds up to nothing however many they are. A link or a
merchant whose cards fail turns strangers away only: whoever paid here more than a day ago is let through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app import declines
from app.screening import keys
from app.screening.recent import Logs
from models import Attempt, clock, db
from risk import past
from risk.past import APPROVED, DAY_MS, FRAUD, HARD_DECLINE, SOFT_DECLINE, TRY, Sighting
from risk.policy import Policy

# The news of a card, the best first, and what it adds in sixths of a card.
WEIGHTS = {APPROVED: -2, HARD_DECLINE: 6, SOFT_DECLINE: 3, TRY: 3}
_BEST = {kind: place for place, kind in enumerate(WEIGHTS)}
# How long a try without an answer counts. At an address only: a link that sells out in a minute has hundreds.
UNANSWERED_MS = {"ip": 10 * past.MINUTE_MS, "link": 0, "merchant": 0}
_SESSION_WINDOWS = {name: past.WINDOWS_MS[name] for name in ("10m", "1h", "24h")}


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that an attempt has reached: how many were counted, and how many there may be."""

    name: str
    counted: int
    at_most: int

    def to_json(self) -> dict[str, Any]:
        """For the journal and the alert."""
        return {"name": self.name, "counted": self.counted, "at_most": self.at_most}


def reached(
    policy: Policy,
    this: Sighting,
    logs: Logs,
    numbers: Mapping[str, float | None],
    session: Mapping[str, int],
) -> Reached | None:
    """The limit that this attempt has reached, if any; one that turns away before one that challenges.

    `numbers` are those of `risk.past`, `session` those of `in_session`.
    """
    counts = {**numbers, **_failing(policy, this, logs, numbers), **session}
    name = policy.limit_reached(counts)
    if name is None:
        return None
    return Reached(name, int(counts[name] or 0), policy.limits[name] or 0)


def in_session(payment_id: str) -> dict[str, int]:
    """What was tried on the page of this payment: `session_<what>_<window>`, from its attempts themselves.

    What we turned away is not counted, or one refusal would lead to the next. Exact under the payment's lock.
    """
    now = clock.now()
    rows = db.session().execute(
        select(Attempt.created_at, Attempt.status, Attempt.decline_code, Attempt.facts).where(
            Attempt.payment_id == payment_id, Attempt.decline_code.is_distinct_from("blocked")
        )
    )
    tried = rows.all()
    found = {}
    for window, length_ms in _SESSION_WINDOWS.items():
        since = now - timedelta(milliseconds=length_ms)
        part = [row for row in tried if row.created_at > since]
        cards = {_card(row.facts) for row in part}
        found[f"session_tries_{window}"] = len(part)
        found[f"session_cards_{window}"] = len(cards - {None})
        found[f"session_hard_{window}"] = sum(
            row.status == "declined" and not declines.is_soft(row.decline_code) for row in part
        )
    return found


def _card(facts: Mapping[str, Any]) -> str | None:
    known: str | None = (facts.get("keys") or {}).get("card")
    return known or keys.of("card", facts.get("fingerprint") or facts.get("payer_id"))


def _failing(
    policy: Policy, this: Sighting, logs: Logs, numbers: Mapping[str, float | None]
) -> dict[str, int]:
    """`<whose>_failing_<window>` for the limits in force that concern this attempt."""
    found = {}
    for name, most in policy.limits.items():
        whose, what, window = name.split("_")
        if what != "failing" or most is None or whose not in logs:
            continue
        # No more cards can fail than were declined, or tried where the unanswered count.
        at_most = numbers.get(f"{whose}_{'tries' if UNANSWERED_MS[whose] else 'declines'}_{window}")
        if (at_most or 0) >= most and _concerns(whose, this, logs):
            found[name] = failing(
                logs[whose], this, past.WINDOWS_MS[window], unanswered_ms=UNANSWERED_MS[whose]
            )
    return found


def _concerns(whose: str, this: Sighting, logs: Logs) -> bool:
    """Whether it is this shopper's affair that cards fail there."""
    if whose == "ip":
        return True
    if whose == "merchant" and this.ip is not None:
        return False  # there is an address, which is counted by itself
    return is_stranger(this, logs)


def is_stranger(this: Sighting, logs: Logs) -> bool:
    """Whether none of card, e-mail address and browser has paid more than a day ago, or one of them is known for fraud.

    More than a day: the first stolen card that works must not open the door for the next.
    """
    own = [seen for identity in ("card", "email", "device") for seen in logs.get(identity, ())]
    paid = any(seen.kind == APPROVED and seen.at_ms < this.at_ms - DAY_MS for seen in own)
    return not paid or any(seen.kind == FRAUD for seen in own)


def failing(
    log: Sequence[Sighting], this: Sighting, window_ms: int, *, unanswered_ms: int = 0
) -> int:
    """How many different cards fail in this log, those that were paid with taken into account.

    Later sightings count too: of two attempts at once, one at least must see the other.
    """
    since, waiting_since = this.at_ms - window_ms, this.at_ms - unanswered_ms
    cards = {seen.attempt: seen.card for seen in log if seen.card is not None}
    news: dict[str, str] = {}
    for seen in log:
        if seen.kind not in WEIGHTS or seen.attempt == this.attempt or seen.at_ms <= since:
            continue
        if seen.kind == TRY and seen.at_ms <= waiting_since:
            continue
        card = cards.get(seen.attempt, seen.attempt)
        if card not in news or _BEST[seen.kind] < _BEST[news[card]]:
            news[card] = seen.kind
    return max(0, sum(map(WEIGHTS.__getitem__, news.values())) // 6)
