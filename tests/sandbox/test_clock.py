"""The desk's clock: forward only, stop by stop, for this world and for whoever shares its file."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.test import Client

from models import clock as till_clock
from sandbox import LiveKeyError, SandboxConfig, clock, create_sandbox
from sandbox.advance import advance


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "test_clock.json"


@pytest.fixture
def world(file: Path) -> Iterator[Flask]:
    app = create_sandbox(SandboxConfig(test_clock=str(file)))
    yield app
    app.extensions["sandbox"].hooks.stop()
    clock.follow("")
    till_clock.follow("")


def ask(world: Flask, body: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = Client(world).post("/sandbox/clock", json=body, **more)
    return answer.status_code, json.loads(answer.get_data())


@pytest.mark.parametrize(
    "how",
    [{"days": 30}, {"advance": "P30D"}, {"advance": "P4WT48H"}, {"hours": 719, "minutes": 60}],
    ids=str,
)
def test_time_passes_for_everybody_who_reads_the_file(world, file, how):
    till_clock.follow(str(file))
    before = till_clock.now()
    status, told = ask(world, how)
    assert (status, told["complete"], told["is_shared"]) == (200, True, True)
    assert abs(till_clock.now() - before - timedelta(days=30)) < timedelta(minutes=1)
    assert abs(till_clock.shared() - clock.shared()) < timedelta(seconds=1)
    # A process that starts later is told as well, and so is a sandbox that starts again.
    clock.follow(str(file))
    till_clock.follow(str(file))
    assert abs(till_clock.now() - clock.now()) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "written",
    ["", "{", "[]", "{}", '{"ahead_s": "x"}', '{"ahead_s": 1e300}', '{"ahead_s": 60}', '{"ahead_s": -9e5}'],
)  # fmt: skip
def test_tills_time_goes_on_whatever_becomes_of_the_file(world, file, written):
    till_clock.follow(str(file))
    ask(world, {"days": 30})
    before = till_clock.now()
    file.write_text(written)
    assert timedelta() <= till_clock.now() - before < timedelta(minutes=1)
    file.unlink()
    assert timedelta() <= till_clock.now() - before < timedelta(minutes=1)
    ask(world, {"days": 1})
    assert abs(till_clock.now() - before - timedelta(days=1)) < timedelta(minutes=1)


@pytest.mark.parametrize("written", ["", "{", "[]", "{}", '{"ahead_s": "x"}', '{"ahead_s": 1e300}'])
def test_a_file_that_holds_no_clock_is_named_when_the_sandbox_starts(file, written):
    file.write_text(written, encoding="utf-8")
    with pytest.raises(clock.Unreadable, match="holds no test clock"):
        clock.follow(str(file))
    clock.follow("")


def test_a_moment_can_be_named(world):
    there = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    status, told = ask(world, {"to": there.isoformat()})
    assert status == 200
    assert abs(datetime.fromisoformat(told["now"]) - there) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid", "advance"),
        ({"days": 1, "advance": "P1D"}, "invalid", "advance"),
        ({"advance": "P1M"}, "invalid", "advance"),
        ({"advance": "30 days"}, "invalid", "advance"),
        ({"advance": "P"}, "invalid", "advance"),
        ({"days": -1}, "invalid", "days"),
        ({"days": "30"}, "invalid", "days"),
        ({"days": True}, "invalid", "days"),
        ({"seconds": 1e400}, "invalid", "seconds"),
        ({"offset_s": 60}, "invalid", "offset_s"),
        ({"to": "tomorrow"}, "invalid", "to"),
        ({"to": "2030-01-01"}, "invalid", "to"),
        ({"to": "2020-01-01T00:00:00Z"}, "clock_goes_forward", "to"),
        ({"to": "9999-12-31T23:59:59-23:00"}, "invalid", "to"),
        ({"to": "0001-01-01T00:00:00+23:00"}, "invalid", "to"),
        ({"days": 401}, "too_far", "days"),
        ({"days": 10**30}, "invalid", "days"),
        ({"advance": "P999999W"}, "too_far", "advance"),
        ([], "invalid", ""),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_time_stands(world, file, body, code, field):
    status, told = ask(world, body)
    assert (status, told["error"]["code"], told["error"]["field"]) == (422, code, field)
    assert told["error"]["message"]
    assert clock.ahead_s() == 0
    assert not file.exists()


def test_what_is_no_json_is_refused(world):
    for sent in ({"data": "days=30"}, {"data": "{", "content_type": "application/json"}):
        answer = Client(world).post("/sandbox/clock", **sent)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "not_json")
    assert clock.ahead_s() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9"},
        {"Origin": "http://rebound.example", "Host": "rebound.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_another_page_in_the_browser_may_not_steer(world, headers):
    status, told = ask(world, {"days": 1}, headers=headers)
    assert (status, told["error"]["code"]) == (403, "foreign_origin")
    assert clock.ahead_s() == 0


def test_what_is_due_on_the_way_happens_at_its_own_time(world, serve: Callable[..., str]):
    got: list[tuple[str, str]] = []
    inbox = Flask("inbox")

    @inbox.post("/")
    def take() -> str:
        got.append((request.get_data(as_text=True), clock.now().strftime("%d")))
        return ""

    sandbox, url = world.extensions["sandbox"], serve(inbox)
    days = [f"{clock.now() + timedelta(days=day):%d}" for day in range(8)]
    signed: list[str] = []

    def sign(body: bytes, delivery: Any) -> dict[str, str]:
        signed.append(f"{clock.shared():%d}")
        return {}

    sandbox.hooks.register("p", sign)

    def happen(what: str) -> None:
        sandbox.hooks.send("p", event_id=what, url=url, body=what, label=what)
        if what == "third":
            sandbox.timers.after(2 * 86_400, "happen", what="fifth")

    sandbox.timers.actions["happen"] = happen
    sandbox.timers.after(7 * 86_400, "happen", what="seventh")
    sandbox.timers.after(3 * 86_400, "happen", what="third")
    moments, complete = advance(sandbox, clock.now() + timedelta(days=10))
    assert complete
    assert got == [("third", days[3]), ("fifth", days[5]), ("seventh", days[7])]
    assert signed == [days[3], days[5], days[7]]
    told = [(m.at[8:10], m.timers, [sent["type"] for sent in m.webhooks]) for m in moments[:-1]]
    assert told == [(day, ["happen"], [what]) for what, day in got]


def test_what_happened_before_is_not_told_as_having_happened_on_the_way(world):
    sandbox = world.extensions["sandbox"]
    sandbox.timers.actions["happen"] = lambda: None
    sandbox.timers.after(0, "happen")
    sandbox.timers.run_due()
    sandbox.hooks.sent.append({"type": "x", "answer": 204})
    moments, _ = advance(sandbox, clock.now() + timedelta(days=1))
    assert [(m.timers, m.webhooks) for m in moments] == [([], [])]


def test_time_that_passed_by_itself_meanwhile_is_no_step_back(world):
    sandbox = world.extensions["sandbox"]
    sandbox.timers.actions["take_long"] = lambda: clock.set_offset(120)
    sandbox.timers.after(0, "take_long")
    try:
        moments, complete = advance(sandbox, clock.now() + timedelta(seconds=60))
        assert complete
        assert (moments[0].timers, clock.ahead_s()) == (["take_long"], 0)
    finally:
        clock.set_offset(0)


def test_a_message_that_nobody_takes_is_tried_for_days_and_the_call_ends(world):
    sandbox = world.extensions["sandbox"]
    sandbox.hooks.register("p", lambda body, delivery: {})
    sandbox.hooks.send("p", event_id="e", url="http://127.0.0.1:9/none", body="{}", label="x")
    moments, complete = advance(sandbox, clock.now() + timedelta(days=30))
    assert complete
    assert sum(len(moment.webhooks) for moment in moments) == 26  # once, and 25 times again
    assert sandbox.hooks.waiting() == 0


def test_nothing_of_it_is_there_beside_a_live_key(file):
    for key in ("sk_live_1", "rk_live_1", "pk_live_1", "rzp_live_1"):
        with pytest.raises(LiveKeyError, match="SOME_KEY holds a live key"):
            SandboxConfig.from_env({"SOME_KEY": key, "TEST_CLOCK": str(file)})
    for url in (
        "https://api-m.paypal.com",
        "https://API-M.paypal.com./",
        "https://api.paypal.com",
        "",
    ):
        for name in ("PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_ID_FILE"):
            with pytest.raises(LiveKeyError, match=name):
                SandboxConfig.from_env({name: "id", "PAYPAL_API_URL": url})
    test = {"PAYPAL_CLIENT_ID": "id", "PAYPAL_API_URL": "https://api-m.sandbox.paypal.com"}
    assert SandboxConfig.from_env(test).paypal_client_id == "sandbox-client"


def test_a_live_key_that_is_given_as_a_file_is_one_too(tmp_path):
    for name, key in (
        ("STRIPE_SECRET_KEY_FILE", "sk_live_1"),
        ("RAZORPAY_KEY_ID_FILE", "rzp_live_1"),
    ):
        secret = tmp_path / name
        secret.write_text(key)
        with pytest.raises(LiveKeyError, match=name):
            SandboxConfig.from_env({name: str(secret)})
        secret.write_text("sk_test_1")
        SandboxConfig.from_env({name: str(secret)})
        SandboxConfig.from_env({name: str(tmp_path / "missing")})
