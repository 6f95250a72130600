"""Razorpay's HTTP side: the key pair, one table of routes, one way to answer; and the desk's acts.

Basic authentication with `key_id:key_secret` is what the official client sends. Keys begin with
`rzp_test_`; a live one is refused as an unknown one is.
"""

import hmac
import logging
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox import Sandbox, desk, razorpay_desk
from sandbox.razorpay_books import razorpay_books
from sandbox.razorpay_errors import RazorpayError, broken, refused, unauthorized
from sandbox.razorpay_fields import read
from sandbox.razorpay_routes import ROUTES, Call, Route
from sandbox.razorpay_world import RETRY_AFTER_S, World, public, sign
from sandbox.store import Document

log = logging.getLogger(__name__)

blueprint = Blueprint("razorpay_api", __name__)
desk.guard_levers(blueprint)

Answer = Response | tuple[Response, int]

ALL = ["GET", "POST", "PUT", "PATCH", "DELETE"]
INSTRUMENT = ("order_id", "method", "vpa", "flow", "bank", "wallet", "email", "contact")


def install(app: Flask) -> None:
    """Give the webhook sender our signature and our pauses, and the timers our actions."""
    sandbox: Sandbox = app.extensions["sandbox"]
    sandbox.hooks.register("razorpay", sign, RETRY_AFTER_S)
    razorpay_desk.install_timers(sandbox)


def books(sandbox: Sandbox) -> dict[str, Any]:
    """Tell what happened to the money here, by order, payment, refund and dispute."""
    return razorpay_books(World(sandbox))


def handle(route: Route, **ids: str) -> Answer:
    """Answer one request to a known route, whatever happens."""
    sandbox: Sandbox = current_app.extensions["sandbox"]
    try:
        _authenticate(sandbox)
        body = read(request.get_data(), allowed=route.fields) if request.method != "GET" else {}
        query = {name: value for name, value in request.args.items() if name != "expand[]"}
        call = Call(
            World(sandbox),
            body,
            query,
            tuple(request.args.getlist("expand[]")),
            ids,
            request.headers.get("X-Refund-Idempotency", ""),
        )
        with sandbox.store.transaction():
            doc = route.handler(call)
    except RazorpayError as error:
        return jsonify(error.body()), error.status
    except HTTPException as error:  # a body that is too long
        return jsonify(RazorpayError(error.description or "").body()), error.code or 500
    except Exception:
        log.exception("the sandbox itself failed")
        return jsonify(broken()), 500
    return jsonify(public(doc))


def _authenticate(sandbox: Sandbox) -> None:
    config = sandbox.config
    try:
        given = request.authorization
    except ValueError:  # what is said there is not even ASCII
        given = None
    if given is None or given.type != "basic":
        raise unauthorized()
    key_id, secret = given.username or "", given.password or ""
    known = key_id.startswith("rzp_test_") and _same(key_id, config.razorpay_key_id)
    if not known or not _same(secret, config.razorpay_key_secret):
        raise unauthorized()


def _same(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode(), ours.encode())


@blueprint.post("/sandbox/payments")
def pay() -> Answer:
    """Sandbox only: begin a payment, as a shopper at the checkout does."""
    return _act(lambda world, body: razorpay_desk.pay(world, **body), INSTRUMENT)


@blueprint.post("/sandbox/payments/<payment_id>/<verb>")
def act(payment_id: str, verb: str) -> Answer:
    """Sandbox only: let the app, the bank or the clock act on a payment."""
    if verb not in razorpay_desk.ACTS:
        return jsonify(error=f"one of {', '.join(razorpay_desk.ACTS)}"), 404
    work, fields = razorpay_desk.ACTS[verb]
    return _act(lambda world, body: work(world, payment_id, **body), fields)


@blueprint.post("/sandbox/disputes/<dispute_id>/<verdict>")
def decide_dispute(dispute_id: str, verdict: str) -> Answer:
    """Sandbox only: let a dispute be `won` or `lost`."""
    if verdict not in ("won", "lost"):
        return jsonify(error="won or lost"), 404
    won = verdict == "won"
    return _act(lambda world, _: razorpay_desk.decide_dispute(world, dispute_id, won=won), ())


@blueprint.post("/sandbox/refunds/<refund_id>/<status>")
def end_refund(refund_id: str, status: str) -> Answer:
    """Sandbox only: let a pending refund be `processed` or `failed`."""
    return _act(lambda world, _: razorpay_desk.end_refund(world, refund_id, status=status), ())


def _act(work: Any, fields: tuple[str, ...]) -> Answer:
    sandbox: Sandbox = current_app.extensions["sandbox"]
    world = World(sandbox)
    try:
        body = read(request.get_data(), allowed=fields)
        with sandbox.store.transaction():
            doc: Document = work(world, body)
    except RazorpayError as error:
        return jsonify(error.body()), error.status
    proven = doc["entity"] == "payment" and doc["status"] in ("authorized", "captured")
    return jsonify({**public(doc), **({"checkout": world.receipt_of(doc)} if proven else {})})


@blueprint.route("/v1/<path:rest>", methods=ALL)
@blueprint.route("/v2/<path:rest>", methods=ALL)
def nothing_here(rest: str) -> Answer:  # noqa: ARG001  the rule names it
    """Say that there is no such address, with the status that the pages give it."""
    return jsonify(refused("no_such_url").body()), 400


for _route in ROUTES:
    blueprint.add_url_rule(
        _route.path,
        endpoint=f"{_route.method} {_route.path}",
        view_func=handle,
        defaults={"route": _route},
        methods=[_route.method],
        provide_automatic_options=False,
    )
