"""What a browser sees of Razorpay: its script, the hosted form, the bank's page, the app, the end.

The script opens the same pages in a frame that the hosted form opens in the whole window, so there is
one checkout and it works without JavaScript.
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import segno
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from sandbox import Sandbox, razorpay_checkout
from sandbox.razorpay_errors import RazorpayError, refused
from sandbox.razorpay_methods import BANKS, WALLETS
from sandbox.razorpay_world import World
from sandbox.store import Document

blueprint = Blueprint("razorpay_pages", __name__)

STATIC = Path(__file__).parent / "static" / "razorpay"
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
SCRIPT_PARTS = ("strict.js", "checkout.js")
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")
PHONE = re.compile(r"\+?[0-9]{10,14}")
WAITING = {"upi": "razorpay_upi.html", "netbanking": "razorpay_bank.html",
           "wallet": "razorpay_wallet.html"}  # fmt: skip
# What the buttons say → how the payment ends.
ANSWERS = {"approve": "approve", "decline": "payment_declined", "expire": "expire",
           "failure": "payment_failed", "cancel": "payment_cancelled", "otp": "otp"}  # fmt: skip


def _world() -> World:
    sandbox: Sandbox = current_app.extensions["sandbox"]
    return World(sandbox)


@blueprint.get("/checkout.js")
@blueprint.get("/v1/checkout.js")
def script() -> Response:
    """Serve the browser stand-in as one classic script."""
    body = "\n".join((STATIC / name).read_text("utf-8") for name in SCRIPT_PARTS)
    body = "(() => {\n'use strict';\n" + body + "\n})();\n"
    return Response(body, content_type=KINDS[".js"], headers={"Cache-Control": "no-cache"})


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Serve a file of the pages."""
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in KINDS or not path.is_file():
        abort(404)
    headers = {"Cache-Control": "no-cache"}
    return Response(path.read_bytes(), content_type=KINDS[path.suffix], headers=headers)


@blueprint.get("/checkout/frame")
def frame() -> Response:
    """Serve what the script's frame shows until it has the options; it then posts the form itself."""
    return _page("razorpay_frame.html", {"_origin": "*"})


@blueprint.post("/v1/checkout/embedded")
def embedded() -> AnyResponse:
    """Take the merchant's form and show the checkout."""
    world, form = _world(), request.form.to_dict()
    if not ORIGIN.fullmatch(form.get("_origin", "")):
        form["_origin"] = ""
    try:
        with world.sandbox.store.transaction():
            checkout = razorpay_checkout.begin(world, form)
    except RazorpayError as error:
        return _message("The payment cannot begin", str(error), status=error.status, form=form)
    return _to(checkout)


@blueprint.get("/checkout/<checkout_id>")
def show(checkout_id: str) -> AnyResponse:
    """Show the step that is due: choose, wait, or the end."""
    world = _world()
    with world.sandbox.store.transaction():
        checkout = _find(world, checkout_id)
        payment = razorpay_checkout.payment_of(world, checkout)
        if payment is None:
            return _choose(checkout)
        if payment["status"] == "created":
            return _wait(world, checkout, payment)
        told = razorpay_checkout.outcome(world, payment)
        if razorpay_checkout.is_over(checkout, payment):
            return _end(checkout, payment, told)
        news, checkout["told"] = checkout["told"] != payment["id"], payment["id"]
        world.put(checkout)
    return _choose(checkout, problem=payment["error_description"], told=told if news else None)


@blueprint.post("/checkout/<checkout_id>")
def act(checkout_id: str) -> AnyResponse:
    """Take a choice, a phone number, or an answer of the bank or the app."""
    world, form = _world(), request.form.to_dict()
    try:
        with world.sandbox.store.transaction():
            checkout = _find(world, checkout_id)
            if "method" in form:
                razorpay_checkout.pay(world, checkout, form)
            elif "phone" in form:
                _keep_phone(world, checkout, form["phone"].replace(" ", ""))
            elif form.get("answer") in ANSWERS:
                word = ANSWERS[form["answer"]]
                razorpay_checkout.answer(world, checkout, word, otp=form.get("otp", "").strip())
    except RazorpayError as error:
        return _again(checkout_id, error, form)
    world.sandbox.hooks.wake()
    return _to(checkout)


@blueprint.get("/checkout/<checkout_id>/status")
def status(checkout_id: str) -> dict[str, str]:
    """Tell a waiting page how the payment stands."""
    world = _world()
    payment = razorpay_checkout.payment_of(world, _find(world, checkout_id))
    return {"status": payment["status"] if payment else "none"}


@blueprint.get("/checkout/<checkout_id>/leave")
def leave(checkout_id: str) -> AnyResponse:
    """Let the shopper go; ask first where the merchant wants that."""
    world = _world()
    checkout = _find(world, checkout_id)
    if checkout["_confirm_close"] and request.args.get("sure") != "yes":
        return _page("razorpay_leave.html", checkout)
    if checkout["_origin"]:
        return _page("razorpay_end.html", checkout, told={"kind": "dismiss"}, title="Closed")
    if checkout["cancel_url"]:
        return redirect(checkout["cancel_url"], 302)
    words = "The merchant gave no page to return to: go back to the shop by yourself."
    return _message("The payment was canceled", words, status=200, form=checkout)


def _find(world: World, checkout_id: str) -> Document:
    checkout = world.find("checkout", checkout_id)
    if checkout is None:
        abort(404)
    return checkout


def _keep_phone(world: World, checkout: Document, phone: str) -> None:
    if not PHONE.fullmatch(phone):
        words = "Enter a phone number of 10 digits, with or without +91."
        raise RazorpayError(words, field="phone")
    world.put(checkout | {"phone": phone})


def _again(checkout_id: str, error: RazorpayError, form: dict[str, str]) -> AnyResponse:
    """Show the same step with what was wrong beside the field."""
    world = _world()
    checkout = _find(world, checkout_id)
    payment = razorpay_checkout.payment_of(world, checkout)
    if error.error.get("field") == "phone" and payment:
        return _wait(world, checkout, payment, mistake=str(error), given=form["phone"])
    if str(error) == str(refused("order_paid")):
        return _message("This order is paid", str(error), status=409, form=checkout)
    return _choose(checkout, mistake=error.error, given=form)


def _choose(checkout: Document, **more: Any) -> AnyResponse:
    chosen = (more.get("given") or {}).get("method") or checkout["_method"]
    if chosen not in checkout["methods"]:
        chosen = checkout["methods"][0]
    return _page(
        "razorpay_choose.html", checkout, chosen=chosen, banks=BANKS, wallets=WALLETS, **more
    )


def _wait(world: World, checkout: Document, payment: Document, **more: Any) -> AnyResponse:
    world.sandbox.hooks.start()  # without the thread, nothing would ever run out of time
    shown = {"payment": payment, **more}
    if payment["method"] == "upi" and not payment["vpa"]:
        name = quote(checkout["name"] or "Till sandbox")
        amount = f"{payment['amount'] // 100}.{payment['amount'] % 100:02}"
        link = f"upi://pay?pa=till@sandbox&pn={name}&am={amount}&cu=INR&tr={payment['id']}"
        code = segno.make(link, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff")
        shown |= {"link": link, "code": Markup(code)}  # noqa: S704  segno draws it from our own link
    if payment["method"] == "netbanking":
        shown["bank"] = BANKS[payment["bank"]]
    if payment["method"] == "wallet":
        shown["wallet"] = WALLETS[payment["wallet"]]
    return _page(WAITING[payment["method"]], checkout, **shown)


def _end(checkout: Document, payment: Document, told: dict[str, Any]) -> AnyResponse:
    """Tell the page around, or send the browser back to the merchant with a form."""
    title = "Payment failed" if payment["status"] == "failed" else "Paid"
    if checkout["_origin"]:
        told = told | {"over": True}
        return _page("razorpay_end.html", checkout, told=told, title=title)
    fields = razorpay_checkout.callback_fields(told)
    return _page("razorpay_end.html", checkout, fields=fields, title=title)


def _message(title: str, words: str, *, status: int, form: dict[str, Any]) -> AnyResponse:
    back = form.get("cancel_url") or ""
    shown = {"_origin": form.get("_origin") or ""}
    shown["cancel_url"] = back if back.startswith(("http://", "https://")) else ""
    answer = _page("razorpay_message.html", shown, title=title, words=words)
    answer.status_code = status
    return answer


def _to(checkout: Document) -> AnyResponse:
    return redirect(url_for("razorpay_pages.show", checkout_id=checkout["id"]), 303)


def _page(template: str, checkout: Document, **more: Any) -> Response:
    """Render a page that only the merchant's own page may frame, and that posts home or back."""
    told = more.pop("told", None)
    back = urlsplit(checkout.get("callback_url") or "")
    origin = f"{back.scheme}://{back.netloc}"
    targets = f"'self' {origin}" if ORIGIN.fullmatch(origin) else "'self'"
    framed_by = checkout["_origin"] or "'none'"
    body = render_template(
        template, checkout=checkout, told=json.dumps(told) if told else "", inr=inr, **more
    )
    headers = {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            f" img-src 'self' data:; base-uri 'none'; form-action {targets};"
            f" frame-ancestors {framed_by}"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, mimetype="text/html", headers=headers)


def inr(paise: int) -> str:
    """Write an amount as it is written in India: ₹1,23,456.78."""
    whole, part = str(paise // 100), paise % 100
    head, tail = whole[:-3], whole[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return f"₹{','.join([*groups, tail])}.{part:02}"
