"""Payment methods and confirmation tokens: card fields in, an id out, the number forgotten."""

import re
from typing import Any

from sandbox import clock
from sandbox.cards import BY_NUMBER, DECLINE_TEXT, Card, as_named, find, luhn_holds
from sandbox.store import Document
from sandbox.stripe_errors import BadCard, InvalidRequest, InvalidState, no_such
from sandbox.stripe_objects import (
    billing_details,
    card_details,
    checks,
    confirmation_token,
    payment_method,
)
from sandbox.stripe_world import World

NAMED_EXPIRY_YEARS = 2


def create_method(world: World, params: dict[str, Any]) -> Document:
    """Make a payment method of card fields."""
    return world.put(method_of_fields(params))


def create_token(world: World, params: dict[str, Any]) -> Document:
    """Make a confirmation token of card fields: what the browser script calls."""
    method = method_of_fields(params["payment_method_data"])
    return world.put(confirmation_token(method, params))


def create_test_token(world: World, params: dict[str, Any]) -> Document:
    """Make a confirmation token of a magic `pm_card_` name: Stripe's own test helper."""
    if not params.get("payment_method"):
        raise InvalidRequest(
            "Missing required param: payment_method.",
            code="parameter_missing",
            param="payment_method",
        )
    method = method_by_id(world, params["payment_method"])
    return world.put(confirmation_token(method, params))


def method_of_fields(params: dict[str, Any]) -> Document:
    """Check card fields as Stripe does and describe the card, without keeping its number."""
    fields = params["card"]
    card = _card_of(re.sub(r"[\s-]", "", fields["number"]))
    exp = _expiry(fields["exp_month"], fields["exp_year"])
    cvc = fields.get("cvc")
    if cvc is not None and not re.fullmatch(r"\d{4}" if card.brand == "amex" else r"\d{3}", cvc):
        raise BadCard("Your card's security code is invalid.", code="invalid_cvc", param="cvc")
    details = billing_details(params.get("billing_details"))
    kind = (fields.get("wallet") or {}).get("type", "")
    checked = checks(card, details, cvc_sent=cvc is not None)
    part = card_details(card, exp=exp, checked=checked, kind=kind)
    return payment_method(card, details, part, params)


def _card_of(number: str) -> Card:
    if not re.fullmatch(r"\d{12,19}", number):
        raise BadCard("Your card number is invalid.", code="invalid_number", param="number")
    if not luhn_holds(number):
        raise BadCard("Your card number is incorrect.", code="incorrect_number", param="number")
    if number not in BY_NUMBER:
        # No real number is ever accepted here, not even to be declined later.
        words = DECLINE_TEXT["test_mode_live_card"]
        code, why = "card_declined", "test_mode_live_card"
        raise BadCard(words, code=code, param="number", decline_code=why)
    return BY_NUMBER[number]


def _expiry(month: int, year: int) -> tuple[int, int]:
    if not 1 <= month <= 12:
        raise BadCard(
            "Your card's expiration month is invalid.",
            code="invalid_expiry_month",
            param="exp_month",
        )
    now = clock.now()
    year = year + 2000 if year < 100 else year
    if year > now.year + 50 or (year, month) < (now.year, now.month):
        code, param = "invalid_expiry_year", "exp_year"
        if year == now.year:
            code, param = "invalid_expiry_month", "exp_month"
        part = "year" if param == "exp_year" else "month"
        raise BadCard(f"Your card's expiration {part} is invalid.", code=code, param=param)
    return month, year


def named_method(name: str) -> Document | None:
    """Make a payment method of a magic `pm_card_` name; every use makes a new one."""
    card = find(name)
    if card is None:
        return None
    if card.checks:
        card = as_named(card)
    given = {"address": {"line1": "x", "postal_code": "x"}} if card.checks_sent else {}
    checked = checks(card, billing_details(given), cvc_sent=True)
    exp = (12, clock.now().year + NAMED_EXPIRY_YEARS)
    part = card_details(card, exp=exp, checked=checked, kind="")
    return payment_method(card, billing_details({}), part, {})


def method_by_id(world: World, name: str, *, param: str = "payment_method") -> Document:
    """Find a payment method by its id or make it of its magic name."""
    found = named_method(name) or world.find("payment_method", name)
    if found is None:
        raise no_such("PaymentMethod", name, param=param)
    return world.put(found)


def method_for(world: World, intent: Document, params: dict[str, Any]) -> Document:
    """Find what an intent is to be paid with: a token, a named method, or its own."""
    token_id, method_id = params.get("confirmation_token"), params.get("payment_method")
    if token_id and method_id:
        raise InvalidRequest(
            "You may only specify one of these parameters: confirmation_token, payment_method.",
            code="parameters_exclusive",
        )
    if token_id:
        return _spend_token(world, intent, token_id)
    if not method_id and not intent["payment_method"]:
        raise InvalidState(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can"
            " either update the PaymentIntent with a payment method and then confirm it again, or"
            " confirm it again directly with a payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
        )
    return method_by_id(world, method_id or intent["payment_method"])


def _spend_token(world: World, intent: Document, token_id: str) -> Document:
    token = world.get("confirmation_token", token_id, param="confirmation_token")
    if token["payment_intent"] is not None:
        raise InvalidState(
            f"The confirmation token {token_id} has already been used. You can only use a"
            " confirmation token once.",
            param="confirmation_token",
        )
    if token["expires_at"] <= clock.timestamp():
        raise InvalidState(
            f"The confirmation token {token_id} has expired. Create a new one.",
            param="confirmation_token",
        )
    token["payment_intent"] = intent["id"]
    world.put(token)
    method = world.find("payment_method", token["_method"]["id"]) or token["_method"]
    if token["shipping"] and not intent["shipping"]:
        intent["shipping"] = token["shipping"]
    method["_return_url"] = token["return_url"]
    method["_use_stripe_sdk"] = token["use_stripe_sdk"]
    return world.put(method)
