"""Who pays at PayPal, as far as its answers tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.providers import paypal_cards
from app.providers.base import Kept, Method, Unanswered

Node = dict[str, Any]


def method(order: Node) -> Method:
    """How the buyer pays, as far as the order tells."""
    card = paypal_cards.of(order)
    return paypal_cards.method(card) if card.get("last_digits") else wallet(order)


def wallet(order: Node) -> Method:
    """The PayPal account that the buyer pays with."""
    payer = _payer(order)
    return Method(type="paypal", email=_short(payer.get("email_address")), country=_country(payer))


def facts(order: Node, rows: Sequence[Node]) -> Node:
    """What the order and its payments tell of the buyer, kept for risk scoring."""
    payer = _payer(order)
    protection = rows[-1].get("seller_protection") if rows else None
    told = {
        "payer_id": _short(payer.get("account_id") or payer.get("payer_id")),
        "payer_country": _country(payer),
        "payer_status": _short(payer.get("account_status")),
        "seller_protection": _short(protection.get("status"))
        if isinstance(protection, dict)
        else None,
        "pending_reason": pending_reason(rows[-1]) if rows else None,
        **paypal_cards.facts(paypal_cards.of(order), rows[-1] if rows else {}),
    }
    return {name: value for name, value in told.items() if value}


def keeping(order: Node) -> Node:
    """What became of the wish to keep the buyer's method, as `Outcome`'s `kept` or `keeping`.

    Until the payment completes, PayPal tells of it as APPROVED, without an id.
    """
    attributes = _wallet(order).get("attributes")
    vault = attributes.get("vault") if isinstance(attributes, dict) else None
    if not isinstance(vault, dict):
        return {}
    if vault.get("id"):
        return {"kept": kept({**order, **vault})}
    return {"keeping": vault.get("status") == "APPROVED"}


def kept(token: Node) -> Kept:
    """A payment token of the vault. Raises Unanswered where it has no id."""
    credential, customer = _short(token.get("id")), token.get("customer")
    if credential is None:
        raise Unanswered("PayPal's payment token has no id")
    customer_ref = _short(customer.get("id")) if isinstance(customer, dict) else None
    return Kept(credential, customer_ref or "", method=method(token), facts=facts(token, ()))


def _wallet(order: Node) -> Node:
    source = order.get("payment_source")
    wallet = source.get("paypal") if isinstance(source, dict) else None
    return wallet if isinstance(wallet, dict) else {}


def _payer(order: Node) -> Node:
    payer = order.get("payer")
    return {**(payer if isinstance(payer, dict) else {}), **_wallet(order)}


def _country(payer: Node) -> str | None:
    address = payer.get("address")
    return _short(address.get("country_code")) if isinstance(address, dict) else None


def pending_reason(row: Node) -> str | None:
    """Why PayPal keeps a payment waiting."""
    details = row.get("status_details")
    return _short(details.get("reason")) if isinstance(details, dict) else None


def _short(value: object) -> str | None:
    return value[:254] if isinstance(value, str) and value else None
