"""Orders as we make them, and what an order means for a charge that cannot have it."""

from __future__ import annotations

from app.providers import paypal_cards
from app.providers import paypal_words as words
from app.providers.base import Charge, Decline, Outcome, Verb
from app.providers.paypal_reading import Node, Order
from models.ids import is_id

# Two customers may save the same PayPal account: each gets a token of their own, which the other cannot let go.
KEPT_FOR = {"usage_type": "MERCHANT", "permit_multiple_payment_tokens": True}


def new_order(charge: Charge) -> Node:
    """The order as PayPal takes it. No invoice id: many accounts refuse one that was used before."""
    context = {
        "brand_name": charge.merchant_name[:127],
        "locale": words.LOCALES.get(charge.language, ""),
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "return_url": charge.return_url,
        "cancel_url": charge.cancel_url,
    }
    title = " · ".join(filter(None, (charge.order_number, charge.description)))
    unit = {
        "amount": words.wire(charge.amount),
        "reference_id": charge.payment_id,
        "custom_id": charge.attempt_id,
        "description": title[:127],
    }
    wallet = {"experience_context": {name: value for name, value in context.items() if value}}
    is_card = charge.method == "card"
    return {
        "intent": "AUTHORIZE" if charge.capture == "manual" else "CAPTURE",
        "purchase_units": [{name: value for name, value in unit.items() if value}],
        "payment_source": paypal_cards.source(charge)
        if is_card
        else {"paypal": wallet | _kept(charge)},
    }


def _kept(charge: Charge) -> Node:
    """What is said of a kept method that pays, or of keeping the one that the buyer chooses.

    `stored_credential` of a wallet is younger than PayPal's OpenAPI document of 2024-02; its words are those of
    PayPal's own server SDK (`PaypalWalletStoredCredential`).
    """
    if charge.credential_kind == "saved":
        initiator = "MERCHANT" if charge.off_session else "CUSTOMER"
        terms = {"payment_initiator": initiator, "usage": "SUBSEQUENT"}
        return {"vault_id": charge.credential, "stored_credential": terms}
    if not charge.save:
        return {}
    wish: Node = {"vault": {"store_in_vault": "ON_SUCCESS", **KEPT_FOR}}
    if charge.customer_ref:
        wish["customer"] = {"id": charge.customer_ref}
    return {"attributes": wish}


def forgotten(charge: Charge, reference: str) -> Outcome:
    """PayPal does not know the order (any more): the buyer never approved it."""
    return Outcome(Verb.VOID, reference, charge.amount)


def is_anothers(order: Order, charge: Charge) -> bool:
    """Whether a merchant's order was used up by somebody else: another attempt of ours, or the merchant's own page."""
    mine = order.custom_id == charge.attempt_id
    return (
        charge.credential_kind == "order"
        and not mine
        and (not order.untouched or is_id(order.custom_id, "att"))
    )


def taken_by_another(charge: Charge, order: Order) -> Outcome:
    """Nothing was taken for this charge, and nothing can be."""
    return Outcome(
        Verb.DECLINE,
        order.id,
        charge.amount,
        decline=Decline("provider_refused", "ORDER_ALREADY_CAPTURED"),
    )
