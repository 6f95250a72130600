"""A checkout session in its present state, as the page that tells the truth about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from app import declines, receipts
from app.config import Config
from app.languages import N_, _
from app.payments import methods as payment_methods
from app.providers.base import Refused
from app.providers.stripe_money import to_stripe
from app.receipts import Fact
from app.web import basket, handoff, paypal, speech, stripe, words
from app.web.page import Alert, Merchant, Page, TestCard
from app.web.states import FORM, NOTICES, SWITCHED_OFF, WAITING
from models import clock
from models import merchant as tables
from models.money import Money
from models.order import CheckoutSession, Order
from models.payment import Attempt, Payment

STATES = {"pending": "open", "failed": "declined", "captured": "paid"}
CONTINUE, RETURN = N_("Continue to {merchant}"), N_("Return to {merchant}")
ALSO_PAYPAL = N_("{message} You can also pay with PayPal.")

# The modules of the form and of the notices, whose texts their page carries.
SCRIPTS = ("checkout.js", "form.js", "http.js", "paypal_card.js", "providers.js", "typo.js")
NOTICE_SCRIPTS = ("notice.js", "http.js")
RECEIPTS = frozenset(
    {"paid", "authorized", "in_review", "partially_refunded", "refunded", "chargeback"}
)
# Lines of NOTICES that last for days: whoever waits has a number to ask by.
REMEMBERED = frozenset({"debited"})

# By how much a provider may end a hold before the moment that it named.
EARLY = timedelta(hours=1)

# Shown in the sandbox only. The numbers are the sandbox's own; see sandbox/cards.py.
TEST_CARDS = (
    TestCard("4242 4242 4242 4242", N_("Pays")),
    TestCard("4000 0000 0000 3220", N_("Pays, after the bank asks (3-D Secure)")),
    TestCard("4000 0000 0000 0002", N_("Declined")),
    TestCard("4000 0000 0000 9995", N_("Declined: not enough money")),
    TestCard("4000 0000 0000 0069", N_("Declined: card expired")),
    TestCard("4000 0000 0000 0127", N_("Declined: wrong CVC")),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows behind one page."""

    merchant: tables.Merchant
    session: CheckoutSession
    order: Order
    payment: Payment
    paid_at: datetime | None = None  # when the last try was made
    tried_with: Mapping[str, Any] | None = None  # the method of the last try, once it is known
    has_lapsed: bool = False  # money was reserved, and its time was over before it was taken
    may_come: bool = False  # closed, while a try may still take money, or has: it is given back


def has_lapsed(tried: Attempt | None) -> bool:
    """Whether reserved money became free because its time was over, and not because somebody let it go before."""
    if tried is None or tried.status != "voided" or tried.authorized_at is None:
        return False
    return tried.capture_before is None or tried.updated_at >= tried.capture_before - EARLY


def state_of(payment: Payment) -> str:
    """Which page tells the truth about this payment."""
    if payment.status == "expired" and payment.decline:
        return "failed"
    if payment.status == "requires_action" and handoff.is_waiting(payment.next_action):
        return "waiting"
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
    offers = offered(shown)
    methods = list(dict.fromkeys(offer.provider for offer in offers))
    asked = shown.payment.next_action if state == "requires_action" else None
    email = shown.session.customer_email or ""
    (fields, wallets), (buttons, cards) = stripe.shown(offers), paypal.shown(offers)
    alert = note or alert_for(shown.payment, paypal=buttons)
    who = shown.merchant.name
    tabs = {"declined": _("Declined"), "requires_action": _("Not finished")}
    return Page(
        state=state,
        title=tab(tabs[state], who) if state in tabs else _("Pay {merchant}", merchant=who),
        merchant=merchant(shown.merchant, shown.session.cancel_url),
        test_mode=not config.is_live,
        session_id=shown.session.id,
        summary=receipts.summary(shown.order),
        choices=basket.choices(shown.session, shown.order),
        alert=alert,
        email=email,
        card=fields,
        card_only=stripe.is_card_only(offers),
        wallets=bool(wallets),
        paypal=buttons,
        paypal_card=cards,
        away=handoff.choices(payment_methods.at(offers, "razorpay")),
        hosted=handoff.hosted(asked, email=email),
        script=script(shown, config, methods),
    )


def decline(payment: Payment) -> Mapping[str, Any] | None:
    """Why the last try was declined, in the words that a shopper is told."""
    return declines.for_shopper(payment.decline, tries=payment.attempts_count)


def alert_for(payment: Payment, *, paypal: bool) -> Alert | None:
    """What happened to the last try, if there was one."""
    told = decline(payment)
    if told and payment.status in {"failed", "requires_action"}:
        said = told["message"]
        if paypal and payment.provider != "paypal":
            said = _(ALSO_PAYPAL, message=said)
        return Alert(_("Payment declined"), said)
    if payment.status == "requires_action" and not handoff.is_away(payment.next_action):
        return Alert(
            _("Your last try was not finished"),
            _("No money was taken. You can try again, or pay in another way."),
            "warn",
        )
    return None


def offered(shown: Shown) -> list[payment_methods.Offer]:
    """The ways to pay this order, each with its provider."""
    wanted = shown.session.payment_methods
    offers = payment_methods.offered(
        shown.order.total, shown.merchant.country, wanted, capture=shown.payment.capture
    )
    is_exact = stripe_amount(shown.order) is not None
    return [offer for offer in offers if offer.provider != "stripe" or is_exact]


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
        "texts": speech.script_texts(*SCRIPTS),
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
                ("razorpay", "pay_razorpay"),
                ("returned", "returned"),
                ("status", "status"),
            )
        },
    }
    if "stripe" in methods:
        told["stripe"] = stripe.script(offered(shown), payment, config, stripe_amount(order))
    if "paypal" in methods:
        told["paypal"] = paypal.script(offered(shown), payment, config)
    if "razorpay" in methods:
        told["razorpay"] = {"url": config.razorpay_js_url}
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
    own = "lapsed" if state == "expired" and shown.has_lapsed else ""
    tried_with = str((shown.tried_with or {}).get("type", ""))
    own = own or handoff.line(state, payment.next_action, tried_with)
    said, who = NOTICES["given_back" if shown.may_come else own], shown.merchant.name
    facts = receipt(shown) if state in RECEIPTS or own in REMEMBERED else ()
    fill = {
        "merchant": who,
        "total": words.money(shown.order.total),
        "refunded": words.money(Money(payment.refunded_minor, payment.currency)),
        "closed": closed(shown),
        "deadline": handoff.deadline(payment.next_action),
    }
    told: dict[str, object] = {"merchant": who, "texts": speech.script_texts(*NOTICE_SCRIPTS)}
    here = url_for("checkout.show", session_id=session.id)
    onward = session.success_url if facts and state not in WAITING else session.cancel_url
    label = _(CONTINUE if facts else RETURN, merchant=who)
    if state in WAITING:
        urls = {it: url_for(f"checkout.{it}", session_id=session.id) for it in ("status", "news")}
        told |= {"poll": state, "urls": urls}
        onward, label = here, _("Check again")
    elif facts and state in {"paid", "authorized"} and session.success_url:
        told["leave"] = session.success_url
    return Page(
        state=state,
        title=tab(_(said.tab), who),
        merchant=merchant(shown.merchant),
        test_mode=not config.is_live,
        session_id=session.id,
        summary=receipts.summary(shown.order, payment),
        script=told,
        headline=_(said.headline, **fill),
        text=_(said.text, **fill),
        tone=said.tone,
        steps=tuple(_(step, **fill) for step in said.steps),
        facts=facts,
        code=handoff.code(payment.next_action) if state == "waiting" else None,
        has_receipt=payment.status in receipts.STATUSES,
        next_label=label,
        next_url=onward or "",
        cancel_url=url_for("checkout.cancel_try", session_id=session.id)
        if state == "waiting"
        else "",
    )


def tab(word: str, who: str) -> str:
    """The title of a browser tab."""
    return f"{word} – {who}"


def closed(shown: Shown) -> str:
    """When the session ended by itself, or that the merchant ended it before its time."""
    if shown.session.expires_at > clock.now():
        return _("{merchant} closed it.", merchant=shown.merchant.name)
    return _("It was open until {moment}.", moment=words.moment(shown.session.expires_at))


def receipt(shown: Shown) -> tuple[Fact, ...]:
    """The facts a shopper needs later."""
    facts = (
        Fact(_("Confirmation"), shown.order.number),
        Fact(_("Amount"), words.money(shown.order.total)),
        Fact(_("Payment method"), words.method(shown.payment.method or shown.tried_with)),
        Fact(_("Date"), words.moment(shown.paid_at) if shown.paid_at else ""),
    )
    return tuple(fact for fact in facts if fact.value)


def link_page(link: tables.PaymentLink, row: tables.Merchant, why: str, config: Config) -> Page:
    """A link that cannot be used: the merchant's own text where there is one, and what to do."""
    state = f"link_{why}"
    said = NOTICES[state]
    fill = {
        "merchant": row.name,
        "expires": words.moment(link.expires_at) if link.expires_at else "",
        "starts": words.moment(link.starts_at) if link.starts_at else "",
    }
    return Page(
        state=state,
        title=tab(_(said.tab), row.name),
        merchant=merchant(row),
        test_mode=not config.is_live,
        script={"merchant": row.name, "texts": speech.script_texts(*NOTICE_SCRIPTS)},
        headline=_(said.headline, **fill),
        text=_(said.text, **fill)
        or words.own_words(link.inactive_message)
        or _(SWITCHED_OFF, **fill),
        tone=said.tone,
    )
