"""What a card does when it is charged: the charge, its outcome, and the intent's next state."""

from sandbox import clock
from sandbox.cards import Card, card_of
from sandbox.store import Document
from sandbox.stripe_balance import settle_charge
from sandbox.stripe_charges import card_details, new_charge
from sandbox.stripe_customers import attach
from sandbox.stripe_errors import decline_fields
from sandbox.stripe_methods import KINDS
from sandbox.stripe_objects import review as new_review
from sandbox.stripe_states import fail_intent
from sandbox.stripe_world import World, new_id

# Visa gives a customer-initiated hold seven days, as the other networks do.
HOLD_S = 7 * 24 * 3600
TROUBLE_AFTER_S = 1.0
SELLER_MESSAGE = {
    "manual_review": "Stripe evaluated this payment as having elevated risk, and placed it in your"
    " manual review queue.",
    "blocked": "Stripe blocked this payment as too risky.",
    "issuer_declined": "The bank did not return any further details with this decline.",
}
ELECTRONIC_COMMERCE = {"authenticated": "05", "attempt_acknowledged": "06"}


def charge_card(
    world: World, intent: Document, method: Document, *, three_d_secure: Document | None
) -> None:
    """Charge the card for the intent and write down all that follows; raise on a decline."""
    card = card_of(method)
    decline = refusal(card, method)
    details = card_details(method["card"], intent["amount"], three_d_secure)
    charge = new_charge(intent, method, details, card)
    intent["latest_charge"] = charge["id"]
    if decline:
        _refuse(world, intent, charge, method, card=card, decline=decline)
    if three_d_secure and three_d_secure["result"] == "authenticated":
        method["_proven"] = True
    accept(world, intent, charge, method)


def refusal(card: Card, method: Document) -> tuple[str, str] | None:
    """Say with which code and decline code a card refuses, or None when it pays."""
    if card.code:
        return card.code, card.decline_code
    # The account's default rule blocks a payment whose security code was sent and is wrong.
    if method["card"]["checks"]["cvc_check"] == "fail":
        return "incorrect_cvc", "incorrect_cvc"
    return None


def _refuse(
    world: World,
    intent: Document,
    charge: Document,
    method: Document,
    *,
    card: Card,
    decline: tuple[str, str],
) -> None:
    fields = decline_fields(*decline, blocked=card.blocked)
    kind = "blocked" if card.blocked else "issuer_declined"
    charge["outcome"] |= {
        "type": kind,
        "network_status": "not_sent_to_network" if card.blocked else "declined_by_network",
        "reason": "highest_risk_level" if card.blocked else decline[1],
        "seller_message": SELLER_MESSAGE[kind],
        "advice_code": fields.get("advice_code"),
        "network_decline_code": fields.get("network_decline_code"),
    }
    charge |= {
        "status": "failed",
        "paid": False,
        "captured": False,
        "failure_code": decline[0],
        "failure_message": fields["message"],
    }
    world.put(charge)
    world.emit("charge.failed", charge)
    raise fail_intent(world, intent, method, {**fields, "charge": charge["id"]})


def accept(world: World, intent: Document, charge: Document, method: Document) -> None:
    """Write down that the charge went well: held, or captured and settled."""
    card = card_of(charge)
    manual = "manual" in (
        intent["capture_method"],
        intent["payment_method_options"]["card"].get("capture_method"),
    )
    held = manual and method["type"] == "card"
    if card.reviewed:
        _open_review(world, intent, charge)
    intent |= {"last_payment_error": None, "next_action": None, "latest_charge": charge["id"]}
    keep_if_asked(world, intent, method)
    if held:
        charge["captured"] = False
        charge["payment_method_details"]["card"]["capture_before"] = clock.timestamp() + HOLD_S
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        world.later(HOLD_S, "expire_hold", intent_id=intent["id"])
    else:
        charge["amount_captured"] = charge["amount"]
        intent.update(status="succeeded", amount_received=intent["amount"])
        if intent["capture_method"] == "automatic_async":
            world.later(TROUBLE_AFTER_S, "settle", charge_id=charge["id"])
        else:
            settle_charge(world, charge)
    world.put(charge)
    world.put(intent)
    world.emit("charge.succeeded", charge)
    if held:
        world.emit("payment_intent.amount_capturable_updated", intent)
    else:
        world.emit("payment_intent.succeeded", intent)
        trouble_follows(world, charge, card)


def keep_if_asked(world: World, intent: Document, method: Document) -> None:
    """Attach the method to the intent's customer where it is to be used again."""
    if future_use(intent, method) and intent["customer"] and KINDS[method["type"]].attaches:
        # Set up once with authentication, a card may later be charged without its holder.
        method["_set_up"] = bool(method.get("_proven"))
        world.put(method)
        attach(world, method, intent["customer"])


def future_use(intent: Document, method: Document) -> str | None:
    """Say for what the method is to be kept: the type's own option wins over the intent's."""
    own = intent["payment_method_options"].get(method["type"], {}).get("setup_future_usage")
    wish = own or intent["setup_future_usage"]
    return None if wish == "none" else wish


def trouble_follows(world: World, charge: Document, card: Card) -> None:
    """Let the cards that are made for it bring a dispute or a fraud warning a little later."""
    for kind in card.dispute:
        world.later(TROUBLE_AFTER_S, "open_dispute", charge_id=charge["id"], kind=kind)
    if card.early_fraud_warning:
        world.later(TROUBLE_AFTER_S, "warn_of_fraud", charge_id=charge["id"])


def _open_review(world: World, intent: Document, charge: Document) -> None:
    review = world.put(new_review(charge))
    charge["review"] = intent["review"] = review["id"]
    charge["outcome"] |= {
        "type": "manual_review",
        "reason": "elevated_risk_level",
        "seller_message": SELLER_MESSAGE["manual_review"],
    }
    world.emit("review.opened", review)


def authentication(result: str, flow: str | None = None) -> Document:
    """Describe how 3-D Secure went, as a charge shows it."""
    return {
        "authentication_flow": flow,
        "electronic_commerce_indicator": ELECTRONIC_COMMERCE.get(result),
        "exemption_indicator": None,
        "result": result,
        "result_reason": "card_not_enrolled" if result == "attempt_acknowledged" else None,
        "transaction_id": new_id("x", 32)[2:],
        "version": "2.2.0",
    }
