"""Trouble on demand: aimed at a request, a payment or a message; in order; and refused whole when malformed."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from flask import Flask, request
from werkzeug.test import Client

from sandbox import SandboxConfig, clock, create_sandbox
from sandbox import watch as watching
from sandbox.acts import words_of
from sandbox.faults import REQUESTS, WEBHOOKS
from sandbox.limits import Limit, Limits
from sandbox.paypal_errors import PayPalError
from sandbox.providers import PROVIDERS, body_of

KEY = {"Authorization": "Bearer sk_test_sandbox"}
CHARGE = {"provider": "stripe", "method": "POST", "path_prefix": "/v1/payment_intents"}


@pytest.fixture
def world() -> Iterator[Flask]:
    app = create_sandbox(SandboxConfig())
    app.extensions["sandbox"].hooks.pause()
    yield app
    app.extensions["sandbox"].hooks.stop()
    clock.follow("")


def desk(world: Flask, verb: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    method, _, path = verb.partition(" ")
    answer = Client(world).open(f"/sandbox/{path}", method=method, json=body)
    return answer.status_code, json.loads(answer.get_data())


def charge(world: Flask, amount: int = 900, attempt: str = "att_1") -> Any:
    form = {"amount": str(amount), "currency": "usd", "metadata[attempt_id]": attempt}
    return Client(world).post("/stripe/v1/payment_intents", data=form, headers=KEY)


def states(world: Flask) -> list[list[str]]:
    told = desk(world, "GET scripts")[1]["scripts"]
    return [[step["state"] for step in script["steps"]] for script in told]


def test_a_fault_strikes_after_so_many_so_often(world):
    assert desk(world, "POST faults", {**CHARGE, "kind": "error", "after": 1, "times": 2})[0] == 201
    assert [charge(world).status_code for _ in range(4)] == [200, 500, 500, 200]
    log = desk(world, "GET log")[1]["requests"]
    assert [entry["fault"] for entry in log] == [None, "error", "error", None]


def test_a_fault_for_one_payment_spares_the_others(world):
    desk(world, "POST faults", {"provider": "stripe", "kind": "error", "payment": "att_2222222222", "times": 9})  # fmt: skip
    other, mine = charge(world, attempt="att_1111111111"), charge(world, attempt="att_2222222222")
    assert (other.status_code, mine.status_code) == (200, 500)
    desk(world, "DELETE faults")
    intent = charge(world, attempt="att_2222222222").json["id"]
    # Later requests name only the provider's id: the store knows whose it is.
    desk(world, "POST faults", {"provider": "stripe", "kind": "error", "payment": "att_2222222222", "times": 9})  # fmt: skip
    get = [Client(world).get(f"/stripe/v1/payment_intents/{one}", headers=KEY).status_code
           for one in (other.json["id"], intent)]  # fmt: skip
    assert get == [200, 500]


@pytest.mark.parametrize(
    ("provider", "path", "body"),
    [
        ("stripe", "/v1/payment_intents", "amount=1999&currency=eur"),
        ("paypal", "/v2/checkout/orders", '{"purchase_units": [{"amount": {"value": "19.99"}}]}'),
        ("razorpay", "/v1/orders", '{"amount": 1999, "currency": "INR"}'),
    ],
)
def test_a_fault_for_an_amount_knows_it_in_every_providers_words(world, provider, path, body):
    fault = {"provider": provider, "kind": "error", "amount": 1999, "times": 9}
    desk(world, "POST faults", fault)
    for sent, struck in ((body, True), (body.replace("1999", "1998").replace(".99", ".98"), False)):
        Client(world).post(f"/{provider}{path}", data=sent)
        assert (desk(world, "GET log")[1]["requests"][-1]["fault"] == "error") is struck


def test_a_script_happens_in_its_order(world):
    steps = [{**CHARGE, "kind": "error_after_execute"}, {**CHARGE, "kind": "rate_limit", "retry_after_s": 7}]  # fmt: skip
    assert desk(world, "POST scripts", {"name": "bad day", "steps": steps})[0] == 201
    assert states(world) == [["armed", "waiting"]]
    assert charge(world).status_code == 500
    assert states(world) == [["done", "armed"]]
    answer = charge(world)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json == body_of("stripe", 429)
    assert states(world) == [["done", "done"]]
    assert charge(world).status_code == 200
    script = desk(world, "GET scripts")[1]["scripts"][0]
    assert (script["name"], script["is_done"]) == ("bad day", True)
    assert desk(world, f"DELETE scripts/{script['id']}")[0] == 200
    status, told = desk(world, f"DELETE scripts/{script['id']}")
    assert (status, told["error"]["code"]) == (404, "no_such_script")


GOOD = {**CHARGE, "kind": "error"}
MALFORMED = [
    ({"kind": "explode"}, "kind"),
    ({"provider": "acme"}, "provider"),
    ({"times": 0}, "times"),
    ({"times": -1}, "times"),
    ({"times": "2"}, "times"),
    ({"times": True}, "times"),
    ({"after": -1}, "after"),
    ({"seconds": -1}, "seconds"),
    ({"seconds": 601}, "seconds"),
    ({"seconds": "NaN"}, "seconds"),
    ({"method": "BREW"}, "method"),
    ({"path_prefix": "v1"}, "path_prefix"),
    ({"amount": 19.99}, "amount"),
    ({"retry_after_s": 5}, "retry_after_s"),
    ({"event": "charge."}, "event"),
    ({"kind": "delay", "method": "POST"}, "method"),
    ({"whatever": 1}, "whatever"),
]


@pytest.mark.parametrize(("changes", "field"), MALFORMED, ids=str)
def test_a_malformed_step_names_itself_and_nothing_is_armed(world, changes, field):
    bad = {**GOOD, **changes}
    status, told = desk(world, "POST scripts", {"steps": [GOOD, GOOD, bad]})
    assert (status, told["error"]["code"]) == (422, "invalid")
    assert (told["error"]["step"], told["error"]["field"]) == (2, field)
    assert told["error"]["message"]
    status, told = desk(world, "POST faults", bad)
    assert (status, told["error"]["field"]) == (422, field)
    assert states(world) == []
    assert charge(world).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "steps"), ({"steps": []}, "steps"), ({"steps": [GOOD] * 51}, "steps"),
     ({"steps": {"kind": "error"}}, "steps"), ({"steps": [GOOD], "name": 5}, "name"), ([], "")],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_malformed_script_is_refused_whole(world, body, field):
    status, told = desk(world, "POST scripts", body)
    assert (status, told["error"]["field"]) == (422, field)
    assert states(world) == []


def test_a_step_that_is_no_object_says_which(world):
    status, told = desk(world, "POST scripts", {"steps": [GOOD, "error"]})
    assert (status, told["error"]["step"]) == (422, 1)


def test_an_answer_that_is_cut_was_carried_out(world, serve):
    url = serve(world)
    form, headers = {"amount": "900", "currency": "usd"}, {**KEY, "Idempotency-Key": "k"}
    desk(world, "POST faults", {**CHARGE, "kind": "cut"})
    with pytest.raises(requests.RequestException):
        requests.post(f"{url}/stripe/v1/payment_intents", data=form, headers=headers, timeout=5)
    again = requests.post(f"{url}/stripe/v1/payment_intents", data=form, headers=headers, timeout=5)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(desk(world, "GET books")[1]["stripe"]["payments"]) == 1


def test_an_error_after_a_charge_is_repeated_for_its_key_as_stripe_repeats_it(world):
    form = {"amount": "900", "currency": "usd"}
    desk(world, "POST faults", {**CHARGE, "kind": "error_after_execute"})
    told = [Client(world).post("/stripe/v1/payment_intents", data=form, headers={**KEY, "Idempotency-Key": key})
            for key in ("k", "k", "another")]  # fmt: skip
    assert [(one.status_code, one.headers.get("Idempotent-Replayed")) for one in told] == [
        (500, None), (500, "true"), (200, None),
    ]  # fmt: skip
    assert told[0].json == told[1].json
    assert len(desk(world, "GET books")[1]["stripe"]["payments"]) == 2


def test_an_error_for_a_repeated_request_leaves_what_was_kept_of_the_first(world):
    form = {"amount": "900", "currency": "usd"}
    told = []
    for trouble in (False, True, False):
        if trouble:
            desk(world, "POST faults", {**CHARGE, "kind": "error_after_execute"})
        told.append(
            Client(world).post(
                "/stripe/v1/payment_intents", data=form, headers={**KEY, "Idempotency-Key": "k"}
            )
        )
    assert [one.status_code for one in told] == [200, 500, 200]
    assert told[0].json == told[2].json


def test_requests_that_hang_leave_room_for_the_desk(monkeypatch):
    most = watching.MOST_HANGING
    monkeypatch.setattr(watching, "MOST_HANGING", 1)
    came, go_on = threading.Event(), threading.Event()

    def sleep(_seconds: float) -> None:
        came.set()
        go_on.wait(20)

    monkeypatch.setattr(watching, "time", SimpleNamespace(sleep=sleep))
    app = create_sandbox(SandboxConfig())
    desk(app, "POST faults", {"provider": "stripe", "kind": "slow", "seconds": 600, "times": 9})
    first = threading.Thread(target=charge, args=(app,))
    first.start()
    assert came.wait(20)
    with pytest.raises(ConnectionResetError):
        charge(app)
    go_on.set()
    first.join(20)
    app.extensions["sandbox"].hooks.stop()
    [threads] = re.findall(r'"--threads", "(\d+)"', Path("tools/programs.py").read_text("utf-8"))
    assert int(threads) > most


class Inbox:
    """Whoever takes the messages, and what they look like."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    def app(self) -> Flask:
        app = Flask("inbox")

        @app.post("/")
        def take() -> str:
            self.got.append((request.get_data(as_text=True), request.headers["X-Signed"]))
            return ""

        return app


@pytest.fixture
def inbox(world, serve):
    """A world whose provider signs with the text and the day, and sends to us."""
    box = Inbox()
    box.url = serve(box.app()) + "/"
    hooks = world.extensions["sandbox"].hooks
    hooks.register("stripe", lambda body, _d: {"X-Signed": f"{clock.now():%Y-%m-%d} {body.decode()}"})  # fmt: skip
    box.hooks = hooks

    def send(*bodies: str) -> None:
        for body in bodies:
            hooks.send("stripe", event_id=f"evt_{body}", url=box.url, body=body, label=body)
        hooks.paused = False
        hooks.deliver_due()

    box.send = send
    return box


def trouble(world, kind, **more):
    assert desk(world, "POST faults", {"provider": "stripe", "kind": kind, **more})[0] == 201


def bodies(inbox) -> list[str]:
    return [body for body, _ in inbox.got]


def test_webhooks_are_sent_twice_later_or_never(world, inbox):
    trouble(world, "duplicate", event="one")
    trouble(world, "drop_webhook", event="two")
    trouble(world, "delay", event="three", seconds=3600)
    inbox.send("one", "two", "three", "four")
    assert bodies(inbox) == ["one", "one", "four"]
    assert desk(world, "POST clock", {"hours": 2})[0] == 200
    assert bodies(inbox) == ["one", "one", "four", "three"]
    told = {d["type"]: (d["state"], d["fault"]) for d in inbox.hooks.history() if d.get("fault")}
    assert told == {"one": ("delivered", "duplicate"), "two": ("dropped", "drop_webhook"), "three": ("delivered", "delay")}  # fmt: skip


def test_a_webhook_waits_for_the_next_one(world, inbox):
    trouble(world, "reorder")
    inbox.send("one", "two")
    assert desk(world, "POST clock", {"seconds": 1})[0] == 200
    assert bodies(inbox) == ["two", "one"]


def test_webhooks_that_nobody_may_believe(world, inbox):
    trouble(world, "stale", seconds=7 * 86_400)
    trouble(world, "wrong_signature")
    inbox.send("one", "two", "three")
    today = f"{clock.now():%Y-%m-%d}"
    (_, stale), (_, wrong), (_, good) = inbox.got
    assert (stale.split()[0] < today, stale.split()[1]) == (True, "one")
    assert wrong != f"{today} two"
    assert good == f"{today} three"


def test_somebody_elses_message_comes_beside_ours(world, inbox):
    trouble(world, "other_account")
    ours = json.dumps({"id": "evt_1234567890ab", "object": {"id": "pi_abcdefghij01", "amount": 5}})
    inbox.send(ours)
    (first, _), (second, signed) = inbox.got
    assert first == ours
    other = json.loads(second)
    assert other["object"]["amount"] == 5
    assert other["id"] != "evt_1234567890ab"
    assert re.fullmatch(r"pi_[a-z0-9]{12}", other["object"]["id"])
    assert "pi_abcdefghij01" not in second
    assert signed.endswith(second)


def test_limits_are_those_of_the_account_and_of_each_endpoint():
    now = [0.0]
    limits = Limits(lambda: now[0])
    assert {limits.refuses("stripe", "GET", "/v1/charges") for _ in range(1000)} == {""}
    limits.set(Limit(provider="stripe"))
    paths = [f"/v1/payment_intents/pi_{number:024}" for number in range(30)]
    refused = [limits.refuses("stripe", "GET", path) for path in paths]
    assert (refused.count(""), refused.count("endpoint_limit")) == (25, 5)
    assert limits.refuses("stripe", "POST", "/v1/payment_intents") == ""
    others = [limits.refuses("stripe", "GET", f"/v1/thing{n % 9}s") for n in range(200)]
    assert others.count("account_limit") == 200 - (100 - 31)
    now[0] = 0.5
    assert [limits.refuses("stripe", "GET", paths[0]) for _ in range(14)].count("") == 12
    assert limits.told()["stripe"]["refused"] == 5 + others.count("account_limit") + 2


def test_limits_are_set_and_lifted_by_api(world):
    assert desk(world, "POST limits", {"provider": "stripe", "endpoint_per_s": 0.01})[0] == 201
    first, second = charge(world), charge(world)
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.headers["Retry-After"] == "1"
    assert desk(world, "GET limits")[1]["limits"]["stripe"]["refused"] == 1
    desk(world, "DELETE limits")
    assert charge(world).status_code == 200
    for bad in ({"provider": "acme"}, {"provider": "stripe", "account_per_s": 0}, {"provider": "stripe", "endpoint_per_s": "9"}):  # fmt: skip
        assert desk(world, "POST limits", bad)[0] == 422
    assert desk(world, "GET limits")[1] == {"limits": {}}


@pytest.mark.parametrize(
    ("limit", "reason"), [("account_per_s", "global-rate"), ("endpoint_per_s", "endpoint-rate")]
)
def test_stripe_says_which_limit_was_met(world, limit, reason):
    desk(world, "POST limits", {"provider": "stripe", limit: 0.001})
    told = [charge(world) for _ in range(2)]
    assert [one.headers.get("Stripe-Rate-Limited-Reason") for one in told] == [None, reason]


def test_the_desk_says_what_it_can_do(world):
    told = desk(world, "GET faults")[1]
    assert tuple(told["providers"]) == PROVIDERS
    assert (told["requests"], told["webhooks"]) == (REQUESTS, WEBHOOKS)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"act": "refund", "provider": "stripe", "payment": "pi_none"}, 422, "no_such_payment"),
        ({"act": "explode", "provider": "stripe", "payment": "pi"}, 422, "invalid"),
        ({"act": "refund", "provider": "stripe", "payment": "pi", "amount": -5}, 422, "invalid"),
        ({"act": "fraud_warning", "provider": "paypal", "payment": "x"}, 422, "not_there"),
    ],
    ids=str,
)
def test_an_act_that_cannot_be_is_refused(world, body, status, code):
    got, told = desk(world, "POST acts", body)
    assert (got, told["error"]["code"]) == (status, code)


def test_nothing_is_disputed_before_it_is_taken(world):
    form = {"amount": "900", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa", "capture_method": "manual",
            "automatic_payment_methods[enabled]": "true", "return_url": "https://shop.example/"}  # fmt: skip
    intent = Client(world).post("/stripe/v1/payment_intents", data=form, headers=KEY).json
    assert intent["status"] == "requires_capture"
    body = {"act": "dispute", "provider": "stripe", "payment": intent["id"]}
    status, told = desk(world, "POST acts", body)
    assert (status, told["error"]["code"]) == (409, "nothing_taken")
    assert desk(world, "GET books")[1]["stripe"]["disputes"] == []


def test_a_refusal_of_paypals_is_a_sentence():
    for error in (PayPalError("REFUND_NOT_ALLOWED"), PayPalError.bare(422)):
        assert words_of(error).endswith(".")


@pytest.mark.parametrize(
    ("act", "code"),
    [("refund", "provider_says_no"), ("dispute", "nothing_taken"), ("abandon_challenge", "nothing_asked")],
)  # fmt: skip
def test_an_act_needs_a_payment_that_has_come_so_far(world, act, code):
    intent = charge(world).json["id"]
    status, told = desk(world, "POST acts", {"act": act, "provider": "stripe", "payment": intent})
    assert (status, told["error"]["code"]) == (409, code)
    assert desk(world, "GET books")[1]["stripe"]["refunds"] == []
