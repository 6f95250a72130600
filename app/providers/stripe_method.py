"""How a shopper paid or is to go on, read from Stripe's payment methods and next actions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.providers.base import Method, NextAction
from app.providers.stripe_json import Json, contradicts, whole
from app.providers.stripe_words import unknown
from models.clock import iso


def next_action(intent: Json) -> NextAction | None:
    """What the shopper must do, of an intent that requires an action. Raises Unanswered, KeyError, TypeError."""
    action = whole(intent.get("next_action"))
    kind = action.get("type")
    if kind == "redirect_to_url":
        return NextAction("redirect", url=_address(action["redirect_to_url"]["url"]))
    if kind == "use_stripe_sdk":
        return NextAction("stripe_sdk", client_secret=intent["client_secret"])
    if kind == "upi_handle_redirect_or_display_qr_code":
        told = action[kind]
        code = told["qr_code"]
        return NextAction(
            "display_qr",
            url=_address(told["hosted_instructions_url"]),
            data={"image": _address(code["image_url_svg"])},
            expires_at=iso(datetime.fromtimestamp(code["expires_at"], UTC)),
        )
    unknown("next_action.type", kind)
    return None


def _address(url: Any) -> str:
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise contradicts("next_action")
    return url


def method(source: Json, billing: Json) -> Method | None:
    """How the shopper paid: from `payment_method_details`, a payment method or a preview of one."""
    if not source:
        return None
    kind = str(source["type"])
    told = whole(source.get(kind))  # each type tells of itself under its own name
    return Method(
        type=kind,
        brand=told.get("brand"),
        last4=told.get("last4"),
        exp_month=told.get("exp_month"),
        exp_year=told.get("exp_year"),
        funding=told.get("funding"),
        country=told.get("country"),
        wallet=whole(told.get("wallet")).get("type"),
        email=billing.get("email"),
        bank=told.get("bank") or told.get("bank_code"),
    )


_CARD_FACTS = ("brand", "funding", "country", "last4", "exp_month", "exp_year", "fingerprint")


def facts(source: Json, billing: Json) -> dict[str, Any]:
    """What scoring may want to know of the method and its holder, without what is not known."""
    card = whole(source.get("card"))
    debit = whole(source.get("sepa_debit"))
    found = {name: card.get(name) for name in _CARD_FACTS}
    if debit:  # an account is recognized like a card
        found |= {name: debit.get(name) for name in ("fingerprint", "last4", "country")}
    found["bin"] = card.get("iin")  # told to few accounts
    found["billing_name"] = billing.get("name")
    address = whole(billing.get("address"))
    found["billing_country"] = address.get("country")
    found["billing_postal_code"] = address.get("postal_code")
    found["wallet"] = whole(card.get("wallet")).get("type")
    checks = whole(card.get("checks")).items()
    found["checks"] = {name.removesuffix("_check"): said for name, said in checks if said} or None
    found["three_d_secure"] = whole(card.get("three_d_secure")).get("result")
    return {name: value for name, value in found.items() if value is not None}
