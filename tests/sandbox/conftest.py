"""A whole sandbox on the loopback, its webhooks caught, its answers held against the contract."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import stripe
from flask import Flask, request
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox import SandboxConfig, clock, create_sandbox
from tests.sandbox import stripe_contract
from tests.sandbox.razorpay_client import razorpay_side, rzp

__all__ = ["razorpay_side", "rzp"]  # fixtures of their own file

SECRET = "whsec_of_the_tests"
RETURN_URL = "https://shop.example/return"


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """Start WSGI apps on free ports; stop them all at the end."""
    servers = []

    def start(app: Any, port: int = 0) -> str:
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@dataclass
class Mailbox:
    """Where the sandbox's webhooks arrive; only what Stripe's SDK verifies gets in."""

    url: str = ""
    refuse: int = 0
    got: list[Any] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def of(self, object_id: str) -> list[str]:
        """The types of the events about one object, as they came."""
        return [event["type"] for event in self.got if event["data"]["object"]["id"] == object_id]

    def app(self) -> Flask:
        app = Flask("mailbox")

        @app.post("/hooks")
        def take() -> tuple[str, int]:
            signature = request.headers["Stripe-Signature"]
            event = stripe.Webhook.construct_event(
                request.data, signature, SECRET, tolerance=0
            )  # the SDK goes by the wall clock
            if self.refuse:
                self.refuse -= 1
                self.refused.append(event.id)
                return "", 503
            self.got.append(json.loads(request.data))
            return "", 200

        return app


@dataclass
class StripeSide:
    """The sandbox's Stripe side, as a server and as a browser would reach it."""

    url: str
    config: SandboxConfig
    mailbox: Mailbox
    client: stripe.StripeClient
    app: Flask

    def browser(self, method: str, path: str, **form: Any) -> tuple[int, dict[str, Any]]:
        """Call with the publishable key."""
        return self.call(method, path, key=self.config.stripe_publishable_key, **form)

    def call(
        self, method: str, path: str, *, key: str, idempotency_key: str = "", **form: Any
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {key}"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        sent = {"params": form} if method == "GET" else {"data": form}
        url = self.url + "/stripe" + path
        answer = requests.request(method, url, headers=headers, timeout=10, **sent)
        assert answer.headers["Request-Id"].startswith("req_")
        return answer.status_code, answer.json()

    def card_form(self, number: str, **more: Any) -> dict[str, Any]:
        card = {"number": number, "exp_month": "12", "exp_year": "2034", "cvc": "123"}
        if number.startswith("3") and len(number) == 15:
            card["cvc"] = "1234"
        card |= more
        named = {f"payment_method_data[card][{name}]": v for name, v in card.items() if v != ""}
        return {"payment_method_data[type]": "card", **named}

    def token(self, number: str = "4242424242424242", **more: Any) -> str:
        """Make a confirmation token, as the browser script does."""
        form = self.card_form(number, **more)
        status, body = self.browser("POST", "/v1/confirmation_tokens", **form)
        assert status == 200, body
        assert not stripe_contract.problems("POST", "/v1/confirmation_tokens", status, body)
        return str(body["id"])

    def pay(self, **params: Any) -> Any:
        """Create and confirm an intent in one call."""
        base = {
            "amount": 2000,
            "currency": "usd",
            "confirm": True,
            "return_url": RETURN_URL,
            "automatic_payment_methods": {"enabled": True},
            "capture_method": "automatic",
            "expand": ["latest_charge.balance_transaction"],
        }
        if "confirmation_token" not in params:
            base["payment_method"] = "pm_card_visa"
        return self.client.v1.payment_intents.create({**base, **params})

    def control(self, verb: str, **body: Any) -> dict[str, Any]:
        """Use the control desk: `control("POST webhooks/pause")`."""
        method, _, path = verb.partition(" ")
        url = f"{self.url}/sandbox/{path}"
        return dict(requests.request(method, url, json=body, timeout=10).json())

    def deliver(self) -> None:
        """Let what is due soon happen, and deliver every webhook that waits."""
        self.control("POST webhooks/deliver", within_s=10)


class Checked(stripe.RequestsClient):
    """Stripe's own HTTP client, with every answer held against the OpenAPI document."""

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        content, status, answered = super().request(method, url, headers, post_data)
        path = urlsplit(url).path.removeprefix("/stripe")
        if answered.get("Content-Type") == "application/json" and status != 429:
            found = stripe_contract.problems(method, path, status, json.loads(content))
            assert not found, (method, path, found)
        return content, status, answered


@pytest.fixture(scope="session")
def stripe_side(serve: Callable[..., str]) -> Iterator[StripeSide]:
    mailbox = Mailbox()
    mailbox.url = serve(mailbox.app()) + "/hooks"
    rooms: list[Flask] = []  # the address must be known before the world that tells it is made
    url = serve(lambda *called: rooms[0](*called))  # noqa: PLW0108  there is no room yet
    config = SandboxConfig(
        url=url,
        stripe_secret_key="sk_test_tests",
        stripe_publishable_key="pk_test_tests",
        stripe_webhook_url=mailbox.url,
        stripe_webhook_secret=SECRET,
    )
    app = create_sandbox(config)
    rooms.append(app)
    client = stripe.StripeClient(
        config.stripe_secret_key,
        base_addresses={"api": url + "/stripe"},
        max_network_retries=0,
        http_client=Checked(timeout=10),
    )
    yield StripeSide(url, config, mailbox, client, app)
    app.extensions["sandbox"].hooks.stop()


@pytest.fixture
def side(stripe_side: StripeSide) -> Iterator[StripeSide]:
    """The same, with time, faults and webhooks put back to normal after the test."""
    yield stripe_side
    clock.follow("")
    clock.set_offset(0)
    stripe_side.control("DELETE faults")
    stripe_side.control("POST webhooks/resume")
    stripe_side.mailbox.refuse = 0


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait for something that another thread does; a limit, not a measure."""
    until = time.monotonic() + 60
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.01)
    return held
