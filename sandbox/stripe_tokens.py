"""Confirmation tokens, and how an intent finds what it is to be paid with."""

from typing import Any

from sandbox import clock
from sandbox.store import Document
from sandbox.stripe_credentials import method_of_fields, named_method
from sandbox.stripe_errors import InvalidRequest, InvalidState, no_such
from sandbox.stripe_objects import confirmation_token
from sandbox.stripe_world import World

GIVEN = ("confirmation_token", "payment_method", "payment_method_data")
USED_WITH = {"payment_intent": "payment_intent", "setup_intent": "setup_intent"}


def create_token(world: World, params: dict[str, Any], client: Document) -> Document:
    """Make a confirmation token: what the browser script calls; it accepts a mandate by that."""
    method = method_of_fields(params["payment_method_data"], inside="payment_method_data")
    if method["type"] != "card" and not params.get("mandate_data"):
        params["mandate_data"] = {"customer_acceptance": {"type": "online", "online": client}}
    return world.put(confirmation_token(method, params))


def create_test_token(world: World, params: dict[str, Any]) -> Document:
    """Make a token of a `pm_card_` name, of a saved method or of fields: Stripe's test helper."""
    given = [name for name in GIVEN if params.get(name)]
    if len(given) != 1:
        raise InvalidRequest(
            "Missing required param: payment_method.",
            code="parameter_missing",
            param="payment_method",
        )
    if "payment_method" in given:
        method = method_by_id(world, params["payment_method"])
    else:
        refuse_card_fields(params["payment_method_data"])
        method = method_of_fields(params["payment_method_data"], inside="payment_method_data")
    return world.put(confirmation_token(method, params))


def refuse_card_fields(data: dict[str, Any]) -> None:
    """Turn a server away that sends a card number."""
    if data["type"] == "card":
        raise InvalidRequest(
            "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest"
            " you use test tokens that map to the test card you are using, see"
            " https://stripe.com/docs/testing."
        )


def method_by_id(world: World, name: str, *, param: str = "payment_method") -> Document:
    """Find a payment method by its id or make it of its magic name."""
    found = named_method(name) or world.find("payment_method", name)
    if found is None:
        raise no_such("PaymentMethod", name, param=param)
    return world.put(found)


def method_for(world: World, intent: Document, params: dict[str, Any]) -> Document:
    """Find what an intent is to be paid with: a token, fields, a method, or its own."""
    given = [name for name in GIVEN if params.get(name)]
    if len(given) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(given)}.",
            code="parameters_exclusive",
        )
    if "confirmation_token" in given:
        return _spend_token(world, intent, params["confirmation_token"])
    if "payment_method_data" in given:
        fields = params["payment_method_data"]
        return world.put(method_of_fields(fields, inside="payment_method_data"))
    if not given and not intent["payment_method"]:
        called = "PaymentIntent" if intent["object"] == "payment_intent" else "SetupIntent"
        raise InvalidState(
            f"You cannot confirm this {called} because it's missing a payment method. You can"
            f" either update the {called} with a payment method and then confirm it again, or"
            " confirm it again directly with a payment method or ConfirmationToken.",
            code=f"{intent['object']}_unexpected_state",
        )
    return method_by_id(world, params.get("payment_method") or intent["payment_method"])


def _spend_token(world: World, intent: Document, token_id: str) -> Document:
    token = world.get("confirmation_token", token_id, param="confirmation_token")
    if token["payment_intent"] or token["setup_intent"]:
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
    token[USED_WITH[intent["object"]]] = intent["id"]
    world.put(token)
    method = world.find("payment_method", token["_method"]["id"]) or token["_method"]
    if intent["object"] == "payment_intent":
        intent["shipping"] = intent["shipping"] or token["shipping"]
        intent["setup_future_usage"] = intent["setup_future_usage"] or token["setup_future_usage"]
    method["_return_url"] = token["return_url"]
    method["_use_stripe_sdk"] = token["use_stripe_sdk"]
    method["_acceptance"] = (token["mandate_data"] or {}).get("customer_acceptance")
    return world.put(method)
