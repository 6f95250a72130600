"""The numbers of the past, counted quickly, against the same counted one by one."""

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk import past
from risk.past import Memory, Sighting, numbers

NOW = 1_700_000_000_000
THIS = Sighting(NOW, "try", "this", "m", "EUR", 1_234, "c0", "e0", "i0", "d0", "l0")


def keys(letter):
    return st.sampled_from([None, f"{letter}0", f"{letter}1", f"{letter}2"])


SIGHTINGS = st.builds(
    Sighting,
    at_ms=st.one_of(
        st.sampled_from([NOW - length for length in past.WINDOWS_MS.values()]),  # on the very edge
        st.integers(NOW - 40 * past.DAY_MS, NOW + past.HOUR_MS),
    ),
    kind=st.sampled_from(past.KINDS),
    attempt=st.sampled_from(["this", *(f"a{n}" for n in range(12))]),
    merchant=st.just("m"),
    currency=st.sampled_from(["EUR", "USD"]),
    amount_minor=st.integers(1, 100_000),
    card=keys("c"), email=keys("e"), ip=keys("i"), device=keys("d"), link=keys("l"),
)  # fmt: skip


def slowly(identity, log):
    """The meaning of NAMES, word by word."""
    log = [s for s in log if NOW - past.LONGEST_MS < s.at_ms <= NOW and s.attempt != "this"]
    found = {}
    for window in past.IDENTITIES[identity]:
        inside = [s for s in log if s.at_ms > NOW - past.WINDOWS_MS[window]]
        tries = [s for s in inside if s.kind == "try"]
        found[f"tries_{window}"] = len(tries)
        found[f"declines_{window}"] = sum(s.kind in {"soft", "hard"} for s in inside)
        found[f"hard_{window}"] = sum(s.kind == "hard" for s in inside)
        for other in {"card", "email", "ip", "device"} - {identity}:
            found[f"{other}s_{window}"] = len({getattr(s, other) for s in tries} - {None})
    for kind, name in (("fraud", "fraud"), ("refund", "refunds"), ("good", "good")):
        found[f"{name}_30d"] = len({s.attempt for s in log if s.kind == kind})
    times = [s.at_ms for s in log if s.kind == "try"]
    if times:
        found["age_days"] = (NOW - min(times)) / past.DAY_MS
        found["last_min"] = (NOW - max(times)) / past.MINUTE_MS
    bad = {s.attempt for s in log if s.kind == "fraud"}
    amounts = [
        s.amount_minor
        for s in log
        if s.kind == "try" and s.currency == "EUR" and s.attempt not in bad
    ]
    if amounts:
        found["amount_ratio"] = 1_234 / statistics.fmean(amounts)
    spread = statistics.pstdev(map(math.log, amounts)) if len(amounts) >= 3 else 0
    if spread > 1e-9:
        found["amount_z"] = (math.log(1_234) - statistics.fmean(map(math.log, amounts))) / spread
    return found


@settings(max_examples=120, deadline=None)
@given(st.lists(SIGHTINGS, max_size=40))
def test_quick_counting_means_what_slow_counting_means(log):
    got = numbers(dict.fromkeys(past.IDENTITIES, log), THIS)
    assert set(got) == set(past.NAMES)
    for identity in past.IDENTITIES:
        wanted = slowly(identity, log)
        for name in past.NAMES:
            if name.startswith(f"{identity}_"):
                expected = wanted.get(name.removeprefix(f"{identity}_"))
                if name.endswith("_amount_z") and expected is None:
                    continue  # a spread of rounding errors
                assert got[name] == (None if expected is None else pytest.approx(expected)), name


@settings(max_examples=60, deadline=None)
@given(st.lists(SIGHTINGS, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_a_log_makes_no_difference_to_the_last_bit(log, chance):
    mixed = list(log)
    chance.shuffle(mixed)
    one = numbers(dict.fromkeys(past.IDENTITIES, log), THIS)
    other = numbers(dict.fromkeys(past.IDENTITIES, mixed), THIS)
    assert {k: repr(v) for k, v in one.items()} == {k: repr(v) for k, v in other.items()}


def test_what_an_attempt_does_not_have_is_not_known():
    bare = Sighting(NOW, "try", "this", "m", "EUR", 1_234)
    got = numbers({}, bare)
    assert {name for name, value in got.items() if value is not None} == {
        name
        for name in past.NAMES
        if name.startswith("merchant_") and not name.startswith("merchant_amount")
    }


def test_memory_gives_the_newest_of_each_log():
    memory = Memory(most=5)
    for n in range(40):
        memory.add(Sighting(NOW + n, "try", f"a{n}", "m", "EUR", 100, card=f"c{n % 2}"))
    read = memory.read(Sighting(NOW + 50, "try", "this", "m", "EUR", 100, card="c1"))
    assert [seen.attempt for seen in read["card"]] == ["a31", "a33", "a35", "a37", "a39"]
    assert len(read["merchant"]) == 5
