"""What Stripe is asked for: a PaymentIntent's parameters for a charge, a SetupIntent's for a method to be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.providers.base import Capabilities, Charge, Refused, Setup
from app.providers.stripe_money import to_stripe
from app.providers.stripe_words import TYPES

INTENTS = "/v1/payment_intents"

# Where a client-side token is looked up, and where its payment method is found in the answer.
CREDENTIALS = {
    "confirmation_token": ("/v1/confirmation_tokens", "payment_method_preview"),
    "payment_method": ("/v1/payment_methods", ""),
}
_PARAMETERS = {**{kind: kind for kind in CREDENTIALS}, "saved": "payment_method"}


def charge(charge: Charge, can: Capabilities, *, expand: Sequence[str]) -> dict[str, Any]:
    """A PaymentIntent that is confirmed at once. Raises Refused for what Stripe cannot be asked for."""
    if charge.amount.currency not in can.currencies:
        raise Refused("Stripe does not take this currency", code="currency_not_supported")
    known = {
        "attempt_id": charge.attempt_id,
        "payment_id": charge.payment_id,
        "order_number": charge.order_number,
    }
    asked: dict[str, Any] = {
        "amount": to_stripe(charge.amount),
        "currency": charge.amount.currency.lower(),
        "capture_method": charge.capture,
        "metadata": {name: value for name, value in known.items() if value},
        "expand": expand,
        **_confirmed(charge.credential_kind, charge.credential, charge.methods, charge.return_url),
        **_whose(charge),
    }
    if charge.in_browser and not charge.off_session:
        asked["use_stripe_sdk"] = True
    if charge.three_ds != "automatic":
        asked["payment_method_options"] = {"card": {"request_three_d_secure": charge.three_ds}}
    if charge.description:
        asked["description"] = charge.description
    return asked


def setup(setup: Setup) -> dict[str, Any]:
    """A SetupIntent that is confirmed at once. Raises Refused."""
    asked: dict[str, Any] = {
        "customer": setup.customer_ref,
        "usage": "off_session",
        "metadata": {"setup_id": setup.setup_id},
        "use_stripe_sdk": True,
        **_confirmed(setup.credential_kind, setup.credential, (), setup.return_url),
    }
    if setup.credential_kind == "payment_method" and setup.mandate:
        asked["mandate_data"] = _acceptance(setup.mandate)
    return asked


def _confirmed(
    kind: str, credential: str, methods: Sequence[str], return_url: str
) -> dict[str, Any]:
    """What is confirmed, with which methods, and where the shopper comes back to."""
    if kind not in _PARAMETERS:
        raise Refused("Stripe takes no such credential", code="credential_kind")
    automatic: dict[str, Any] = {"enabled": True}
    asked: dict[str, Any] = {
        "confirm": True,
        "automatic_payment_methods": automatic,
        _PARAMETERS[kind]: credential,
    }
    if methods:
        types = dict.fromkeys(TYPES.get(method, method) for method in methods)
        asked["allowed_payment_method_types"] = list(types)
    if return_url:
        asked["return_url"] = return_url
    else:
        automatic["allow_redirects"] = "never"
    return asked


def _whose(charge: Charge) -> dict[str, Any]:
    """The customer, and what the method may be used for later or was agreed to before."""
    asked: dict[str, Any] = {}
    if charge.customer_ref:
        asked["customer"] = charge.customer_ref
    if charge.save:
        asked["setup_future_usage"] = "off_session"
    if charge.off_session:
        asked["off_session"] = True
    if charge.mandate_ref:
        asked["mandate"] = charge.mandate_ref
    elif charge.mandate and charge.credential_kind == "payment_method":
        asked["mandate_data"] = _acceptance(charge.mandate)
    return asked


def _acceptance(mandate: Mapping[str, Any]) -> dict[str, Any]:
    """How the shopper agreed; a confirmation token carries it already."""
    online = {name: mandate[name] for name in ("ip_address", "user_agent") if mandate.get(name)}
    if len(online) < 2:
        return {"customer_acceptance": {"type": "offline", "offline": {}}}
    return {"customer_acceptance": {"type": "online", "online": online}}
