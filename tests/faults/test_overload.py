"""More people than connections: who has asked for nothing yet is sent away, and nobody whose money is on its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from models import db, postgresql
from tests.api.conftest import Api
from tests.app.providers.stripe_driver import StripeDriver
from tests.faults.fault import fault


@pytest.fixture
def busy(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """A Till on PostgreSQL in which one waits for a connection for a tenth of a second only."""
    monkeypatch.setattr(postgresql, "DECIDES_WITHIN_S", 0.1)
    return api


def is_in_line() -> bool:
    """SQLite has no pool that could be exhausted: its writers wait in a line of their own."""
    return db.engine().dialect.name == "sqlite"


@contextmanager
def every_connection(size: int) -> Iterator[None]:
    """Somebody has them all."""
    db.remove()
    with ExitStack() as held:
        for _ in range(size):
            held.enter_context(db.engine().connect())
        yield


@fault("T59", "Every connection to the database is taken before a payment begins",
       saw="503 with Retry-After; the provider was asked for nothing. With the same key it is paid once.")  # fmt: skip
def test_who_comes_too_late_is_sent_away_before_the_charge(busy: Api) -> None:
    if is_in_line():
        return
    body = busy.payment_body()
    with every_connection(busy.till.config.db_pool_size):
        refused = busy.post("/v1/payments", body, once="late")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.json["error"]["code"] == "temporarily_unavailable"
    assert busy.till.world.gate.count(StripeDriver.charging) == 0
    paid = busy.post("/v1/payments", body, once="late")
    assert (paid.status_code, paid.json["status"]) == (201, "captured")


@fault("T59", "Every connection to the database is taken while the provider charges",
       saw="It takes longer; the answer is kept.")  # fmt: skip
def test_whose_money_is_on_its_way_waits_for_as_long_as_it_takes(busy: Api) -> None:
    if is_in_line():
        return
    body, charged, gone = busy.payment_body(), threading.Event(), threading.Event()
    inner = busy.till.world.gate.inner

    def gate(environ: dict, start_response: object) -> object:
        if environ["PATH_INFO"].endswith("/v1/payment_intents"):
            charged.set()
            gone.wait(60)
        return inner(environ, start_response)

    busy.till.world.gate.inner = gate
    try:
        with ThreadPoolExecutor(1) as pool:
            paying = pool.submit(busy.post, "/v1/payments", body, once="early")
            charged.wait(60)
            with every_connection(busy.till.config.db_pool_size):
                gone.set()
                with pytest.raises(TimeoutError):
                    paying.result(5 * postgresql.DECIDES_WITHIN_S)
            answer = paying.result(120)
    finally:
        busy.till.world.gate.inner = inner
    assert (answer.status_code, answer.json["status"]) == (201, "captured")
