"""History is one thing: Redis, the database and memory tell the same of it, so that training sees what was seen live."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis as redis_client

from app.screening import gather, history, keys, stored
from models import clock, db
from risk.facts import Facts
from risk.past import APPROVED, HARD_DECLINE, MOST, SOFT_DECLINE, TRY, Memory, Sighting, numbers
from risk.training.simulator import simulate

_OUTCOMES = {"ok": APPROVED, "soft": SOFT_DECLINE, "hard": HARD_DECLINE}


@pytest.fixture
def history_redis(till, redis_url):
    """A Redis of this test's own, empty and marked as filled."""
    client = redis_client.Redis.from_url(redis_url, decode_responses=True)
    client.flushdb()
    client.set(history.MARK, "filled")
    history.configure(redis_url)
    yield client
    history.configure("")
    client.flushdb()
    client.close()


def month(attempts: int) -> list[tuple[Facts, str, str]]:
    """A recorded month: the facts of each attempt (as gathered, without their past), its id, and how it ended."""
    events = itertools.islice(simulate(7, 30, per_day=attempts // 30), attempts)
    return [(replace(event.facts, past=None), event.attempt, event.outcome) for event in events]


def test_a_recorded_month_replayed_offline_is_what_was_seen_online_row_by_row(
    till, history_redis
) -> None:
    memory = Memory()
    differing = 0
    for facts, attempt, outcome in month(300):
        this = gather.sighting(facts, attempt)
        offline = numbers(memory.read(this), this)
        online = numbers(history.look(this, timeout_s=5), this)
        truth = numbers(stored.read(this), this)
        assert online == offline, attempt
        assert truth == offline, attempt
        differing += any(offline.values())
        ended = replace(this, kind=_OUTCOMES[outcome], at_ms=this.at_ms + 1)
        for seen in (this, ended):
            memory.add(seen)
        with db.transaction():
            db.insert(stored.row(this, "pay"), stored.row(ended, "pay"))
        history.tell(ended)
    assert differing > 150  # or nothing was compared


def test_a_lost_redis_is_filled_again_from_the_database(till, history_redis) -> None:
    rows = month(120)
    for facts, attempt, _outcome in rows:
        this = gather.sighting(facts, attempt)
        history.look(this, timeout_s=5)
        with db.transaction():
            db.insert(stored.row(this, "pay"))
    last = replace(gather.sighting(rows[-1][0], "next"), at_ms=rows[-1][0].at_ms + 1000)
    before = numbers(history.look(last, timeout_s=5), last)
    history_redis.flushdb()
    # Without its mark an empty Redis is not believed: the database answers.
    assert numbers(history.look(last, timeout_s=5), last) == before
    # It is filled by the clock, which must be that of the recording: nothing older than a month is brought back.
    clock.set_offset(datetime.fromtimestamp(last.at_ms / 1000, UTC) - datetime.now(UTC))
    history_redis.flushdb()
    assert history.top_up() == len(rows)
    assert history_redis.get(history.MARK)
    assert numbers(history.look(last, timeout_s=5), last) == before


def test_a_round_that_failed_is_made_up_for_by_the_next(till, history_redis, monkeypatch) -> None:
    assert history.top_up() == 0
    lost = sighting("att_lost", at_ms=int(clock.now().timestamp() * 1000))
    with db.transaction():
        db.insert(stored.row(lost, "pay"))
    for _ in range(3):
        till.later(minutes=2)
        with monkeypatch.context() as silent:
            silent.setattr(history, "_write", _raise)
            with pytest.raises(redis_client.ConnectionError):
                history.top_up()
    till.later(minutes=2)
    assert history.top_up() == 1
    till.later(minutes=2)
    assert history.top_up() == 0


def _raise(*_more) -> None:
    raise redis_client.ConnectionError


def test_attempts_made_at_once_see_each_other(till, history_redis) -> None:
    first, second = (sighting(f"att_{n}", at_ms=1_000_000) for n in range(2))
    assert history.look(first, timeout_s=5)["ip"] == []
    assert [seen.attempt for seen in history.look(second, timeout_s=5)["ip"]] == ["att_0"]


def test_an_attempt_that_was_not_made_after_all_does_not_count(till, history_redis) -> None:
    history.look(sighting("att_0"), timeout_s=5)
    history.forget(sighting("att_0"))
    assert history.look(sighting("att_1"), timeout_s=5)["ip"] == []


def test_a_log_is_read_to_a_bound_and_kept_to_twice_of_it(till, history_redis) -> None:
    for number in range(3 * MOST):
        history.tell(sighting(f"att_{number}", at_ms=1_000_000 + number))
    logs = history.look(sighting("att_x", at_ms=2_000_000), timeout_s=5)
    assert len(logs["ip"]) == MOST
    assert logs["ip"][0].attempt == f"att_{3 * MOST - 1}"
    assert history_redis.zcard(f"till:h:ip:{keys.of('ip', '81.2.69.142')}") <= 2 * MOST


@pytest.mark.parametrize("url", ["unix:///nowhere/redis.sock", "redis://127.0.0.1:9/0"])
def test_a_redis_that_is_gone_is_said_and_left_alone_for_a_while(till, url, monkeypatch) -> None:
    history.configure(url)
    with pytest.raises(history.HistoryUnavailable):
        history.look(sighting("att_0"), timeout_s=0.05)
    monkeypatch.setattr(history, "_client", lambda _timeout: pytest.fail("was asked again"))
    with pytest.raises(history.HistoryUnavailable):
        history.look(sighting("att_1"), timeout_s=0.05)
    history.tell(sighting("att_1"))  # never fails
    history.configure("")


def test_no_line_of_redis_tells_who_somebody_is(till, history_redis) -> None:
    facts = Facts(
        at_ms=1_000_000, merchant_id="mer_1", amount_minor=100, currency="EUR",
        email="mia@example.com", ip="81.2.69.142", device="device-of-mia", card="fp_mia",
    )  # fmt: skip
    history.look(gather.sighting(facts, "att_0"), timeout_s=5)
    names = list(history_redis.scan_iter("till:h:*"))
    told = " ".join(
        [*names, *(line for name in names for line in history_redis.zrange(name, 0, -1))]
    )
    assert "att_0" in told
    assert not any(word in told for word in ("mia", "example", "81.2.69"))


def sighting(attempt: str, *, at_ms: int = 1_000_000) -> Sighting:
    return Sighting(
        at_ms=at_ms, kind=TRY, attempt=attempt, merchant="mer_1", currency="EUR",
        amount_minor=100, ip=keys.of("ip", "81.2.69.142"),
    )  # fmt: skip
