"""Which kinds of payment method there are, and which of them an intent may be paid with."""

from dataclasses import dataclass
from typing import Any

from sandbox.store import Document
from sandbox.stripe_amounts import LARGER
from sandbox.stripe_errors import InvalidRequest, InvalidState
from sandbox.stripe_states import CALLED

ALL = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What is true of every payment method of one type."""

    currencies: tuple[str, ...] = ALL
    least: int = 0
    most: int = max(LARGER.values())  # the bound of its currency is looked at before
    holds: bool = False  # knows manual capture
    redirects: bool = False
    needs_mandate: bool = False
    needs: tuple[str, ...] = ()  # billing details that must be there
    attaches: bool = False  # can be attached to a customer by itself


# Limits: 10,000 EUR for a direct debit and 1 to 100,000 INR for UPI are Stripe's published ones;
# for cards and iDEAL only the limits of every intent hold here, which is our assumption.
KINDS = {
    "card": Kind(holds=True, attaches=True),
    "sepa_debit": Kind(
        currencies=("eur",),
        most=1_000_000,
        needs_mandate=True,
        needs=("name", "email"),
        attaches=True,
    ),
    "ideal": Kind(currencies=("eur",), redirects=True),
    "upi": Kind(currencies=("inr",), least=100, most=10_000_000),
}


def check_words(params: dict[str, Any]) -> None:
    """Refuse types that this account does not have, and both lists at once."""
    lists = ("allowed_payment_method_types", "excluded_payment_method_types")
    if all(params.get(name) for name in lists):
        raise InvalidRequest(
            "You may only specify one of these parameters: allowed_payment_method_types,"
            " excluded_payment_method_types.",
            code="parameters_exclusive",
        )
    for word in params.get("allowed_payment_method_types") or []:
        if word not in KINDS:
            raise InvalidRequest(
                f"The payment method type provided: {word} is invalid. Please ensure the provided"
                " type is activated in your dashboard"
                " (https://dashboard.stripe.com/account/payments/settings) and your account is"
                " enabled for any preview features that you are trying to use.",
                code="payment_method_unactivated",
                param="allowed_payment_method_types",
            )


def offer(intent: Document) -> None:
    """Write down what may pay an intent: its lists, currency, amount and capture decide."""
    allowed = intent["allowed_payment_method_types"] or list(KINDS)
    excluded = intent["excluded_payment_method_types"] or []
    automatic = intent["automatic_payment_methods"] or {}
    offered = [
        name
        for name, kind in KINDS.items()
        if name in allowed
        and name not in excluded
        and _fits(kind, intent)
        and not (kind.redirects and automatic.get("allow_redirects") == "never")
    ]
    if not offered:
        raise InvalidRequest(
            "No valid payment method types for this Payment Intent. Please ensure that you have"
            " activated payment methods compatible with your chosen currency in your dashboard"
            " (https://dashboard.stripe.com/settings/payment_methods) or allow other ones.",
            param="allowed_payment_method_types",
        )
    intent["payment_method_types"] = offered


def _fits(kind: Kind, intent: Document) -> bool:
    if intent["object"] == "setup_intent":
        return True
    fits = kind.currencies == ALL or intent["currency"] in kind.currencies
    held = intent["capture_method"] == "manual"
    return fits and kind.least <= intent["amount"] <= kind.most and (kind.holds or not held)


def check_kind(intent: Document, method: Document) -> None:
    """Refuse a method that the intent does not offer, or that lacks what its type needs."""
    offered = intent["payment_method_types"]
    if method["type"] not in offered:
        raise InvalidState(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this"
            f" {CALLED[intent['object']]}. Please attach a payment method of one of the following"
            f" types: {', '.join(offered)}.",
            code="payment_intent_incompatible_payment_method",
            param="payment_method",
        )
    needs = KINDS[method["type"]].needs
    missing = next((name for name in needs if not method["billing_details"][name]), None)
    if missing:
        raise InvalidRequest(
            f"Missing required param: billing_details[{missing}].",
            code="parameter_missing",
            param=f"billing_details[{missing}]",
        )
