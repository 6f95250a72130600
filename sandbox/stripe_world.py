"""One request's view of Stripe's side: objects by kind, new ids, and the events they cause."""

import hashlib
import hmac
import json
import secrets
import string
from dataclasses import dataclass
from typing import Any

from sandbox import Sandbox, clock
from sandbox.store import Document
from sandbox.stripe_errors import no_such

API_VERSION = "2026-10-28.endive"
ALPHABET = string.ascii_letters + string.digits
# How each kind is called in "No such …" messages, where it is not its own name.
CALLED = {
    "confirmation_token": "confirmation token",
    "payment_method": "PaymentMethod",
    "setup_intent": "setupintent",
}


def new_id(prefix: str, length: int = 24) -> str:
    """Make an id in Stripe's form."""
    return prefix + "_" + "".join(secrets.choice(ALPHABET) for _ in range(length))


def public(doc: Any) -> Any:
    """Leave out the sandbox's own notes: every field whose name begins with an underscore."""
    if isinstance(doc, dict):
        return {k: public(v) for k, v in doc.items() if not k.startswith("_")}
    return [public(item) for item in doc] if isinstance(doc, list) else doc


def sign(body: bytes, delivery: Document) -> dict[str, str]:
    """Sign as Stripe does; several secrets, comma-separated, give several v1 signatures."""
    moment = str(int(clock.shared().timestamp()))
    signed = moment.encode() + b"." + body
    marks = [
        "v1=" + hmac.new(secret.strip().encode(), signed, hashlib.sha256).hexdigest()
        for secret in delivery["key"].split(",")
    ]
    return {
        "Stripe-Signature": ",".join([f"t={moment}", *marks]),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks) sandbox",
    }


@dataclass
class World:
    """Stripe's objects, as one request or one timer sees and changes them."""

    sandbox: Sandbox
    request_id: str | None = None
    idempotency_key: str | None = None

    def find(self, kind: str, object_id: str | None) -> Document | None:
        """Look an object up, or give None."""
        return self.sandbox.store.get("stripe." + kind, object_id) if object_id else None

    def get(self, kind: str, object_id: str, *, param: str = "id") -> Document:
        """Look an object up, or answer 404."""
        found = self.find(kind, object_id)
        if found is None:
            raise no_such(CALLED.get(kind, kind), object_id, param=param)
        return found

    def list(self, kind: str, *, newest_first: bool = True, **equals: Any) -> list[Document]:
        """List the objects of a kind whose fields equal the given values."""
        return self.sandbox.store.list("stripe." + kind, newest_first=newest_first, **equals)

    def put(self, doc: Document) -> Document:
        """Write an object down."""
        self.sandbox.store.put("stripe." + doc["object"], doc["id"], doc)
        return doc

    def emit(self, event_type: str, doc: Document, **previous: Any) -> None:
        """Write an event and queue it for every webhook endpoint that listens."""
        endpoints = [e for e in self.list("webhook_endpoint") if _listens(e, event_type)]
        data: dict[str, Any] = {"object": public(doc)}
        if previous:
            data["previous_attributes"] = previous
        event = self.put(
            {
                "id": new_id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": clock.timestamp(),
                "data": data,
                "livemode": False,
                "pending_webhooks": len(endpoints),
                "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
                "type": event_type,
            }
        )
        body = json.dumps(event, indent=2)
        for endpoint in endpoints:
            self.sandbox.hooks.send(
                "stripe",
                event_id=event["id"],
                url=endpoint["url"],
                body=body,
                key=endpoint["_secret"],
                label=event_type,
            )

    def later(self, seconds: float, action: str, **arguments: Any) -> None:
        """Let something happen by itself after a while."""
        self.sandbox.timers.after(seconds, "stripe." + action, **arguments)


def _listens(endpoint: Document, event_type: str) -> bool:
    wanted = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and ("*" in wanted or event_type in wanted)
