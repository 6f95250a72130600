"""A checkout session in its present state, as the page that tells the truth about it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from app import declines, providers
from app.config import Config
from app.errors import AppError
from app.payments.start import check_amount
from app.providers.base import Refused
from app.providers.stripe_money import to_stripe
from app.web import basket, words
from app.web.headers import origin
from app.web.page import Alert, Fact, Merchant, Page, TestCard
from app.web.states import FORM, NOTICES, SWITCHED_OFF, WAITING
from models import clock
from models import merchant as tables
from models.money import Money
from models.order import CheckoutSession, Order
from models.payment import Payment

STATES = {
    "pending": "open",
    "failed": "declined",
    "captured": "paid",
}
RECEIPTS = frozenset(
    {"paid", "authorized", "in_review", "partially_refunded", "refunded", "chargeback"}
)

# Shown in the sandbox only. The numbers are the sandbox's own; see sandbox/cards.py.
TEST_CARDS = (
    TestCard("4242 4242 4242 4242", "Pays"),
    TestCard("4000 0000 0000 3220", "Pays, after the bank asks (3-D Secure)"),
    TestCard("4000 0000 0000 0002", "Declined"),
    TestCard("4000 0000 0000 9995", "Declined: not enough money"),
    TestCard("4000 0000 0000 0069", "Declined: card expired"),
    TestCard("4000 0000 0000 0127", "Declined: wrong CVC"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows behind one page."""

    merchant: tables.Merchant
    session: CheckoutSession
    order: Order
    payment: Payment
    paid_at: datetime | None = None  # when the last try was made
    may_come: bool = False  # closed, while a try may still take money, or has: it is given back


def state_of(payment: Payment) -> str:
    """Which page tells the truth about this payment."""
    if payment.status == "expired" and payment.decline:
        return "failed"
    return STATES.get(payment.status, payment.status)


def page(shown: Shown, config: Config, *, note: Alert | None = None) -> Page:
    """The whole page of a session. `note` is one more thing to say above the form."""
    state = state_of(shown.payment)
    return form(shown, config, state, note) if state in FORM else notice(shown, config, state)


def merchant(row: tables.Merchant, home_url: str | None = None) -> Merchant:
    """Who is paid, as the templates want it."""
    return Merchant(row.name, row.brand_color, row.support_email or "", home_url or "")


def form(shown: Shown, config: Config, state: str, note: Alert | None) -> Page:
    """The page on which the shopper pays."""
    methods = usable(shown.order)
    alert = note or alert_for(shown.payment, paypal="paypal" in methods)
    who = shown.merchant.name
    title = {"declined": f"Declined – {who}", "requires_action": f"Not finished – {who}"}
    return Page(
        state=state,
        title=title.get(state, f"Pay {who}"),
        merchant=merchant(shown.merchant, shown.session.cancel_url),
        test_mode=not config.is_live,
        session_id=shown.session.id,
        summary=basket.summary(shown.order),
        choices=basket.choices(shown.session, shown.order),
        alert=alert,
        email=shown.session.customer_email or "",
        card="stripe" in methods,
        paypal="paypal" in methods,
        script=script(shown, config, methods),
    )


def decline(payment: Payment) -> Mapping[str, Any] | None:
    """Why the last try was declined, in the words that a shopper is told."""
    return declines.for_shopper(payment.decline, tries=payment.attempts_count)


def alert_for(payment: Payment, *, paypal: bool) -> Alert | None:
    """What happened to the last try, if there was one."""
    told = decline(payment)
    if told and payment.status in {"failed", "requires_action"}:
        other = " You can also pay with PayPal." if paypal and payment.provider != "paypal" else ""
        return Alert("Payment declined", told["message"] + other)
    if payment.status == "requires_action":
        return Alert(
            "Your last try was not finished",
            "No money was taken. You can try again, or pay in another way.",
            "warn",
        )
    return None


def usable(order: Order) -> list[str]:
    """The configured providers that take this amount in this currency."""
    found = []
    for name in providers.configured():
        with suppress(AppError):
            check_amount(order.total, name)
            if name != "stripe" or stripe_amount(order) is not None:
                found.append(name)
    return found


def stripe_amount(order: Order) -> int | None:
    """The total in Stripe's own decimals; its script compares it with what we ask the server for."""
    try:
        return to_stripe(order.total)
    except Refused:
        return None


def script(shown: Shown, config: Config, methods: list[str]) -> dict[str, object]:
    """What the page's modules are told. Nothing in it decides an amount."""
    session, order, payment = shown.session, shown.order, shown.payment
    told: dict[str, object] = {
        "merchant": shown.merchant.name,
        "amount": order.total_minor,
        "next_action": action(payment.next_action) if payment.status == "requires_action" else None,
        "return_url": f"{config.base_url}{url_for('checkout.come_back', session_id=session.id)}",
        "urls": {
            name: url_for(f"checkout.{view}", session_id=session.id)
            for name, view in (
                ("update", "update"),
                ("stripe", "pay_stripe"),
                ("paypal", "pay_paypal"),
                ("approve", "paypal_approve"),
                ("cancel", "paypal_cancel"),
                ("status", "status"),
            )
        },
    }
    if "stripe" in methods:
        told["stripe"] = {
            "key": config.stripe_publishable_key,
            "url": config.stripe_js_url,
            "origin": origin(config.stripe_js_url),
            "amount": stripe_amount(order),
            "currency": order.currency.lower(),
            "capture_method": payment.capture,
        }
    if "paypal" in methods:
        intent = "capture" if payment.capture == "automatic" else "authorize"
        asked = f"client-id={config.paypal_client_id}&currency={order.currency}&intent={intent}"
        told["paypal"] = {"url": f"{config.paypal_js_url}?{asked}&components=buttons"}
    return told


def action(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the browser should do next. A PayPal order waits at its approve page."""
    if not stored:
        return None
    if stored["type"] == "paypal_approve":
        return {"type": "redirect", "url": stored["url"]}
    return stored


def notice(shown: Shown, config: Config, state: str) -> Page:
    """A page that only tells: waiting, a receipt, or the end."""
    session, payment = shown.session, shown.payment
    said = NOTICES["given_back" if shown.may_come else state]
    facts = receipt(shown) if state in RECEIPTS else ()
    fill = {
        "merchant": shown.merchant.name,
        "total": words.money(shown.order.total),
        "refunded": words.money(Money(payment.refunded_minor, payment.currency)),
        "closed": closed(shown),
        "receipt": "This page is your receipt: keep its address or print it.",
    }
    told: dict[str, object] = {}
    here = url_for("checkout.show", session_id=session.id)
    onward = session.success_url if facts and state not in WAITING else session.cancel_url
    label = f"{'Continue' if facts else 'Return'} to {shown.merchant.name}"
    if state in WAITING:
        urls = {"status": url_for("checkout.status", session_id=session.id)}
        told = {"merchant": shown.merchant.name, "poll": state, "urls": urls}
        onward, label = here, "Check again"
    elif facts:
        told = {"merchant": shown.merchant.name}
        if state in {"paid", "authorized"} and session.success_url:
            told["leave"] = session.success_url
    return Page(
        state=state,
        title=f"{said.tab} – {shown.merchant.name}",
        merchant=merchant(shown.merchant),
        test_mode=not config.is_live,
        session_id=session.id,
        summary=basket.summary(shown.order, payment),
        script=told,
        headline=said.headline.format_map(fill),
        text=said.text.format_map(fill),
        tone=said.tone,
        steps=tuple(step.format_map(fill) for step in said.steps),
        facts=facts,
        next_label=label,
        next_url=onward or "",
    )


def closed(shown: Shown) -> str:
    """When the session ended by itself, or that the merchant ended it before its time."""
    if shown.session.expires_at > clock.now():
        return f"{shown.merchant.name} closed it."
    return f"It was open until {words.moment(shown.session.expires_at)}."


def receipt(shown: Shown) -> tuple[Fact, ...]:
    """The facts a shopper needs later."""
    facts = (
        Fact("Confirmation", shown.order.number),
        Fact("Amount", words.money(shown.order.total)),
        Fact("Paid with", words.method(shown.payment.method)),
        Fact("Date", words.moment(shown.paid_at) if shown.paid_at else ""),
    )
    return tuple(fact for fact in facts if fact.value)


def link_page(link: tables.PaymentLink, row: tables.Merchant, why: str, config: Config) -> Page:
    """A link that cannot be used: the merchant's own text where there is one, and what to do."""
    state = f"link_{why}"
    said = NOTICES[state]
    fill = {
        "merchant": row.name,
        "message": link.inactive_message or SWITCHED_OFF.format(merchant=row.name),
        "expires": words.moment(link.expires_at) if link.expires_at else "",
        "starts": words.moment(link.starts_at) if link.starts_at else "",
    }
    return Page(
        state=state,
        title=f"{said.tab} – {row.name}",
        merchant=merchant(row),
        test_mode=not config.is_live,
        headline=said.headline.format_map(fill),
        text=said.text.format_map(fill),
        tone=said.tone,
    )
