"""Every failure becomes the same JSON shape with its request id, whoever raised it."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, g, has_request_context, request
from werkzeug.exceptions import HTTPException

from app.api import present
from app.errors import (
    AppError,
    BadRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from models import db
from models.ids import new_id

_log = logging.getLogger("till.api")

# What the framework refuses by itself → what we call it.
_OF_HTTP: dict[int | None, type[AppError]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
}


def request_id() -> str:
    """This request's id, made at first use."""
    if not has_request_context():
        return new_id("req")
    if "request_id" not in g:
        g.request_id = new_id("req")
    return str(g.request_id)


def answer(error: Exception) -> Response:
    """The answer to any failure. What nobody expected is logged with the request's id, and told to nobody."""
    known = _known(error)
    if known is None:
        known = Unavailable(retry_after=1) if db.is_away(error) else AppError()
        _log.error(
            "unexpected request=%s endpoint=%s", request_id(), request.endpoint, exc_info=error
        )
    headers: dict[str, Any] = {"X-Request-Id": request_id()}
    if isinstance(known, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in known.details:
        headers["Retry-After"] = str(known.details["retry_after"])
    if isinstance(error, HTTPException) and known.status == 405:
        headers.update({name: value for name, value in error.get_headers() if name == "Allow"})
    body = present.encode({"error": known.body(), "request_id": request_id()})
    return Response(body, known.status, headers, content_type="application/json")


def _known(error: Exception) -> AppError | None:
    if isinstance(error, AppError):
        return error
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return _OF_HTTP.get(error.code, BadRequest)()
    return None
