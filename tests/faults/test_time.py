"""Time passes for Till and its providers together: what becomes due happens in its order, and in seconds."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models import Attempt, Event, clock, db
from sandbox import clock as sandbox_clock
from sandbox.advance import advance
from tests.e2e.stack import Stack
from tests.faults.fault import Trial
from tests.faults.whole import judge
from tests.till import Till

DAY = timedelta(days=1)


@pytest.fixture
def stack(whole: Stack, trial: Trial) -> Iterator[Stack]:
    yield whole
    judge(whole, trial)


def passes(stack: Stack, **how: float) -> list[dict[str, Any]]:
    """Let time pass, in as many calls as that takes here; the moments at which something happened."""
    until = datetime.fromisoformat(stack.desk("GET", "/clock")["now"]) + timedelta(**how)
    told, moments = stack.desk("POST", "/clock", how), []
    while not told["complete"]:
        moments += told["moments"]
        told = stack.desk("POST", "/clock", {"to": until.isoformat()})
    assert told["till_follows"]
    moments += told["moments"]
    assert {moment["till"] for moment in moments} == {"done"}
    return moments


def moments_of(moments: list[dict[str, Any]], event: str) -> list[datetime]:
    """When the providers sent an event of this type, and Till took it."""
    return [
        datetime.fromisoformat(moment["at"])
        for moment in moments
        for sent in moment["webhooks"]
        if sent == {"type": event, "answer": 204}
    ]


def pays(stack: Stack, card: str, **more: Any) -> dict[str, Any]:
    amount = {"amount": 1999, "currency": "EUR"}
    token = stack.api(
        "POST", "/v1/tokens", {"provider": "stripe", "payment_method": card, **amount}
    )
    return stack.api("POST", "/v1/payments", {"token": token["id"], **amount, **more})


def test_a_session_expires_at_its_hour(stack: Stack) -> None:
    session = stack.session()
    passes(stack, hours=23)
    assert stack.api("GET", f"/v1/checkout_sessions/{session['id']}")["status"] == "open"
    passes(stack, hours=1, minutes=1)
    assert stack.api("GET", f"/v1/checkout_sessions/{session['id']}")["status"] == "expired"


def test_an_authorization_ends_on_the_seventh_day_of_thirty(stack: Stack) -> None:
    payment = pays(stack, "pm_card_visa", capture="manual")
    assert payment["status"] == "authorized"
    began = datetime.fromisoformat(stack.desk("GET", "/clock")["now"])
    told = passes(stack, days=30)
    [ended] = moments_of(told, "payment_intent.canceled")
    assert abs(ended - began - 7 * DAY) < timedelta(minutes=1)
    after = stack.api("GET", f"/v1/payments/{payment['id']}")
    assert after["status"] == "expired"
    # Till lived that day too, and wrote down its date.
    assert f"{ended:%Y-%m-%d}" in json.dumps(after)


def test_a_refund_that_takes_its_time_ends_while_time_passes(stack: Stack) -> None:
    payment = pays(stack, "pm_card_pendingRefund")
    refund = stack.api("POST", f"/v1/payments/{payment['id']}/refunds", {"amount": 500})
    assert refund["status"] == "pending"
    passes(stack, days=1)
    after = stack.api("GET", f"/v1/payments/{payment['id']}")
    assert (after["status"], after["amount_refunded"]) == ("partially_refunded", 500)


def test_an_idempotency_key_is_forgotten_when_its_time_is_over(stack: Stack) -> None:
    def opened() -> str:
        headers = {
            "Authorization": f"Bearer {stack.merchant['api_key']}",
            "Idempotency-Key": "same",
        }
        body = {"currency": "EUR", "amount": 1200}
        made = stack._json("POST", f"{stack.app_url}/v1/checkout_sessions", body, headers)
        return str(made["id"])

    first = opened()
    passes(stack, hours=70)
    assert opened() == first
    passes(stack, hours=4)
    assert opened() != first


def test_what_pays_still_pays_afterwards(stack: Stack) -> None:
    """Keys, signatures and the database have lived through all of it, and so has a restart of Till's clock."""
    payment = pays(stack, "pm_card_visa")
    told = stack.desk("POST", "/clock", {"seconds": 5})
    assert payment["status"] == "captured"
    assert told["now"] > f"{datetime.now(UTC) + 30 * DAY:%Y-%m-%d}"
    assert told["next_due"]["webhook"] is None


@pytest.fixture
def shared(till: Till, tmp_path: Path) -> Iterator[Till]:
    """This process's Till and sandbox, on one clock; nobody but the test moves it."""
    file = str(tmp_path / "test_clock.json")
    clock.follow(file)
    sandbox_clock.follow(file)
    yield till
    clock.follow("")
    sandbox_clock.follow("")


def next_leap_day() -> datetime:
    year = clock.now().year + 1
    while not (year % 4 == 0 and year % 100 != 0):
        year += 1
    return datetime(year, 2, 29, 12, tzinfo=UTC)


def is_watched(day: datetime) -> bool:
    """Days around which calendars err: the end of February, and Europe's and America's changes of the hour."""
    turns = day.month in (3, 11) or (day.month == 10 and day.day > 20)
    return (day.month, day.day) in {(2, 28), (2, 29), (3, 1)} or (turns and day.weekday() == 6)


def lives(till: Till, until: datetime) -> None:
    advance(till.world.sandbox, until)
    assert abs(clock.now() - sandbox_clock.now()) < timedelta(seconds=5)
    till.settle()


@pytest.mark.slow
def test_thirteen_months_of_sweeps_over_a_leap_day_and_both_changes_of_the_hour(
    shared: Till,
) -> None:
    leap = next_leap_day()
    begins = leap - 210 * DAY
    lives(shared, begins)
    held = shared.pay(capture="manual")
    with shared.world.gate.spoil("(GET|POST) /stripe/v1/payment_intents.*", "500"):
        silent = shared.confirm(shared.session())
    silent_id = shared.attempts(silent.id)[0].id
    opened: list[tuple[datetime, str]] = []
    for day in (begins + number * DAY for number in range(1, 396)):
        if (day - begins).days % 7 and not is_watched(day):
            continue
        lives(shared, day)
        while opened and opened[0][0] <= day:
            assert shared.payment(opened.pop(0)[1]).status == "expired"
        session = shared.session()
        opened.append((session.expires_at, session.payment_id))
    db.session().expire_all()
    assert shared.payment(held.id).status == "expired"
    # The provider was asked again after its silence, and knew of nothing: no money moved, nothing is left open.
    assert db.session().get_one(Attempt, silent_id).status == "declined"
    assert shared.payment(silent.id).status == "expired"
    moments = list(db.session().scalars(select(Event.created_at).order_by(Event.id)))
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] > 380 * DAY
    assert any(moment.date() == leap.date() for moment in moments)
