"""The pages of other banks and apps: iDEAL, UPI with its QR code, and the text of a mandate."""

from io import BytesIO

import segno
from flask import Blueprint, Response, abort, render_template
from werkzeug.wrappers import Response as AnyResponse

from sandbox.stripe_credentials import BANK_NAMES
from sandbox.stripe_pages import (
    amount_of,
    attempt_of,
    back_to,
    is_modal,
    over,
    page,
    take_answer,
    world_now,
)
from sandbox.stripe_secure import is_open, page_of

blueprint = Blueprint("stripe_banks", __name__)

QR_KINDS = {"png": "image/png", "svg": "image/svg+xml"}


@blueprint.get("/ideal/<attempt_id>")
def ideal(attempt_id: str) -> Response:
    """Let the shopper choose their bank, and how it ends there."""
    attempt, intent = attempt_of(world_now(), attempt_id)
    back = back_to(attempt, intent)
    if not is_open(attempt, intent):
        return over(attempt, back)
    banks = {name: title for name, (_, title) in BANK_NAMES.items()}
    amount = amount_of(intent)
    return page(render_template("stripe_ideal.html", amount=amount, banks=banks, back=back))


@blueprint.get("/upi/<attempt_id>")
def upi(attempt_id: str) -> Response:
    """Show the QR code and, since there is no phone here, what its app would offer."""
    attempt, intent = attempt_of(world_now(), attempt_id)
    if not is_open(attempt, intent):
        return over(attempt, back_to(attempt, intent))
    body = render_template(
        "stripe_upi.html", attempt=attempt, amount=amount_of(intent), modal=is_modal()
    )
    return page(body)


@blueprint.post("/ideal/<attempt_id>", endpoint="answer_ideal")
@blueprint.post("/upi/<attempt_id>", endpoint="answer_upi")
def answer(attempt_id: str) -> AnyResponse:
    """Take the answer of the bank or the app."""
    return take_answer(attempt_id)


@blueprint.get("/upi/<attempt_id>/qr.<kind>")
def qr_code(attempt_id: str, kind: str) -> Response:
    """Draw the code; scanned with a phone that reaches this machine, it opens the same page."""
    world = world_now()
    attempt, _ = attempt_of(world, attempt_id)
    if kind not in QR_KINDS:
        abort(404)
    drawn = BytesIO()
    segno.make(page_of(world, "upi", attempt), error="m").save(drawn, kind=kind, scale=6, border=4)
    return Response(drawn.getvalue(), mimetype=QR_KINDS[kind])


@blueprint.get("/mandates/<mandate_id>")
def mandate(mandate_id: str) -> Response:
    """Show what the shopper agreed to."""
    found = world_now().find("mandate", mandate_id)
    if found is None or "sepa_debit" not in found["payment_method_details"]:
        abort(404)
    return page(render_template("stripe_mandate.html", mandate=found))
