"""Providers call us: verify, store, 204. What a webhook means is found out later, by asking the provider."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from app import providers
from app.api import body, failures
from app.crashpoints import crashpoint
from app.errors import NotFound, ProviderUnavailable, SignatureInvalid
from app.payments import inbox
from app.providers.base import BadSignature, ProviderNews, Unanswered
from models import db

LARGEST_BODY = 1024 * 1024

_log = logging.getLogger("till.hooks")
_ring: list[Callable[[], None]] = []

blueprint = Blueprint("hooks", __name__)


def on_stored(ring: Callable[[], None]) -> None:
    """Have `ring` called after each commit that stored a webhook. A hint: the clock looks for them too."""
    _ring[:] = [ring]


@blueprint.post("/<provider>")
def receive(provider: str) -> Response:
    """Store a genuine webhook once, however often it comes; answer when it is durable."""
    adapter = providers.configured().get(provider)
    if adapter is None:
        raise NotFound
    raw = body.raw(LARGEST_BODY)
    try:
        news = adapter.read_event(raw, dict(request.headers))
    except BadSignature as error:
        _log.warning(
            "webhook refused provider=%s request=%s reason=%s",
            provider,
            failures.request_id(),
            error,
        )
        raise SignatureInvalid from None
    except Unanswered:  # it names too little, and the provider could not be asked for the rest: it will bring it again
        raise ProviderUnavailable from None
    _store(provider, news)
    return Response(status=204, headers={"X-Request-Id": failures.request_id()})


def only_post(rest: str) -> Response:
    """Any other method."""
    del rest
    raise MethodNotAllowed(["POST"])


def _store(provider: str, news: ProviderNews) -> None:
    with db.transaction():
        if db.insert_unless_there(inbox.row_of(provider, news)):
            for ring in _ring:
                db.after_commit(ring)
        crashpoint("webhook.storing")
    crashpoint("webhook.stored")


blueprint.add_url_rule(
    "/<path:rest>",
    view_func=only_post,
    methods=["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"],
    provide_automatic_options=False,
)
blueprint.register_error_handler(Exception, failures.answer)
