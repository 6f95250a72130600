"""The SetupIntent machine: making a payment method ready for later, without taking money."""

from typing import Any

from sandbox import clock
from sandbox.cards import card_of
from sandbox.store import Document
from sandbox.stripe_charging import authentication, refusal
from sandbox.stripe_confirm import check_return_url, claim, fail_challenge, uses_sdk
from sandbox.stripe_customers import attach, check_customer
from sandbox.stripe_errors import CardError, InvalidRequest, decline_fields
from sandbox.stripe_mandates import mandate_for
from sandbox.stripe_methods import KINDS, check_words, offer
from sandbox.stripe_redirects import start_ideal, start_upi, told_by_bank
from sandbox.stripe_secure import needs_challenge, start_challenge
from sandbox.stripe_states import CONFIRMABLE, fail_intent, merge_metadata, wrong_state
from sandbox.stripe_tokens import method_for
from sandbox.stripe_world import World, new_id

Params = dict[str, Any]

CONFIRM_ONLY = ("mandate_data", "return_url", "confirmation_token")
CARD_OPTIONS = {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}


def create(world: World, params: Params) -> Document:
    """Create a setup intent, and confirm it in the same breath when asked to."""
    check_words(params)
    if params.get("customer"):
        check_customer(world, params["customer"])
    for name in CONFIRM_ONLY:
        if params.get(name) is not None and not params.get("confirm"):
            raise InvalidRequest(
                f"You can only provide `{name}` if `confirm` is `true`.", param=name
            )
    intent = _new(params)
    _take(intent, params)
    if params.get("payment_method") and not params.get("confirm"):
        intent["payment_method"] = method_for(world, intent, params)["id"]
        intent["status"] = "requires_confirmation"
    world.put(intent)
    world.emit("setup_intent.created", intent)
    return confirm(world, intent, params) if params.get("confirm") else intent


def _new(params: Params) -> Document:
    intent_id = new_id("seti")
    automatic = params.get("automatic_payment_methods")
    return {
        "id": intent_id,
        "object": "setup_intent",
        "allowed_payment_method_types": None,
        "application": None,
        "automatic_payment_methods": automatic and {"allow_redirects": "always"} | automatic,
        "cancellation_reason": None,
        "client_secret": intent_id + "_secret_" + new_id("x", 25)[2:],
        "created": clock.timestamp(),
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": CARD_OPTIONS},
        "payment_method_types": [],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage") or "off_session",
    }


def _take(intent: Document, params: Params) -> None:
    lists = ("allowed_payment_method_types", "excluded_payment_method_types")
    for name in ("customer", "description", *lists):
        if name in params:
            intent[name] = params[name]
    if "metadata" in params:
        merge_metadata(intent, params["metadata"])
    for kind, given in (params.get("payment_method_options") or {}).items():
        current = intent["payment_method_options"]
        intent["payment_method_options"] = {**current, kind: current.get(kind, {}) | (given or {})}
    offer(intent)


def update(world: World, intent: Document, params: Params) -> Document:
    """Change a setup intent that is not done."""
    if intent["status"] not in CONFIRMABLE:
        raise wrong_state(intent, "update", CONFIRMABLE)
    check_words(params)
    if params.get("customer"):
        check_customer(world, params["customer"])
    _take(intent, params)
    if params.get("payment_method"):
        intent["payment_method"] = method_for(world, intent, params)["id"]
        intent["status"] = "requires_confirmation"
    return world.put(intent)


def confirm(world: World, intent: Document, params: Params) -> Document:
    """Confirm: let the bank say that the method may be used later."""
    if intent["status"] not in CONFIRMABLE:
        raise wrong_state(intent, "confirm", CONFIRMABLE)
    _take(intent, params)
    method = method_for(world, intent, params)
    return_url = params.get("return_url") or method.get("_return_url")
    check_return_url(intent, return_url)
    claim(world, intent, method)
    attempt_id = _note_attempt(world, intent, method)
    if KINDS[method["type"]].needs_mandate:
        mandate = mandate_for(world, intent, method, params, again=True)
        intent["mandate"] = mandate["id"]
        return _succeed(world, intent, method, {})
    if method["type"] != "card":
        if params.get("mandate_data"):
            method["_acceptance"] = params["mandate_data"]["customer_acceptance"]
            world.put(method)
        start = {"ideal": start_ideal, "upi": start_upi}[method["type"]]
        return start(world, intent, method, return_url=return_url)
    wish = intent["payment_method_options"]["card"]["request_three_d_secure"]
    card = card_of(method)
    # The card that is "already set up" asks for nothing here.
    if needs_challenge(card, wish) and card.auth != "required_on_session":
        where = None if uses_sdk(params, method) else return_url
        start_challenge(world, intent, method, return_url=where)
        world.put(world.get("setup_attempt", attempt_id) | {"status": "requires_action"})
        return intent
    return _check_card(world, intent, method, three_d_secure=None)


def _check_card(
    world: World, intent: Document, method: Document, *, three_d_secure: Document | None
) -> Document:
    card = card_of(method)
    decline = refusal(card, method)
    if decline and not card.saves:
        _end_attempt(world, intent, "failed", {})
        raise fail_intent(world, intent, method, decline_fields(*decline))
    method["_proven"] = three_d_secure is not None
    return _succeed(world, intent, method, {"three_d_secure": three_d_secure})


def _succeed(world: World, intent: Document, method: Document, details: Document) -> Document:
    # Without a customer the method is as good as new: it can still be attached, once.
    method["_used_by"] = None
    method["_set_up"] = intent["usage"] == "off_session" and bool(method.get("_proven"))
    world.put(method)
    intent |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    _end_attempt(world, intent, "succeeded", details)
    world.put(intent)
    if intent["customer"] and KINDS[method["type"]].attaches:
        attach(world, method, intent["customer"])
    world.emit("setup_intent.succeeded", intent)
    return intent


def finish_challenge(
    world: World, attempt: Document, intent: Document, *, passed: bool
) -> Document:
    """Go on after the bank's question; a decline is left for whoever asks."""
    method = world.get("payment_method", attempt["method"])
    attempt["state"] = "passed" if passed else "failed"
    world.put(attempt)
    if not passed:
        _end_attempt(world, intent, "failed", {})
        return fail_challenge(world, intent, method)
    proof = authentication("authenticated", "challenge")
    try:
        return _check_card(world, intent, method, three_d_secure=proof)
    except CardError:
        return intent


def approve(world: World, attempt: Document, intent: Document, bank: str) -> Document:
    """Go on after an approval in a bank's page or app: a mandate, or a direct debit of its own."""
    method = world.get("payment_method", attempt["method"])
    attempt["state"] = "passed"
    world.put(attempt)
    details = told_by_bank(world, intent, method, bank)
    if method["type"] == "upi":
        method.setdefault("_acceptance", {"type": "online", "online": {}})
        intent["mandate"] = mandate_for(world, intent, method, {}, again=True)["id"]
        details = {}
    else:
        intent["mandate"] = details["generated_sepa_debit_mandate"]
    return _succeed(world, intent, method, details)


def cancel(world: World, intent: Document, params: Params) -> Document:
    """Cancel a setup intent that is not done."""
    if intent["status"] not in CONFIRMABLE:
        raise wrong_state(intent, "cancel", CONFIRMABLE)
    intent |= {
        "status": "canceled",
        "cancellation_reason": params.get("cancellation_reason"),
        "next_action": None,
    }
    _end_attempt(world, intent, "abandoned", {})
    world.put(intent)
    world.emit("setup_intent.canceled", intent)
    return intent


def _note_attempt(world: World, intent: Document, method: Document) -> str:
    attempt = world.put(
        {
            "id": new_id("setatt"),
            "object": "setup_attempt",
            "application": None,
            "created": clock.timestamp(),
            "customer": intent["customer"],
            "customer_account": None,
            "flow_directions": None,
            "livemode": False,
            "on_behalf_of": None,
            "payment_method": method["id"],
            "payment_method_details": {"type": method["type"], method["type"]: {}},
            "setup_error": None,
            "setup_intent": intent["id"],
            "status": "processing",
            "usage": intent["usage"],
        }
    )
    intent["latest_attempt"] = attempt["id"]
    return str(attempt["id"])


def _end_attempt(world: World, intent: Document, status: str, details: Document) -> None:
    attempt = world.find("setup_attempt", intent["latest_attempt"])
    if attempt and attempt["status"] not in ("succeeded", "failed"):
        attempt["status"] = status
        attempt["payment_method_details"][attempt["payment_method_details"]["type"]] |= details
        world.put(attempt)
