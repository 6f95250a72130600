"""The contract suite's shopper at Razorpay, and its forger."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import requests

from app.providers.base import Charge, Outcome, Verb
from app.providers.razorpay import Razorpay
from models.ids import new_id
from models.money import Money
from tests.app.providers.world import KEYS, World

if TYPE_CHECKING:
    from tests.app.providers.drivers import Books

# What the shopper pays with, by what is to become of it. Any other UPI id waits for its app.
INSTRUMENTS = {
    "pays": {"method": "netbanking", "bank": "HDFC"},
    "declines": {"method": "upi", "vpa": "failure@razorpay"},
    "waits": {"method": "upi", "vpa": "asha@okbank"},
}


class RazorpayDriver:
    charging = "POST /razorpay/v1/payments/[^/]+/capture"
    capturing = "POST /razorpay/v1/payments/[^/]+/capture"
    refunding = "POST /razorpay/v1/payments/[^/]+/refund"
    finds_without_reference = True
    # A payment that failed does not end its order: the shopper may try again until somebody gives it up.
    after_decline = Verb.CHALLENGE
    after_failed_challenge = Verb.CHALLENGE
    after_abandoning = frozenset({Verb.VOID})
    currency = "INR"
    released_after = timedelta(days=3)

    def __init__(self, world: World) -> None:
        self.world = world
        self.provider = Razorpay(world.config())
        self.impatient = Razorpay(world.config(provider_timeout_s="2"))
        self._plans: dict[str, str] = {}

    def charge(self, how: str, **fields: Any) -> Charge:
        charge = Charge(
            **{
                "attempt_id": new_id("att"),
                "payment_id": new_id("pay"),
                "amount": Money(1999, "INR"),
                "capture": "automatic",
                "return_url": "https://till.example/c/cs_1/return",
                "cancel_url": "https://till.example/c/cs_1",
                "order_number": "K7QF-2M9RX",
                "description": "Two mugs",
                "merchant_name": "Masala Junction",
                "method": "netbanking",
                "methods": ("upi", "netbanking", "wallet"),
                **fields,
            }
        )
        self._plans[charge.attempt_id] = how
        return charge

    def onward(self, charge: Charge, outcome: Outcome) -> Outcome:
        """The shopper of this charge does at Razorpay what was planned, once."""
        how = self._plans.pop(charge.attempt_id, "challenges")
        if how == "challenges" or outcome.verb is not Verb.CHALLENGE:
            return outcome
        self.pay(outcome.reference, how, attempt=charge.attempt_id)
        return self.provider.fetch(charge, outcome.reference)

    def pay(self, order_id: str, how: str, *, attempt: str = "") -> dict[str, Any]:
        """Begin a payment at the checkout, and let the bank say yes where it is to."""
        payment = self.desk("payments", order_id=order_id, **INSTRUMENTS[how])
        return self.desk(f"payments/{payment['id']}/approve") if how == "pays" else payment

    def desk(self, path: str, **body: Any) -> dict[str, Any]:
        """Be the shopper, the app or the bank."""
        url = f"{self.world.url}/razorpay/sandbox/{path}"
        answer = requests.post(url, json=body, timeout=10)
        assert answer.ok, answer.text
        return dict(answer.json())

    def call(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Ask the sandbox without our adapter."""
        keys = KEYS["razorpay_key_id"], KEYS["razorpay_key_secret"]
        url = f"{self.world.url}/razorpay/v1/{path}"
        answer = requests.request(method, url, json=body or None, auth=keys, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def shopper(self, outcome: Outcome, does: str) -> None:
        assert outcome.action is not None
        assert outcome.action.order == outcome.reference
        self.pay(outcome.action.order, "pays" if does == "approve" else "declines")

    def orders(self, charge: Charge) -> list[dict[str, Any]]:
        return self.world.sandbox.store.list("razorpay.order", receipt=charge.attempt_id)

    def payments(self, charge: Charge) -> list[dict[str, Any]]:
        """Every payment on the charge's orders, newest first."""
        store = self.world.sandbox.store
        orders = self.orders(charge)
        return [p for o in orders for p in store.list("razorpay.payment", order_id=o["id"])]

    def books(self, charge: Charge) -> Books:
        from tests.app.providers.drivers import Books

        taken = [p for p in self.payments(charge) if p["captured"]]
        captured = sum(p["amount"] for p in taken)
        return Books(len(taken), captured, sum(p["amount_refunded"] for p in taken))

    def spoil_charge(self, what: str) -> Callable[[dict[str, Any]], object]:
        changes: dict[str, dict[str, Any]] = {
            "unknown status": {"status": "levitating"},
            "amount": {"amount": 1},
            "currency": {"currency": "USD"},
            "id": {"id": "pay_00000000000000"},
        }
        return lambda answer: answer.update(changes[what])

    def credential(self, how: str) -> None:
        """There are none: the shopper types everything at Razorpay."""
        del how

    def webhook(self, charge: Charge) -> tuple[bytes, dict[str, str]]:
        order_id = self.orders(charge)[0]["id"]
        about = [d for d in self.world.deliveries("razorpay") if order_id in d["body"]]
        return self.world.sign(about[-1])

    def forgeries(self, charge: Charge) -> Iterator[tuple[str, tuple[bytes, dict[str, str]]]]:
        body, headers = self.webhook(charge)
        name, genuine = "X-Razorpay-Signature", headers["X-Razorpay-Signature"]
        yield "another body", (body + b" ", headers)
        yield "no signature", (body, {})
        yield "a blank signature", (body, {name: ""})
        yield "a longer signature", (body, {name: genuine + "0"})
        yield "capitals", (body, {name: genuine.upper()})
        yield "nonsense", (body, {name: "é\x00"})
        yield "not text", (b"\xff\xfe", headers)
        yield "another secret", (body, self.signed(body, "other"))
        yield "a blank secret", (body, self.signed(body, ""))
        yield "the key's secret", (body, self.signed(body, KEYS["razorpay_key_secret"]))
        for what, odd in {
            "not JSON": b"{",
            "not an object": b"[]",
            "too deep": b"[" * 100_000,
            "not an event": b'{"entity": "order", "event": "order.paid"}',
            "no kind": b'{"entity": "event", "event": ["order.paid"]}',
        }.items():
            yield what, (odd, self.signed(odd))

    def signed(self, body: bytes, secret: str = KEYS["razorpay_webhook_secret"]) -> dict[str, str]:
        """The headers that the sandbox would send with this body, or nearly."""
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Razorpay-Signature": digest, "x-razorpay-event-id": "evt_1"}

    def event(self, kind: str, **entities: dict[str, Any]) -> bytes:
        """An event's body."""
        payload = {name: {"entity": entity} for name, entity in entities.items()}
        return json.dumps({"entity": "event", "event": kind, "payload": payload}).encode()

    def without_secret(self) -> Razorpay:
        return Razorpay(self.world.config(razorpay_webhook_secret=" , "))
