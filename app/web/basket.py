"""The order and what the shopper may choose about it, as texts."""

from collections.abc import Mapping
from typing import Any

from app.web import words
from app.web.page import Choices, Line, Row, ShippingChoice, Summary
from models.money import Money
from models.order import CheckoutSession, Order
from models.payment import Payment


def summary(order: Order, payment: Payment | None = None) -> Summary:
    """Every line, discount, delivery, tax and the total; with `payment` also what was given back."""

    def text(minor: int) -> str:
        return words.money(Money(minor, order.currency))

    rows = [Row(d["name"], text(-d["minor"]), "discount") for d in order.discounts]
    if order.shipping:
        minor = order.shipping["minor"]
        rows.append(Row(order.shipping["label"], text(minor) if minor else "Free"))
    added = [t for t in order.taxes if not t["inclusive"] and t["minor"]]
    rows += [Row(f"{t['name']} {words.percent(t['bps'])}", text(t["minor"])) for t in added]
    if rows or len(order.lines) > 1:
        rows.insert(0, Row("Subtotal", text(order.subtotal_minor)))
    within = [t for t in order.taxes if t["inclusive"] and t["minor"]]
    return Summary(
        total=text(order.total_minor),
        amount=order.total_minor,
        currency=order.currency,
        lines=tuple(line(entry, order.currency) for entry in order.lines),
        rows=tuple(rows),
        included=tuple(
            Row(f"Includes {t['name']} {words.percent(t['bps'])}", text(t["minor"])) for t in within
        ),
        after=refunds(payment),
    )


def line(entry: Mapping[str, Any], currency: str) -> Line:
    """One row of goods."""
    return Line(
        name=entry["name"],
        amount=words.money(Money(entry["total_minor"], currency)),
        quantity=entry["quantity"],
        unit_amount=words.money(Money(entry["unit_minor"], currency)),
        image_url=entry.get("image") or "",
    )


def refunds(payment: Payment | None) -> tuple[Row, ...]:
    """What was given back, and what is left with the merchant."""
    if payment is None or not payment.refunded_minor:
        return ()
    kept = payment.captured_minor - payment.refunded_minor
    return (
        Row("Refunded", words.money(Money(-payment.refunded_minor, payment.currency))),
        Row("You paid in the end", words.money(Money(kept, payment.currency))),
    )


def choices(session: CheckoutSession, order: Order) -> Choices:
    """What is still open: the delivery, and for a payment link the amount and how many."""
    options = session.basket.get("shipping_options") or []
    chosen = (order.shipping or {}).get("id")
    quantity = order.lines[0]["quantity"] if order.lines and session.max_quantity > 1 else 0
    amount = hint = ""
    if session.min_minor is not None and session.max_minor is not None:
        low, high = (Money(m, order.currency) for m in (session.min_minor, session.max_minor))
        unit = order.lines[0]["unit_minor"] if order.lines else order.total_minor
        amount = Money(unit, order.currency).decimal()
        hint = f"Between {words.money(low)} and {words.money(high)}."
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
        amount=words.money(price) if price else "Free",
        checked=option["id"] == chosen,
    )
