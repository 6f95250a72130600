"""The shapes of Stripe's objects when they are new: every field of them that this world knows."""

from typing import Any

from sandbox import clock
from sandbox.cards import Card
from sandbox.store import Document
from sandbox.stripe_world import new_id

NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
CHECKS = ("address_line1_check", "address_postal_code_check", "cvc_check")


def billing_details(given: dict[str, Any] | None) -> Document:
    """Give billing details with every field there, null where nothing was said."""
    given = given or {}
    address = NO_ADDRESS | (given.get("address") or {})
    rest = {name: given.get(name) for name in ("email", "name", "phone", "tax_id")}
    return {"address": address, **rest}


def shipping(given: dict[str, Any] | None) -> Document | None:
    """Give a shipping address with every field there, or null."""
    if not given:
        return None
    rest = {name: given.get(name) for name in ("carrier", "name", "phone", "tracking_number")}
    return {"address": NO_ADDRESS | given["address"], **rest}


def checks(card: Card, details: Document, *, cvc_sent: bool) -> Document:
    """Tell a check's result only for what was sent; the table says how the issuer answers."""
    address = details["address"]
    sent = {
        "address_line1_check": bool(address["line1"]),
        "address_postal_code_check": bool(address["postal_code"]),
        "cvc_check": cvc_sent,
    }
    return {name: card.checks.get(name, "pass") if sent[name] else None for name in CHECKS}


def wallet(kind: str | None, card: Card) -> Document | None:
    """Describe the wallet that the card came from, or null."""
    if not kind:
        return None
    return {"type": kind, "dynamic_last4": card.last4, kind: {}}


def card_details(card: Card, *, exp: tuple[int, int], checked: Document, kind: str) -> Document:
    """Describe a card as a payment method does."""
    return {
        "brand": card.brand,
        "checks": checked,
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": exp[0],
        "exp_year": exp[1],
        "fingerprint": card.fingerprint,
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.auth != "unsupported"},
        "wallet": wallet(kind, card),
    }


def payment_method(
    kind: str, part: Document, details: Document, given: dict[str, Any], **notes: Any
) -> Document:
    """Give a new payment method; `part` is the hash of its own type, `notes` are the sandbox's."""
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": given.get("allow_redisplay") or "unspecified",
        "billing_details": details,
        "created": clock.timestamp(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": given.get("metadata") or {},
        "type": kind,
        kind: part,
        "_used_by": None,
        **notes,
    }


def confirmation_token(method: Document, given: dict[str, Any]) -> Document:
    """Give a new confirmation token around a payment method that does not exist yet."""
    preview = ("allow_redisplay", "billing_details", method["type"], "customer", "type")
    return {
        "id": new_id("ctoken"),
        "object": "confirmation_token",
        "created": clock.timestamp(),
        "expires_at": clock.timestamp() + 12 * 3600,
        "livemode": False,
        "mandate_data": given.get("mandate_data"),
        "payment_intent": None,
        "payment_method_options": None,
        "payment_method_preview": {name: method[name] for name in preview},
        "return_url": given.get("return_url"),
        "setup_future_usage": given.get("setup_future_usage"),
        "setup_intent": None,
        "shipping": shipping(given.get("shipping")),
        "use_stripe_sdk": given.get("use_stripe_sdk", True),
        "_method": method,
    }


def payment_intent(given: dict[str, Any]) -> Document:
    """Give a new payment intent."""
    intent_id = new_id("pi")
    automatic = given.get("automatic_payment_methods")
    if automatic:
        automatic = {"allow_redirects": "always"} | automatic
    return {
        "id": intent_id,
        "object": "payment_intent",
        "allowed_payment_method_types": given.get("allowed_payment_method_types"),
        "amount": given["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": automatic,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given.get("capture_method") or "automatic_async",
        "client_secret": intent_id + "_secret_" + new_id("x", 25)[2:],
        "confirmation_method": given.get("confirmation_method") or "automatic",
        "created": clock.timestamp(),
        "currency": given["currency"],
        "customer": given.get("customer"),
        "customer_account": None,
        "description": given.get("description"),
        "excluded_payment_method_types": given.get("excluded_payment_method_types"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": given.get("metadata") or {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": options(given.get("payment_method_options")),
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "review": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": shipping(given.get("shipping")),
        "source": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": given.get("transfer_group"),
        "_confirms": 0,
    }


def options(given: dict[str, Any] | None) -> Document:
    """Give payment method options with Stripe's defaults for the card."""
    given = given or {}
    base = {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
    }
    others = {name: part for name, part in given.items() if name != "card" and part}
    return {"card": base | (given.get("card") or {}), **others}


def refund(given: dict[str, Any], charge: Document, *, amount: int) -> Document:
    """Give a new refund."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": clock.timestamp(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": _destination(charge["payment_method_details"]["type"]),
        "metadata": given.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _destination(kind: str) -> Document | None:
    # The SDK knows no destination of this form for the other methods of this world.
    if kind != "card":
        return None
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
    return {"card": {**reference, "type": "refund"}, "type": "card"}


def review(charge: Document) -> Document:
    """Give a new review, opened by the built-in rule on elevated risk."""
    return {
        "id": new_id("prv"),
        "object": "review",
        "billing_zip": charge["billing_details"]["address"]["postal_code"],
        "charge": charge["id"],
        "closed_reason": None,
        "created": clock.timestamp(),
        "ip_address": None,
        "ip_address_location": None,
        "livemode": False,
        "open": True,
        "opened_reason": "rule",
        "payment_intent": charge["payment_intent"],
        "reason": "rule",
        "session": None,
    }
