"""A receipt as plain texts: what a page and a PDF both show, to the same letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app import languages
from app.languages import N_, _
from app.receipts.order import Row, Summary, said, summary
from models import Merchant
from models.money import Money
from models.order import Order
from models.payment import Operation, Payment

# Statuses in which money is reserved or was taken → what the paper is called.
STATUSES = {
    "authorized": N_("Order confirmation"),
    "captured": N_("Receipt"),
    "partially_refunded": N_("Receipt"),
    "refunded": N_("Receipt"),
    "chargeback": N_("Receipt"),
}

GIVEN_BACK = N_("Refunded on {date}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value of a receipt; `at` where the value is a time, which a page says in the reader's own zone."""

    label: str
    value: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything on the paper. `issued_at` is when it was paid; `summary.after` tells what was paid and given back."""

    title: str
    merchant: str
    support_email: str
    country: str  # of the merchant: how large a sheet is there
    language: str
    issued_at: datetime
    facts: tuple[Fact, ...]
    summary: Summary
    notes: tuple[str, ...] = ()


def receipt(
    merchant: Merchant,
    order: Order,
    payment: Payment,
    operations: Sequence[Operation],
    *,
    paid_with: str,
    paid_at: datetime,
    is_test: bool = False,
) -> Receipt:
    """The receipt of a payment that has a status of STATUSES, in the language that is spoken now.

    `operations` are all of the payment's; `paid_with` is the method in words, as `Visa •••• 4242`.
    """
    when = Fact(_("Date"), moment(paid_at), paid_at)
    facts = (
        Fact(_("Confirmation"), order.number),
        when,
        Fact(_("Payment method"), paid_with),
        Fact(_("Reference"), order.reference or ""),
    )
    return Receipt(
        title=_(STATUSES[payment.status]),
        merchant=merchant.name,
        support_email=merchant.support_email or "",
        country=merchant.country,
        language=languages.language(),
        issued_at=paid_at,
        facts=tuple(fact for fact in facts if fact.value),
        summary=replace(summary(order), after=tuple(moved(payment, operations))),
        notes=tuple(notes(payment, merchant.name))
        + ((_("Sandbox: no real money"),) if is_test else ()),
    )


def moved(payment: Payment, operations: Sequence[Operation]) -> list[Row]:
    """What was taken, every refund with its date, and what is left with the merchant; together they add up."""

    def text(minor: int) -> str:
        return said(Money(minor, payment.currency))

    if not payment.captured_minor:
        return [Row(_("Reserved, not taken yet"), text(payment.total_minor))]
    rows = [Row(_("Paid"), text(payment.captured_minor))]
    back = [o for o in operations if o.kind == "refund" and o.status == "succeeded"]
    if sum(o.amount_minor for o in back) != payment.refunded_minor:
        back = []
    rows += [
        Row(
            _(GIVEN_BACK, date=moment(o.updated_at)),
            text(-o.amount_minor),
            dated=GIVEN_BACK,
            at=o.updated_at,
        )
        for o in back
    ]
    if payment.refunded_minor and not back:
        rows.append(Row(_("Refunded"), text(-payment.refunded_minor)))
    if payment.refunded_minor:
        kept = payment.captured_minor - payment.refunded_minor
        rows.append(Row(_("You paid in the end"), text(kept)))
    return rows


def notes(payment: Payment, merchant: str) -> list[str]:
    """What a reader must know besides the numbers."""
    if payment.status == "authorized":
        return [_("You are charged when {merchant} ships your order.", merchant=merchant)]
    if payment.disputed_minor:
        return [_("Your bank or PayPal is looking into this payment.")]
    return []


def moment(at: datetime) -> str:
    """A time with its zone."""
    return languages.moment(languages.language(), at)
