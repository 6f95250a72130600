"""JSON for programs: authentication, one error shape, and the endpoints of `routes`."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from app.api import docs, failures, hooks
from app.api.endpoint import respond, view
from app.api.openapi import encoded
from app.api.routes import ENDPOINTS

_EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_rules = Map([Rule(point.rule, methods=[point.method]) for point in ENDPOINTS])

blueprint = Blueprint("api", __name__)


def register(app: Flask) -> None:
    """Add the API, the providers' webhooks and the documentation."""
    app.register_blueprint(blueprint, url_prefix="/v1")
    app.register_blueprint(hooks.blueprint, url_prefix="/webhooks")
    app.register_blueprint(docs.blueprint, url_prefix="/docs")


@blueprint.get("/openapi.json")
def document() -> Response:
    """The API described for machines; needs no key."""
    return respond(200, encoded())


def nowhere(rest: str) -> Response:
    """A path or a method that is not there: said in JSON, as everything here is."""
    _rules.bind("api").match(f"/{rest}", method=request.method)
    raise NotFound


def _stamp(response: Response) -> Response:
    response.headers.setdefault("X-Request-Id", failures.request_id())
    return response


for _point in ENDPOINTS:
    blueprint.add_url_rule(
        _point.rule,
        _point.name.replace(".", "_"),
        view(_point),
        methods=[_point.method],
        provide_automatic_options=False,
    )
blueprint.add_url_rule(
    "/<path:rest>", "nowhere", nowhere, methods=_EVERY_METHOD, provide_automatic_options=False
)
blueprint.register_error_handler(Exception, failures.answer)
blueprint.after_request(_stamp)
