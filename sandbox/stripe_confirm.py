"""Confirming a PaymentIntent: find what pays, ask for authentication where needed, charge."""

import contextlib
from typing import Any

from sandbox.cards import BY_KEY
from sandbox.store import Document
from sandbox.stripe_charging import authentication, charge_card, fail_intent
from sandbox.stripe_errors import CardError, InvalidRequest, decline_fields
from sandbox.stripe_secure import needs_challenge, start_challenge
from sandbox.stripe_states import CONFIRMABLE, apply_common, cancel, wrong_state
from sandbox.stripe_tokens import method_for
from sandbox.stripe_world import World

Params = dict[str, Any]

MOST_CONFIRMS = 50
OFF_SESSION_MATTERS = ("required", "required_on_session", "frictionless")


def confirm(world: World, intent: Document, params: Params) -> Document:
    """Confirm: find the payment method, ask for authentication where needed, charge."""
    if intent["status"] not in CONFIRMABLE:
        raise wrong_state(intent, "confirm", CONFIRMABLE)
    apply_common(intent, params)
    if intent["_confirms"] >= MOST_CONFIRMS:
        return cancel(world, intent, {}, reason="automatic")
    intent["_confirms"] += 1
    proven = intent.get("_authenticated")
    method = method_for(world, intent, params)
    return_url = params.get("return_url") or method.get("_return_url")
    use_sdk = _uses_sdk(params, method)
    _check_return_url(intent, return_url)
    _mark_used(world, intent, method)
    if proven and proven["method"] == method["id"]:
        charge_card(world, intent, method, three_d_secure=proven["three_d_secure"])
        return intent
    return _authenticate(world, intent, method, params, return_url=None if use_sdk else return_url)


def _authenticate(
    world: World, intent: Document, method: Document, params: Params, *, return_url: str | None
) -> Document:
    card = BY_KEY[method["_card"]]
    wish = intent["payment_method_options"]["card"]["request_three_d_secure"]
    if params.get("off_session") and card.auth in OFF_SESSION_MATTERS:
        if card.auth == "required":
            fields = decline_fields("authentication_required", "authentication_required")
            raise fail_intent(world, intent, method, fields)
        charge_card(world, intent, method, three_d_secure=None)
        return intent
    if card.auth == "lookup_fails":
        failed = authentication("processing_error")
        charge_card(world, intent, method, three_d_secure=failed)
    if needs_challenge(card, wish):
        if params.get("error_on_requires_action"):
            _refuse_action(world, intent, method)
        start_challenge(world, intent, method, return_url=return_url)
        return intent
    charge_card(world, intent, method, three_d_secure=_without_challenge(card.auth, wish))
    return intent


def _without_challenge(auth: str, wish: str) -> Document | None:
    if auth == "frictionless":
        return authentication("authenticated", "frictionless")
    if wish == "automatic" or auth == "unsupported":
        return None
    return authentication("attempt_acknowledged", "frictionless")


def _refuse_action(world: World, intent: Document, method: Document) -> None:
    fields = decline_fields("authentication_required", "authentication_required")
    fields["message"] = (
        "This payment required an authentication action to complete, but"
        " `error_on_requires_action` was set."
    )
    raise fail_intent(world, intent, method, fields)


def _uses_sdk(params: Params, method: Document) -> bool:
    # What the request says wins; a return_url of its own asks for a redirect; else the token's
    # own word counts, which is true for every token that the browser script made.
    if params.get("use_stripe_sdk") is not None:
        return bool(params["use_stripe_sdk"])
    if params.get("return_url"):
        return False
    return bool(method.get("_use_stripe_sdk"))


def _check_return_url(intent: Document, return_url: str | None) -> None:
    automatic = intent["automatic_payment_methods"]
    redirects = automatic and automatic["enabled"] and automatic["allow_redirects"] == "always"
    if redirects and not return_url:
        raise InvalidRequest(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard."
            " Because some of these payment methods might redirect your customer off of your page,"
            " you must provide a `return_url`. If you don't want to accept redirect-based payment"
            " methods, set `automatic_payment_methods[enabled]` to `true` and"
            " `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents"
            " and Payment Intents.",
            param="return_url",
        )
    if return_url and not return_url.startswith(("http://", "https://")):
        raise InvalidRequest("Not a valid URL", code="url_invalid", param="return_url")


def _mark_used(world: World, intent: Document, method: Document) -> None:
    if method["_used_by"] not in (None, intent["id"]) or method.get("_spent"):
        raise InvalidRequest(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer"
            " attachment, shared with a connected account without Customer attachment, or was"
            " detached from a Customer. It may not be used again. To use a PaymentMethod multiple"
            " times, you must attach it to a Customer first.",
        )
    method["_used_by"] = intent["id"]
    intent["payment_method"] = method["id"]
    world.put(method)


def finish_challenge(world: World, attempt: Document, *, passed: bool) -> Document:
    """Go on after the challenge: charge, or ask for another payment method."""
    intent = world.get("payment_intent", attempt["intent"])
    method = world.get("payment_method", attempt["method"])
    attempt["state"] = "passed" if passed else "failed"
    world.put(attempt)
    if not passed:
        fields = {
            "code": "payment_intent_authentication_failure",
            "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
            "message": "We are unable to authenticate your payment method. Please choose a"
            " different payment method and try again.",
            "type": "invalid_request_error",
        }
        method["_spent"] = True
        world.put(method)
        fail_intent(world, intent, method, fields)
        return intent
    proof = authentication("authenticated", "challenge")
    if intent["confirmation_method"] == "manual":
        intent |= {"status": "requires_confirmation", "next_action": None}
        intent["_authenticated"] = {"method": method["id"], "three_d_secure": proof}
        return world.put(intent)
    # A decline is written in the intent, where whoever asks will find it.
    with contextlib.suppress(CardError):
        charge_card(world, intent, method, three_d_secure=proof)
    return intent
