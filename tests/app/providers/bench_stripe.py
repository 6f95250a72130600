"""CPU of one charge through our HTTP path and through the SDK as it comes.

Run: python -m tests.app.providers.bench_stripe [calls]
"""

import json
import logging
import multiprocessing
import socket
import sys
import threading
import time
from collections.abc import Callable

import stripe

from app import config
from app.providers import stripe_read
from app.providers.stripe import Stripe
from models.ids import new_id
from tests.app.providers.stripe_driver import StripeDriver
from tests.app.providers.world import running

ROUNDS = 5


def serve(listener: socket.socket, body: bytes) -> None:
    """Answer every request on every connection with the same intent."""
    answer = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nRequest-Id: req_1\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_talk, args=(connection, answer), daemon=True).start()


def _talk(connection: socket.socket, answer: bytes) -> None:
    while _read(connection):
        connection.sendall(answer)


def _read(connection: socket.socket) -> bool:
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65536)
        if not part:
            return False
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (
            int(x.split(b":")[1])
            for x in head.lower().split(b"\r\n")
            if x.startswith(b"content-len")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return True


def cpu_us(call: Callable[[], object], calls: int) -> float:
    """The best round's CPU microseconds per call."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(calls):
            call()
        best = min(best, (time.process_time() - started) / calls * 1e6)
    return best


def main(calls: int) -> None:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with running(":memory:") as world:
        driver = StripeDriver(world)
        charge = driver.charge("pays", attempt_id=new_id("att"))
        outcome = driver.provider.charge(charge)
        intent = driver.call(
            "GET",
            f"payment_intents/{outcome.reference}?expand[]=latest_charge.balance_transaction",
        )
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(
        target=serve, args=(listener, json.dumps(intent).encode()), daemon=True
    )
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = {
        "SECRET_KEY": "x" * 32, "STRIPE_SECRET_KEY": "sk_test_1",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_1", "STRIPE_API_URL": url,
    }  # fmt: skip
    ours = Stripe(config.load(settings))
    stripe.enable_telemetry = True  # as the SDK comes
    stock = stripe.StripeClient("sk_test_1", base_addresses={"api": url}, max_network_retries=2)
    asked = ours._request(charge)
    results = {
        "the SDK as it comes": cpu_us(
            lambda: stock.v1.payment_intents.create(asked, {"idempotency_key": charge.attempt_id}),  # type: ignore[arg-type]
            calls,
        )
    }
    stripe.enable_telemetry = False
    results["our HTTP path"] = cpu_us(
        lambda: ours._api.post("/v1/payment_intents", key=charge.attempt_id, **asked), calls
    )
    results["our whole charge()"] = cpu_us(lambda: ours.charge(charge), calls)
    results["of it, reading the answer"] = cpu_us(
        lambda: stripe_read.outcome(intent, charge, live=False), calls
    )
    server.terminate()
    first = results["the SDK as it comes"]
    for name, took in results.items():
        print(f"{name:28} {took:7.0f} µs CPU   ×{first / took:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
