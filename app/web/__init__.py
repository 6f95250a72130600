"""Pages for people: the hosted checkout and the pages for staff, their headers, CSRF guard and error pages."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from app import errors, events
from app.config import Config
from app.web import account, checkout, console, failures, headers, review, staff, users
from app.web.failures import request_id, wants_json
from models.ids import is_id

csrf = CSRFProtect()
_log = logging.getLogger("till.web")

# The pages for people who sign in.
STAFF = (account.blueprint, users.blueprint, review.blueprint, console.blueprint)

# Names in the pages' paths → the prefix of the id that must stand there.
_IDS = {"session_id": "cs", "link_id": "lnk"}

# What werkzeug raises by itself, in our words.
_HTTP = {
    400: errors.BadRequest,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.PayloadTooLarge,
    415: errors.UnsupportedMediaType,
    429: errors.TooManyRequests,
}


def register(app: Flask) -> None:
    """Add the pages for people, and the headers and error pages of the whole application."""
    config: Config = app.extensions["till"]
    scripts = {"stripe": config.stripe_js_url, "paypal": config.paypal_js_url}
    headers.install(
        app, scripts=[scripts[name] for name in config.providers], base_url=config.base_url
    )
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # programs have keys; only pages have forms
    csrf.init_app(app)
    app.register_blueprint(checkout.blueprint)
    staff.register(app, STAFF)
    app.register_error_handler(CSRFError, lambda _error: failed(errors.CsrfExpired()))
    app.register_error_handler(errors.AppError, failed)
    app.register_error_handler(HTTPException, lambda error: failed(in_our_words(error)))
    app.register_error_handler(Exception, broken)


def begin() -> None:
    """Whatever happens in this request is the shopper's doing, and came from our own page."""
    g.acting = ExitStack()
    g.acting.enter_context(events.acting("shopper", request_id()))
    for name, value in (request.view_args or {}).items():
        if not is_id(value, _IDS[name]):  # PostgreSQL would choke on a NUL in it
            raise errors.NotFound
    csrf.protect()


def end(_error: BaseException | None) -> None:
    """The request is over."""
    if "acting" in g:
        g.acting.close()


def in_our_words(error: HTTPException) -> errors.AppError:
    """An HTTP error that Flask raised, as one of ours."""
    return _HTTP.get(
        error.code or 500, errors.AppError if (error.code or 500) >= 500 else errors.BadRequest
    )()


def failed(error: errors.AppError) -> ResponseReturnValue:
    """Programs get JSON, people a page; both the reference."""
    if wants_json():
        answer = jsonify(error=error.body(), request_id=request_id())
        return answer, error.status, failures.headers(error)
    if staff.is_staff_page():
        return staff.failed(error)
    return *failures.render(error, request_id=request_id()), failures.headers(error)


def broken(error: Exception) -> ResponseReturnValue:
    """A mistake of ours: the log has the whole story, the person a reference."""
    _log.error("request=%s %s %s", request_id(), request.method, request.path, exc_info=error)
    return failed(errors.AppError())


checkout.blueprint.before_request(begin)
checkout.blueprint.teardown_request(end)
