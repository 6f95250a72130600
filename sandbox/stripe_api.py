"""Stripe's HTTP side: keys and what they may do, one table of routes, one way to answer."""

import base64
import hmac
import json
import logging
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request

from sandbox import Sandbox, stripe_once
from sandbox.stripe_books import stripe_books
from sandbox.stripe_call import Call, Route
from sandbox.stripe_errors import (
    CardError,
    Forbidden,
    InvalidRequest,
    NotFound,
    StripeError,
    Unauthorized,
)
from sandbox.stripe_lists import render
from sandbox.stripe_once import Answer
from sandbox.stripe_params import Params, decode, read
from sandbox.stripe_reduced import REDUCED, reduced
from sandbox.stripe_routes import ROUTES
from sandbox.stripe_tables import TABLES
from sandbox.stripe_timers import install_timers
from sandbox.stripe_webhooks import configure_endpoint
from sandbox.stripe_world import API_VERSION, World, new_id, sign

log = logging.getLogger(__name__)

blueprint = Blueprint("stripe_api", __name__)
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
    "Access-Control-Expose-Headers": "Request-Id, Idempotent-Replayed",
    "Access-Control-Max-Age": "300",
}


def install(app: Flask) -> None:
    """Give the webhook sender our signature, the timers our actions, the store our endpoint."""
    sandbox: Sandbox = app.extensions["sandbox"]
    sandbox.hooks.register("stripe", sign)
    install_timers(sandbox)
    configure_endpoint(World(sandbox), sandbox.config)
    stripe_once.forget_interrupted(sandbox.store)


def books(sandbox: Sandbox) -> dict[str, Any]:
    """Tell what happened to the money here, by intent and by refund."""
    return stripe_books(World(sandbox))


def handle(route: Route, **ids: str) -> Response:
    """Answer one request to a known route, whatever happens."""
    sandbox: Sandbox = current_app.extensions["sandbox"]
    key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
    g.stripe_key = key
    try:
        publishable = _authenticate(sandbox, route)
        _check_version()
        params = _given()
        scope = "pk:" if publishable else stripe_once.SECRET_SCOPE
        if key:
            mark = stripe_once.fingerprint(request.method, request.path, params)
            earlier = stripe_once.begin(sandbox.store, key, mark, scope=scope)
            if earlier:
                return _respond(earlier, replayed=True)
    except StripeError as error:
        return _respond(_answer_of(error))
    world = World(sandbox, g.request_id, key or None)
    url = request.path.removeprefix("/stripe")
    client = {
        "ip_address": request.remote_addr,
        "user_agent": request.headers.get("User-Agent", ""),
    }
    call = Call(world, params, ids, publishable=publishable, url=url, client=client)
    return _respond(_execute(route, call, key, scope))


def _execute(route: Route, call: Call, key: str, scope: str) -> Answer:
    store = call.world.sandbox.store
    executed = True
    try:
        with store.transaction():
            answer = _work(route, call)
            if key:
                stripe_once.finish(store, key, answer, scope=scope)
            return answer
    except StripeError as error:
        answer, executed = _answer_of(error), error.executed
    except Exception:
        log.exception("the sandbox itself failed")
        words = "An unknown error occurred"
        answer = Answer(500, json.dumps({"error": {"type": "api_error", "message": words}}))
    if key and executed:
        stripe_once.finish(store, key, answer, scope=scope)
    elif key:
        stripe_once.forget(store, key, scope=scope)
    return answer


def _work(route: Route, call: Call) -> Answer:
    expand: list[str] = []
    try:
        call.params = read(call.params, TABLES[route.table])
        expand = call.params.pop("expand", None) or []
        doc = route.handler(call)
    except CardError as error:
        if not error.keep:
            raise
        if call.publishable:
            error.fields |= {
                kind: reduced(error.fields[kind]) for kind in REDUCED if kind in error.fields
            }
        return _answer_of(error)
    shown = render(call.world, doc, expand)
    if call.publishable:
        shown = reduced(shown)
    return Answer(200, json.dumps(shown, indent=2))


def _authenticate(sandbox: Sandbox, route: Route) -> bool:
    given = _given_key()
    if not given:
        raise Unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization"
            " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )
    publishable = hmac.compare_digest(given, sandbox.config.stripe_publishable_key)
    if not publishable and not hmac.compare_digest(given, sandbox.config.stripe_secret_key):
        hidden = given[:8] + "*" * max(0, len(given) - 12) + given[-4:]
        raise Unauthorized(f"Invalid API Key provided: {hidden}")
    if publishable and "pk" not in route.keys:
        raise Forbidden(
            "This API call cannot be made with a publishable API key. Please use a secret API key."
            " You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
            code="secret_key_required",
        )
    if not publishable and "sk" not in route.keys:
        raise Forbidden("This API call can only be made with a publishable API key.")
    return publishable


def _given_key() -> str:
    scheme, _, word = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(word).decode("ascii").partition(":")[0]
        except ValueError:  # no base64, or no ASCII in it
            return ""
    word = word.strip() if scheme.lower() == "bearer" else ""
    return word if word.isascii() else ""


def _check_version() -> None:
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise InvalidRequest(
            f"Invalid Stripe API version: {version}. This sandbox speaks {API_VERSION} only."
        )


def _given() -> Params:
    if request.method == "GET":
        return decode(request.args.items(multi=True))
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data", ""):
        raise InvalidRequest(
            f"Invalid request: this API takes form-encoded bodies, not {request.mimetype}."
        )
    return decode(request.form.items(multi=True))


def _answer_of(error: StripeError) -> Answer:
    body: dict[str, Any] = error.body()
    body["error"]["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{g.request_id}"
    return Answer(error.status, json.dumps(body, indent=2))


def _respond(answer: Answer, *, replayed: bool = False) -> Response:
    response = Response(answer.body, answer.status, mimetype="application/json")
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


@blueprint.before_request
def name_request() -> None:
    """Give every request its id."""
    g.request_id = new_id("req", 14)


@blueprint.after_request
def add_headers(response: Response) -> Response:
    """Put on every answer what Stripe puts there."""
    response.headers["Request-Id"] = g.request_id
    response.headers["Stripe-Version"] = API_VERSION
    response.headers["Cache-Control"] = "no-cache, no-store"
    if g.get("stripe_key"):
        response.headers["Idempotency-Key"] = g.stripe_key
    response.headers.update(CORS)
    return response


@blueprint.route("/v1/<path:rest>", methods=["OPTIONS"], provide_automatic_options=False)
def preflight(rest: str) -> Response:  # noqa: ARG001  the rule names it
    """Let a page of any origin call with a publishable key."""
    return Response(status=204)


@blueprint.route(
    "/v1/<path:rest>",
    methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
    provide_automatic_options=False,
)
def unrecognized(rest: str) -> Response:
    """Say that there is no such address."""
    words = f"Unrecognized request URL ({request.method}: /v1/{rest})."
    return _respond(_answer_of(NotFound(words)))


for _route in ROUTES:
    blueprint.add_url_rule(
        _route.path,
        endpoint=f"{_route.method} {_route.path}".replace(".", "_"),
        view_func=handle,
        defaults={"route": _route},
        methods=[_route.method],
        provide_automatic_options=False,
    )
