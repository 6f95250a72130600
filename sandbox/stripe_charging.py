"""What a card does when it is charged: the charge, its outcome, and the intent's next state."""

from typing import Any

from sandbox import clock
from sandbox.cards import BY_KEY, Card
from sandbox.store import Document
from sandbox.stripe_errors import CardError, decline_fields
from sandbox.stripe_money import settle_charge
from sandbox.stripe_objects import review as new_review
from sandbox.stripe_objects import shipping
from sandbox.stripe_world import World, new_id, public

# Visa gives a customer-initiated hold seven days, as the other networks do.
HOLD_S = 7 * 24 * 3600
TROUBLE_AFTER_S = 1.0
SELLER_MESSAGE = {
    "authorized": "Payment complete.",
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
    card = BY_KEY[method["_card"]]
    decline = refusal(card, method)
    charge = _new_charge(intent, method, card, three_d_secure)
    intent["latest_charge"] = charge["id"]
    intent["next_action"] = None
    if decline:
        _refuse(world, intent, charge, method, card=card, decline=decline)
    _accept(world, intent, charge, card)


def refusal(card: Card, method: Document) -> tuple[str, str] | None:
    """Say with which code and decline code a card refuses, or None when it pays."""
    if card.code:
        return card.code, card.decline_code
    # The account's default rule blocks a payment whose security code was sent and is wrong.
    if method["card"]["checks"]["cvc_check"] == "fail":
        return "incorrect_cvc", "incorrect_cvc"
    return None


def fail_intent(
    world: World, intent: Document, method: Document, fields: dict[str, Any]
) -> CardError:
    """Put the intent back to needing a payment method; give the error to be raised."""
    shown = public(method)
    intent["last_payment_error"] = {**fields, "payment_method": shown}
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    world.put(intent)
    world.emit("payment_intent.payment_failed", intent)
    error = CardError(fields["message"])
    error.fields = {**fields, "payment_intent": public(intent), "payment_method": shown}
    return error


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


def _accept(world: World, intent: Document, charge: Document, card: Card) -> None:
    held = intent["capture_method"] == "manual" or (
        intent["payment_method_options"]["card"].get("capture_method") == "manual"
    )
    if card.reviewed:
        _open_review(world, intent, charge)
    intent["last_payment_error"] = None
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


def _new_charge(
    intent: Document, method: Document, card: Card, three_d_secure: Document | None
) -> Document:
    charge_id = new_id("ch")
    return {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": intent["statement_descriptor"] or "TILL SANDBOX",
        "captured": True,
        "created": clock.timestamp(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": card.risk_level,
            "risk_score": card.risk_score,
            "seller_message": SELLER_MESSAGE["authorized"],
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "card": _card_details(method["card"], intent["amount"], three_d_secure),
            "type": "card",
        },
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": shipping(intent["shipping"]),
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
        "_card": card.key,
    }


def _card_details(card: Document, amount: int, three_d_secure: Document | None) -> Document:
    copied = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    return {
        **{name: card[name] for name in (*copied, "last4", "wallet")},
        "amount_authorized": amount,
        "authorization_code": new_id("x", 6)[2:].upper(),
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": new_id("x", 15)[2:],
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": three_d_secure,
    }


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
