"""What was learnt reaches the next decision: at once, and within a minute when Redis missed it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import redis as redis_client
from sqlalchemy import select

from app import payments
from app.screening import history, recent
from models import Assessment, db
from tasks import past
from tests.till import Till


@pytest.fixture
def own_redis(till: Till, redis_url: str) -> Iterator[redis_client.Redis]:
    """A Redis of this test's own, empty and marked as filled."""
    client = redis_client.Redis.from_url(redis_url, decode_responses=True)
    client.flushdb()
    client.set(history.MARK, "filled")
    history.configure(redis_url)
    past._minute, past._thread = "", None
    yield client
    if past._thread is not None:
        past._thread.join(120)
    history.configure("")
    client.flushdb()
    client.close()


def frauds_seen(till: Till) -> Any:
    """What a new payment with the same card knows of it."""
    payment = till.pay("disputed")
    found = select(Assessment.facts).where(Assessment.payment_id == payment.id)
    facts = db.session().scalars(found.order_by(Assessment.id)).first()
    assert facts is not None
    return facts["past"]["card_fraud_30d"]


def dispute(till: Till, *, redis_url: str = "") -> None:
    """Pay, and hear of the dispute with this Redis instead."""
    payment = till.pay("disputed")
    if redis_url:
        history.configure(redis_url)
    till.world.sandbox.timers.run_due(within_s=10)
    payments.sync(payment.id)
    till.settle()


def nobody() -> str:
    """A Redis that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"redis://127.0.0.1:{taken.getsockname()[1]}/0"


def top_up() -> bool:
    begun = past.top_up()
    if past._thread is not None:
        past._thread.join(120)
    return begun


def test_a_dispute_is_known_to_the_very_next_payment(till, own_redis):
    dispute(till)
    assert frauds_seen(till) == 1


def test_what_redis_missed_is_there_within_a_minute(till, own_redis, redis_url):
    dispute(till, redis_url=nobody())
    history.configure(redis_url)
    recent.forget_all()  # another process decides about the next payment
    assert frauds_seen(till) == 0
    till.later(seconds=61)
    with till.at_one_moment():
        assert top_up() is True
        assert top_up() is False, "once a minute"
    assert frauds_seen(till) == 1


def test_a_redis_that_lost_everything_is_filled_beside_the_clock(till, own_redis):
    dispute(till)
    own_redis.flushdb()
    assert top_up() is True
    assert own_redis.get(history.MARK) == "filled"
    assert frauds_seen(till) == 1


def test_without_redis_there_is_nothing_to_bring(till):
    past._minute = ""
    assert past.top_up() is False


def test_a_redis_that_is_away_costs_a_line_in_the_log(till, own_redis, caplog):
    history.configure(nobody())
    assert top_up() is True
    assert "could not be brought to Redis" in caplog.text
