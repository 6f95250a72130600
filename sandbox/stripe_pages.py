"""What a browser sees of Stripe: the script, the frames with the card fields, the challenge."""

from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import Sandbox
from sandbox.cards import BY_KEY
from sandbox.store import Document
from sandbox.stripe_amounts import THREE_DECIMALS, ZERO_DECIMALS
from sandbox.stripe_confirm import finish_challenge
from sandbox.stripe_secure import is_open
from sandbox.stripe_world import World, new_id

blueprint = Blueprint("stripe_pages", __name__)

STATIC = Path(__file__).parent / "static" / "stripe"
# The one script that a page loads, in the order in which its parts need each other.
SCRIPT_PARTS = ("strict.js", "frame.js", "dialog.js", "element.js", "elements.js", "stripe.js")
ELEMENTS = {"payment": "stripe_payment.html", "express": "stripe_express.html",
            "wallet": "stripe_wallet.html"}  # fmt: skip
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; frame-ancestors "
)
WENT_WELL = ("succeeded", "requires_capture", "processing", "requires_confirmation")


def _world() -> World:
    sandbox: Sandbox = current_app.extensions["sandbox"]
    return World(sandbox, new_id("req", 14))


@blueprint.get("/js/stripe.js")
@blueprint.get("/endive/stripe.js")
def script() -> Response:
    """Serve the browser stand-in as one classic script."""
    parts = [(STATIC / name).read_text("utf-8") for name in SCRIPT_PARTS]
    body = "(() => {\n'use strict';\n" + "\n".join(parts) + "\n})();\n"
    return Response(body, content_type=KINDS[".js"], headers={"Cache-Control": "no-cache"})


@blueprint.get("/static/<name>")
def static(name: str) -> Response:
    """Serve a file of the frames."""
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in KINDS or not path.is_file():
        abort(404)
    headers = {"Cache-Control": "no-cache"}
    return Response(path.read_bytes(), content_type=KINDS[path.suffix], headers=headers)


@blueprint.get("/elements/<kind>")
def element(kind: str) -> Response:
    """Serve a frame: the card fields, the wallet buttons, or a wallet's own sheet."""
    if kind not in ELEMENTS:
        abort(404)
    return _page(render_template(ELEMENTS[kind]), framed_by="*")


@blueprint.get("/3ds/<attempt_id>")
def challenge(attempt_id: str) -> Response:
    """Show the bank's question."""
    attempt, intent = _attempt(_world(), attempt_id)
    modal = request.args.get("in") == "modal"
    if not is_open(attempt, intent):
        page = render_template(
            "stripe_3ds_over.html", attempt=attempt, modal=modal, back=_back(attempt, intent)
        )
        return _page(page, framed_by="*" if modal else "'none'")
    method = _world().get("payment_method", attempt["method"])
    page = render_template(
        "stripe_3ds.html",
        attempt=attempt,
        amount=shown_amount(intent["amount"], intent["currency"]),
        card=BY_KEY[method["_card"]],
        last4=method["card"]["last4"],
        modal=modal,
    )
    return _page(page, framed_by="*" if modal else "'none'")


@blueprint.post("/3ds/<attempt_id>")
def answer(attempt_id: str) -> AnyResponse:
    """Take the answer, go on with the payment, and send the shopper back."""
    world = _world()
    with world.sandbox.store.transaction():
        attempt, intent = _attempt(world, attempt_id)
        if is_open(attempt, intent):
            intent = finish_challenge(world, attempt, passed=request.form.get("answer") == "pass")
    world.sandbox.hooks.wake()
    if request.args.get("in") == "modal":
        return _page(
            render_template("stripe_3ds_over.html", attempt=attempt, modal=True, back=None),
            framed_by="*",
        )
    back = _back(attempt, intent)
    if back is None:
        page = render_template("stripe_3ds_over.html", attempt=attempt, modal=False, back=None)
        return _page(page, framed_by="'none'")
    return redirect(back, 303)


def _attempt(world: World, attempt_id: str) -> tuple[Document, Document]:
    attempt = world.find("payment_attempt", attempt_id)
    if attempt is None:
        abort(404)
    return attempt, world.get("payment_intent", attempt["intent"])


def _back(attempt: Document, intent: Document) -> str | None:
    """Give the return address with what Stripe adds to it."""
    if not attempt["return_url"]:
        return None
    parts = urlsplit(attempt["return_url"])
    added = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] in WENT_WELL else "failed",
    }
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added.items()])
    return urlunsplit(parts._replace(query=query))


def shown_amount(amount: int, currency: str) -> str:
    """Write an amount for people: minor units with the currency's own decimals."""
    decimals = 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    digits = str(amount).rjust(decimals + 1, "0")
    whole, part = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    return f"{int(whole):,}" + (f".{part}" if part else "") + f" {currency.upper()}"


def _page(body: str, *, framed_by: str) -> Response:
    headers = {
        "Content-Security-Policy": POLICY + framed_by,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, mimetype="text/html", headers=headers)
