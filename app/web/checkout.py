"""The hosted checkout: the page, the few things it asks of us, and the ways back from a provider."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import payments, receipts
from app.config import Config
from app.errors import (
    AmountChanged,
    AppError,
    LinkNotOpen,
    NotFound,
    PaymentNotOpen,
    PaymentProcessing,
)
from app.languages import _, language
from app.payments import Confirm
from app.screening import gate
from app.screening.visitor import Visitor
from app.web import failures, proven, speech, typed, view
from app.web.forms import Approved, Choose, PayPayPal, PayStripe, read
from app.web.framing import frame, refuse_strangers
from app.web.page import Alert, Page
from app.web.states import FORM, NOTICES
from app.web.visitor import remember_device, visitor
from models import Merchant, Order, PaymentLink, clock, db

blueprint = Blueprint("checkout", __name__)
blueprint.after_request(remember_device)
speech.serve(blueprint)

MAY_COME = frozenset({"started", "challenged", "pending", "surplus"})
UNDECIDED = frozenset({"processing", "requires_action"})


def config() -> Config:
    """The settings of this installation."""
    found: Config = current_app.extensions["till"]
    return found


@blueprint.get("/l/<link_id>")
def open_link(link_id: str) -> ResponseReturnValue:
    """Every visit to a link makes a session of its own; a link that cannot be used says why."""
    gate.visit(request.remote_addr)
    refuse_strangers(link_id)
    try:
        session = payments.visit(link_id, config=config())
    except LinkNotOpen as closed:
        return closed_link(link_id, str(closed.details.get("reason")))
    return redirect(url_for("checkout.show", session_id=session.id), 303)


@blueprint.get("/c/<session_id>")
def show(session_id: str) -> ResponseReturnValue:
    """The page, telling the truth about the session as it is now."""
    shown = look_closely(session_id)
    if shown.session.link_id and shown.payment.status in {"pending", "failed"}:
        link = db.session().get_one(PaymentLink, shown.session.link_id)
        if payments.why_closed(link) == "used_up":
            return closed_link(link.id, "used_up")
    return render(shown)


@blueprint.post("/c/<session_id>/update")
def update(session_id: str) -> ResponseReturnValue:
    """The shopper chooses a quantity, an amount or a delivery; every total is counted anew."""
    chosen = read(Choose)
    gate.act(session_id)
    shown = look(session_id)
    amount = (
        None if chosen.amount is None else typed.typed_amount(chosen.amount, shown.order.currency)
    )
    try:
        order = payments.choose(
            session_id, quantity=chosen.quantity, amount=amount, shipping=chosen.shipping_option
        )
    except AppError as refusal:
        told = typed.readable(refusal, shown.order.currency)
        if request.is_json:
            return failures.as_json(refusal, told)
        note = Alert(_("That did not work"), told, "warn")
        return render(look(session_id), note, refusal.status)
    if request.is_json:
        return jsonify(order_json(order))
    return redirect(url_for("checkout.show", session_id=session_id), 303)


@blueprint.post("/c/<session_id>/pay/stripe")
def pay_stripe(session_id: str) -> ResponseReturnValue:
    """Pay with what Stripe's script collected."""
    sent = read(PayStripe)
    return jsonify(
        attempt(
            session_id,
            "stripe",
            sent.amount,
            visitor(name=sent.name, utc_offset_min=sent.utc_offset_min),
            credential=sent.confirmation_token,
            email=sent.email,
            consent=proven.consent(look(session_id), "stripe") if sent.save else {},
        )
    )


@blueprint.post("/c/<session_id>/pay/paypal")
def pay_paypal(session_id: str) -> ResponseReturnValue:
    """Make the order that the buyer approves in PayPal's window."""
    sent = read(PayPayPal)
    shopper = visitor(utc_offset_min=sent.utc_offset_min)
    return jsonify(_order(session_id, sent, shopper))


def _order(session_id: str, sent: PayPayPal, who: Visitor) -> dict[str, Any]:
    agreed = proven.consent(look(session_id), "paypal") if sent.save else {}
    return attempt(
        session_id, "paypal", sent.amount, who, email=sent.email, method=sent.method, consent=agreed
    )


@blueprint.post("/c/<session_id>/pay/paypal/redirect")
def paypal_redirect(session_id: str) -> ResponseReturnValue:
    """The same without JavaScript: make the order and go to PayPal."""
    sent = read(PayPayPal)
    try:
        answer = _order(session_id, sent, visitor())
    except AppError as refusal:
        note = Alert(failures.said(refusal), _("No money was taken."), "warn")
        return render(look(session_id), note, refusal.status)
    onward = (answer["next_action"] or {}).get("url")
    return redirect(onward or url_for("checkout.show", session_id=session_id), 303)


@blueprint.post("/c/<session_id>/pay/paypal/approve")
def paypal_approve(session_id: str) -> ResponseReturnValue:
    """The buyer has approved the order in PayPal's window: take the money."""
    gate.act(session_id)
    payments.approve(session_id, read(Approved).order)
    return jsonify(result(look(session_id)))


@blueprint.post("/c/<session_id>/pay/paypal/cancel")
def paypal_cancel(session_id: str) -> ResponseReturnValue:
    """The buyer closed PayPal's window."""
    gate.act(session_id)
    # Where PayPal does not say that it is off, we keep asking; the page shows how it stands.
    with suppress(PaymentProcessing):
        payments.cancel_approval(session_id)
    return jsonify(result(look(session_id)))


@blueprint.get("/c/<session_id>/status")
def status(session_id: str) -> ResponseReturnValue:
    """How the payment stands, after asking the provider where it is undecided."""
    return jsonify(result(look_closely(session_id)))


@blueprint.get("/c/<session_id>/return")
def come_back(session_id: str) -> ResponseReturnValue:
    """Back from a bank or from PayPal. What the address says counts for nothing: we ask the provider."""
    gate.act(session_id)
    payments.sync(look(session_id).payment.id)
    return redirect(url_for("checkout.show", session_id=session_id), 303)


def look_closely(session_id: str) -> view.Shown:
    """The rows of a session, after asking the provider where it is undecided, so often and no more. Raises NotFound."""
    shown = look(session_id)
    if shown.payment.status in UNDECIDED and gate.may_look(session_id):
        payments.sync(shown.payment.id)
        shown = look(session_id)
    return shown


def look(session_id: str) -> view.Shown:
    """The rows of a session. One whose time is over is closed first. Raises NotFound."""
    session, payment, order = payments.session_of(session_id)
    over = payment.expires_at is not None and payment.expires_at <= clock.now()
    if over and not payment.closed and view.state_of(payment) in FORM:
        payments.expire_due(payment.id)
        session, payment, order = payments.session_of(session_id)
    merchant = db.session().get_one(Merchant, session.merchant_id)
    link = db.session().get(PaymentLink, session.link_id) if session.link_id else None
    speech.follow(merchant, session, link)
    frame(merchant, session.embed_origins)
    asks = payment.closed or view.state_of(payment) in view.RECEIPTS | {"processing"}
    tried = payments.current_attempt(payment) if asks else None
    return view.Shown(
        *(merchant, session, order, payment),
        paid_at=tried.created_at if tried else None,
        tried_with=tried.method if tried else None,
        has_lapsed=view.has_lapsed(tried),
        may_come=bool(payment.closed and tried and tried.status in MAY_COME),
    )


def attempt(
    session_id: str,
    provider: str,
    amount: int,
    shopper: Visitor,
    *,
    credential: str = "",
    email: str | None = None,
    method: str = "",
    saved_method_id: str = "",
    consent: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Try to pay, and tell how it stands then: also when another tab was faster."""
    command = Confirm(
        provider=provider,
        amount_minor=amount,
        credential=credential,
        email=email,
        method=method,
        saved_method_id=saved_method_id,
        customer_id=proven.proven(session_id),
        consent=dict(consent),
        language=language(),
        visitor=shopper,
        return_url=config().base_url + url_for("checkout.come_back", session_id=session_id),
        cancel_url=config().base_url + url_for("checkout.show", session_id=session_id),
    )
    try:
        # Paid, closed, under way: the result says.
        with suppress(PaymentNotOpen, PaymentProcessing):
            payments.confirm(session_id, command)
    except AmountChanged as changed:
        raise AmountChanged(field="amount", **order_json(look(session_id).order)) from changed
    return result(look(session_id))


def result(shown: view.Shown) -> dict[str, Any]:
    """How the payment stands and where the browser should go, if it should leave the form."""
    payment, state = shown.payment, view.state_of(shown.payment)
    asked = payment.next_action if payment.status == "requires_action" else None
    told: dict[str, Any] = {
        "status": payment.status,
        "state": state,
        "next_action": view.action(asked),
        "decline": view.decline(payment),
        "url": None if state in FORM else url_for("checkout.show", session_id=shown.session.id),
    }
    if asked and asked.get("order"):
        told["paypal_order_id"] = asked["order"]
    return told


def order_json(order: Order) -> dict[str, Any]:
    """The order as the page shows it, after it changed."""
    shown = receipts.summary(order)
    return {
        "amount": order.total_minor,
        "currency": order.currency,
        "amount_text": shown.total,
        "summary_html": render_template("checkout/_summary.html", summary=shown),
        "stripe_amount": view.stripe_amount(order),
    }


def closed_link(link_id: str, reason: str) -> ResponseReturnValue:
    """The page of a link that cannot be used."""
    link = db.session().get(PaymentLink, link_id)
    if link is None:
        raise NotFound
    merchant = db.session().get_one(Merchant, link.merchant_id)
    speech.follow(merchant, link)
    frame(merchant, link.embed_origins)
    return _notice(view.link_page(link, merchant, reason, config()))


def render(
    shown: view.Shown, note: Alert | None = None, http_status: int | None = None
) -> ResponseReturnValue:
    """The page of a session with the HTTP status of its state. `note` is one more thing to say above the form."""
    page = view.page(shown, config(), note=note)
    if page.state in FORM:
        page = replace(page, known=proven.known(shown))
        html = render_template("checkout/pay.html", page=page, test_cards=view.TEST_CARDS)
        return html, http_status or 200
    return _notice(page, http_status)


def _notice(page: Page, http_status: int | None = None) -> ResponseReturnValue:
    html = render_template("checkout/notice.html", page=page)
    return html, http_status or NOTICES[page.state].status
