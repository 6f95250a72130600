"""Records as callers see them: the only place that names the API's fields."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.customers.keep import is_expired
from models import (
    CheckoutSession,
    Customer,
    Event,
    Operation,
    Order,
    Payment,
    PaymentLink,
    PaymentToken,
    SavedMethod,
    Setup,
)
from models.clock import iso

Fields = dict[str, Any]


def encode(value: Fields) -> bytes:
    """The JSON text that is sent, and kept for a repeated request."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def page(rows: Sequence[Fields], *, limit: int) -> Fields:
    """One page of a list, made from one row more than it may hold."""
    shown = list(rows[:limit])
    has_more = len(rows) > limit
    return {
        "data": shown,
        "has_more": has_more,
        "next_cursor": shown[-1]["id"] if has_more else None,
    }


def payment(row: Payment, *, session_id: str | None, base_url: str) -> Fields:
    """A payment. `next_action` tells what the shopper must do, `decline` why the last try failed."""
    return {
        "id": row.id,
        "status": row.status,
        "amount": row.total_minor,
        "amount_captured": row.captured_minor,
        "amount_refunded": row.refunded_minor,
        "amount_refunding": row.refunding_minor,
        "currency": row.currency,
        "capture": row.capture,
        "provider": row.provider,
        "method": _method(row.method),
        "decline": row.decline,
        "next_action": _next_action(row.next_action) if row.status == "requires_action" else None,
        "customer": row.customer_id,
        "saved_method": row.saved_method_id,
        "off_session": row.off_session,
        "recovery_url": row.recovery_session_id and f"{base_url}/c/{row.recovery_session_id}",
        "attempts": row.attempts_count,
        "checkout_session_id": session_id,
        "payment_link_id": row.link_id,
        "description": row.description,
        "return_url": row.return_url,
        "metadata": row.details,
        "expires_at": _time(row.expires_at),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def refund(row: Operation) -> Fields:
    """A refund: `pending` until the provider has said how it ended."""
    return {
        "id": row.id,
        "payment_id": row.payment_id,
        "status": "pending" if row.status == "started" else row.status,
        "amount": row.amount_minor,
        "currency": row.currency,
        "reason": row.reason,
        "failure_code": row.failure_code,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def event(row: Event) -> Fields:
    """Something that happened, with the payment as it was then."""
    return {
        "id": row.id,
        "type": row.type,
        "payment_id": row.payment_id,
        "actor": row.actor,
        "data": row.data,
        "request_id": row.request_id,
        "created_at": iso(row.created_at),
    }


def session(
    row: CheckoutSession, its_payment: Payment, its_order: Order, *, base_url: str
) -> Fields:
    """A checkout session with the order that is paid in it. Send the shopper to `url`."""
    return {
        "id": row.id,
        "url": f"{base_url}/c/{row.id}",
        "status": its_payment.session_status,
        "payment_id": row.payment_id,
        "payment_status": its_payment.status,
        "amount": its_order.total_minor,
        "currency": its_order.currency,
        "order": order(its_order),
        "capture": its_payment.capture,
        "description": its_payment.description,
        "reference": its_order.reference,
        # Not whoever has shown a code on the page: that may be anybody who has its address.
        "customer": its_payment.customer_id,
        "customer_email": row.customer_email,
        "payment_methods": row.payment_methods,
        "language": row.language,
        "embed_origins": row.embed_origins,
        "success_url": row.success_url,
        "cancel_url": row.cancel_url,
        "payment_link_id": row.link_id,
        "metadata": its_payment.details,
        "expires_at": iso(row.expires_at),
        "created_at": iso(row.created_at),
    }


def order(row: Order) -> Fields:
    """What is bought, with every total as we computed it. `number` is what a person reads out."""
    chosen = row.shipping
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "subtotal": row.subtotal_minor,
        "discount": row.discount_minor,
        "shipping": row.shipping_minor,
        "tax": row.tax_minor,
        "total": row.total_minor,
        "lines": [
            {
                "name": line["name"],
                "quantity": line["quantity"],
                "unit_amount": line["unit_minor"],
                "amount": line["total_minor"],
                "image": line.get("image"),
            }
            for line in row.lines
        ],
        "discounts": [{"name": part["name"], "amount": part["minor"]} for part in row.discounts],
        "shipping_option": chosen
        and {"id": chosen["id"], "label": chosen["label"], "amount": chosen["minor"]},
        "taxes": [
            {
                "name": tax["name"],
                "rate_bps": tax["bps"],
                "inclusive": tax["inclusive"],
                "amount": tax["minor"],
            }
            for tax in row.taxes
        ],
    }


def link(row: PaymentLink, *, base_url: str) -> Fields:
    """A payment link. `url` can be sent to anybody."""
    return {
        "id": row.id,
        "url": f"{base_url}/l/{row.id}",
        "qr_url": f"{base_url}/l/{row.id}/qr.svg",
        "active": row.is_active,
        "title": row.title,
        "currency": row.currency,
        "amount": row.amount_minor,
        "min_amount": row.min_minor,
        "max_amount": row.max_minor,
        "max_quantity": row.max_quantity,
        "max_uses": row.max_uses,
        "tax_rates": row.tax_rates,
        "capture": row.capture,
        "success_url": row.success_url,
        "inactive_message": row.inactive_message,
        "payment_methods": row.payment_methods,
        "language": row.language,
        "embed_origins": row.embed_origins,
        "metadata": row.details,
        "starts_at": _time(row.starts_at),
        "expires_at": _time(row.expires_at),
        "created_at": iso(row.created_at),
    }


def token(row: PaymentToken) -> Fields:
    """A payment token. The provider's own token is never shown again."""
    return {
        "id": row.id,
        "provider": row.provider,
        "amount": row.amount_minor,
        "currency": row.currency,
        "method": _method(row.method),
        "expires_at": iso(row.expires_at),
        "created_at": iso(row.created_at),
    }


def customer(row: Customer) -> Fields:
    """A customer."""
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "reference": row.reference,
        "language": row.language,
        "metadata": row.details,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def saved_method(row: SavedMethod) -> Fields:
    """A kept method. The provider's own id of it is never shown."""
    return {
        "id": row.id,
        "customer": row.customer_id,
        "status": row.status,
        "provider": row.provider,
        "method": _method(row.method),
        "expired": is_expired(row.method),
        "mandate": row.mandate_id,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def setup(row: Setup) -> Fields:
    """How the keeping of a method stands. `next_action` tells what the customer must do."""
    return {
        "id": row.id,
        "customer": row.customer_id,
        "provider": row.provider,
        "status": "pending" if row.status == "started" else _SETUP.get(row.status, row.status),
        "saved_method": row.saved_method_id,
        "next_action": _next_action(row.next_action),
        "decline": row.decline,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


_SETUP = {"challenged": "requires_action", "declined": "failed"}
_METHOD = (
    "type",
    "brand",
    "last4",
    "exp_month",
    "exp_year",
    "funding",
    "country",
    "wallet",
    "email",
    "bank",
)
_ACTION = ("type", "client_secret", "url", "order", "data", "expires_at")


def _method(known: Fields | None) -> Fields | None:
    return None if known is None else {name: known.get(name) for name in _METHOD}


def _next_action(known: Fields | None) -> Fields | None:
    return None if known is None else {name: known.get(name) for name in _ACTION}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
