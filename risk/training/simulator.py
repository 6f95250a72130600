"""A checkout that never was, from one seed: merchants, shoppers, thieves, and labels that arrive when they would.

For demonstrations, for tests, and for the first model of an installation without a past. How well a model does here
says nothing about how well it does on real cards, because both were made from one set of ideas: such figures are
never advertised. The published benchmark is `risk.benchmark`.

Attempts come in the order of time, with the facts of both looks. Their past is counted by `risk.past` as it is live:
a try is written down before its outcome, what is learnt of it when it is learnt.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from risk import past
from risk.facts import Facts
from risk.magnitude import about
from risk.past import APPROVED, HARD_DECLINE, Memory, Sighting
from risk.training.rows import AFTER, BEFORE, Label, Row
from risk.training.stories import EPISODES, FRIENDLY, OFTEN, Try, begun, shopping
from risk.training.world import DAY_MS, HOUR_MS, THROWAWAY, World

# 1 January 2026, 00:00 UTC.
START_MS = 1_767_225_600_000
QUIET_DAYS = 90


@dataclass(frozen=True, slots=True)
class Event:
    """One attempt: what was known, how it ended, what was learnt of it and when, and the truth."""

    attempt: str
    facts: Facts
    answered: Facts | None
    """The facts of the second look; None where the attempt was declined."""
    outcome: str
    """`ok`, `soft` or `hard`."""
    story: str
    is_fraud: bool
    """The truth, which nobody in the simulation knows. Labels come near it."""
    labels: tuple[Label, ...]
    refunded_ms: int | None = None


def simulate(
    seed: int,
    days: int,
    *,
    per_day: int = 1_000,
    start_ms: int = START_MS,
    quiet_days: int = QUIET_DAYS,
    thieves: float = 1.0,
) -> Iterator[Event]:
    """Every attempt of so many days with about `per_day` genuine visits, oldest first. The same seed, the same days.

    `thieves`: how many more of them there are than usual; about one attempt in a hundred is fraud usually.
    """
    chance = Random(seed)  # noqa: S311 - a simulation, not a secret
    world = World(chance, start_ms=start_ms, per_day=per_day, quiet_days=quiet_days)
    memory = Memory()
    pending: list[tuple[int, int, Sighting]] = []  # to be written down when their time has come
    written = itertools.count()
    story = _in_order(world, days=days, per_day=per_day, thieves=thieves)
    for number, one in enumerate(story, 1):
        while pending and pending[0][0] <= one.at_ms:
            memory.add(heapq.heappop(pending)[2])
        event, sighting = _event(world, one, f"att_{number:07d}", memory)
        memory.add(sighting)
        for at_ms, kind in _later(event):
            entry = replace(sighting, at_ms=at_ms, kind=kind)
            heapq.heappush(pending, (at_ms, next(written), entry))
        yield event


def _in_order(world: World, *, days: int, per_day: int, thieves: float) -> Iterator[Try]:
    """What happens, sorted by time: stories of thieves run over midnight."""
    ahead: list[tuple[int, int, Try]] = []
    number = 0
    for day in range(days):
        day_ms = world.start_ms + day * DAY_MS
        visits = round(per_day * world.chance.uniform(0.85, 1.15) * (1.1 if day % 7 > 4 else 1.0))
        today = list(shopping(world, day_ms, visits))
        for story, often in OFTEN.items():
            for _ in range(begun(world, often * thieves * per_day / 1_000)):
                at = day_ms + world.chance.randrange(DAY_MS)
                today += EPISODES[story](world, at)
        for one in today:
            number += 1
            heapq.heappush(ahead, (one.at_ms, number, one))
        while ahead and ahead[0][0] < day_ms + DAY_MS:
            yield heapq.heappop(ahead)[2]


def _event(world: World, one: Try, attempt: str, memory: Memory) -> tuple[Event, Sighting]:
    seen, merchant = one.seen, one.merchant
    sighting = Sighting(
        one.at_ms, past.TRY, attempt, merchant.id, merchant.currency, one.amount_minor,
        seen.get("card"), seen.get("email"), seen.get("ip"), seen.get("device"), seen.get("link_id"),
    )  # fmt: skip
    facts = Facts(
        at_ms=one.at_ms,
        merchant_id=merchant.id,
        amount_minor=one.amount_minor,
        currency=merchant.currency,
        amount_about=about(one.amount_minor, merchant.currency),
        provider="paypal" if seen["method"] == "paypal" else "stripe",
        channel=merchant.channel,
        tries=one.tries,
        goods=merchant.goods,
        email_is_disposable=seen["email"].partition("@")[2] in THROWAWAY,
        can_challenge=seen["method"] == "card",
        can_hold=True,
        past=past.numbers(memory.read(sighting), sighting),
        **seen,
    )
    answered = replace(facts, **one.answers) if one.outcome == APPROVED else None
    refunded = None
    if one.outcome == APPROVED and not one.is_fraud and world.chance.random() < 0.03:
        refunded = one.at_ms + int(world.chance.uniform(1, 14) * DAY_MS)
    event = Event(
        attempt,
        facts,
        answered,
        one.outcome,
        one.story,
        one.is_fraud,
        _labels(world, one),
        refunded,
    )
    return event, sighting


def _labels(world: World, one: Try) -> tuple[Label, ...]:
    """What will be learnt, and when. Some fraud is never reported and passes for good after its quiet days."""
    chance, at = world.chance, one.at_ms

    def after(low: float, high: float) -> int:
        return at + int(chance.uniform(low, high) * DAY_MS)

    if one.outcome != APPROVED:
        stolen = one.outcome == HARD_DECLINE and one.is_fraud and chance.random() < 0.55
        return (Label(True, "decline", at + 2_000, 0.3),) if stolen else ()
    found = []
    if one.is_fraud:
        if one.story != FRIENDLY and chance.random() < 0.6:
            found.append(Label(True, "warning", after(3, 20), 0.9))
        if chance.random() < (1.0 if one.story == FRIENDLY else 0.88):
            found.append(Label(True, "dispute", after(10, 60)))
    if chance.random() < (0.08 if one.is_fraud else 0.004):
        known = at + int(chance.uniform(0.2, 10) * HOUR_MS)
        found.append(Label(one.is_fraud and one.story != FRIENDLY, "analyst", known))
    quiet_ms = at + world.quiet_days * DAY_MS
    if not any(label.is_fraud and label.known_ms <= quiet_ms for label in found):
        found.append(Label(False, "quiet", quiet_ms))
    return tuple(found)


def _later(event: Event) -> Iterator[tuple[int, str]]:
    """What is written down of an attempt after its try: (when, what), each kind once."""
    yield event.facts.at_ms + 2_000, event.outcome
    if event.refunded_ms is not None:
        yield event.refunded_ms, past.REFUND
    for is_fraud, kind in ((True, past.FRAUD), (False, past.GOOD)):
        moments = [one.known_ms for one in event.labels if one.is_fraud == is_fraud]
        if moments:
            yield min(moments), kind


def rows(events: Iterator[Event], *, until_ms: int | None = None) -> Iterator[Row]:
    """What training sees of them: one row for each look. Labels that arrive after `until_ms` are not there yet."""
    for event in events:
        labels = tuple(
            label for label in event.labels if until_ms is None or label.known_ms <= until_ms
        )
        yield Row(event.attempt, event.facts, labels, moment=BEFORE)
        if event.answered is not None:
            yield Row(event.attempt, event.answered, labels, moment=AFTER)
