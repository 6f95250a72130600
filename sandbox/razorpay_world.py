"""Razorpay's side as one request or one timer sees it: its objects, new ids, signatures, events.

The envelope of a webhook, its two headers and the signature are those of Razorpay's pages "Payments
Webhook Events", "Validate and Test Webhooks" and of `razorpay.utility` of the official client: the
HMAC-SHA256 of the body as it was sent, in hexadecimal.
"""

import hashlib
import hmac
import json
import secrets
import string
from dataclasses import dataclass
from typing import Any

from sandbox import Sandbox, clock
from sandbox.razorpay_errors import refused
from sandbox.store import Document

ALPHABET = string.ascii_letters + string.digits
ACCOUNT = "acc_SandboxTill001"
PREFIXES = {"order": "order", "payment": "pay", "refund": "rfnd", "dispute": "disp"}
# The page "Best Practices" of webhooks: growing pauses for 24 hours. The pauses are in no page.
RETRY_AFTER_S = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 10_800, 14_400, 18_000, 28_800)


def new_id(kind: str) -> str:
    """Make an id in Razorpay's form: a prefix and 14 letters or digits."""
    return f"{PREFIXES[kind]}_" + "".join(secrets.choice(ALPHABET) for _ in range(14))


def public(doc: Any) -> Any:
    """Leave out the sandbox's own notes: every field whose name begins with an underscore."""
    if isinstance(doc, dict):
        return {k: public(v) for k, v in doc.items() if not k.startswith("_")}
    return [public(item) for item in doc] if isinstance(doc, list) else doc


def digest(secret: str, message: bytes) -> str:
    """Sign as Razorpay signs everything."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def sign(body: bytes, delivery: Document) -> dict[str, str]:
    """Give a webhook its headers."""
    return {
        "X-Razorpay-Signature": digest(delivery["key"], body),
        "x-razorpay-event-id": delivery["event_id"],
        "User-Agent": "Razorpay-Webhook/v1 sandbox",
    }


@dataclass
class World:
    """Razorpay's objects, as one request or one timer sees and changes them."""

    sandbox: Sandbox

    def find(self, kind: str, object_id: str | None) -> Document | None:
        """Look an object up, or give None."""
        return self.sandbox.store.get("razorpay." + kind, object_id) if object_id else None

    def get(self, kind: str, object_id: str) -> Document:
        """Look an object up, or answer that there is none."""
        found = self.find(kind, object_id)
        if found is None:
            raise refused("no_such_id")
        return found

    def list(self, kind: str, *, newest_first: bool = True, **equals: Any) -> list[Document]:
        """List the objects of a kind whose fields equal the given values."""
        return self.sandbox.store.list("razorpay." + kind, newest_first=newest_first, **equals)

    def put(self, doc: Document) -> Document:
        """Write an object down."""
        self.sandbox.store.put("razorpay." + doc["entity"], doc["id"], doc)
        return doc

    def later(self, seconds: float, action: str, **arguments: Any) -> None:
        """Let something happen by itself after a while."""
        self.sandbox.timers.after(seconds, "razorpay." + action, **arguments)

    def receipt_of(self, payment: Document) -> dict[str, str]:
        """Give the three values that prove a payment to the page it was made from."""
        signed = f"{payment['order_id']}|{payment['id']}".encode()
        return {
            "razorpay_payment_id": payment["id"],
            "razorpay_order_id": payment["order_id"],
            "razorpay_signature": digest(self.sandbox.config.razorpay_key_secret, signed),
        }

    def emit(self, event: str, **contained: Document) -> None:
        """Queue an event with snapshots of what it is about; in the transaction of what happened."""
        config = self.sandbox.config
        if not config.razorpay_webhook_url:
            return
        body = {
            "entity": "event",
            "account_id": ACCOUNT,
            "event": event,
            "contains": list(contained),
            "payload": {kind: {"entity": public(doc)} for kind, doc in contained.items()},
            "created_at": clock.timestamp(),
        }
        self.sandbox.hooks.send(
            "razorpay",
            event_id="".join(secrets.choice(ALPHABET) for _ in range(14)),
            url=config.razorpay_webhook_url,
            body=json.dumps(body, separators=(",", ":")),
            key=config.razorpay_webhook_secret,
            label=event,
        )
