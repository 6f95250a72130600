"""The contract suite's shopper at Stripe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import requests
from stripe import WebhookSignature

from app.providers.base import Charge, Outcome, Verb
from app.providers.stripe import Stripe
from models.ids import new_id
from models.money import Money
from tests.app.providers.world import KEYS, World

if TYPE_CHECKING:
    from tests.app.providers.drivers import Books

CARDS = {
    "pays": "pm_card_visa",
    "declines": "pm_card_visa_chargeDeclinedInsufficientFunds",
    "challenges": "pm_card_authenticationRequired",
}


class StripeDriver:
    charging = "POST /stripe/v1/payment_intents"
    capturing = "POST /stripe/v1/payment_intents/[^/]+/capture"
    refunding = "POST /stripe/v1/refunds"
    finds_without_reference = True
    after_failed_challenge = Verb.DECLINE
    after_abandoning = frozenset({Verb.VOID})
    after_decline = Verb.DECLINE
    currency = "EUR"
    released_after = timedelta()

    def __init__(self, world: World) -> None:
        self.world = world
        self.provider = Stripe(world.config())
        self.impatient = Stripe(world.config(provider_timeout_s="2"))

    def charge(self, how: str, **fields: Any) -> Charge:
        return Charge(
            **{
                "attempt_id": new_id("att"),
                "payment_id": new_id("pay"),
                "amount": Money(1999, "EUR"),
                "capture": "automatic",
                "credential": self.token(CARDS.get(how, how)),
                "credential_kind": "confirmation_token",
                "return_url": "https://till.example/c/cs_1/return",
                "order_number": "K7QF-2M9RX",
                **fields,
            }
        )

    def onward(self, charge: Charge, outcome: Outcome) -> Outcome:
        """Everything was done before."""
        del charge
        return outcome

    def token(self, card: str) -> str:
        return str(self.call("POST", "test_helpers/confirmation_tokens", payment_method=card)["id"])

    def call(self, method: str, path: str, **params: Any) -> dict[str, Any]:
        """Ask the sandbox without our adapter."""
        answer = requests.request(
            method,
            f"{self.world.url}/stripe/v1/{path}",
            data=params,
            headers={"Authorization": f"Bearer {KEYS['stripe_secret_key']}"},
            timeout=10,
        )
        answer.raise_for_status()
        return dict(answer.json())

    def shopper(self, outcome: Outcome, does: str) -> None:
        intent = self.call("GET", f"payment_intents/{outcome.reference}")
        action = intent["next_action"]
        if action["type"] == "redirect_to_url":
            page = action["redirect_to_url"]["url"]
        else:
            page = action["use_stripe_sdk"]["stripe_js"]
        form = {"answer": "pass" if does == "approve" else "fail"}
        answer = requests.post(page, data=form, timeout=10, allow_redirects=False)
        assert answer.status_code < 400, answer.text

    def stored(self, kind: str, **equals: Any) -> list[dict[str, Any]]:
        return self.world.sandbox.store.list(f"stripe.{kind}", **equals)

    def books(self, charge: Charge) -> Books:
        from tests.app.providers.drivers import Books

        charges = [
            c
            for c in self.stored("charge", status="succeeded")
            if c["metadata"].get("attempt_id") == charge.attempt_id
        ]
        refunds = [
            r["amount"]
            for c in charges
            for r in self.stored("refund", charge=c["id"])
            if r["balance_transaction"] and r["status"] != "failed"
        ]
        return Books(len(charges), sum(c["amount_captured"] for c in charges), sum(refunds))

    def spoil_charge(self, what: str) -> Callable[[dict[str, Any]], object]:
        changes: dict[str, dict[str, Any]] = {
            "unknown status": {"status": "levitating"},
            "amount": {"amount": 1, "amount_received": 1},
            "currency": {"currency": "jpy"},
            "id": {"metadata": {"attempt_id": new_id("att")}},
        }
        return lambda answer: answer.update(changes[what])

    def credential(self, how: str) -> tuple[str, str]:
        if how == "unknown":
            return "confirmation_token", "ctoken_nobody_knows_this"
        token = self.token("pm_card_amex")
        if how == "used":
            self.provider.charge(self.charge("pays", credential=token))
        return "confirmation_token", token

    def webhook(self, charge: Charge) -> tuple[bytes, dict[str, str]]:
        about = [d for d in self.world.deliveries("stripe") if charge.attempt_id in d["body"]]
        return self.world.sign(about[-1])

    def forgeries(self, charge: Charge) -> Iterator[tuple[str, tuple[bytes, dict[str, str]]]]:
        body, headers = self.webhook(charge)
        name, genuine = "Stripe-Signature", headers["Stripe-Signature"]
        yield "another body", (body.replace(b"succeeded", b"forgotten"), headers)
        yield "no signature", (body, {})
        yield "blank signature", (body, {name: ""})
        yield "v0 only", (body, {name: genuine.replace("v1=", "v0=")})
        yield "nonsense", (body, {name: "t=,v1=é,,=,t"})
        yield "not text", (b"\xff\xfe", headers)
        yield "another secret", (body, _signed(body, "whsec_other"))
        yield "a blank secret", (body, _signed(body, ""))
        yield "stale", (body, _signed(body, KEYS["stripe_webhook_secret"], ago_s=310))
        yield "future", (body, _signed(body, KEYS["stripe_webhook_secret"], ago_s=-310))
        live = body.replace(b'"livemode": false', b'"livemode": true')
        for what, odd in {
            "another mode": live,
            "not JSON": b"{",
            "not an object": b"[]",
            "too deep": b"[" * 100_000,
            "no event": b'{"object": "event", "livemode": false, "id": 5, "type": []}',
        }.items():
            yield what, (odd, _signed(odd, KEYS["stripe_webhook_secret"]))

    def without_secret(self) -> Stripe:
        return Stripe(self.world.config(stripe_webhook_secret=" , "))


def _signed(body: bytes, secret: str, *, ago_s: int = 0) -> dict[str, str]:
    stamp = int(time.time()) - ago_s
    header = WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=stamp)
    return {"Stripe-Signature": header}
