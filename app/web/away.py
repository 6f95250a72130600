"""Paying at Razorpay's page: the way there, and the way back, which is a POST from another site."""

from __future__ import annotations

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from app import payments
from app.errors import AppError, Invalid
from app.languages import _
from app.screening import gate
from app.web import checkout, failures
from app.web.forms import PayAway, read
from app.web.page import Alert
from app.web.visitor import visitor

MOST_FIELDS, LONGEST_FIELD = 30, 2000
blueprint = checkout.blueprint


@blueprint.post("/c/<session_id>/pay/razorpay")
def pay_razorpay(session_id: str) -> ResponseReturnValue:
    """Make the order that the shopper pays at Razorpay; without JavaScript, the page then leads there."""
    sent = read(PayAway)
    shopper = visitor(utc_offset_min=sent.utc_offset_min)
    try:
        answer = checkout.attempt(
            session_id, "razorpay", sent.amount, shopper, email=sent.email, method=sent.method
        )
    except AppError as refusal:
        if request.is_json:
            raise
        note = Alert(failures.said(refusal), _("No money was taken."), "warn")
        return checkout.render(checkout.look(session_id), note, refusal.status)
    return jsonify(answer) if request.is_json else _show(session_id)


@blueprint.post("/c/<session_id>/pay/cancel")
def cancel_try(session_id: str) -> ResponseReturnValue:
    """The shopper waits no more for their app or bank, and chooses another way."""
    return checkout.paypal_cancel(session_id) if request.is_json else _cancel(session_id)


@blueprint.post("/c/<session_id>/return")
def returned(session_id: str) -> ResponseReturnValue:
    """Back from the provider's page or script, with what it says.

    It comes from another site, so without our form token; what it claims must be signed. Then the provider is asked.
    """
    gate.act(session_id)
    payments.check_return(session_id, _fields())
    payments.sync(checkout.look(session_id).payment.id)
    if request.is_json:
        return jsonify(checkout.result(checkout.look(session_id)))
    return _show(session_id)


def _cancel(session_id: str) -> ResponseReturnValue:
    checkout.paypal_cancel(session_id)
    return _show(session_id)


def _show(session_id: str) -> ResponseReturnValue:
    return redirect(url_for("checkout.show", session_id=session_id), 303)


def _fields() -> dict[str, str]:
    """The fields of a form or of a flat JSON object. Raises Invalid."""
    try:
        given = request.get_json() if request.is_json else request.form.to_dict()
    except BadRequest:
        given = None
    if not isinstance(given, dict) or len(given) > MOST_FIELDS:
        raise Invalid(field="fields")
    if not all(isinstance(value, str) and len(value) <= LONGEST_FIELD for value in given.values()):
        raise Invalid(field="fields")
    return given
