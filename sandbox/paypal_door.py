"""The door of PayPal's REST API: who may come in, and the form of every answer and refusal."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox import desk
from sandbox.paypal_access import TokenRefused
from sandbox.paypal_errors import PayPalError, envelope, new_debug_id
from sandbox.paypal_once import once
from sandbox.store import Document

blueprint = Blueprint("paypal_api", __name__)
desk.guard_levers(blueprint)

MOCK_HEADER = "PayPal-Mock-Response"
# Open without a token: the token itself, and the levers for tests, which PayPal does not have.
LEVERS = "/sandbox/"
OPEN = "/v1/oauth2/token"


@blueprint.before_request
def admit() -> tuple[Response, int] | None:
    """Let in whoever shows a good token; refuse on request what the mock header names."""
    g.paypal_debug_id = new_debug_id()
    path = request.path.removeprefix("/paypal")
    if path == OPEN or path.startswith(LEVERS):
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        return jsonify(envelope(401, debug_id=g.paypal_debug_id, details=[])), 401
    if not current_app.extensions["paypal_tokens"].accepts(token):
        description = "Token signature verification failed"
        return jsonify(error="invalid_token", error_description=description), 401
    mocked = request.headers.get(MOCK_HEADER)
    if mocked:
        raise PayPalError(_mocked_issue(mocked))
    return None


def _mocked_issue(header: str) -> str:
    try:
        return str(json.loads(header)["mock_application_codes"])
    except (ValueError, KeyError, TypeError) as error:
        raise PayPalError(
            "INVALID_PARAMETER_SYNTAX", field=MOCK_HEADER, location="header"
        ) from error


@blueprint.after_request
def sign_answer(response: Response) -> Response:
    """Put the debug id on every answer."""
    response.headers["Paypal-Debug-Id"] = g.get("paypal_debug_id") or new_debug_id()
    return response


@blueprint.errorhandler(PayPalError)
def refuse(error: PayPalError) -> tuple[Response, int]:
    """Answer a refusal in PayPal's form."""
    body = envelope(
        error.status,
        debug_id=g.paypal_debug_id,
        details=error.details,
        redirect=error.redirect,
    )
    return jsonify(body), error.status


@blueprint.errorhandler(TokenRefused)
def refuse_token(error: TokenRefused) -> tuple[Response, int]:
    """Answer a refusal in OAuth's form."""
    status = 401 if error.error == "invalid_client" else 400
    return jsonify(error=error.error, error_description=error.description), status


@blueprint.errorhandler(HTTPException)
def refuse_http(error: HTTPException) -> tuple[Response, int]:
    """Answer Flask's own refusals in PayPal's form."""
    status = error.code or 500
    return jsonify(envelope(status, debug_id=g.paypal_debug_id, details=[])), status


def body_of_request(empty: Any = ()) -> Any:
    """Read the JSON body; the actions may be called with none."""
    raw = request.get_data()
    if not raw.strip():
        return {} if empty == () else empty
    if request.mimetype != "application/json":
        raise PayPalError.bare(415)
    try:
        return json.loads(raw, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise PayPalError("MALFORMED_REQUEST_JSON", field="/") from error


def _not_json(word: str) -> None:
    raise ValueError(word)


def wants_all() -> bool:
    """Say whether the whole resource is wanted, not the least that names it."""
    return "return=representation" in request.headers.get("Prefer", "").replace(" ", "")


def once_of_request(
    act: Callable[[], Document], latest: Callable[[str], Document], remembered_for: timedelta
) -> tuple[Document, bool]:
    """Act once for this path and PayPal-Request-Id; say what was made and whether it was before."""
    request_id = request.headers.get("PayPal-Request-Id", "")
    return once(request.path, request_id, remembered_for=remembered_for, act=act, latest=latest)


def need_request_id(issue: str = "MISSING_REQUIRED_PARAMETER") -> None:
    """Refuse a request without PayPal-Request-Id where PayPal insists on one."""
    if not request.headers.get("PayPal-Request-Id"):
        raise PayPalError(issue, field="PayPal-Request-Id", location="header")
