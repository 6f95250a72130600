"""What the panel shows: payments of every provider in one form, what was asked about them, and what was sent."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox import Sandbox, acts
from sandbox.acts import PAYMENTS
from sandbox.bodies import Refused
from sandbox.faults import NAME
from sandbox.panel_marks import MARKS
from sandbox.providers import TITLES
from sandbox.store import Document
from sandbox.stripe_pages import shown_amount

SHOWN = 40
# What many payments may have in common.
SHARED = ("cus_", "cust_", "pm_", "card_", "mandate_", "acct_", "acc_")


@dataclass(frozen=True)
class Row:
    """A payment at its provider."""

    provider: str
    id: str
    state: str
    amount: str
    at: str
    till: str
    """What Till calls it, where the provider was told."""
    marks: tuple[str, ...]
    """What became of it since: why it was declined, what went back, whether it is disputed."""
    names: frozenset[str]

    @property
    def title(self) -> str:
        return TITLES[self.provider]


def _minor(doc: Document) -> str:
    return shown_amount(doc["amount"], doc["currency"].lower())


def _paypal(doc: Document) -> str:
    amount = doc["purchase_units"][0]["amount"]
    return f"{amount['value']} {amount['currency_code']}"


AMOUNTS: dict[str, Callable[[Document], str]] = {
    "stripe": _minor,
    "paypal": _paypal,
    "razorpay": _minor,
}


def payments(sandbox: Sandbox) -> list[Row]:
    """The newest payments of all providers, newest first."""
    found = [
        (_when(doc), provider, doc)
        for provider, kind in PAYMENTS.items()
        for doc in sandbox.store.list(kind)[:SHOWN]
    ]
    newest = sorted(found, key=lambda one: one[0], reverse=True)[:SHOWN]
    return [_row(sandbox, provider, doc) for _, provider, doc in newest]


def named(sandbox: Sandbox, payment: str) -> Row | None:
    """The payment of this name, whichever provider has it and whoever calls it so."""
    for provider in PAYMENTS:
        try:
            return _row(sandbox, provider, acts.find(sandbox, provider, payment))
        except Refused:
            continue
    return None


def _row(sandbox: Sandbox, provider: str, doc: Document) -> Row:
    told = doc.get("metadata") or doc.get("notes") or _unit(doc)
    till = told.get("payment_id", "") if isinstance(told, dict) else ""
    marks = tuple(MARKS[provider](sandbox, doc))
    names = frozenset(family(sandbox, provider, doc["id"]))
    return Row(
        provider, doc["id"], doc["status"], AMOUNTS[provider](doc), _when(doc), till, marks, names
    )


def _unit(order: Document) -> dict[str, str]:
    """What an order at PayPal was told: a unit that has no name of its own is called `default`."""
    name = order.get("purchase_units", [{}])[0].get("reference_id", "default")
    return {} if name == "default" else {"payment_id": name}


def owner(rows: list[Row], names: Iterable[str]) -> Row | None:
    """The one of these payments that something is about."""
    about = set(names)
    return next((row for row in rows if row.names & about), None)


def _when(doc: Document) -> str:
    told = doc.get("create_time") or doc.get("created") or doc.get("created_at")
    if isinstance(told, int):
        return datetime.fromtimestamp(told, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(told)


def family(sandbox: Sandbox, provider: str, payment_id: str) -> list[str]:
    """Every id that belongs to this payment alone: its own, and those that it names."""
    own = sandbox.store.get(PAYMENTS[provider], payment_id)
    if own is None:
        return []
    named = (name for name in NAME.findall(json.dumps(own)) if not name.startswith(SHARED))
    return sorted({payment_id, *named})


def requests(log: list[dict[str, Any]], names: list[str], rows: list[Row]) -> list[dict[str, Any]]:
    """The newest requests, newest first; where a payment is chosen, those about it."""
    chosen = [entry for entry in log if not names or set(names) & set(entry["names"])]
    return [entry | {"about": owner(rows, entry["names"])} for entry in chosen[::-1][:SHOWN]]


def webhooks(sandbox: Sandbox, names: list[str], rows: list[Row]) -> Iterator[Document]:
    """The newest messages, what waits first; where a payment is chosen, those about it."""
    known = [*sandbox.store.list("sandbox.delivery"), *sandbox.store.list("sandbox.delivered")]
    chosen = [d for d in known if not names or any(name in d["body"] for name in names)]
    for delivery in chosen[:SHOWN]:
        told = {name: value for name, value in delivery.items() if name not in ("body", "key")}
        yield told | {"about": owner(rows, NAME.findall(delivery["body"]))}
