"""Which charge a verified webhook is about. Nothing but ids is read: what became of the charge PayPal is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from app.providers.base import BadSignature, ProviderNews, Refused
from app.providers.paypal_client import PayPalClient
from app.providers.paypal_reading import Node, custom_ids, link

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_CAPTURE_URL = re.compile(r"/v2/payments/captures/([A-Za-z0-9-]{1,64})(?:/|$)")


def read_news(body: bytes, client: PayPalClient) -> ProviderNews:
    """Read a verified event's ids. A refund made at PayPal names its capture only, which is then asked for its order.

    Raises BadSignature for what is no event, Unanswered when PayPal had to be asked and did not answer.
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise BadSignature("not JSON") from None
    return news_of(event, client)


def news_of(told: Any, client: PayPalClient) -> ProviderNews:
    """Read an event's ids. Raises as `read_news` does."""
    event = _event(told)
    resource = _node(event, "resource")
    kind = event["event_type"]
    if kind.startswith("VAULT.PAYMENT-TOKEN."):
        return _vault_news(event["id"], kind, resource)
    disputed = kind.startswith("CUSTOMER.DISPUTE.")
    return _named(event["id"], kind, resource, client, disputed=disputed)


def dispute_news(dispute: Node, client: PayPalClient, *, event_id: str) -> ProviderNews:
    """Which charge a dispute is about, as a webhook would tell it. Raises Unanswered."""
    return _named(event_id, "dispute", dispute, client, disputed=True)


def _vault_news(event_id: str, kind: str, token: Node) -> ProviderNews:
    """What was kept with a payment is told of by its order; anything else is about the method."""
    order_id = _id(_node(token, "metadata").get("order_id"))
    if order_id and kind.endswith(".CREATED"):
        return ProviderNews(event_id, kind, (order_id,))
    return ProviderNews(event_id, kind, method_ref=_id(token.get("id")) or None)


def _named(
    event_id: str, kind: str, resource: Node, client: PayPalClient, *, disputed: bool
) -> ProviderNews:
    attempt_id = next(filter(None, (custom_ids(value)[0] for value in _custom(resource))), None)
    refs = list(dict.fromkeys(filter(None, _orders(kind, resource))))
    if not refs and attempt_id is None:
        refs = [order for capture in _captures(resource) for order in _order_of(capture, client)]
    return ProviderNews(event_id, kind, tuple(refs), attempt_id, disputed=disputed)


def _event(event: Any) -> Node:
    if (
        not isinstance(event, dict)
        or not _is_short(event.get("id"))
        or not _is_short(event.get("event_type"))
    ):
        raise BadSignature("not an event")
    return event


def _is_short(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable()


def _node(node: Node, name: str) -> Node:
    value = node.get(name)
    return value if isinstance(value, dict) else {}


def _rows(node: Node, name: str) -> list[Node]:
    value = node.get(name)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _custom(resource: Node) -> Iterator[Any]:
    yield resource.get("custom_id")
    for unit in _rows(resource, "purchase_units"):
        yield unit.get("custom_id")
    for transaction in _rows(resource, "disputed_transactions"):
        yield transaction.get("custom")


def _orders(kind: str, resource: Node) -> Iterator[str]:
    if kind.startswith("CHECKOUT.ORDER."):
        yield _id(resource.get("id"))
    yield _id(_node(_node(resource, "supplementary_data"), "related_ids").get("order_id"))


def _captures(resource: Node) -> Iterator[str]:
    found = _CAPTURE_URL.search(link(resource.get("links"), "up"))
    if found:
        yield found[1]
    for transaction in _rows(resource, "disputed_transactions")[:5]:
        capture_id = _id(transaction.get("seller_transaction_id"))
        if capture_id:
            yield capture_id


def _order_of(capture_id: str, client: PayPalClient) -> Iterator[str]:
    try:
        capture = client.ask("show_capture", capture_id).body
    except Refused:
        return
    yield from filter(None, _orders("", capture))


def _id(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""
