"""What a browser sees of Stripe: the script, the frames with the card fields, the challenge."""

import json
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import Sandbox
from sandbox.cards import card_of
from sandbox.ibans import ACCOUNTS
from sandbox.store import Document
from sandbox.stripe_amounts import THREE_DECIMALS, ZERO_DECIMALS
from sandbox.stripe_answers import answer as answer_attempt
from sandbox.stripe_methods import KINDS
from sandbox.stripe_secure import is_open
from sandbox.stripe_world import World, new_id

blueprint = Blueprint("stripe_pages", __name__)

STATIC = Path(__file__).parent / "static" / "stripe"
# The one script that a page loads, in the order in which its parts need each other.
SCRIPT_PARTS = (
    "strict.js",
    "offer.js",
    "frame.js",
    "dialog.js",
    "element.js",
    "elements.js",
    "stripe.js",
)
ELEMENTS = {"payment": "stripe_payment.html", "express": "stripe_express.html",
            "wallet": "stripe_wallet.html"}  # fmt: skip
CONTENT_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; frame-ancestors "
)
WENT_WELL = ("succeeded", "requires_capture", "processing", "requires_confirmation")


def world_now() -> World:
    """Give Stripe's objects as this request sees them."""
    sandbox: Sandbox = current_app.extensions["sandbox"]
    return World(sandbox, new_id("req", 14))


@blueprint.get("/js/stripe.js")
@blueprint.get("/endive/stripe.js")
def script() -> Response:
    """Serve the browser stand-in as one classic script."""
    parts = [(STATIC / name).read_text("utf-8") for name in SCRIPT_PARTS]
    # What may pay is said in one place, on the server.
    parts.insert(0, f"const KINDS = {json.dumps({n: asdict(kind) for n, kind in KINDS.items()})};")
    body = "(() => {\n'use strict';\n" + "\n".join(parts) + "\n})();\n"
    return Response(body, content_type=CONTENT_TYPES[".js"], headers={"Cache-Control": "no-cache"})


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Serve a file of the frames."""
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in CONTENT_TYPES or not path.is_file():
        abort(404)
    headers = {"Cache-Control": "no-cache"}
    return Response(path.read_bytes(), content_type=CONTENT_TYPES[path.suffix], headers=headers)


@blueprint.get("/elements/<kind>")
def element(kind: str) -> Response:
    """Serve a frame: the card fields, the wallet buttons, or a wallet's own sheet."""
    if kind not in ELEMENTS:
        abort(404)
    return page(render_template(ELEMENTS[kind], accounts=ACCOUNTS), framed_by="*")


@blueprint.get("/3ds/<attempt_id>")
def challenge(attempt_id: str) -> Response:
    """Show the bank's question."""
    world = world_now()
    attempt, intent = attempt_of(world, attempt_id)
    if not is_open(attempt, intent):
        return over(attempt, back_to(attempt, intent))
    method = world.get("payment_method", attempt["method"])
    body = render_template(
        "stripe_3ds.html",
        attempt=attempt,
        amount=amount_of(intent),
        card=card_of(method),
        last4=method["card"]["last4"],
        modal=is_modal(),
    )
    return page(body)


@blueprint.post("/3ds/<attempt_id>")
def answer(attempt_id: str) -> AnyResponse:
    """Take the bank's answer."""
    return take_answer(attempt_id)


def take_answer(attempt_id: str) -> AnyResponse:
    """Take an answer, go on with the intent, and send the shopper back where they came from."""
    world = world_now()
    given = request.form
    with world.sandbox.store.transaction():
        attempt, intent = attempt_of(world, attempt_id)
        if is_open(attempt, intent):
            words = given.get("answer", ""), given.get("bank", "")
            intent = answer_attempt(world, attempt, intent, words[0], bank=words[1])
    world.sandbox.hooks.wake()
    back = back_to(attempt, intent)
    if is_modal() or back is None:
        return over(attempt, None)
    return redirect(back, 303)


def over(attempt: Document, back: str | None) -> Response:
    """Say that there is nothing left to answer."""
    body = render_template("stripe_3ds_over.html", attempt=attempt, modal=is_modal(), back=back)
    return page(body)


def is_modal() -> bool:
    """Say whether the page stands in a dialog of the shop's own page."""
    return request.args.get("in") == "modal"


def attempt_of(world: World, attempt_id: str) -> tuple[Document, Document]:
    """Find an attempt and its intent, or answer 404."""
    attempt = world.find("payment_attempt", attempt_id)
    if attempt is None:
        abort(404)
    return attempt, world.get(attempt["intent_kind"], attempt["intent"])


def back_to(attempt: Document, intent: Document) -> str | None:
    """Give the return address with what Stripe adds to it."""
    if not attempt["return_url"]:
        return None
    parts = urlsplit(attempt["return_url"])
    kind = intent["object"]
    added = {
        kind: intent["id"],
        f"{kind}_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] in WENT_WELL else "failed",
    }
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added.items()])
    return urlunsplit(parts._replace(query=query))


def amount_of(intent: Document) -> str:
    """Write what an intent takes for people; a setup takes nothing."""
    if intent["object"] == "setup_intent":
        return "nothing now"
    return shown_amount(intent["amount"], intent["currency"])


def shown_amount(amount: int, currency: str) -> str:
    """Write an amount for people: minor units with the currency's own decimals."""
    decimals = 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    digits = str(amount).rjust(decimals + 1, "0")
    whole, part = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    return f"{int(whole):,}" + (f".{part}" if part else "") + f" {currency.upper()}"


def page(body: str, *, framed_by: str = "") -> Response:
    """Answer with a page; one that is answered in a dialog may be framed, any other may not."""
    headers = {
        "Content-Security-Policy": POLICY + (framed_by or ("*" if is_modal() else "'none'")),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, mimetype="text/html", headers=headers)
