"""The PaymentIntent machine: create, update, capture."""

from typing import Any

from sandbox.cards import card_of
from sandbox.store import Document
from sandbox.stripe_amounts import check_amount, check_digits
from sandbox.stripe_balance import settle_charge
from sandbox.stripe_charging import trouble_follows
from sandbox.stripe_confirm import confirm
from sandbox.stripe_customers import check_customer
from sandbox.stripe_errors import InvalidRequest
from sandbox.stripe_methods import check_words, offer
from sandbox.stripe_money import release_hold
from sandbox.stripe_objects import payment_intent
from sandbox.stripe_states import CONFIRMABLE, apply_common, wrong_state
from sandbox.stripe_tokens import GIVEN, method_for
from sandbox.stripe_world import World

Params = dict[str, Any]

CONFIRM_ONLY = ("error_on_requires_action", "mandate", "mandate_data", "off_session", "return_url")


def create(world: World, params: Params) -> Document:
    """Create an intent, and confirm it in the same breath when asked to."""
    params["currency"] = params["currency"].lower()
    check_amount(params["amount"], params["currency"])
    if not params.get("confirm"):
        for name in CONFIRM_ONLY:
            if params.get(name) is not None:
                raise InvalidRequest(
                    f"You can only provide `{name}` if `confirm` is `true`.", param=name
                )
    check_words(params)
    if params.get("customer"):
        check_customer(world, params["customer"])
    intent = payment_intent(params)
    offer(intent)
    if params.get("confirm"):
        world.put(intent)
        world.emit("payment_intent.created", intent)
        return confirm(world, intent, params)
    if any(params.get(name) for name in GIVEN):
        intent["payment_method"] = method_for(world, intent, params)["id"]
        intent["status"] = "requires_confirmation"
    world.put(intent)
    world.emit("payment_intent.created", intent)
    return intent


def update(world: World, intent: Document, params: Params) -> Document:
    """Change an intent that is not yet under way."""
    amount_given = {
        "amount",
        "currency",
        "capture_method",
        "payment_method",
        "customer",
    } & params.keys()
    if amount_given and intent["status"] not in CONFIRMABLE:
        raise wrong_state(intent, "update", CONFIRMABLE)
    if "amount" in params or "currency" in params:
        currency = (params.get("currency") or intent["currency"]).lower()
        amount: int = params["amount"] if "amount" in params else intent["amount"]
        check_amount(amount, currency)
        intent |= {"amount": amount, "currency": currency}
    check_words(params)
    if params.get("customer"):
        check_customer(world, params["customer"])
    apply_common(intent, params)
    offer(intent)
    if params.get("payment_method"):
        intent["payment_method"] = method_for(world, intent, params)["id"]
        intent["status"] = "requires_confirmation"
    return world.put(intent)


def capture(world: World, intent: Document, params: Params) -> Document:
    """Capture a hold, wholly or in part; what is not captured is let go."""
    if intent["status"] != "requires_capture":
        raise wrong_state(intent, "capture", {"requires_capture"})
    given: int | None = params.get("amount_to_capture")
    amount: int = intent["amount_capturable"] if given is None else given
    if amount < 1:
        raise InvalidRequest(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount_to_capture",
        )
    if amount > intent["amount_capturable"]:
        raise InvalidRequest(
            f"The amount_to_capture ({amount}) must be less than or equal to the amount_capturable"
            f" ({intent['amount_capturable']}).",
            code="amount_too_large",
            param="amount_to_capture",
        )
    check_digits(amount, intent["currency"], "amount_to_capture")
    if params.get("final_capture") is False:
        raise InvalidRequest(
            "`final_capture` can only be false when multicapture is available on the charge.",
            param="final_capture",
        )
    apply_common(intent, params)
    charge = world.get("charge", intent["latest_charge"])
    charge |= {"captured": True, "amount_captured": amount}
    settle_charge(world, charge)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    world.put(charge)
    world.put(intent)
    world.emit("charge.captured", charge, captured=False, amount_captured=0)
    if amount < charge["amount"]:
        release_hold(world, charge, amount=charge["amount"] - amount, reason=None)
    world.emit("payment_intent.succeeded", intent)
    trouble_follows(world, charge, card_of(charge))
    return intent
