"""One endpoint: what it is, for the document, and how a request to it is served, for callers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request
from pydantic import BaseModel

from app import events
from app.api import body, failures, keyed, lists, present
from app.api.caller import Caller, identify
from app.api.schemas import Answer
from app.commands import Command
from app.config import Config
from app.errors import AppError, BadRequest, NotFound, UnsupportedMediaType
from app.idempotency import Once
from models.ids import is_id

LARGEST_BODY = 256 * 1024

# Names in paths → the prefix of the id that must stand there.
PREFIXES = {
    "session_id": "cs",
    "link_id": "lnk",
    "payment_id": "pay",
    "refund_id": "re",
    "customer_id": "cus",
    "method_id": "sm",
    "setup_id": "set",
}


@dataclass(frozen=True)
class Endpoint:
    """One line of the table.

    `run` gets `caller`, the ids of the path, `query` where a query can be given, `command` where a body has fields.
    GET and PATCH return the answer's fields; POST gets `once` too, and tells it the record.
    """

    method: str
    path: str
    summary: str
    run: Callable[..., Any]
    answer: type[Answer]
    status: int = 200
    command: type[Command] | None = None
    query: type[BaseModel] = lists.NoQuery
    errors: tuple[type[AppError], ...] = ()
    claims_first: bool = False
    """Whether `run` claims the Idempotency-Key before it does anything else: then nobody need look for it before."""

    @property
    def name(self) -> str:
        """`payments.capture`: how the endpoint is called in the document and in the log."""
        return f"{self.run.__module__.rpartition('.')[2]}.{self.run.__name__}"

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def needs_body(self) -> bool:
        """Whether an empty body cannot be right."""
        return self.command is not None and any(
            f.is_required() for f in self.command.model_fields.values()
        )


def config() -> Config:
    """The settings of this installation."""
    found: Config = current_app.extensions["till"]
    return found


def view(endpoint: Endpoint) -> Callable[..., Response]:
    """The function that Flask calls."""
    serve = {"GET": _get, "POST": _post, "PATCH": _patch, "DELETE": _delete}[endpoint.method]

    def answer(**ids: str) -> Response:
        caller = identify(request.headers.get("Authorization"))
        for name, value in ids.items():
            if not is_id(value, PREFIXES[name]):
                raise NotFound
        with events.acting(caller.key_id, failures.request_id()):
            return serve(endpoint, caller, ids)

    return answer


def respond(status: int, encoded: bytes) -> Response:
    """A JSON answer."""
    return Response(encoded, status, content_type="application/json")


def _get(endpoint: Endpoint, caller: Caller, ids: dict[str, str]) -> Response:
    query = lists.read(endpoint.query)
    asked = {"query": query} if endpoint.query.model_fields else {}
    return respond(endpoint.status, present.encode(endpoint.run(caller=caller, **asked, **ids)))


def _patch(endpoint: Endpoint, caller: Caller, ids: dict[str, str]) -> Response:
    _value, command = _read(endpoint)
    return respond(
        endpoint.status, present.encode(endpoint.run(caller=caller, command=command, **ids))
    )


def _delete(endpoint: Endpoint, caller: Caller, ids: dict[str, str]) -> Response:
    lists.read(lists.NoQuery)
    return respond(endpoint.status, present.encode(endpoint.run(caller=caller, **ids)))


def _post(endpoint: Endpoint, caller: Caller, ids: dict[str, str]) -> Response:
    value, command = _read(endpoint)

    def answer(record: Any) -> tuple[int, bytes]:
        return endpoint.status, present.encode(keyed.show(record, config().base_url))

    known = keyed.read(f"POST {endpoint.path}", request.path, value)
    once = Once(answer, caller.merchant_id, known.endpoint, known.key, known.fingerprint)
    if not endpoint.claims_first and once.find() is not None:
        return keyed.repeat(once)
    try:
        told = {"command": command} if type(command).model_fields else {}
        endpoint.run(caller=caller, once=once, **told, **ids)
    except AppError:
        # What is refused now may have been done the first time: a card that was charged, and let go since.
        if once.find() is None:  # raises, too, while the first request is running
            raise
        return keyed.repeat(once)
    return respond(once.status, once.body)


def _read(endpoint: Endpoint) -> tuple[dict[str, Any], Command]:
    """The body, as JSON and as a command. Raises what is wrong with it."""
    lists.read(lists.NoQuery)
    raw = body.raw(LARGEST_BODY)
    if raw and request.mimetype != "application/json":
        raise UnsupportedMediaType
    if not raw and endpoint.needs_body:
        raise BadRequest
    raw = raw or b"{}"
    assert endpoint.command is not None
    return body.parse(raw), body.command(endpoint.command, raw)
