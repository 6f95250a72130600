"""PayPal's REST API: orders, payments and webhooks. Vault, disputes and reports have their own."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, jsonify, request

from sandbox import (
    Sandbox,
    desk,
    paypal_disputes_api,
    paypal_events_api,
    paypal_holds,
    paypal_hooks,
    paypal_means,
    paypal_orders,
    paypal_payments,
    paypal_reports_api,
    paypal_settings,
    paypal_vault_api,
)
from sandbox.bodies import Body
from sandbox.paypal_access import Tokens, grant
from sandbox.paypal_books import paypal_books
from sandbox.paypal_door import (
    blueprint,
    body_of_request,
    need_request_id,
    once_of_request,
    wants_all,
)
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_once import ORDERS_REMEMBERED_FOR, PAYMENTS_REMEMBERED_FOR
from sandbox.paypal_patch import patch
from sandbox.paypal_timers import install_timers
from sandbox.paypal_world import AUTHORIZATION, CAPTURE, REFUND, find, sandbox, shown
from sandbox.store import Document

__all__ = [
    "blueprint",
    "books",
    "install",
    "paypal_disputes_api",
    "paypal_events_api",
    "paypal_reports_api",
    "paypal_vault_api",
]


class Verdict(Body):
    """How a review ends."""

    accepted: bool = True


def install(app: Flask) -> None:
    """Give PayPal its tokens and its signature once the world is there."""
    world = app.extensions["sandbox"]
    app.extensions["paypal_tokens"] = Tokens(world)
    paypal_hooks.register(world)
    install_timers(app)


def books(world: Sandbox) -> dict[str, Any]:
    """Tell what happened to the money here, for the control desk."""
    return paypal_books(world)


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
    body = body_of_request()
    if isinstance(body, dict) and paypal_means.pays_at_once(body):
        need_request_id("PAYPAL_REQUEST_ID_REQUIRED")
    return _order_once(lambda: paypal_payments.create_order(body))


@blueprint.get("/v2/checkout/orders/<order_id>")
def show_order(order_id: str) -> Response:
    """Show an order."""
    return jsonify(paypal_orders.view(paypal_orders.load(order_id)))


@blueprint.patch("/v2/checkout/orders/<order_id>")
def patch_order(order_id: str) -> tuple[str, int]:
    """Change an order before its money moves."""
    with sandbox().store.transaction():
        patch(paypal_orders.load(order_id), body_of_request(empty=None))
    return "", 204


@blueprint.post("/v2/checkout/orders/<order_id>/confirm-payment-source")
def confirm_payment_source(order_id: str) -> Response:
    """Say what the buyer pays with; the money stays where it is."""
    with sandbox().store.transaction():
        order = paypal_orders.confirm(paypal_orders.load(order_id), body_of_request())
    return jsonify(paypal_orders.view(order) if wants_all() else paypal_orders.minimal_view(order))


@blueprint.post("/v2/checkout/orders/<order_id>/capture")
def capture_order(order_id: str) -> tuple[Response, int]:
    """Take the money of an approved order."""
    return _order_once(lambda: paypal_payments.capture_order(order_id, body_of_request()))


@blueprint.post("/v2/checkout/orders/<order_id>/authorize")
def authorize_order(order_id: str) -> tuple[Response, int]:
    """Hold the money of an approved order."""
    return _order_once(lambda: paypal_payments.authorize_order(order_id, body_of_request()))


@blueprint.get("/v2/payments/authorizations/<authorization_id>")
def show_authorization(authorization_id: str) -> Response:
    """Show an authorization."""
    return jsonify(shown(paypal_holds.load_authorization(authorization_id)))


@blueprint.post("/v2/payments/authorizations/<authorization_id>/capture")
def capture_authorization(authorization_id: str) -> tuple[Response, int]:
    """Take held money."""
    paypal_holds.load_authorization(authorization_id)
    act = lambda: paypal_holds.capture_authorization(authorization_id, body_of_request())  # noqa: E731
    return _payment_once(CAPTURE, act)


@blueprint.post("/v2/payments/authorizations/<authorization_id>/reauthorize")
def reauthorize(authorization_id: str) -> tuple[Response, int]:
    """Hold the money anew."""
    paypal_holds.load_authorization(authorization_id)
    act = lambda: paypal_holds.reauthorize(authorization_id, body_of_request())  # noqa: E731
    return _payment_once(AUTHORIZATION, act)


@blueprint.post("/v2/payments/authorizations/<authorization_id>/void")
def void(authorization_id: str) -> tuple[Response | str, int]:
    """Let held money go."""
    paypal_holds.load_authorization(authorization_id)
    with sandbox().store.transaction():
        held = paypal_holds.void(authorization_id)
    return (jsonify(shown(held)), 200) if wants_all() else ("", 204)


@blueprint.get("/v2/payments/captures/<capture_id>")
def show_capture(capture_id: str) -> Response:
    """Show a capture."""
    return jsonify(shown(find(CAPTURE, capture_id, parameter="capture_id")))


@blueprint.post("/v2/payments/captures/<capture_id>/refund")
def refund(capture_id: str) -> tuple[Response, int]:
    """Give captured money back."""
    return _payment_once(REFUND, lambda: paypal_payments.refund(capture_id, body_of_request()))


@blueprint.get("/v2/payments/refunds/<refund_id>")
def show_refund(refund_id: str) -> Response:
    """Show a refund."""
    return jsonify(shown(find(REFUND, refund_id, parameter="refund_id")))


@blueprint.post("/v1/notifications/verify-webhook-signature")
def verify_webhook_signature() -> Response:
    """Say whether a webhook came from here."""
    genuine = paypal_hooks.verify(request.get_data())
    return jsonify(verification_status="SUCCESS" if genuine else "FAILURE")


@blueprint.post("/sandbox/settings")
def change_settings() -> Response:
    """Sandbox only: set what may be set, see `paypal_settings`."""
    with sandbox().store.transaction():
        return jsonify(paypal_settings.change(body_of_request()))


@blueprint.post("/sandbox/authorizations/<authorization_id>/review")
def review_hold(authorization_id: str) -> Response:
    """Sandbox only: end the review of a pending authorization, `{"accepted": true | false}`."""
    verdict = desk.parse(Verdict, desk.json_body())
    with sandbox().store.transaction():
        return jsonify(shown(paypal_holds.review(authorization_id, accepted=verdict.accepted)))


@blueprint.post("/sandbox/refunds/<refund_id>/review")
def review_refund(refund_id: str) -> Response:
    """Sandbox only: end a pending refund, `{"accepted": true | false}`."""
    verdict = desk.parse(Verdict, desk.json_body())
    status = "COMPLETED" if verdict.accepted else "FAILED"
    with sandbox().store.transaction():
        return jsonify(shown(paypal_payments.end_refund(refund_id, status)))


@blueprint.post("/sandbox/captures/<capture_id>/review")
def review(capture_id: str) -> Response:
    """Sandbox only: end the review of a pending capture, `{"accepted": true | false}`."""
    verdict = desk.parse(Verdict, desk.json_body())
    with sandbox().store.transaction():
        return jsonify(shown(paypal_payments.review(capture_id, accepted=verdict.accepted)))


@blueprint.route("/v1/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@blueprint.route("/v2/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(rest: str) -> Response:
    """Answer in PayPal's form where this stand-in has nothing."""
    raise PayPalError("INVALID_RESOURCE_ID", field="path", value=rest[:80], location="path")


def _order_once(act: Callable[[], Document]) -> tuple[Response, int]:
    order, replayed = once_of_request(act, paypal_orders.load, ORDERS_REMEMBERED_FOR)
    body = paypal_orders.view(order) if wants_all() else paypal_orders.minimal_view(order)
    return jsonify(body), 200 if replayed else 201


def _payment_once(kind: str, act: Callable[[], Document]) -> tuple[Response, int]:
    made, replayed = once_of_request(
        act, lambda made_id: find(kind, made_id), PAYMENTS_REMEMBERED_FOR
    )
    minimal = {name: made[name] for name in ("id", "status", "links")}
    return jsonify(shown(made) if wants_all() else minimal), 200 if replayed else 201
