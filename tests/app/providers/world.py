"""A sandbox on a loopback port, behind a gate that can spoil its answers."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app

from app import config
from app.config import Config
from sandbox import Sandbox, SandboxConfig, create_sandbox
from sandbox import clock as sandbox_clock

Tamper = Callable[[dict[str, Any]], object]

KEYS = {
    "stripe_secret_key": "sk_test_contract",
    "stripe_publishable_key": "pk_test_contract",
    "stripe_webhook_secret": "whsec_contract",
    "paypal_client_id": "contract-client",
    "paypal_client_secret": "contract-secret",
    "paypal_webhook_id": "WH-CONTRACT",
    "razorpay_key_id": "rzp_test_contract",
    "razorpay_key_secret": "contract-key-secret",
    "razorpay_webhook_secret": "contract-webhook-secret",
}
# Nobody listens there, and the sandbox's sender is paused: deliveries are read from its queue.
HOOK_URL = "http://127.0.0.1:9/webhooks/"


@dataclass
class Fault:
    """What happens to the next requests of a kind: `how`, whether they are executed, how often."""

    call: re.Pattern[str]
    how: str
    tamper: Tamper | None = None
    times: int = 1_000_000
    over: threading.Event = field(default_factory=threading.Event)


@dataclass
class Gate:
    """WSGI in front of the sandbox: counts requests and spoils answers as told."""

    inner: Any = None
    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self.calls.append(call)
        fault = next((f for f in self.faults if f.times and f.call.fullmatch(call)), None)
        if fault is None:
            return self.inner(environ, start_response)
        fault.times -= 1
        if fault.how.isdigit():
            return _say(start_response, f"{fault.how} No", b'{"error": {"message": "no"}}')
        body, status, headers = run_wsgi_app(self.inner, environ, buffered=True)
        answer = b"".join(body)
        if fault.how == "hang":
            fault.over.wait(120)  # longer than anybody waits for an answer
        elif fault.how == "drop":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        elif fault.how == "cut":
            headers["Content-Length"] = str(len(answer) + 1000)
            start_response(status, list(headers))
            return _then_hang_up(answer, environ["werkzeug.socket"])
        else:
            status, answer = self._other(fault, status, answer)
            return _say(start_response, status, answer)
        start_response(status, list(headers))
        return [answer]

    @staticmethod
    def _other(fault: Fault, status: str, answer: bytes) -> tuple[str, bytes]:
        if fault.tamper:
            told = json.loads(answer)
            fault.tamper(told)
            return status, json.dumps(told).encode()
        return {
            "500 after": ("500 Oops", b"<html>Oops</html>"),
            "garbage": ("200 OK", b"<html>It works</html>"),
            "empty object": (status, b"{}"),
            "list": (status, b"[]"),
        }[fault.how]

    @contextmanager
    def spoil(self, call: str, how: str, *, tamper: Tamper | None = None) -> Iterator[None]:
        """Inside, every request that fits `METHOD /path-pattern` meets the fault."""
        fault = Fault(re.compile(call), how, tamper)
        self.faults.append(fault)
        try:
            yield
        finally:
            self.faults.remove(fault)
            fault.over.set()

    def count(self, call: str) -> int:
        """How many requests of this kind came."""
        return sum(bool(re.fullmatch(call, came)) for came in self.calls)


def _then_hang_up(answer: bytes, connection: socket.socket) -> Iterator[bytes]:
    # The server by itself sometimes waits for the client, while the client waits for the rest.
    yield answer
    connection.shutdown(socket.SHUT_RDWR)


def _say(start_response: Any, status: str, body: bytes) -> list[bytes]:
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


@dataclass
class World:
    """A running sandbox and the settings to reach it."""

    url: str
    gate: Gate
    app: Flask

    @property
    def sandbox(self) -> Sandbox:
        return self.app.extensions["sandbox"]

    def config(self, **changes: str) -> Config:
        """The settings of an installation that uses this sandbox."""
        named = {
            **KEYS,
            "secret_key": "x" * 32,
            "stripe_api_url": f"{self.url}/stripe",
            "paypal_api_url": f"{self.url}/paypal",
            "razorpay_api_url": f"{self.url}/razorpay",
            "sandbox_url": self.url,
            **changes,
        }
        return config.load({name.upper(): value for name, value in named.items()})

    def deliveries(self, provider: str) -> list[dict[str, Any]]:
        """The webhooks that wait to be sent, oldest first."""
        found = self.sandbox.store.list("sandbox.delivery", newest_first=False)
        return [delivery for delivery in found if delivery["provider"] == provider]

    def due(self) -> None:
        """Let everything happen whose time has come."""
        self.sandbox.timers.run_due()

    def forget(self) -> None:
        """As if nothing had happened yet: no documents but the signing key, no faults, no log."""
        store = self.sandbox.store
        with store.transaction():
            store._connection.execute(
                "DELETE FROM documents WHERE kind NOT IN ('paypal_certificate', 'stripe.webhook_endpoint')"
            )
        self.app.extensions["sandbox_watch"].faults.clear()
        self.app.extensions["sandbox_watch"].log.clear()
        self.gate.faults.clear()
        self.gate.calls.clear()
        self.sandbox.hooks.pause()
        sandbox_clock.set_offset(0)

    def sign(self, delivery: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """A webhook as it would be sent: its body and its headers."""
        body = delivery["body"].encode()
        return body, self.sandbox.hooks._sign[delivery["provider"]](body, delivery)


@contextmanager
def running(db_path: str) -> Iterator[World]:
    """A sandbox on a free loopback port."""
    gate = Gate()
    server = make_server("127.0.0.1", 0, gate, threaded=True)
    url = f"http://127.0.0.1:{server.port}"
    hooks = {f"{name}_webhook_url": HOOK_URL + name for name in ("stripe", "paypal", "razorpay")}
    app = create_sandbox(SandboxConfig(db_path=db_path, url=url, **KEYS, **hooks))
    app.extensions["sandbox"].hooks.pause()
    gate.inner = app
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield World(url, gate, app)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def spoil_with(changes: dict[str, Any]) -> Tamper:
    """Overwrite these fields of the answer."""
    return lambda told: told.update(changes)
