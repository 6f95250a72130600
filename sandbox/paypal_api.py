"""PayPal's REST API: the routes, who may call them, and the form of every answer."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox import Sandbox, paypal_hooks, paypal_orders, paypal_payments
from sandbox.paypal_access import TokenRefused, Tokens, grant
from sandbox.paypal_books import paypal_books
from sandbox.paypal_errors import PayPalError, envelope, new_debug_id
from sandbox.paypal_once import ORDERS_REMEMBERED_FOR, PAYMENTS_REMEMBERED_FOR, once
from sandbox.paypal_patch import patch
from sandbox.paypal_world import AUTHORIZATION, CAPTURE, REFUND, find, sandbox, shown
from sandbox.store import Document

blueprint = Blueprint("paypal_api", __name__)

View = Callable[[Document], dict[str, Any]]
MOCK_HEADER = "PayPal-Mock-Response"
# The token is asked for without a token; the last two are levers for tests, not PayPal's.
OPEN_TO_ALL = ("paypal_api.token", "paypal_api.revoke_tokens", "paypal_api.review")


def install(app: Flask) -> None:
    """Give PayPal its tokens and its signature once the world is there."""
    world = app.extensions["sandbox"]
    app.extensions["paypal_tokens"] = Tokens(world)
    paypal_hooks.register(world)


def books(world: Sandbox) -> dict[str, Any]:
    """Tell what happened to the money here, for the control desk."""
    return paypal_books(world)


@blueprint.before_request
def admit() -> tuple[Response, int] | None:
    """Let in whoever shows a good token; refuse on request what the mock header names."""
    g.paypal_debug_id = new_debug_id()
    if request.endpoint in OPEN_TO_ALL:
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


@blueprint.post("/v1/oauth2/token")
def token() -> Response:
    """Give out an access token."""
    tokens = current_app.extensions["paypal_tokens"]
    return jsonify(grant(request.headers.get("Authorization", ""), request.form.to_dict(), tokens))


@blueprint.post("/sandbox/tokens/revoke")
def revoke_tokens() -> tuple[str, int]:
    """Sandbox only: refuse every access token given out so far."""
    current_app.extensions["paypal_tokens"].revoke_all()
    return "", 204


@blueprint.post("/v2/checkout/orders")
def create_order() -> tuple[Response, int]:
    """Create an order."""
    return _order_once(lambda: paypal_orders.create(_body()))


@blueprint.get("/v2/checkout/orders/<order_id>")
def show_order(order_id: str) -> Response:
    """Show an order."""
    return jsonify(paypal_orders.view(paypal_orders.load(order_id)))


@blueprint.patch("/v2/checkout/orders/<order_id>")
def patch_order(order_id: str) -> tuple[str, int]:
    """Change an order before its money moves."""
    with sandbox().store.transaction():
        patch(paypal_orders.load(order_id), _body(empty=None))
    return "", 204


@blueprint.post("/v2/checkout/orders/<order_id>/capture")
def capture_order(order_id: str) -> tuple[Response, int]:
    """Take the money of an approved order."""
    return _order_once(lambda: paypal_payments.capture_order(order_id, _body()))


@blueprint.post("/v2/checkout/orders/<order_id>/authorize")
def authorize_order(order_id: str) -> tuple[Response, int]:
    """Hold the money of an approved order."""
    return _order_once(lambda: paypal_payments.authorize_order(order_id, _body()))


@blueprint.get("/v2/payments/authorizations/<authorization_id>")
def show_authorization(authorization_id: str) -> Response:
    """Show an authorization."""
    return jsonify(shown(paypal_payments.load_authorization(authorization_id)))


@blueprint.post("/v2/payments/authorizations/<authorization_id>/capture")
def capture_authorization(authorization_id: str) -> tuple[Response, int]:
    """Take held money."""
    paypal_payments.load_authorization(authorization_id)
    act = lambda: paypal_payments.capture_authorization(authorization_id, _body())  # noqa: E731
    return _payment_once(CAPTURE, act)


@blueprint.post("/v2/payments/authorizations/<authorization_id>/reauthorize")
def reauthorize(authorization_id: str) -> tuple[Response, int]:
    """Hold the money anew."""
    paypal_payments.load_authorization(authorization_id)
    act = lambda: paypal_payments.reauthorize(authorization_id, _body())  # noqa: E731
    return _payment_once(AUTHORIZATION, act)


@blueprint.post("/v2/payments/authorizations/<authorization_id>/void")
def void(authorization_id: str) -> tuple[Response | str, int]:
    """Let held money go."""
    paypal_payments.load_authorization(authorization_id)
    with sandbox().store.transaction():
        held = paypal_payments.void(authorization_id)
    return (jsonify(shown(held)), 200) if _wants_all() else ("", 204)


@blueprint.get("/v2/payments/captures/<capture_id>")
def show_capture(capture_id: str) -> Response:
    """Show a capture."""
    return jsonify(shown(find(CAPTURE, capture_id, parameter="capture_id")))


@blueprint.post("/v2/payments/captures/<capture_id>/refund")
def refund(capture_id: str) -> tuple[Response, int]:
    """Give captured money back."""
    return _payment_once(REFUND, lambda: paypal_payments.refund(capture_id, _body()))


@blueprint.get("/v2/payments/refunds/<refund_id>")
def show_refund(refund_id: str) -> Response:
    """Show a refund."""
    return jsonify(shown(find(REFUND, refund_id, parameter="refund_id")))


@blueprint.post("/v1/notifications/verify-webhook-signature")
def verify_webhook_signature() -> Response:
    """Say whether a webhook came from here."""
    genuine = paypal_hooks.verify(request.get_data())
    return jsonify(verification_status="SUCCESS" if genuine else "FAILURE")


@blueprint.get("/v1/notifications/webhooks-events/<event_id>")
def show_event(event_id: str) -> Response:
    """Show an event."""
    return jsonify(find(paypal_hooks.EVENT, event_id, parameter="event_id"))


@blueprint.post("/sandbox/captures/<capture_id>/review")
def review(capture_id: str) -> Response:
    """Sandbox only: end the review of a pending capture, `{"accepted": true | false}`."""
    with sandbox().store.transaction():
        accepted = bool(_body().get("accepted", True))
        return jsonify(shown(paypal_payments.review(capture_id, accepted=accepted)))


@blueprint.route("/v1/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@blueprint.route("/v2/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(rest: str) -> Response:
    """Answer in PayPal's form where this stand-in has nothing."""
    raise PayPalError("INVALID_RESOURCE_ID", field="path", value=rest[:80], location="path")


def _body(empty: Any = ()) -> Any:
    """Read the JSON body; the actions may be called with none."""
    raw = request.get_data()
    if not raw.strip():
        return {} if empty == () else empty
    if request.mimetype != "application/json":
        raise _media_type()
    try:
        return json.loads(raw, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise PayPalError("MALFORMED_REQUEST_JSON", field="/") from error


def _not_json(word: str) -> None:
    raise ValueError(word)


def _media_type() -> PayPalError:
    error = PayPalError("UNSUPPORTED_MEDIA_TYPE")
    error.status, error.details = 415, []
    return error


def _wants_all() -> bool:
    return "return=representation" in request.headers.get("Prefer", "").replace(" ", "")


def _order_once(act: Callable[[], Document]) -> tuple[Response, int]:
    order, replayed = _once(act, paypal_orders.load, ORDERS_REMEMBERED_FOR)
    body = paypal_orders.view(order) if _wants_all() else paypal_orders.minimal_view(order)
    return jsonify(body), 200 if replayed else 201


def _payment_once(kind: str, act: Callable[[], Document]) -> tuple[Response, int]:
    made, replayed = _once(act, lambda made_id: find(kind, made_id), PAYMENTS_REMEMBERED_FOR)
    minimal = {name: made[name] for name in ("id", "status", "links")}
    return jsonify(shown(made) if _wants_all() else minimal), 200 if replayed else 201


def _once(
    act: Callable[[], Document], latest: Callable[[str], Document], remembered_for: timedelta
) -> tuple[Document, bool]:
    request_id = request.headers.get("PayPal-Request-Id", "")
    return once(request.path, request_id, remembered_for=remembered_for, act=act, latest=latest)
