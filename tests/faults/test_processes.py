"""T10, T14, T15, T17, T22: every process is real, and what it needs is pulled away from under it while people pay."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults import rig as rigs
from tests.faults.clients import Log, Merchant, Shopper
from tests.faults.fault import WALL, Trial, fault
from tests.faults.rig import Rig
from tests.faults.servers import until
from tests.services import Missing
from tools import CannotStart

pytestmark = pytest.mark.slow

# How long people pay before something breaks, and after it is whole again.
BEFORE_S, AFTER_S = 1.0, 1.0
# Far more than it takes; a test does not measure by failing.
PATIENCE_S = 150.0


@pytest.fixture(scope="module")
def one_rig() -> Iterator[Rig]:
    """One installation for the tests of this file, because it takes long to start."""
    try:
        with rigs.running() as running:
            yield running
    except (Missing, CannotStart) as missing:
        pytest.skip(str(missing))


@pytest.fixture
def rig(one_rig: Rig, trial: Trial) -> Iterator[Rig]:
    """The installation; the oracle judges it when the test is over."""
    log = one_rig.log = Log()
    yield one_rig
    trial.remark(str(log))
    one_rig.judge(trial, log.acknowledged)


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> range:
    """How often the fault is made: once, and ten times by `make faults`."""
    return range(pytestconfig.getoption("--rounds", default=1))


@contextmanager
def people_pay(rig: Rig, threads: int = 3) -> Iterator[Log]:
    with Merchant(rig.url, rig.made["api_key"], rig.log).paying(threads) as log:
        yield log


def breaks(rig: Rig, trial: Trial, rounds: range, harm: Callable[[], object]) -> None:
    """While people pay, do harm, again and again; each time wait until somebody has paid again."""
    with people_pay(rig) as log:
        for _ in rounds:
            time.sleep(BEFORE_S)
            struck = time.monotonic()
            harm()
            done = time.monotonic()
            until(lambda done=done: log.first_after(done) is not None, within_s=PATIENCE_S)
            trial.recovered((log.first_after(struck) or 0), WALL)
        time.sleep(AFTER_S)


@fault("T14", "PostgreSQL stops at once while people pay, and starts again",
       saw="Requests fail until it is back; repeated with their keys they are answered. Nothing was restarted.")  # fmt: skip
def test_postgresql_stops_at_once(rig: Rig, trial: Trial, rounds: range) -> None:
    before = {name: rig.pid(name) for name in ("web", "clock", "worker-money", "worker-hooks")}

    def harm() -> None:
        rig.postgresql.stop_at_once()
        time.sleep(0.3)
        rig.postgresql.start()

    breaks(rig, trial, rounds, harm)
    assert {name: rig.pid(name) for name in before} == before


@fault("T15", "Redis is killed while people pay, and starts again empty",
       saw="Nothing: payments go on, and the page is there.")  # fmt: skip
def test_redis_is_killed(rig: Rig, trial: Trial, rounds: range) -> None:
    page = Shopper(open_session(rig))
    token = page.token()

    def harm() -> None:
        rig.redis.stop(signal.SIGKILL)
        time.sleep(BEFORE_S)
        assert page.look().status_code == 200
        rig.redis.start()

    breaks(rig, trial, rounds, harm)
    goes_on(page, token)
    everything_is_told(rig, trial)


@fault("T15", "Redis forgets everything while people pay",
       saw="Nothing: payments go on, and the queue is built anew from the database.")  # fmt: skip
def test_redis_forgets_everything(rig: Rig, trial: Trial, rounds: range) -> None:
    page = Shopper(open_session(rig))
    token = page.token()
    breaks(rig, trial, rounds, rig.redis.client.flushall)
    goes_on(page, token)
    everything_is_told(rig, trial)


@fault("T15", "Redis is full and throws nothing out while people pay",
       saw="Nothing: payments go on, and the page is there.")  # fmt: skip
def test_redis_is_full(rig: Rig, trial: Trial, rounds: range) -> None:
    page = Shopper(open_session(rig))
    token = page.token()

    def harm() -> None:
        rig.redis.fill()
        try:
            time.sleep(BEFORE_S)
            assert page.look().status_code == 200
        finally:
            rig.redis.make_room()

    breaks(rig, trial, rounds, harm)
    goes_on(page, token)
    everything_is_told(rig, trial)


@fault("T10", "kill -9 of a worker, and of the clock, while people pay",
       saw="Nothing: another one is started, and finds its work in the database.")  # fmt: skip
@pytest.mark.parametrize("name", ["worker-money", "worker-hooks", "clock"])
def test_a_process_is_killed(rig: Rig, trial: Trial, rounds: range, name: str) -> None:
    breaks(rig, trial, rounds, lambda: os.kill(rig.pid(name), signal.SIGKILL))
    everything_is_told(rig, trial)


@fault("T8", "kill -9 of a web process while people pay, and of the one above them",
       saw="Connections break; what was under way is “processing”, is asked about, and is paid once.")  # fmt: skip
@pytest.mark.parametrize("who", ["one of two", "all"])
def test_web_is_killed(rig: Rig, trial: Trial, rounds: range, who: str) -> None:
    def harm() -> None:
        above = rig.pid("web")
        os.kill(children(above)[0] if who == "one of two" else above, signal.SIGKILL)

    breaks(rig, trial, rounds, harm)
    until(lambda: Shopper(open_session(rig)).look().status_code == 200, within_s=PATIENCE_S)


@fault("T17", "Every web process is replaced while people pay, by HUP and by TERM",
       saw="No request fails; who comes while the new ones are loaded waits for them.")  # fmt: skip
@pytest.mark.parametrize("how", ["HUP", "TERM each"])
def test_web_is_renewed(rig: Rig, trial: Trial, rounds: range, how: str) -> None:
    def harm() -> None:
        above = rig.pid("web")
        old = children(above)
        if how == "HUP":
            os.kill(above, signal.SIGHUP)
        for pid in old if how == "TERM each" else ():
            os.kill(pid, signal.SIGTERM)
        until(lambda: not set(old) & set(children(above)), within_s=PATIENCE_S)
        until(lambda: len(children(above)) == 2, within_s=PATIENCE_S)

    breaks(rig, trial, rounds, harm)
    assert set(rig.log.first) <= {200, 201}, rig.log.first
    assert rig.log.given_up == 0


@fault("T22", "Stripe takes connections and says nothing, while others pay with PayPal",
       saw="By card: told that the provider does not answer, or “processing”. With PayPal: nothing.")  # fmt: skip
def test_one_provider_is_dead(rig: Rig, trial: Trial) -> None:
    usual = sorted(order_at_paypal(rig) for _ in range(8))
    rig.stripe.die()
    try:
        with people_pay(rig, threads=6), transactions_watched(rig) as longest:
            time.sleep(BEFORE_S)
            meanwhile = sorted(order_at_paypal(rig) for _ in range(8))
    finally:
        rig.stripe.live()
    trial.remark(
        f"An order at PayPal took {usual[4]:.2f} s before and {meanwhile[4]:.2f} s meanwhile (median), "
        f"{meanwhile[-1]:.2f} s at worst; the longest idle transaction was seen for {max(longest):.2f} s."
    )
    # A transaction that waited for the provider would have waited for as long as it was silent.
    assert max(longest) < rigs.PROVIDER_TIMEOUT_S / 2


def children(pid: int) -> list[int]:
    """The processes that gunicorn has under it."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def goes_on(page: Shopper, token: str) -> None:
    """A page that was opened before is still its shopper's: no cookie and no token of it was kept in what broke."""
    answer = page.press("pay/paypal", {"amount": 1999}, token=token)
    assert answer.json()["status"] == "requires_action", answer.text


def open_session(rig: Rig) -> str:
    """A checkout session's page."""
    told = Merchant(rig.url, rig.made["api_key"], rig.log).once(
        "/v1/checkout_sessions", {"currency": "EUR", "amount": 1999}
    )
    return str(told["url"])


def order_at_paypal(rig: Rig) -> float:
    """A shopper chooses PayPal; how many seconds that took."""
    shopper = Shopper(open_session(rig))
    began = time.monotonic()
    answer = shopper.press("pay/paypal", {"amount": 1999})
    assert answer.json()["status"] == "requires_action", answer.text
    return time.monotonic() - began


def everything_is_told(rig: Rig, trial: Trial) -> None:
    """The queue works again: events are heard by workers, and not by us."""
    trial.recovered(until(lambda: rig.untold() == 0, within_s=PATIENCE_S, every_s=0.2), WALL)


@contextmanager
def transactions_watched(rig: Rig) -> Iterator[list[float]]:
    """Inside, PostgreSQL is asked again and again for how long any transaction has been idle."""
    stop, seen = threading.Event(), [0.0]
    question = (
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - state_change)), 0)::float "
        "FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    )

    def look() -> None:
        uri = rig.postgresql.uri.replace("+psycopg", "")
        with psycopg.connect(uri, autocommit=True) as connection:
            while not stop.wait(0.02):
                row = connection.execute(question).fetchone()
                seen.append(row[0] if row else 0.0)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()
