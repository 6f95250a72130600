"""Trouble that only these tests make: a request that is carried out much later, and what happens while one is made."""

import io
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.test import run_wsgi_app

from models import db
from tests.app.providers.world import World


class Held:
    """Requests on their way: the caller has lost its connection, the provider has not seen them yet."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, environ: dict[str, Any]) -> None:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        kept = {name: value for name, value in environ.items() if not name.startswith("werkzeug.")}
        self._waiting.append(kept | {"wsgi.input": io.BytesIO(body)})
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)

    def arrive(self) -> None:
        """The provider carries them out, and nobody hears its answers."""
        while self._waiting:
            answer, _status, _headers = run_wsgi_app(
                self._world.app, self._waiting.pop(0), buffered=True
            )
            b"".join(answer)


@contextmanager
def held(world: World, call: str) -> Iterator[Held]:
    """Inside, requests that fit `METHOD /path-pattern` are lost on their way; they arrive when they are let."""
    on_the_way, inner, pattern = Held(world), world.gate.inner, re.compile(call)

    def gate(environ: dict[str, Any], start_response: Any) -> Any:
        if not pattern.fullmatch(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"):
            return inner(environ, start_response)
        on_the_way.take(environ)
        start_response("200 OK", [])
        return [b""]

    world.gate.inner = gate
    try:
        yield on_the_way
    finally:
        world.gate.inner = inner


@contextmanager
def meanwhile(world: World, call: str, act: Callable[[], object]) -> Iterator[None]:
    """Inside, the first request that fits `METHOD /path-pattern` waits at the provider until `act` is done."""
    inner, pattern, acts = world.gate.inner, re.compile(call), [act]

    def gate(environ: dict[str, Any], start_response: Any) -> Any:
        if acts and pattern.fullmatch(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"):
            acts.pop()()
            db.remove()
        return inner(environ, start_response)

    world.gate.inner = gate
    try:
        yield
    finally:
        world.gate.inner = inner
