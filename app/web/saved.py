"""Saved methods on the hosted page: a code by e-mail shows who is there, then one press pays. No script."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, EmailStr, Field

from app import receipts
from app.commands import Command
from app.config import Config
from app.customers import kept, proof
from app.errors import AppError, NotFound
from app.languages import N_, _, language
from app.screening import gate
from app.values import Amount, Credential
from app.web import checkout, failures, proven, speech, view
from app.web.forms import read
from app.web.page import Alert
from app.web.states import FORM
from app.web.visitor import remember_device, visitor
from models import clock

SUBJECT = N_("{code} is your code for {merchant}")
BODY = N_(
    "Your code is {code}. Type it on the payment page of {merchant} within 10 minutes.\n\n"
    "If you did not ask for it, nobody can do anything without it: ignore this mail."
)
# The modules of the code's page, whose texts it carries.
SCRIPTS = ("code.js", "http.js")

# Tells the page's script that the bank's check may begin by itself: the shopper pressed Pay a moment ago.
AT_ONCE = "check"

blueprint = Blueprint("saved", __name__)
blueprint.after_request(remember_device)
speech.serve(blueprint)


class Ask(Command):
    """Where the code is to be sent."""

    email: EmailStr


class Answer(Command):
    """The code, however it was typed."""

    code: Annotated[str, Field(max_length=20), AfterValidator(str.strip)]


class PaySaved(Command):
    """Which saved method, and the amount that the shopper saw."""

    saved_method: Credential
    amount: Amount


@blueprint.get("/c/<session_id>/saved")
def show(session_id: str) -> ResponseReturnValue:
    """The saved methods of whoever has shown the code; before that, where to send it, or what it says."""
    step = "code" if request.args.get("sent") else "email"
    return render(session_id, step)


@blueprint.post("/c/<session_id>/saved/code")
def send(session_id: str) -> ResponseReturnValue:
    """Send a code. The answer is the same whether or not anything is saved for the address."""
    gate.act(session_id)
    try:
        sent = read(Ask)
        checkout.look(session_id)
        if not config().smtp_url:
            raise NotFound
        words = _plain(SUBJECT), _plain(BODY)
        proof.send_code(
            session_id,
            sent.email.lower(),
            key=config().secret_key,
            language=language(),
            words=words,
            ip=request.remote_addr,
        )
    except AppError as refusal:
        return render(session_id, "email", refusal)
    return redirect(url_for("saved.show", session_id=session_id, sent=1), 303)


@blueprint.post("/c/<session_id>/saved/check")
def check(session_id: str) -> ResponseReturnValue:
    """The right code opens the list, in this browser, for half an hour."""
    gate.act(session_id)
    try:
        checkout.look(session_id)
        customer_id = proof.check_code(session_id, read(Answer).code, key=config().secret_key)
    except AppError as refusal:
        return render(session_id, "code", refusal)
    answer = make_response(redirect(url_for("saved.show", session_id=session_id), 303))
    proven.remember(answer, session_id, customer_id)
    return answer


@blueprint.post("/c/<session_id>/pay/saved")
def pay(session_id: str) -> ResponseReturnValue:
    """Pay with a saved method: of whoever is proven to be here, or the one that this page was opened for."""
    try:
        sent = read(PaySaved)
        shown = checkout.look(session_id)
        method = kept.usable(sent.saved_method, shown.session.merchant_id)
        answer = checkout.attempt(
            session_id,
            method.provider,
            sent.amount,
            visitor(),
            saved_method_id=method.id,
            email=shown.session.customer_email,
        )
    except AppError as refusal:
        note = Alert(failures.said(refusal), _("No money was taken."), "warn")
        shown = checkout.look(session_id)
        return checkout.render(shown, note, refusal.status)
    asked = answer["next_action"] or {}
    begins = AT_ONCE if asked.get("type") == "stripe_sdk" else None
    here = url_for("checkout.show", session_id=session_id, _anchor=begins)
    return redirect(asked.get("url") or here, 303)


def render(session_id: str, step: str, refusal: AppError | None = None) -> ResponseReturnValue:
    """The page at one of its steps. A session that cannot be paid shows itself instead."""
    shown = checkout.look(session_id)
    if view.state_of(shown.payment) not in FORM:
        return redirect(url_for("checkout.show", session_id=session_id), 303)
    mine = proven.known(shown)
    if mine.consents:
        step = "list"
    elif not mine.asks:
        raise NotFound
    page = replace(view.page(shown, config()), known=mine)
    html = render_template(
        "checkout/saved.html",
        page=page,
        step=step,
        summary=receipts.summary(shown.order),
        email=shown.session.customer_email or "",
        error=failures.said(refusal) if refusal else "",
        script=script(session_id, shown.merchant.name) if step == "code" else None,
    )
    return html, refusal.status if refusal else 200


def script(session_id: str, merchant: str) -> dict[str, object] | None:
    """What the module of the code's page is told: for how many seconds the code is still good. None without a code."""
    ends = proof.good_until(session_id)
    if ends is None:
        return None
    left_s = max(int((ends - clock.now()).total_seconds()), 0)
    return {"merchant": merchant, "texts": speech.script_texts(*SCRIPTS), "left_s": left_s}


def config() -> Config:
    """The settings of this installation."""
    found: Config = current_app.extensions["till"]
    return found


def _plain(text: str) -> str:
    """A text of a mail in this language, its places still to be filled."""
    return _(text, code="{code}", merchant="{merchant}").translate(dict.fromkeys((0x2068, 0x2069)))
