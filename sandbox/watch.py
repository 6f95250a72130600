"""Wrapped around the whole application: logs what was asked of the providers, and acts trouble out."""

import io
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from sandbox import clock
from sandbox.faults import Fault, Faults, Subject
from sandbox.limits import Limits
from sandbox.providers import PROVIDERS, body_of

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
# (provider, idempotency key, status, body): what a repeated request is told from now on
Replays = Callable[[str, str, int, str], None]

LOGGED = 5000
# Which limit a request met → Stripe's word for it (docs.stripe.com/rate-limits).
LIMITED = {"account_limit": "global-rate", "endpoint_limit": "endpoint-rate"}
REPLAYED = ("Idempotent-Replayed", "true")  # what was kept before stays
MOST_HANGING = 64  # of the threads that `tools.programs` gives
LONGEST_READ = 1024 * 1024
GARBAGE = b"<html><head><title>502 Bad Gateway</title></head><body>upstream</body></html>"
KEYS = ("HTTP_IDEMPOTENCY_KEY", "HTTP_PAYPAL_REQUEST_ID", "HTTP_X_REFUND_IDEMPOTENCY")


class Watch:
    """WSGI middleware: logs every provider request, and acts a fault out where one is due."""

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        named: Callable[[str], str] = lambda _name: "",
        replays: Replays = lambda _provider, _key, _status, _body: None,
    ) -> None:
        self._app = app
        self._named = named
        self._replays = replays
        self._seats = threading.BoundedSemaphore(MOST_HANGING)
        self.faults = Faults()
        self.limits = Limits()
        self.log: deque[dict[str, Any]] = deque(maxlen=LOGGED)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or not."""
        provider, path = _provider_of(environ["PATH_INFO"])
        if not provider:
            return self._app(environ, start_response)
        method = environ["REQUEST_METHOD"]
        key = _key(environ) or None
        text = f"{key or ''} {path} {_body(environ)}"
        subject = Subject(provider, path, text, method, self._named)
        entry = {
            "at": clock.now().isoformat(),
            "provider": provider,
            "method": method,
            "path": path,
            "idempotency_key": key,
            "names": subject.names(),  # ids only: of what else is said, nothing is kept
            "status": None,
            "fault": None,
        }
        self.log.append(entry)
        note = _noting(entry, start_response)
        limited = self.limits.refuses(provider, method, path)
        if limited:
            entry["fault"] = limited
            return _answer(provider, 429, note, retry_after_s=1, reason=LIMITED[limited])
        fault = self.faults.take(subject)
        entry["fault"] = fault.kind if fault else None
        return self._act(fault, environ, note) if fault else self._app(environ, note)

    def _act(self, fault: Fault, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        if fault.kind in ("hang_then_execute", "slow"):
            self._hang(fault.seconds, environ)
            return self._app(environ, start)
        executed = fault.kind not in ("refuse", "rate_limit", "error")
        status, headers, body = self._run(environ) if executed else ("", [], b"")
        if fault.kind in ("refuse", "drop"):
            _hang_up(environ)
        if fault.kind in ("rate_limit", "error", "error_after_execute"):
            code = 429 if fault.kind == "rate_limit" else 500
            if executed and REPLAYED not in headers:
                self._replays(
                    fault.provider, _key(environ), code, json.dumps(body_of(fault.provider, code))
                )
            return _answer(fault.provider, code, start, retry_after_s=fault.retry_after_s)
        if fault.kind == "garbage":
            start("200 OK", [("Content-Type", "text/html")])
            return [GARBAGE]
        if fault.kind == "cut":
            start(status, headers)  # with the length of the whole
            return _half(body, environ)
        self._hang(fault.seconds, environ)
        start(status, headers)
        return [body]

    def _hang(self, seconds: float, environ: Environ) -> None:
        """Let the caller wait; one too many is hung up on, so that the desk can always be reached."""
        if not self._seats.acquire(blocking=False):
            _hang_up(environ)
        try:
            time.sleep(seconds)
        finally:
            self._seats.release()

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


def _noting(entry: dict[str, Any], start_response: StartResponse) -> StartResponse:
    def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        entry["status"] = int(status.split(maxsplit=1)[0])
        more = (exc_info,) if exc_info else ()
        return start_response(status, headers, *more)

    return note


def _key(environ: Environ) -> str:
    return next((environ[name] for name in KEYS if environ.get(name)), "")


def _body(environ: Environ) -> str:
    """Read the body and put it back for who answers."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or not 0 < int(length) <= LONGEST_READ:
        return ""
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return str(body.decode("utf-8", "replace"))


def _provider_of(path: str) -> tuple[str, str]:
    """Split `/stripe/v1/…` into its provider and the path that the provider knows."""
    _, _, rest = path.partition("/")
    provider, _, inner = rest.partition("/")
    called = provider in PROVIDERS and inner[:3] in ("v1/", "v2/", "v3/")
    return (provider, "/" + inner) if called else ("", path)


def _answer(
    provider: str,
    status: int,
    start: StartResponse,
    *,
    retry_after_s: int | None,
    reason: str = "",
) -> list[bytes]:
    words = "500 Internal Server Error" if status == 500 else "429 Too Many Requests"
    headers = [("Content-Type", "application/json"), ("Request-Id", "req_fault0000000000")]
    if status == 429 and retry_after_s is not None:
        headers.append(("Retry-After", str(retry_after_s)))
    if provider == "stripe" and reason:
        headers.append(("Stripe-Rate-Limited-Reason", reason))
    start(words, headers)
    return [json.dumps(body_of(provider, status)).encode()]


def _half(body: bytes, environ: Environ) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    _hang_up(environ)


def _hang_up(environ: Environ) -> NoReturn:
    """Close the connection without a word, under werkzeug's server and under gunicorn."""
    connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError(104, "the sandbox hung up on purpose")
