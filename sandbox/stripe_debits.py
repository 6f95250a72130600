"""SEPA Direct Debit: a mandate, a charge that is pending, and the bank's word some time later."""

from typing import Any

from sandbox.cards import NO_CARD
from sandbox.ibans import ACCOUNT_BY_KEY, Account
from sandbox.store import Document
from sandbox.stripe_charges import debit_details, new_charge
from sandbox.stripe_charging import TROUBLE_AFTER_S, accept, future_use, keep_if_asked
from sandbox.stripe_mandates import mandate_for
from sandbox.stripe_states import fail_intent
from sandbox.stripe_world import World

# What the bank says of the failing test accounts is our choice; both words are in Stripe's enums.
FAILURE = {
    "code": "insufficient_funds",
    "doc_url": "https://stripe.com/docs/error-codes/insufficient-funds",
    "message": "The customer's account has insufficient funds to cover this payment.",
    "type": "card_error",
}


def debit(world: World, intent: Document, method: Document, params: dict[str, Any]) -> Document:
    """Send the debit to the bank: the intent is processing until it answers."""
    again = future_use(intent, method) == "off_session"
    mandate = mandate_for(world, intent, method, params, again=again)
    details = debit_details(method["sepa_debit"], mandate["id"])
    charge = new_charge(intent, method, details, NO_CARD)
    charge |= {"status": "pending", "paid": False, "balance_transaction": None}
    world.put(charge)
    keep_if_asked(world, intent, method)
    intent |= {
        "status": "processing",
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    world.put(intent)
    world.emit("charge.pending", charge)
    world.emit("payment_intent.processing", intent)
    world.later(account_of(method).after_s, "debit_news", charge_id=charge["id"])
    return intent


def account_of(method: Document) -> Account:
    """Find the test account behind a method; one that iDEAL generated always pays."""
    return ACCOUNT_BY_KEY[method.get("_account", "iban_succeeds")]


def debit_news(world: World, charge_id: str) -> None:
    """Let the bank answer: the money comes, or does not."""
    charge = world.get("charge", charge_id)
    intent = world.get("payment_intent", charge["payment_intent"])
    method = world.get("payment_method", charge["payment_method"])
    account = account_of(method)
    if account.fate == "fails":
        _fail(world, intent, charge, method)
        return
    charge |= {"status": "succeeded", "paid": True}
    accept(world, intent, charge, method)
    if account.fate == "disputed":
        reason = "debit_not_authorized"
        world.later(TROUBLE_AFTER_S, "open_dispute", charge_id=charge["id"], kind=reason)


def _fail(world: World, intent: Document, charge: Document, method: Document) -> None:
    charge |= {
        "status": "failed",
        "captured": False,
        "failure_code": FAILURE["code"],
        "failure_message": FAILURE["message"],
    }
    charge["outcome"] |= {
        "network_status": "declined_by_network",
        "type": "issuer_declined",
        "seller_message": "The customer's bank did not pay the debit.",
    }
    world.put(charge)
    world.emit("charge.failed", charge)
    method["_spent"] = not method["customer"]
    world.put(method)
    fail_intent(world, intent, method, {**FAILURE, "charge": charge["id"]})
