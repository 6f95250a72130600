"""What the shopper may choose about the order, as texts."""

from collections.abc import Mapping
from typing import Any

from app.languages import _
from app.web import words
from app.web.page import Choices, ShippingChoice
from models.money import Money
from models.order import CheckoutSession, Order


def choices(session: CheckoutSession, order: Order) -> Choices:
    """What is still open: the delivery, and for a payment link the amount and how many."""
    options = session.basket.get("shipping_options") or []
    chosen = (order.shipping or {}).get("id")
    quantity = order.lines[0]["quantity"] if order.lines and session.max_quantity > 1 else 0
    amount = hint = ""
    if session.min_minor is not None and session.max_minor is not None:
        low, high = (Money(m, order.currency) for m in (session.min_minor, session.max_minor))
        unit = order.lines[0]["unit_minor"] if order.lines else order.total_minor
        amount = words.typed(Money(unit, order.currency))
        hint = _("Between {least} and {most}.", least=words.money(low), most=words.money(high))
    return Choices(
        shipping=tuple(shipping(option, order.currency, chosen) for option in options),
        quantity=quantity,
        max_quantity=session.max_quantity,
        amount=amount,
        amount_hint=hint,
        amount_symbol=words.symbol(order.currency),
    )


def shipping(option: Mapping[str, Any], currency: str, chosen: str | None) -> ShippingChoice:
    """One way to have it delivered."""
    price = Money(option["amount"], currency)
    return ShippingChoice(
        id=option["id"],
        label=option["label"],
        amount=words.money(price) if price else _("Free"),
        checked=option["id"] == chosen,
    )
