"""Pages for people: the hosted checkout and the pages for staff, their headers, CSRF guard and error pages."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from app import errors, events
from app.config import Config
from app.web import (
    account,
    away,
    checkout,
    console,
    embed,
    failures,
    headers,
    news,
    operations,
    paper,
    review,
    saved,
    speech,
    staff,
    users,
)
from app.web.failures import request_id, wants_json
from models import db
from models.ids import is_id

csrf = CSRFProtect()
_log = logging.getLogger("till.web")

# The pages for people who sign in.
STAFF = (
    account.blueprint,
    users.blueprint,
    operations.blueprint,
    review.blueprint,
    console.blueprint,
)

# The modules that add their pages to the hosted checkout's blueprint.
PARTS = (away, embed, news, paper)

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


# What comes from a provider's page cannot have our form token: it is signed, or believed nothing.
FROM_ELSEWHERE = frozenset({"checkout.returned"})


def register(app: Flask) -> None:
    """Add the pages for people, and the headers and error pages of the whole application."""
    config: Config = app.extensions["till"]
    scripts = {
        "stripe": config.stripe_js_url,
        "paypal": config.paypal_js_url,
        "razorpay": config.razorpay_js_url,
    }
    headers.install(
        app, scripts=[scripts[name] for name in config.providers], base_url=config.base_url
    )
    speech.install(app)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # programs have keys; only pages have forms
    csrf.init_app(app)
    app.register_blueprint(checkout.blueprint)
    app.register_blueprint(saved.blueprint)
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
    if request.endpoint not in FROM_ELSEWHERE:
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
        is_at_page = request.blueprint == checkout.blueprint.name  # its script shows the message
        return failures.as_json(error, failures.said(error) if is_at_page else error.message)
    if staff.is_staff_page():
        return staff.failed(error)
    return *failures.render(error, request_id=request_id()), failures.headers(error)


def broken(error: Exception) -> ResponseReturnValue:
    """A mistake of ours: the log has the whole story, the person a reference."""
    _log.error("request=%s %s %s", request_id(), request.method, request.path, exc_info=error)
    return failed(errors.Unavailable(retry_after=1) if db.is_away(error) else errors.AppError())


for _pages in (checkout.blueprint, saved.blueprint):
    _pages.before_request(begin)
    _pages.teardown_request(end)
