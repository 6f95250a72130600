"""What every verb of a PaymentIntent shares: right states, common fields, letting go."""

from typing import Any

from sandbox import clock
from sandbox.store import Document
from sandbox.stripe_errors import CardError, InvalidState
from sandbox.stripe_money import close_review, release_hold
from sandbox.stripe_objects import options, shipping
from sandbox.stripe_world import World, public

Params = dict[str, Any]

CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
# Of an intent that is processing Stripe says "in rare cases"; here the bank has it already.
CANCELABLE = {*CONFIRMABLE, "requires_capture"}
CALLED = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}
ERROR_OF = {"payment_intent": "last_payment_error", "setup_intent": "last_setup_error"}
FAILED = {
    "payment_intent": "payment_intent.payment_failed",
    "setup_intent": "setup_intent.setup_failed",
}


def apply_common(intent: Document, params: Params) -> None:
    """Take over the fields that update, confirm and capture share; metadata is merged."""
    named = ("description", "receipt_email", "statement_descriptor", "transfer_group")
    for name in (*named, "statement_descriptor_suffix", "capture_method"):
        if name in params:
            intent[name] = params[name]
    if "shipping" in params:
        intent["shipping"] = shipping(params["shipping"])
    for kind, given in (params.get("payment_method_options") or {}).items():
        current = intent["payment_method_options"]
        merged = {**current, kind: current.get(kind, {}) | (given or {})}
        intent["payment_method_options"] = options(merged)
    lists = ("allowed_payment_method_types", "excluded_payment_method_types")
    for name in (*lists, "setup_future_usage", "customer"):
        if params.get(name) is not None:
            intent[name] = params[name]
    if "metadata" in params:
        merge_metadata(intent, params["metadata"])


def merge_metadata(doc: Document, given: dict[str, str] | None) -> None:
    """Merge metadata as Stripe does: an empty value removes a key, an empty whole removes all."""
    merged = {} if given is None else doc["metadata"] | given
    doc["metadata"] = {key: value for key, value in merged.items() if value != ""}


def cancel(
    world: World, intent: Document, params: Params, *, reason: str | None = None
) -> Document:
    """Cancel an intent; a hold is let go."""
    if intent["status"] not in CANCELABLE:
        raise wrong_state(intent, "cancel", CANCELABLE)
    was_held = intent["status"] == "requires_capture"
    intent |= {
        "status": "canceled",
        "canceled_at": clock.timestamp(),
        "cancellation_reason": reason or params.get("cancellation_reason"),
        "amount_capturable": 0,
        "next_action": None,
    }
    world.put(intent)
    if was_held:
        charge = world.get("charge", intent["latest_charge"])
        expired = "expired_uncaptured_charge" if reason == "automatic" else None
        close_review(world, charge, "canceled")
        release_hold(world, charge, amount=charge["amount"], reason=expired)
        if expired:
            world.emit("charge.expired", charge)
    world.emit("payment_intent.canceled", intent)
    return intent


def expire_hold(world: World, intent_id: str) -> None:
    """Cancel an intent whose hold was not captured within the network's window."""
    intent = world.get("payment_intent", intent_id)
    if intent["status"] == "requires_capture":
        cancel(world, intent, {}, reason="automatic")


def fail_intent(
    world: World, intent: Document, method: Document, fields: dict[str, Any]
) -> CardError:
    """Put an intent back to needing a payment method; give the error to be raised."""
    kind, shown = intent["object"], public(method)
    intent[ERROR_OF[kind]] = {**fields, "payment_method": shown}
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    world.put(intent)
    world.emit(FAILED[kind], intent)
    error = CardError(fields["message"])
    error.fields = {**fields, kind: public(intent), "payment_method": shown}
    return error


def wrong_state(intent: Document, verb: str, right: set[str]) -> InvalidState:
    """Say that the intent's status forbids this, in Stripe's words."""
    kind, called = intent["object"], CALLED[intent["object"]]
    message = (
        f"This {called}'s status is {intent['status']}, but it must be one of the following"
        f" to {verb} it: {', '.join(sorted(right))}."
    )
    if verb == "confirm" and intent["status"] == "succeeded":
        message = (
            f"You cannot confirm this {called} because it has already succeeded after being"
            " previously confirmed."
        )
    shown = {kind: public(intent)}
    return InvalidState(message, code=f"{kind}_unexpected_state", **shown)
