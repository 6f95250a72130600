"""What a basket costs: every total is computed here, from the merchant's prices and the shopper's choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.money import HALF_UP, MAX_MINOR, Money, total, zero


@dataclass(frozen=True, slots=True)
class Totals:
    """A priced basket. `total` = subtotal - discount + shipping + exclusive taxes; `tax` counts both kinds."""

    lines: list[dict[str, Any]]
    discounts: list[dict[str, Any]]
    shipping: dict[str, Any] | None
    taxes: list[dict[str, Any]]
    subtotal: Money
    discount: Money
    tax: Money
    total: Money

    def columns(self) -> dict[str, Any]:
        """As the columns of an order."""
        return {
            "lines": self.lines,
            "discounts": self.discounts,
            "shipping": self.shipping,
            "taxes": self.taxes,
            "subtotal_minor": self.subtotal.minor,
            "discount_minor": self.discount.minor,
            "shipping_minor": self.shipping["minor"] if self.shipping else 0,
            "tax_minor": self.tax.minor,
            "total_minor": self.total.minor,
        }


class TooLarge(ValueError):
    """The sum does not fit into an amount."""


def price(basket: Mapping[str, Any], currency: str) -> Totals:
    """Price a basket: `line_items`, `discounts`, `shipping_options` with `shipping` (the chosen id), `tax_rates`.

    Discounts come off the lines, in their order, and never below zero; tax is on lines less discounts plus shipping.
    Raises TooLarge.
    """
    lines = [_line(item, currency) for item in basket["line_items"]]
    if sum(line["total_minor"] for line in lines) > MAX_MINOR:
        raise TooLarge
    subtotal = total([Money(line["total_minor"], currency) for line in lines], currency)
    discounts, discount = _discounts(basket.get("discounts", []), subtotal)
    shipping = _shipping(basket)
    taxable = subtotal - discount + Money(shipping["minor"] if shipping else 0, currency)
    taxes, on_top = _taxes(basket.get("tax_rates", []), taxable)
    if (taxable + on_top).minor > MAX_MINOR:
        raise TooLarge
    return Totals(
        lines=lines,
        discounts=discounts,
        shipping=shipping,
        taxes=taxes,
        subtotal=subtotal,
        discount=discount,
        tax=total([Money(tax["minor"], currency) for tax in taxes], currency),
        total=taxable + on_top,
    )


def _line(item: Mapping[str, Any], currency: str) -> dict[str, Any]:
    cost = Money(item["unit_amount"], currency).times(item["quantity"])
    return {
        "name": item["name"],
        "quantity": item["quantity"],
        "unit_minor": item["unit_amount"],
        "total_minor": cost.minor,
        "image": item.get("image"),
    }


def _discounts(rules: list[dict[str, Any]], subtotal: Money) -> tuple[list[dict[str, Any]], Money]:
    left, applied = subtotal, []
    for rule in rules:
        off = (
            Money(rule["amount"], subtotal.currency)
            if rule.get("amount") is not None
            else left.percent(bps=rule["percent_bps"], rounding=HALF_UP)
        )
        off = min(off, left)
        applied.append({"name": rule["name"], "minor": off.minor})
        left -= off
    return applied, subtotal - left


def _shipping(basket: Mapping[str, Any]) -> dict[str, Any] | None:
    options = basket.get("shipping_options") or []
    chosen = next(
        (o for o in options if o["id"] == basket.get("shipping")), options[0] if options else None
    )
    return chosen and {"id": chosen["id"], "label": chosen["label"], "minor": chosen["amount"]}


def _taxes(rates: list[dict[str, Any]], taxable: Money) -> tuple[list[dict[str, Any]], Money]:
    """The taxes line by line, in the order given, and the sum of those that come on top.

    Inclusive rates share the price out together (9 % + 9 % of 118 is 9 + 9, and net 100), so that the parts add up.
    """
    inside = [rate["rate_bps"] for rate in rates if rate["inclusive"]]
    net, *parts = taxable.split(10_000, *inside)
    contained = iter(parts)
    taxes, on_top = [], zero(taxable.currency)
    for rate in rates:
        if rate["inclusive"]:
            minor = next(contained).minor
        else:
            tax = net.percent(bps=rate["rate_bps"], rounding=HALF_UP)
            minor, on_top = tax.minor, on_top + tax
        taxes.append(
            {
                "name": rate["name"],
                "bps": rate["rate_bps"],
                "inclusive": rate["inclusive"],
                "minor": minor,
            }
        )
    return taxes, on_top
