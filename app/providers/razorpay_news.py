"""What Razorpay signs: its webhooks, and what a browser brings back from its checkout.

Both are HMAC-SHA256 in hexadecimal ("Validate and Test Webhooks", "Verify Payment Signature"): a webhook's body under
the webhook's secret, an order's and a payment's id under the key's. Neither carries a time, so what was said once can
be said again for ever: a webhook is a hint, and a signature proves who sent it, not how the payment stands.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from app.providers.base import BadSignature, ProviderNews, Refused
from app.providers.razorpay_http import Node
from models.ids import is_id

_ORDER = re.compile(r"order_[A-Za-z0-9]{1,40}")
_PAYMENT = re.compile(r"pay_[A-Za-z0-9]{1,40}")
_EVENT = re.compile(r"[a-z_.]{1,80}")


def read_event(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secrets: Iterable[str],
    order_of: Callable[[str], str],
) -> ProviderNews:
    """Verify a webhook and read its ids. Raises BadSignature; Unanswered where a payment's order had to be asked for.

    Its own id, for telling repeats, is a header that is not signed; so the signed body's digest is used.
    """
    given = next((v for n, v in headers.items() if n.lower() == "x-razorpay-signature"), "")
    if not any(_fits(body, given, secret) for secret in secrets):
        raise BadSignature("no secret fits")
    event = _event(body)
    things = list(_entities(event))
    orders = {ref for thing in things for ref in _orders(thing)}
    attempts = (_note(thing, "attempt_id") for thing in things)
    attempt_id = next((said for said in attempts if is_id(said, "att")), None)
    if not orders and attempt_id is None:
        payments = {p for thing in things if _PAYMENT.fullmatch(p := _text(thing, "payment_id"))}
        orders = set(filter(None, (_ask(order_of, payment) for payment in sorted(payments))))
    digest = hashlib.sha256(body).hexdigest()
    disputed = event["event"].startswith("payment.dispute.")
    refs = tuple(sorted(orders))
    return ProviderNews(digest, event["event"], refs, attempt_id, disputed=disputed)


def read_return(fields: Mapping[str, str], *, secret: str) -> str:
    """The order that a browser came back from, if Razorpay signed it. Raises BadSignature.

    A failure is told without a signature: it names nothing that is believed, and the answer is empty.
    """
    if not any(name.startswith("razorpay_") for name in fields):
        return ""
    order = fields.get("razorpay_order_id", "")
    payment = fields.get("razorpay_payment_id", "")
    if not _ORDER.fullmatch(order) or not _PAYMENT.fullmatch(payment):
        raise BadSignature("no order or no payment is named")
    if not _fits(f"{order}|{payment}".encode(), fields.get("razorpay_signature", ""), secret):
        raise BadSignature("the signature does not fit")
    return order


def _fits(message: bytes, given: str, secret: str) -> bool:
    """Whether a secret signed the message, compared in constant time."""
    right = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return bool(secret.strip()) and hmac.compare_digest(
        right.encode(), given.encode(errors="replace")
    )


def _event(body: bytes) -> Node:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise BadSignature("not JSON") from None
    if not isinstance(event, dict) or event.get("entity") != "event":
        raise BadSignature("not an event")
    if not _EVENT.fullmatch(_text(event, "event")):
        raise BadSignature("not an event")
    return event


def _entities(event: Node) -> Iterator[Node]:
    payload = event.get("payload")
    for part in payload.values() if isinstance(payload, dict) else ():
        entity = part.get("entity") if isinstance(part, dict) else None
        if isinstance(entity, dict):
            yield entity


def _orders(thing: Node) -> Iterator[str]:
    for name in ("id", "order_id"):
        if _ORDER.fullmatch(_text(thing, name)):
            yield thing[name]


def _ask(order_of: Callable[[str], str], payment: str) -> str:
    try:
        return order_of(payment)
    except Refused:
        return ""


def _note(thing: Node, name: str) -> str:
    notes = thing.get("notes")
    return _text(notes, name) if isinstance(notes, dict) else ""


def _text(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""
