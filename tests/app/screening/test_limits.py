"""Limits against card testing: what is counted, by whom, and that normal shoppers are never near them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis as redis_client

from app.errors import CredentialInvalid, TooManyRequests
from app.payments import screen
from app.screening import gate, history, limits, pace, recent, stored
from app.screening.gather import Asked
from app.screening.pace import Pace
from app.screening.visitor import Visitor
from models import db
from models.ids import new_id
from models.money import Money
from risk.past import (
    APPROVED,
    DAY_MS,
    FRAUD,
    GOOD,
    HARD_DECLINE,
    HOUR_MS,
    MINUTE_MS,
    MOST,
    SOFT_DECLINE,
    TRY,
    Memory,
    Sighting,
    numbers,
)
from risk.policy import Policy
from risk.training import stories
from risk.training.simulator import simulate
from tests.card_testing import guard
from tests.till import Till

NOW = 1_780_000_000_000
THIS = Sighting(NOW, TRY, "att_this", "mer_1", "EUR", 1999, "card", "mail", "ip", "dev", "lnk")


def seen(kind: str, number: int, *, minutes: float = 30, **more: Any) -> Sighting:
    """A sighting of another attempt, by default with a card of its own, some minutes ago."""
    at = NOW - int(minutes * MINUTE_MS)
    told = {"card": f"card{number}", "ip": "ip", "link": "lnk", **more}
    return Sighting(at, kind, f"att_{number}", "mer_1", "EUR", 1999, **told)


def ended(kind: str, count: int, *, first: int = 0, **more: Any) -> list[Sighting]:
    return [seen(kind, first + number, **more) for number in range(count)]


# --------------------------------------------------------------------------------------------- cards that keep failing


@pytest.mark.parametrize(
    ("log", "failing"),
    [
        ([], 0),
        (ended(HARD_DECLINE, 5), 5),
        (ended(SOFT_DECLINE, 5), 2),
        (ended(APPROVED, 50), 0),
        (ended(HARD_DECLINE, 10) + ended(APPROVED, 30, first=10), 0),  # a quarter is never too much
        (ended(HARD_DECLINE, 10) + ended(APPROVED, 12, first=10), 6),
        (ended(HARD_DECLINE, 5, minutes=61), 0),
        (ended(TRY, 6, minutes=1), 3),
        (ended(TRY, 6, minutes=11), 0),  # who has no answer by then has gone away
        (ended(TRY, 6, minutes=1) + ended(HARD_DECLINE, 6, minutes=1), 6),  # of the same attempts
        (ended(GOOD, 9) + ended(FRAUD, 9, first=20), 0),
        ([seen(HARD_DECLINE, n, card="same") for n in range(20)], 1),  # one card, however often
        ([seen(HARD_DECLINE, 1), seen(APPROVED, 2, card="card1")], 0),  # it worked in the end
        (ended(TRY, 10, minutes=1, card=None), 5),  # no card yet: each try is one
        ([replace(one, at_ms=NOW + 5) for one in ended(TRY, 10)], 5),  # at once, and noted later
        ([replace(one, attempt=THIS.attempt) for one in ended(HARD_DECLINE, 9)], 0),
    ],
)
def test_how_many_cards_fail(log: list[Sighting], failing: int) -> None:
    counted = limits.failing(log, THIS, HOUR_MS, unanswered_ms=10 * MINUTE_MS)
    assert counted == failing


def reached(logs: dict[str, list[Sighting]], this: Sighting = THIS, **session: int) -> str | None:
    found = limits.reached(Policy(), this, logs, numbers(logs, this), session)
    return found.name if found else None


def test_tries_without_an_answer_count_at_an_address_and_not_on_a_link() -> None:
    waiting = ended(TRY, 40, minutes=1)
    assert reached({"ip": waiting}) == "ip_failing_1h"
    assert reached({"link": waiting}) is None


def test_a_link_whose_cards_fail_turns_strangers_away_and_nobody_else() -> None:
    link = ended(HARD_DECLINE, 6)
    paid = seen(APPROVED, 90, minutes=2 * 24 * 60, card="card")
    just = replace(paid, at_ms=NOW - HOUR_MS)
    fraud = seen(FRAUD, 90, minutes=60, card="card")
    assert reached({"link": link}) == "link_failing_1h"
    assert reached({"link": link, "card": [just]}) == "link_failing_1h"
    assert reached({"link": link, "card": [fraud, paid]}) == "link_failing_1h"
    for own in ("card", "email", "device"):
        assert reached({"link": link, own: [paid]}) is None


def test_a_merchants_failing_cards_concern_those_of_whom_no_address_is_known() -> None:
    logs = {"merchant": ended(HARD_DECLINE, 10)}
    assert reached(logs) is None
    assert reached(logs, replace(THIS, ip=None)) == "merchant_failing_1h"


def test_a_policy_without_limits_counts_nothing() -> None:
    logs = {"ip": ended(HARD_DECLINE, 60), "link": ended(HARD_DECLINE, 60)}
    policy = Policy(limits=dict.fromkeys(Policy().limits))
    assert limits.reached(policy, THIS, logs, numbers(logs, THIS), {"session_tries_1h": 99}) is None


def test_blocking_comes_before_challenging() -> None:
    link = ended(HARD_DECLINE, 20, minutes=5) + ended(APPROVED, 60, first=30, minutes=5)
    assert reached({"link": link}) == "link_hard_10m"
    assert reached({"link": link}, session_cards_1h=4) == "session_cards_1h"


# ------------------------------------------------------------------------------------------------------- the session


def test_a_sessions_counts_are_its_attempts(till: Till) -> None:
    session = till.session()
    for card in ("declined", "poor", "declined", "stolen"):
        till.confirm(session, card)
    found = limits.in_session(session.payment_id)
    assert found["session_tries_1h"] == 4
    assert found["session_cards_1h"] == 3
    assert found["session_hard_1h"] == 3
    till.later(minutes=11)
    found = limits.in_session(session.payment_id)
    assert (found["session_tries_10m"], found["session_tries_1h"]) == (0, 4)


def test_what_was_tried_since_the_look_is_counted_under_the_lock(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard(till)
    session = till.session()
    look, rivals = screen.look, ["declined", "stolen", "declined", "stolen", "declined"]

    def looked(asked: Asked) -> Any:
        found = look(asked)
        while rivals:
            till.confirm(session, rivals.pop())
        return found

    monkeypatch.setattr(screen, "look", looked)
    payment = till.confirm(session, "ok")
    assert payment.status == "failed"
    assert payment.decline is not None
    assert payment.decline["code"] == "blocked"
    assert len(till.provider_books()["stripe"]["payments"]) == 5


# ------------------------------------------------------------------------------------------- counting how often


@pytest.fixture(params=["memory", "redis", "redis is gone"])
def counting(request: pytest.FixtureRequest, till: Till) -> Iterator[str]:
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        redis_client.Redis.from_url(url).flushdb()
        history.configure(url)
    if request.param == "redis is gone":
        history.configure("unix:///nowhere/redis.sock")
    yield request.param
    history.configure("")


def test_a_window_slides_and_counts_what_it_refuses(till: Till, counting: str) -> None:
    del counting
    one = (Pace("test", 3, 60), "key")
    assert [pace.note([one])[0] for _ in range(6)] == [1, 2, 3, 4, 4, 4]
    assert pace.note([], read=[one, (one[0], "another")]) == [4, 0]
    till.later(seconds=59)
    assert pace.note([], read=[one]) == [4]
    till.later(seconds=2)
    assert pace.note([], read=[one]) == [0]
    assert pace.note([one], times=3) == [3]


def test_what_is_taken_back_was_not_done(till: Till, counting: str) -> None:
    del till, counting
    one = (Pace("test", 3, 60), "key")
    ticket = pace.ticket()
    assert pace.note([one], by=ticket) == [1]
    pace.note([one])
    pace.take_back([one], ticket)
    assert pace.note([], read=[one]) == [1]


def test_another_process_is_heard_in_redis_only(till: Till, counting: str) -> None:
    del till
    one = (Pace("test", 3, 60), "key")
    pace.note([one])
    pace.forget_all()
    assert pace.note([one]) == [2 if counting == "redis" else 1]


def test_memory_is_bounded(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    del till
    monkeypatch.setattr(pace, "MOST_KEYS", 10)
    monkeypatch.setattr(recent, "MOST_LOGS", 10)
    one = Pace("test", 3, 60)
    for number in range(50):
        pace.note([(one, f"key{number}")])
        recent.note(seen(TRY, number, ip=f"ip{number}"))
    assert len(pace._times) == len(recent._logs) == 10
    assert pace.note([], read=[(one, "key0"), (one, "key49")]) == [0, 1]


# ---------------------------------------------------------------------------------------------------------- the gate


def asked(till: Till, **more: Any) -> Asked:
    told = {
        "attempt_id": new_id("att"), "payment_id": "pay_1", "merchant_id": till.merchant.id,
        "amount": Money(1999, "EUR"), "provider": "stripe", "channel": "page",
        "visitor": Visitor(ip="81.2.69.142", device="d" * 22), **more,
    }  # fmt: skip
    return Asked(**told)


def test_only_so_many_are_under_way_at_once(till: Till) -> None:
    def deeper(depth: int) -> int:
        try:
            with gate.passing(asked(till, payment_id=f"pay_{depth}")):
                return deeper(depth + 1)
        except TooManyRequests:
            return depth

    assert deeper(0) == gate.UNDER_WAY["device"].most
    for number in range(20):  # one after the other
        with gate.passing(asked(till, payment_id=f"pay_late{number}")):
            pass


def test_whoever_was_refused_too_often_does_not_get_in(till: Till) -> None:
    for _ in range(gate.STRIKES["device"].most):
        gate.refuse(asked(till, payment_id=new_id("pay")), by_limit=True)
    with pytest.raises(TooManyRequests) as refused, gate.passing(asked(till, payment_id="pay_new")):
        pytest.fail("the gate is shut")
    assert refused.value.details == {"retry_after": 3600}
    with gate.passing(asked(till, visitor=Visitor(ip="81.2.69.143"))) as look_first:
        assert look_first  # somebody at this merchant was turned away of late
    till.later(minutes=61)
    with gate.passing(asked(till, payment_id="pay_new")):
        pass


def test_a_token_that_nobody_made_weighs_more(till: Till) -> None:
    for _ in range(4):
        with pytest.raises(CredentialInvalid), gate.passing(asked(till)):
            raise CredentialInvalid
    with pytest.raises(TooManyRequests), gate.passing(asked(till)):
        pytest.fail("the gate is shut")


def test_a_server_is_nobody_but_what_it_tells(till: Till) -> None:
    bare = asked(till, channel="api", visitor=Visitor())
    assert set(gate.identities(bare)) == {"merchant"}
    told = replace(bare, told={"ip_address": "81.2.69.142", "email": "a@example.com"})
    assert set(gate.identities(told)) == {"merchant", "ip", "email"}
    for _ in range(100):
        with gate.passing(replace(bare, payment_id=new_id("pay"))) as look_first:
            assert not look_first


# --------------------------------------------------------------------------------------- what is still under way


def test_tries_under_way_are_seen_in_the_databases_history(till: Till) -> None:
    del till
    first, second = (replace(THIS, attempt=f"att_{name}") for name in ("first", "second"))
    assert history.look(first, timeout_s=1)["ip"] == []
    assert history.look(second, timeout_s=1)["ip"] == [first]
    history.forget(first)
    assert history.look(second, timeout_s=1)["ip"] == []


def test_what_the_history_has_already_is_not_counted_twice(till: Till) -> None:
    del till
    old = replace(THIS, attempt="att_old", at_ms=NOW - 1000)
    done = replace(old, kind=HARD_DECLINE, at_ms=NOW - 500)
    with db.transaction():
        db.insert(stored.row(old, "pay_old"))
    recent.note(old)
    recent.note(done)
    found = history.look(THIS, timeout_s=1)
    assert sorted(one.kind for one in found["ip"]) == [HARD_DECLINE, TRY]
    long_ago = {identity: [old] * MOST for identity in THIS.identities()}
    assert all(len(log) <= MOST for log in recent.joined(long_ago, THIS).values())


# --------------------------------------------------------------------------------------------------- normal shoppers


def test_less_than_one_in_a_thousand_normal_shoppers_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A week of simulated shops with offices and attacks every day, decided by the limits alone."""
    monkeypatch.setitem(stories.OFTEN, stories.TESTING, 4.0)
    memory: Memory = Memory()
    later: list[Sighting] = []
    counted = {stories.GENUINE: [0, 0], stories.TESTING: [0, 0]}
    for event in simulate(11, 7, per_day=300):
        facts = event.facts
        this = Sighting(
            facts.at_ms, TRY, event.attempt, facts.merchant_id, facts.currency, facts.amount_minor,
            facts.card, facts.email, facts.ip, facts.device, facts.link_id,
        )  # fmt: skip
        while later and later[0].at_ms <= this.at_ms:
            memory.add(later.pop(0))
        logs = memory.read(this)
        found = limits.reached(Policy(), this, logs, numbers(logs, this), {})
        is_refused = found is not None and screen.assess.above(found.name) == "block"
        counted.setdefault(event.story, [0, 0])[is_refused] += 1
        if not is_refused:
            memory.add(this)
            later.append(replace(this, kind=event.outcome, at_ms=this.at_ms + 2_000))
    passed, refused = counted[stories.GENUINE]
    assert passed > 2_000
    assert refused / (passed + refused) < 0.001, counted
    passed, refused = counted[stories.TESTING]
    assert refused > passed / 2 > 0, counted  # and testers are, all but their first cards


def test_days_are_what_they_say() -> None:
    """A first success opens no door for a day: the constant that the rule stands on."""
    paid = seen(APPROVED, 1, minutes=24 * 60 - 1, card="card")
    assert limits.is_stranger(THIS, {"card": [paid]})
    assert not limits.is_stranger(THIS, {"card": [replace(paid, at_ms=NOW - DAY_MS - 1)]})
