"""Trouble on demand and a log of what was asked, wrapped around the whole application."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from sandbox import clock

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

PROVIDERS = ("stripe", "paypal")
KINDS = (
    "execute_then_hang",
    "hang_then_execute",
    "error_after_execute",
    "error",
    "drop",
    "refuse",
    "garbage",
    "rate_limit",
    "slow",
)
LOGGED = 5000
BODIES = {
    ("stripe", 500): {"error": {"type": "api_error", "message": "An unknown error occurred"}},
    ("stripe", 429): {
        "error": {
            "type": "invalid_request_error",
            "code": "rate_limit",
            "message": "Request rate limit exceeded.",
        }
    },
    ("paypal", 500): {
        "name": "INTERNAL_SERVER_ERROR",
        "message": "An internal server error has occurred.",
        "debug_id": "0badfa0170000",
    },
    ("paypal", 429): {
        "name": "RATE_LIMIT_REACHED",
        "message": "Too many requests. Blocked due to rate limiting.",
        "debug_id": "0badfa0170000",
    },
}
GARBAGE = b"<html><head><title>502 Bad Gateway</title></head><body>upstream</body></html>"


@dataclass
class Fault:
    """One kind of trouble for the next `times` requests that match."""

    provider: str
    kind: str
    path_prefix: str = "/"
    method: str = ""
    seconds: float = 0.0
    times: int = 1


class Faults:
    """The trouble that is still to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let this happen to the next requests that match."""
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        """Let nothing happen any more."""
        with self._lock:
            self._pending.clear()

    def take(self, provider: str, method: str, path: str) -> Fault | None:
        """Use up one turn of the first fault that matches this request."""
        with self._lock:
            for fault in self._pending:
                same = fault.provider == provider and fault.method in ("", method)
                if same and path.startswith(fault.path_prefix):
                    fault.times -= 1
                    if fault.times < 1:
                        self._pending.remove(fault)
                    return fault
        return None


class Watch:
    """WSGI middleware: logs every provider request, and acts a fault out where one is due."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self.faults = Faults()
        self.log: deque[dict[str, Any]] = deque(maxlen=LOGGED)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or not."""
        provider, path = _provider_of(environ["PATH_INFO"])
        if not provider:
            return self._app(environ, start_response)
        entry = {
            "at": clock.now().isoformat(),
            "provider": provider,
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "idempotency_key": environ.get("HTTP_IDEMPOTENCY_KEY")
            or environ.get("HTTP_PAYPAL_REQUEST_ID"),
            "status": None,
        }
        self.log.append(entry)
        fault = self.faults.take(provider, entry["method"], path)
        entry["fault"] = fault.kind if fault else None

        def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            entry["status"] = int(status.split(maxsplit=1)[0])
            return (
                start_response(status, headers, exc_info)
                if exc_info
                else start_response(status, headers)
            )

        return self._act(fault, environ, note) if fault else self._app(environ, note)

    def _act(self, fault: Fault, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        if fault.kind in ("hang_then_execute", "slow"):
            time.sleep(fault.seconds)
            return self._app(environ, start)
        executed = fault.kind not in ("refuse", "rate_limit", "error")
        status, headers, body = self._run(environ) if executed else ("", [], b"")
        if fault.kind in ("refuse", "drop"):
            _hang_up(environ)
        if fault.kind in ("rate_limit", "error", "error_after_execute"):
            return _answer(fault.provider, 429 if fault.kind == "rate_limit" else 500, start)
        if fault.kind == "garbage":
            start("200 OK", [("Content-Type", "text/html")])
            return [GARBAGE]
        time.sleep(fault.seconds)
        start(status, headers)
        return [body]

    def _run(self, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
        begun: list[Any] = []

        def remember(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            begun[:] = [status, headers]

        chunks = self._app(environ, remember)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        return begun[0], begun[1], body


def _provider_of(path: str) -> tuple[str, str]:
    """Split `/stripe/v1/…` into its provider and the path that the provider knows."""
    _, _, rest = path.partition("/")
    provider, _, inner = rest.partition("/")
    called = provider in PROVIDERS and inner[:3] in ("v1/", "v2/", "v3/")
    return (provider, "/" + inner) if called else ("", path)


def _answer(provider: str, status: int, start: StartResponse) -> list[bytes]:
    words = "500 Internal Server Error" if status == 500 else "429 Too Many Requests"
    start(words, [("Content-Type", "application/json"), ("Request-Id", "req_fault0000000000")])
    return [json.dumps(BODIES[provider, status]).encode()]


def _hang_up(environ: Environ) -> NoReturn:
    """Close the connection without a word, under werkzeug's server and under gunicorn."""
    connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError(104, "the sandbox hung up on purpose")
