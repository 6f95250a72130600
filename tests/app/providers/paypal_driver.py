"""The contract suite's shopper at PayPal, and its forger."""

from __future__ import annotations

import base64
import json
import uuid
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.providers.base import Charge, Outcome, Verb
from app.providers.paypal import PayPal
from app.providers.paypal_words import wire
from models.ids import new_id
from models.money import Money
from sandbox.paypal_hooks import private_key
from sandbox.paypal_world import CAPTURE, HIDDEN, ORDER
from tests.app.providers.world import KEYS, World

if TYPE_CHECKING:
    from tests.app.providers.drivers import Books

# What the buyer chooses on the approve page.
FUNDING = {"pays": "balance", "declines": "refused"}


class PayPalDriver:
    charging = "POST /paypal/v2/checkout/orders/[^/]+/(capture|authorize)"
    capturing = "POST /paypal/v2/payments/authorizations/[^/]+/capture"
    refunding = "POST /paypal/v2/payments/captures/[^/]+/refund"
    # An order that a merchant's page made comes with its id; one of ours does not.
    finds_without_reference = True
    # A buyer who closes PayPal's window can still open it again, until somebody abandons the order.
    after_failed_challenge = Verb.CHALLENGE
    after_abandoning = frozenset({Verb.VOID})
    after_decline = Verb.DECLINE
    currency = "EUR"
    released_after = timedelta()

    def __init__(self, world: World) -> None:
        self.world = world
        self.provider = PayPal(world.config())
        self.impatient = PayPal(world.config(provider_timeout_s="2"))

    def charge(self, how: str, **fields: Any) -> Charge:
        charge = Charge(
            **{
                "attempt_id": new_id("att"),
                "payment_id": new_id("pay"),
                "amount": Money(1999, "EUR"),
                "capture": "automatic",
                "return_url": "https://till.example/c/cs_1/return",
                "cancel_url": "https://till.example/c/cs_1",
                "order_number": "K7QF-2M9RX",
                "description": "Two mugs",
                "merchant_name": "Alma Coffee",
                **fields,
            }
        )
        if how == "challenges" or charge.credential:
            return charge
        intent = "AUTHORIZE" if charge.capture == "manual" else "CAPTURE"
        order_id = self.order(charge.amount, intent=intent)
        self.decide(order_id, FUNDING[how])
        return Charge(**{**_fields(charge), "credential": order_id, "credential_kind": "order"})

    def onward(self, charge: Charge, outcome: Outcome) -> Outcome:
        """Everything was done before."""
        del charge
        return outcome

    def order(self, amount: Money, *, intent: str = "CAPTURE", **unit: Any) -> str:
        """An order as a merchant's own page makes it."""
        body = {"intent": intent, "purchase_units": [{"amount": wire(amount), **unit}]}
        return str(self.call("POST", "/v2/checkout/orders", body)["id"])

    def decide(self, order_id: str, funding: str) -> None:
        """The buyer pays with `funding`, or, if that is empty, cancels."""
        form = {"decision": "pay", "funding": funding} if funding else {"decision": "cancel"}
        page = f"{self.world.url}/paypal/checkoutnow?token={order_id}"
        answer = requests.post(page, data=form, allow_redirects=False, timeout=10)
        assert answer.status_code < 400, answer.text

    def agree(self, url: str, *, funding: str = "balance", decision: str = "save") -> None:
        """The buyer lets us keep their account, or not."""
        form = {"decision": decision, "funding": funding}
        answer = requests.post(url, data=form, allow_redirects=False, timeout=10)
        answer.raise_for_status()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """Ask the sandbox without our adapter."""
        base = f"{self.world.url}/paypal"
        keys = KEYS["paypal_client_id"], KEYS["paypal_client_secret"]
        form = {"grant_type": "client_credentials"}
        token = requests.post(f"{base}/v1/oauth2/token", data=form, auth=keys, timeout=10).json()
        answer = requests.request(
            method,
            base + path,
            json=body,
            headers={
                "Authorization": f"Bearer {token['access_token']}",
                "Prefer": "return=representation",
                **headers,
            },
            timeout=10,
        )
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def shopper(self, outcome: Outcome, does: str) -> None:
        assert outcome.action is not None
        assert outcome.action.url.endswith(f"/checkoutnow?token={outcome.reference}")
        self.decide(outcome.action.order, "balance" if does == "approve" else "")

    def stored(self, order_id: str) -> dict[str, Any]:
        """An order as the sandbox keeps it."""
        order = self.world.sandbox.store.get(ORDER, order_id)
        assert order is not None
        return order

    def captures(self, charge: Charge) -> list[dict[str, Any]]:
        return self.world.sandbox.store.list(CAPTURE, custom_id=charge.attempt_id)

    def books(self, charge: Charge) -> Books:
        from tests.app.providers.drivers import Books

        taken = [c for c in self.captures(charge) if c["status"] not in {"DECLINED", "PENDING"}]
        captured = sum(int(c["amount"]["value"].replace(".", "")) for c in taken)
        return Books(len(taken), captured, sum(c[HIDDEN]["refunded"] for c in taken))

    def spoil_charge(self, what: str) -> Callable[[dict[str, Any]], object]:
        def spoil(answer: dict[str, Any]) -> None:
            unit = answer["purchase_units"][0]
            payments = unit["payments"]
            row = (payments.get("captures") or payments["authorizations"])[0]
            if what == "unknown status":
                row["status"] = "LEVITATING"
            elif what == "id":
                answer["id"] = "0" * 17
            elif what == "amount":
                row["amount"]["value"] = unit["amount"]["value"] = "0.01"
            else:
                row["amount"]["currency_code"] = unit["amount"]["currency_code"] = "JPY"

        return spoil

    def credential(self, how: str) -> tuple[str, str]:
        if how == "unknown":
            return "order", "0NOBODYKNOWSTHIS0"
        charge = self.charge("pays")
        if how == "used":
            self.provider.charge(charge)
        return "order", charge.credential

    def webhook(self, charge: Charge) -> tuple[bytes, dict[str, str]]:
        about = [d for d in self.world.deliveries("paypal") if charge.attempt_id in d["body"]]
        return self.world.sign(about[-1])

    def forgeries(self, charge: Charge) -> Iterator[tuple[str, tuple[bytes, dict[str, str]]]]:
        body, headers = self.webhook(charge)
        yield "another body", (body + b" ", headers)
        yield "no headers", (body, {})
        for name in headers:
            yield f"without {name}", (body, {k: v for k, v in headers.items() if k != name})
            yield f"blank {name}", (body, {**headers, name: ""})
            yield f"nonsense {name}", (body, {**headers, name: "é\x00|é"})
        yield "not text", (b"\xff\xfe", headers)
        yield "another webhook id", (body, self.signed(body, webhook_id="WH-OTHER"))
        yield "a blank webhook id", (body, self.signed(body, webhook_id=""))
        yield "stale", (body, self.signed(body, ago=timedelta(days=4, minutes=1)))
        yield "future", (body, self.signed(body, ago=-timedelta(minutes=6)))
        yield "SHA1", (body, {**headers, "PAYPAL-AUTH-ALGO": "SHA1withRSA"})
        own_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        yield "another key", (body, self.signed(body, key=own_key))
        cert = headers["PAYPAL-CERT-URL"]
        for what, url in {
            "another path": f"{self.world.url}/paypal/healthz",
            "another host": "https://paypal.example/certs/sandbox.pem",
            "a longer host": cert.replace("127.0.0.1", "127.0.0.1.example"),
            "another port": cert.replace(self.world.url, "http://127.0.0.1:1"),
        }.items():
            yield what, (body, {**headers, "PAYPAL-CERT-URL": url})
        for what, odd in {
            "not JSON": b"{",
            "not an object": b"[]",
            "too deep": b"[" * 100_000,
            "no event": b'{"id": 5, "event_type": []}',
        }.items():
            yield what, (odd, self.signed(odd))

    def signed(
        self,
        body: bytes,
        *,
        webhook_id: str = KEYS["paypal_webhook_id"],
        ago: timedelta = timedelta(),
        key: rsa.RSAPrivateKey | None = None,
    ) -> dict[str, str]:
        """The headers that the sandbox would send with this body, or nearly."""
        key = key or private_key(self.world.sandbox.store)
        sent_at = f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}"
        message_id = str(uuid.uuid4())
        message = f"{message_id}|{sent_at}|{webhook_id}|{zlib.crc32(body)}".encode()
        signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "PAYPAL-TRANSMISSION-ID": message_id,
            "PAYPAL-TRANSMISSION-TIME": sent_at,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
            "PAYPAL-CERT-URL": f"{self.world.url}/paypal/certs/sandbox.pem",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }

    def event(self, kind: str, **resource: Any) -> bytes:
        """An event's body."""
        return json.dumps({"id": "WH-1", "event_type": kind, "resource": resource}).encode()

    def without_secret(self) -> PayPal:
        return PayPal(self.world.config(paypal_webhook_id=" "))


def _fields(charge: Charge) -> dict[str, Any]:
    return {name: getattr(charge, name) for name in Charge.__dataclass_fields__}
