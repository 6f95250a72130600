import random
import tracemalloc

import pytest

from risk.importing.records import Attempt, Later
from risk.importing.replay import Remembered, replay
from risk.importing.spool import Spool
from risk.past import DAY_MS, FRAUD, REFUND, TRY, Memory, Sighting, numbers
from tests.risk.importing.world import WORLD

START = 1_750_000_000_000


def history(count, *, seed=7, days=200):
    """Attempts over many windows, from few cards and addresses, so that their histories overlap."""
    chance = random.Random(seed)
    return [
        Attempt(
            provider="stripe",
            ref=f"ch_{n:06}",
            at_ms=START + chance.randrange(days * DAY_MS),
            amount_minor=chance.randint(1, 50_000),
            currency=chance.choice(["EUR", "USD"]),
            outcome=chance.choice(["ok", "ok", "soft", "hard"]),
            group=f"pi_{n // 2}",
            facts={
                "card": f"card{chance.randrange(40)}",
                "email": f"e{chance.randrange(60)}@x.example",
            },
            where=["h.csv", n],
        )
        for n in range(count)
    ]


def learnt(attempts, *, seed=8):
    chance = random.Random(seed)
    return {
        ("stripe", one.ref): [
            Later(
                provider="stripe",
                ref=one.ref,
                kind=kind,
                at_ms=one.at_ms + chance.randrange(60 * DAY_MS),
            )
        ]
        for one, kind in zip(
            attempts, chance.choices([FRAUD, REFUND], k=len(attempts)), strict=True
        )
        if chance.random() < 0.1
    }


def test_every_past_is_the_one_that_the_whole_history_gives():
    """A naive replay: at each attempt, everything ever seen is sorted into one memory, and the live code reads it."""
    attempts = sorted(history(600), key=lambda one: one.at_ms)
    later = learnt(attempts)
    found = list(replay(attempts, later, merchant_id="mer_1", world=WORLD))
    seen = sorted(
        (sighting for one in found for sighting in one.sightings),
        key=lambda sighting: sighting.at_ms,
    )
    checked = 0
    for one in found[::7]:
        memory = Memory()
        for sighting in seen:
            if sighting.at_ms <= one.facts.at_ms and sighting.attempt != one.attempt_id:
                memory.add(sighting)
        this = one.sightings[0]
        assert this.kind == TRY
        assert one.facts.past == numbers(memory.read(this), this)
        checked += any(
            (one.facts.past[name] or 0) > 0 for name in ("card_fraud_30d", "card_refunds_30d")
        )
    assert checked > 10  # labels did reach the pasts


def test_what_comes_later_is_not_in_the_past():
    attempts = sorted(history(300), key=lambda one: one.at_ms)
    with_labels = list(replay(attempts, learnt(attempts), merchant_id="mer_1", world=WORLD))
    cut = 150
    until = attempts[cut].at_ms
    early = {
        key: [one for one in told if one.at_ms <= until] for key, told in learnt(attempts).items()
    }
    without = list(replay(attempts[: cut + 1], early, merchant_id="mer_1", world=WORLD))
    assert [one.facts for one in without] == [one.facts for one in with_labels[: cut + 1]]


def test_a_long_history_needs_no_more_memory_than_a_short_one():
    def peak(days):
        memory = Remembered()
        tracemalloc.start()
        for n in range(days * 100):
            at_ms = START + n * DAY_MS // 100
            memory.until(at_ms)
            memory.add(Sighting(at_ms, TRY, f"a{n}", "mer_1", "EUR", 100, card=f"card{n}"))
            memory.count_try(f"pi_{n}")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(400) < 1.5 * peak(90)


@pytest.mark.parametrize("part", [1, 7, 1000])
def test_the_spool_gives_the_order_of_time_and_each_attempt_once(tmp_path, part):
    attempts = history(100)
    spool = Spool(tmp_path, part=part)
    for one in [*attempts, *attempts[:20]]:
        spool.add(one)
    assert list(spool) == sorted(attempts, key=lambda one: (one.at_ms, one.ref))
