"""Confirming a PaymentIntent: find what pays, ask for authentication where needed, charge."""

import contextlib
from typing import Any

from sandbox.cards import card_of
from sandbox.store import Document
from sandbox.stripe_charging import authentication, charge_card
from sandbox.stripe_customers import not_attached
from sandbox.stripe_debits import debit
from sandbox.stripe_errors import CardError, InvalidRequest, decline_fields
from sandbox.stripe_methods import check_kind, offer
from sandbox.stripe_redirects import start_ideal, start_upi
from sandbox.stripe_secure import must_be_asked, needs_challenge, start_challenge
from sandbox.stripe_states import CONFIRMABLE, apply_common, cancel, fail_intent, wrong_state
from sandbox.stripe_tokens import method_for
from sandbox.stripe_world import World

Params = dict[str, Any]

MOST_CONFIRMS = 50


def confirm(world: World, intent: Document, params: Params) -> Document:
    """Confirm: find the payment method, then do what its type asks for."""
    if intent["status"] not in CONFIRMABLE:
        raise wrong_state(intent, "confirm", CONFIRMABLE)
    apply_common(intent, params)
    offer(intent)
    if intent["_confirms"] >= MOST_CONFIRMS:
        return cancel(world, intent, {}, reason="automatic")
    intent["_confirms"] += 1
    method = method_for(world, intent, params)
    return_url = params.get("return_url") or method.get("_return_url")
    check_return_url(intent, return_url)
    claim(world, intent, method)
    if method["type"] == "sepa_debit":
        return debit(world, intent, method, params)
    if method["type"] != "card":
        if params.get("error_on_requires_action") or params.get("off_session"):
            _refuse_action(world, intent, method)
        start = {"ideal": start_ideal, "upi": start_upi}[method["type"]]
        return start(world, intent, method, return_url=return_url)
    proven = intent.get("_authenticated")
    if proven and proven["method"] == method["id"]:
        charge_card(world, intent, method, three_d_secure=proven["three_d_secure"])
        return intent
    where = None if uses_sdk(params, method) else return_url
    return _authenticate(world, intent, method, params, return_url=where)


def _authenticate(
    world: World, intent: Document, method: Document, params: Params, *, return_url: str | None
) -> Document:
    card = card_of(method)
    wish = intent["payment_method_options"]["card"]["request_three_d_secure"]
    if params.get("off_session"):
        if must_be_asked(card, method):
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


def uses_sdk(params: Params, method: Document) -> bool:
    """Say whether the browser script goes on: the request's word, else the token's.

    A return_url of its own asks for a redirect; a token that the browser script made says true.
    """
    if params.get("use_stripe_sdk") is not None:
        return bool(params["use_stripe_sdk"])
    if params.get("return_url"):
        return False
    return bool(method.get("_use_stripe_sdk"))


def check_return_url(intent: Document, return_url: str | None) -> None:
    """Refuse a confirmation that might redirect and does not say where back to."""
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


def claim(world: World, intent: Document, method: Document) -> None:
    """Take a method for an intent: of an offered type, its customer's, and not used up."""
    check_kind(intent, method)
    if method["customer"]:
        if intent["customer"] is None:
            raise InvalidRequest(
                f"The payment method `{method['id']}` you provided is attached to a customer so for"
                " security purposes you must provide the customer in the request.",
                param="payment_method",
            )
        if intent["customer"] != method["customer"]:
            raise not_attached(method["id"], "payment_method")
    elif method["_used_by"] not in (None, intent["id"]) or method.get("_spent"):
        raise InvalidRequest(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer"
            " attachment, shared with a connected account without Customer attachment, or was"
            " detached from a Customer. It may not be used again. To use a PaymentMethod multiple"
            " times, you must attach it to a Customer first.",
        )
    method["_used_by"] = intent["id"]
    intent["payment_method"] = method["id"]
    world.put(method)


def finish_challenge(
    world: World, attempt: Document, intent: Document, *, passed: bool
) -> Document:
    """Go on after the challenge: charge, or ask for another payment method."""
    method = world.get("payment_method", attempt["method"])
    attempt["state"] = "passed" if passed else "failed"
    world.put(attempt)
    if not passed:
        return fail_challenge(world, intent, method)
    proof = authentication("authenticated", "challenge")
    if intent["confirmation_method"] == "manual":
        intent |= {"status": "requires_confirmation", "next_action": None}
        intent["_authenticated"] = {"method": method["id"], "three_d_secure": proof}
        return world.put(intent)
    # A decline is written in the intent, where whoever asks will find it.
    with contextlib.suppress(CardError):
        charge_card(world, intent, method, three_d_secure=proof)
    return intent


def fail_challenge(world: World, intent: Document, method: Document) -> Document:
    """Write down that the holder was not who they should be."""
    code = f"{intent['object']}_authentication_failure"
    fields = {
        "code": code,
        "doc_url": "https://stripe.com/docs/error-codes/" + code.replace("_", "-"),
        "message": "We are unable to authenticate your payment method. Please choose a"
        " different payment method and try again.",
        "type": "invalid_request_error",
    }
    method["_spent"] = not method["customer"]
    world.put(method)
    fail_intent(world, intent, method, fields)
    return intent
