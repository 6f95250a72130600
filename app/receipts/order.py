"""The order in texts: lines, discounts, delivery, taxes, the total, and what happened to the money later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import languages
from app.languages import _
from models.money import Money
from models.order import Order
from models.payment import Payment


@dataclass(frozen=True, slots=True)
class Line:
    """One row of goods. Texts are ready to print."""

    name: str
    amount: str
    quantity: int = 1
    unit_amount: str = ""  # shown when the quantity is not 1
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row under the goods: subtotal, discount, shipping, a tax rate, a refund."""

    label: str
    amount: str
    kind: str = "plain"  # plain | discount | included
    dated: str = (
        ""  # the label as a text with a place for `at`, which a page says in the reader's own zone
    )
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The order in texts, and its total as the number a browser echoes back."""

    total: str
    amount: int  # minor units
    currency: str
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()
    included: tuple[Row, ...] = ()  # taxes that the total already contains
    after: tuple[Row, ...] = ()  # what happened to the money later: refunds


def summary(order: Order, payment: Payment | None = None) -> Summary:
    """Every line, discount, delivery, tax and the total; with `payment` also what was given back."""

    def text(minor: int) -> str:
        return said(Money(minor, order.currency))

    rows = [Row(d["name"], text(-d["minor"]), "discount") for d in order.discounts]
    if order.shipping:
        minor = order.shipping["minor"]
        rows.append(Row(order.shipping["label"], text(minor) if minor else _("Free")))
    added = [t for t in order.taxes if not t["inclusive"] and t["minor"]]
    rows += [
        Row(f"{t['name']} {languages.percent(languages.language(), t['bps'])}", text(t["minor"]))
        for t in added
    ]
    if rows or len(order.lines) > 1:
        rows.insert(0, Row(_("Subtotal"), text(order.subtotal_minor)))
    within = [t for t in order.taxes if t["inclusive"] and t["minor"]]
    return Summary(
        total=text(order.total_minor),
        amount=order.total_minor,
        currency=order.currency,
        lines=tuple(line(entry, order.currency) for entry in order.lines),
        rows=tuple(rows),
        included=tuple(
            Row(
                _(
                    "Includes {tax} {rate}",
                    tax=t["name"],
                    rate=languages.percent(languages.language(), t["bps"]),
                ),
                text(t["minor"]),
            )
            for t in within
        ),
        after=refunds(payment),
    )


def line(entry: Mapping[str, Any], currency: str) -> Line:
    """One row of goods."""
    return Line(
        name=entry["name"],
        amount=said(Money(entry["total_minor"], currency)),
        quantity=entry["quantity"],
        unit_amount=said(Money(entry["unit_minor"], currency)),
        image_url=entry.get("image") or "",
    )


def refunds(payment: Payment | None) -> tuple[Row, ...]:
    """What was given back, and what is left with the merchant."""
    if payment is None or not payment.refunded_minor:
        return ()
    kept = payment.captured_minor - payment.refunded_minor
    return (
        Row(_("Refunded"), said(Money(-payment.refunded_minor, payment.currency))),
        Row(_("You paid in the end"), said(Money(kept, payment.currency))),
    )


def said(amount: Money) -> str:
    """An amount in the language that is spoken."""
    return languages.money(languages.language(), amount)
