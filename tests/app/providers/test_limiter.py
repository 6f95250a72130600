"""No second, wherever it begins, sees more requests than a provider allows; and no class starves another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from app.providers import buckets, limiter
from app.providers.base import Throttled, Unanswered
from app.providers.buckets import Bucket, Buckets, Here
from app.providers.rates import Rates, of
from app.providers.stripe_http import endpoint
from tests import services

RATES = [1, 1.5, 2, 3, 5, 10, 25, 100]


class Clock:
    """A clock that a test winds; sleeping winds it too."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, for_s: float) -> None:
        self.now += for_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    wound = Clock()
    monkeypatch.setattr(limiter, "time", wound)
    monkeypatch.setattr(buckets, "time", wound)
    return wound


@pytest.fixture
def limits(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rates]:
    """Stripe takes 25 a second, and 10 of each operation; this process is the only one."""
    rates = Rates("stripe", "acct", 25, 10)
    monkeypatch.setattr(limiter, "_buckets", Buckets("", 1))
    monkeypatch.setitem(limiter._limits, "stripe", rates)
    return rates


def most_in_a_second(moments: list[float]) -> int:
    """The fullest second of all that begin with a request."""
    return max(sum(first <= at < first + 1 for at in moments) for first in moments)


# One bucket


@pytest.mark.parametrize("rate", RATES)
def test_no_second_is_fuller_than_the_rate(rate: float) -> None:
    here, bucket, now, sent = Here(), Bucket("b", rate), 0.0, []
    for pause in itertools.chain([0.0] * 200, [1.0] * 5, [0.01] * 300, [0.3] * 20, [0.0] * 200):
        now += pause
        wait_s = here.take([bucket], "used", now=now)
        if wait_s:
            now += wait_s + 1e-9
            assert here.take([bucket], "used", now=now) == 0
        sent.append(now)
    assert most_in_a_second(sent) <= rate


def test_shares_of_many_processes_add_up_to_the_rate() -> None:
    shares = [(Here(), Bucket("b", 25 / 8)) for _ in range(8)]
    sent = [
        now / 100
        for now in range(1000)
        for here, bucket in shares
        if here.take([bucket], "used", now=now / 100) == 0
    ]
    assert 20 <= most_in_a_second(sent) <= 25


def test_a_request_takes_all_of_its_tokens_or_none() -> None:
    here = Here()
    account, charges = Bucket("account", 25), Bucket("charges", 2)
    assert here.take([account, charges], "used", now=0) == 0
    for _ in range(10):
        assert here.take([account, charges], "used", now=0) > 0
    for _ in range(4):
        assert here.take([account], "used", now=0) == 0


# Redis


@pytest.fixture
def shared() -> str:
    try:
        url = services.redis()
    except services.Missing as missing:
        pytest.skip(str(missing))
    redis.Redis.from_url(url).flushdb()
    return url


class Moments(Buckets):
    """Buckets in a Redis whose time a test tells."""

    def at(self, moment: float, *asked: Bucket) -> float:
        script = buckets._TAKE.replace(
            "redis.call('TIME')", f"{{{int(moment)}, {moment % 1 * 1e6}}}"
        )
        assert self._redis is not None
        keys = [bucket.key for bucket in asked]
        sizes = [number for bucket in asked for number in (bucket.per_s, bucket.size)]
        wait_us: Any = self._redis.eval(script, len(keys), *keys, *sizes, "used")
        return int(wait_us) / 1e6


@pytest.mark.parametrize("rate", [2, 25, 100])
def test_all_processes_together_keep_to_the_rate_in_redis(shared: str, rate: float) -> None:
    processes, bucket, sent = [Moments(shared, 8) for _ in range(2)], Bucket("b", rate), []
    for tick in range(60):
        now = 1_795_000_000 + tick / 20
        for one in processes:
            while len(sent) < 400 and one.at(now, bucket) == 0:
                sent.append(now)
    assert most_in_a_second(sent) <= rate
    assert len(sent) >= rate * 1.5  # and it is not just shut: three seconds at four fifths or half


def test_redis_says_when_it_is_worth_asking_again(shared: str) -> None:
    one, bucket, now = Moments(shared, 8), Bucket("b", 25), 1_795_000_000.0
    while (wait_s := one.at(now, bucket)) == 0:
        pass
    assert one.at(now + wait_s - 0.001, bucket) > 0
    assert one.at(now + wait_s, bucket) == 0


def gone(**_asked: Any) -> Any:
    raise redis.ConnectionError


def test_who_loses_redis_begins_with_nothing_saved_up(shared: str, clock: Clock) -> None:
    one, bucket = Buckets(shared, 1), Bucket("lost", 25)
    assert one.take([bucket], "used") == 0
    one._take = gone
    assert one.take([bucket], "used") > 0
    clock.now += 0.06
    assert one.take([bucket], "used") == 0
    assert one.take([bucket], "used") > 0


def test_figures_are_of_all_processes(shared: str) -> None:
    one, other = Buckets(shared, 8), Buckets(shared, 8)
    for buckets_of in (one, other):
        buckets_of.take([Bucket("account", 25)], "used")
        buckets_of.count("throttled stripe x")
    one.close("account", 30)
    assert (other.used("used"), other.counts()) == (2, {"throttled stripe x": 2})
    assert 0 < other.closed_for("account") <= 30
    assert other.take([Bucket("account", 25)], "used") > 0


# The door


def go(kind: str, endpoint: str, *, moves: bool = True) -> bool:
    """Whether a question of one request is let through at once or after a short wait."""
    with limiter.asking(kind):
        try:
            limiter.let_through("stripe", endpoint, moves=moves)
        except Throttled:
            return False
    return True


def test_a_short_wait_happens_in_place(limits: Rates, clock: Clock) -> None:
    began = clock.now
    assert all(go("charge", "POST /v1/payment_intents") for _ in range(3))
    assert began < clock.now <= began + limiter.SHORT_S


def test_a_longer_one_is_told(limits: Rates, clock: Clock) -> None:
    limiter.refused("stripe", "POST /v1/payment_intents", retry_after="3")
    assert not go("charge", "POST /v1/payment_intents")
    assert limiter.figures("stripe").throttled == {"POST /v1/payment_intents": 1}


def test_what_nobody_asks_again_waits_for_longer(limits: Rates, clock: Clock) -> None:
    limiter.refused("stripe", "GET /v1/confirmation_tokens/{id}", retry_after="3")
    assert go("inspect", "GET /v1/confirmation_tokens/{id}", moves=False)


def test_a_nights_list_waits_for_its_next_page(limits: Rates, clock: Clock) -> None:
    with limiter.asking("told_since"):
        for _ in range(40):
            limiter.let_through("stripe", "GET /v1/events", moves=False)


def test_after_something_was_sent_it_is_silence_and_not_nothing(limits: Rates) -> None:
    with limiter.asking("charge"):
        limiter.let_through("stripe", "POST /v1/payment_intents", moves=True)
        limiter.refused("stripe", "POST /v1/payment_intents", retry_after="3")
        with pytest.raises(Unanswered) as told:
            limiter.let_through("stripe", "POST /v1/payment_intents", moves=True)
    assert not isinstance(told.value, Throttled)


def test_reads_leave_charges_their_share(limits: Rates, clock: Clock) -> None:
    """A flood of reads of twenty kinds, and of refunds; a charge every 200 ms is never kept waiting for long."""
    until, charges = clock.now + 6, []
    while clock.now < until:
        clock.now += 0.2
        for number in range(20):
            before = clock.now
            go("fetch", f"GET /v1/thing{number}", moves=False)
            go("refund", "POST /v1/refunds")
            clock.now = before  # they come at the same moment
        charges.append(go("charge", "POST /v1/payment_intents"))
    assert all(charges)


def test_charges_leave_the_others_their_share(limits: Rates, clock: Clock) -> None:
    until, done = clock.now + 10, {"fetch": 0, "refund": 0, "charge": 0}
    while clock.now < until:
        clock.now += 0.05
        for number in range(5):
            done["charge"] += go("charge", f"POST /v1/thing{number}")
        done["fetch"] += go("fetch", "GET /v1/payment_intents/{id}", moves=False)
        done["refund"] += go("refund", "POST /v1/refunds")
    assert done["fetch"] >= 10, done
    assert done["refund"] >= 5, done
    assert done["charge"] > done["fetch"] + done["refund"], done


@pytest.mark.parametrize(
    ("header", "closed_s"), [("", 1), ("7", 7), ("0", 1), ("86400", 60), ("Wed, 21 Oct", 1)]
)
def test_a_429_closes_the_account_for_as_long_as_it_says(
    limits: Rates, clock: Clock, header: str, closed_s: float
) -> None:
    limiter.refused("stripe", "POST /v1/refunds", retry_after=header)
    assert limiter.figures("stripe").closed_s == pytest.approx(closed_s)
    assert limiter.figures("stripe").refused == 1
    clock.now += closed_s - 0.3
    assert not go("charge", "POST /v1/payment_intents")
    clock.now += 0.3
    assert go("charge", "POST /v1/payment_intents")


def test_one_for_an_operation_closes_that_operation_alone(limits: Rates) -> None:
    limiter.refused("stripe", "POST /v1/refunds", retry_after="9", whole=False)
    assert not go("refund", "POST /v1/refunds")
    assert go("charge", "POST /v1/payment_intents")


# Settings


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"stripe_api_url": "https://api.stripe.com"}, {"stripe": (25, 25)}),
        ({"stripe_api_url": "https://api.stripe.com", "stripe_rate": "0"}, {"stripe": (0, 25)}),
        ({"stripe_rate": "50", "paypal_rate": "5"}, {"stripe": (50, 0), "paypal": (5, 0)}),
        ({"paypal_api_url": "https://api-m.sandbox.paypal.com"}, {"paypal": (25, 0)}),
        ({"stripe_api_url": "https://notstripe.com"}, {}),
    ],
)
def test_what_is_usual_holds_at_the_provider_itself(
    provider_world: Any, given: dict[str, str], expected: dict[str, tuple[float, float]]
) -> None:
    found = of(provider_world.config(**given))
    told = {name: (rates.per_s, rates.endpoint_per_s) for name, rates in found.items()}
    assert told == expected


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("post", "/v1/payment_intents", "POST /v1/payment_intents"),
        ("get", "/v1/payment_intents/pi_1?expand[0]=x", "GET /v1/payment_intents/{id}"),
        ("get", "/stripe/v1/refunds/re_1", "GET /v1/refunds/{id}"),
        ("post", "/v1/payment_intents/pi_1/capture", "POST /v1/payment_intents/{id}/capture"),
        ("get", "/v1/radar/early_fraud_warnings", "GET /v1/radar/early_fraud_warnings"),
        ("get", "/v1/radar/early_fraud_warnings/issfr_1", "GET /v1/radar/early_fraud_warnings/{id}"),
    ],
)  # fmt: skip
def test_an_operation_is_named_without_ids(method: str, path: str, expected: str) -> None:
    assert endpoint(method, path) == expected
