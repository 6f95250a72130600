"""The past lived through again: every attempt with what was known just before it, by the code that reads it live."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from risk import magnitude
from risk.facts import Facts
from risk.importing.records import Attempt, Imported, Label, Later, World, answered, identifier
from risk.past import FRAUD, GOOD, LONGEST_MS, MOST, REFUND, TRY, Memory, Sighting, numbers


class Remembered:
    """A `risk.past.Memory` that forgets what no number counts any more, so that a long history needs no more memory.

    Two memories, each of one longest window: when the younger is full, the older goes.
    """

    def __init__(self) -> None:
        self._older, self._younger = Memory(), Memory()
        self._since = 0
        self._tries: tuple[dict[str, int], dict[str, int]] = ({}, {})

    def until(self, at_ms: int) -> None:
        """Time goes on."""
        if at_ms - self._since > LONGEST_MS:
            self._older, self._younger = self._younger, Memory()
            self._tries = (self._tries[1], {})
            self._since = at_ms

    def add(self, seen: Sighting) -> None:
        self._younger.add(seen)

    def read(self, this: Sighting) -> dict[str, list[Sighting]]:
        older, younger = self._older.read(this), self._younger.read(this)
        return {identity: (older[identity] + younger[identity])[-MOST:] for identity in younger}

    def count_try(self, payment: str) -> int:
        """How many tries of the payment there were before; this one counts from now on."""
        older, younger = self._tries
        before = younger.get(payment, older.get(payment, 0))
        younger[payment] = before + 1
        return before


def replay(
    attempts: Iterable[Attempt],
    later: Mapping[tuple[str, str], list[Later]],
    *,
    merchant_id: str,
    world: World,
) -> Iterator[Imported]:
    """Attempts, oldest first, each with its past. `later`: (provider, its id) → what was learnt of it."""
    memory = Remembered()
    coming: list[tuple[int, int, Sighting]] = []
    count = 0
    for attempt in attempts:
        memory.until(attempt.at_ms)
        while coming and coming[0][0] <= attempt.at_ms:
            memory.add(heapq.heappop(coming)[2])
        found = _imported(
            attempt, later.get((attempt.provider, attempt.ref), []), memory, merchant_id, world
        )
        for seen in found.sightings:
            if seen.at_ms <= attempt.at_ms:
                memory.add(seen)
            else:
                count += 1
                heapq.heappush(coming, (seen.at_ms, count, seen))
        yield found


def _imported(
    attempt: Attempt, later: list[Later], memory: Remembered, merchant_id: str, world: World
) -> Imported:
    attempt_id = identifier("imp", merchant_id, attempt.provider, attempt.ref)
    payment_id = identifier("impp", merchant_id, attempt.provider, attempt.group or attempt.ref)
    facts = world.complete(_facts(attempt, memory.count_try(payment_id), merchant_id))
    this = Sighting(
        at_ms=facts.at_ms,
        kind=TRY,
        attempt=attempt_id,
        merchant=merchant_id,
        currency=facts.currency,
        amount_minor=facts.amount_minor,
        **world.identities(facts),
    )
    facts = replace(facts, past=numbers(memory.read(this), this))
    labels = _labels(attempt, later)
    file, line = attempt.where
    return Imported(
        attempt_id=attempt_id,
        payment_id=payment_id,
        provider=attempt.provider,
        provider_ref=attempt.ref,
        facts=facts,
        answered=answered(facts, attempt.answer),
        outcome=attempt.outcome,
        labels=labels,
        sightings=_sightings(this, attempt, labels, later),
        file=file,
        line=line,
    )


def _facts(attempt: Attempt, tries: int, merchant_id: str) -> Facts:
    given: dict[str, Any] = {
        "method": "paypal" if attempt.provider == "paypal" else "card",
        **attempt.facts,
    }
    return Facts(
        at_ms=attempt.at_ms,
        merchant_id=merchant_id,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        amount_about=magnitude.about(attempt.amount_minor, attempt.currency),
        provider=attempt.provider,
        tries=tries,
        **given,
    )


def _labels(attempt: Attempt, later: list[Later]) -> tuple[Label, ...]:
    """At most one word of fraud, the earliest; a dispute told by two files is one dispute."""
    words = [
        Label(is_fraud=True, happened_ms=one.at_ms, known_ms=one.at_ms, reference=one.reference)
        for one in later
        if one.kind == FRAUD
    ]
    if attempt.judged:
        words.append(Label(*attempt.judged))
    # A word of fraud outweighs a word of good; of two, the one that names its case.
    words.sort(
        key=lambda word: (not word.is_fraud, word.known_ms, not word.reference, word.reference)
    )
    return tuple(words[:1])


def _sightings(
    this: Sighting, attempt: Attempt, labels: tuple[Label, ...], later: list[Later]
) -> tuple[Sighting, ...]:
    found = [this, replace(this, kind=attempt.outcome)]
    found += [
        replace(this, kind=FRAUD if label.is_fraud else GOOD, at_ms=max(label.known_ms, this.at_ms))
        for label in labels
    ]
    refunds = [one.at_ms for one in later if one.kind == REFUND]
    if attempt.refunded_ms is not None:
        refunds.append(attempt.refunded_ms)
    if refunds:
        found.append(replace(this, kind=REFUND, at_ms=max(min(refunds), this.at_ms)))
    return tuple(found)
