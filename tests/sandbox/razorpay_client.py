"""Razorpay's official client against a sandbox on a real loopback port, its webhooks verified."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import razorpay
import requests
from flask import Flask, request
from razorpay.errors import BadRequestError

from sandbox import SandboxConfig, clock, create_sandbox
from tests.sandbox.paypal_client import serving

KEY_ID, KEY_SECRET = "rzp_test_undertest", "secret-under-test"
WEBHOOK_SECRET = "webhook-secret-under-test"
CLIENT = razorpay.Client(auth=(KEY_ID, KEY_SECRET))


@dataclass
class Inbox:
    """A merchant's webhook endpoint; only what the official client verifies gets in."""

    url: str = ""
    answer: int = 200
    came: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def events(self) -> list[str]:
        return [event["event"] for _, event in self.came]


@contextmanager
def inbox() -> Iterator[Inbox]:
    app, box = Flask("inbox"), Inbox()

    @app.post("/hook")
    def hook() -> tuple[str, int]:
        body, signature = request.get_data(as_text=True), request.headers["X-Razorpay-Signature"]
        CLIENT.utility.verify_webhook_signature(body, signature, WEBHOOK_SECRET)
        box.came.append((request.headers["x-razorpay-event-id"], json.loads(body)))
        return "", box.answer

    with serving(app) as url:
        box.url = f"{url}/hook"
        yield box


@dataclass
class RazorpayWorld:
    """A running sandbox and the ways to reach it."""

    url: str
    app: Flask
    box: Inbox
    http: requests.Session
    client: razorpay.Client

    def order(self, amount: int = 50000, **more: Any) -> dict[str, Any]:
        return self.client.order.create({"amount": amount, "currency": "INR", **more})

    def pay(self, order_id: str, **instrument: str) -> dict[str, Any]:
        """What a shopper does at the checkout; the answer is the payment."""
        given = {"order_id": order_id, **(instrument or {"method": "netbanking", "bank": "HDFC"})}
        return self.desk("payments", **given)

    def act(self, payment_id: str, verb: str, **more: Any) -> dict[str, Any]:
        return self.desk(f"payments/{payment_id}/{verb}", **more)

    def desk(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.http.post(f"{self.url}/razorpay/sandbox/{path}", json=body)
        told = answer.json()
        if not answer.ok:
            raise BadRequestError(told["error"]["description"])
        return dict(told)

    def paid(self, amount: int = 50000, order: Any = None, **instrument: str) -> dict[str, Any]:
        """Create an order and pay it; give back the captured payment."""
        made = self.order(amount, **(order or {}))
        payment = self.pay(made["id"], **instrument)
        if payment["status"] == "created":
            payment = self.act(payment["id"], "approve")
        return payment

    def held(self, amount: int = 50000, **more: Any) -> dict[str, Any]:
        """Create an order whose money is captured by hand, and let it be authorized."""
        return self.paid(amount, {"payment": {"capture": "manual"}, **more})

    def refusal(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.raw(method, path, json=body, headers=named)
        assert answer.status_code == 400, answer.text
        return dict(answer.json()["error"])

    def raw(self, method: str, path: str, **more: Any) -> requests.Response:
        more.setdefault("auth", (KEY_ID, KEY_SECRET))
        return self.http.request(method, f"{self.url}/razorpay{path}", **more)

    def delivered(self, within_s: float = 10) -> list[str]:
        """Let what is due soon happen, and deliver every webhook that waits."""
        self.app.extensions["sandbox"].timers.run_due(within_s=within_s)
        self.app.extensions["sandbox"].hooks.deliver_now()
        return self.box.events()

    def books(self) -> dict[str, Any]:
        return dict(self.http.get(f"{self.url}/sandbox/books").json()["razorpay"])

    def at(self, seconds: float) -> None:
        """Move the world's clock; what became due happens."""
        clock.set_offset(seconds)
        self.app.extensions["sandbox"].timers.run_due()


@contextmanager
def razorpay_world() -> Iterator[RazorpayWorld]:
    rooms: list[Flask] = []  # the address must be known before the world that tells it is made
    with (
        inbox() as box,
        serving(lambda *called: rooms[0](*called)) as url,  # noqa: PLW0108  there is no room yet
        requests.Session() as http,
        requests.Session() as calls,
    ):
        config = SandboxConfig(
            url=url,
            razorpay_key_id=KEY_ID,
            razorpay_key_secret=KEY_SECRET,
            razorpay_webhook_url=box.url,
            razorpay_webhook_secret=WEBHOOK_SECRET,
        )
        app = create_sandbox(config)
        app.extensions["sandbox"].hooks.pause()  # delivered when a test says so
        rooms.append(app)
        client = razorpay.Client(
            session=calls, auth=(KEY_ID, KEY_SECRET), base_url=f"{url}/razorpay"
        )
        yield RazorpayWorld(url, app, box, http, client)
        app.extensions["sandbox"].hooks.stop()
        app.extensions["sandbox"].store.close()
        clock.set_offset(0)


@pytest.fixture(scope="session")
def razorpay_side() -> Iterator[RazorpayWorld]:
    with razorpay_world() as world:
        yield world


@pytest.fixture
def rzp(razorpay_side: RazorpayWorld) -> Iterator[RazorpayWorld]:
    """A Razorpay where nothing has happened yet, at the present time."""
    store = razorpay_side.app.extensions["sandbox"].store
    with store.transaction():
        store._connection.execute("DELETE FROM documents")
    razorpay_side.box.came.clear()
    razorpay_side.box.answer = 200
    yield razorpay_side
    clock.set_offset(0)
