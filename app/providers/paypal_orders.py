"""Orders as we make them, and what an order means for a charge that cannot have it."""

from __future__ import annotations

from app.providers import paypal_words as words
from app.providers.base import Charge, Decline, Outcome, Verb
from app.providers.paypal_reading import Node, Order
from models.ids import is_id


def new_order(charge: Charge) -> Node:
    """The order as PayPal takes it. No invoice id: many accounts refuse one that was used before."""
    context = {
        "brand_name": charge.merchant_name[:127],
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "return_url": charge.return_url,
        "cancel_url": charge.cancel_url,
    }
    title = " · ".join(filter(None, (charge.order_number, charge.description)))
    unit = {
        "amount": words.wire(charge.amount),
        "custom_id": charge.attempt_id,
        "description": title[:127],
    }
    return {
        "intent": "AUTHORIZE" if charge.capture == "manual" else "CAPTURE",
        "purchase_units": [{name: value for name, value in unit.items() if value}],
        "payment_source": {
            "paypal": {
                "experience_context": {name: value for name, value in context.items() if value}
            }
        },
    }


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
