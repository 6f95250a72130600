"""Find a port that nobody listens on, and ask a server on this machine whether it is well."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

from tools import CannotStart

HOST = "127.0.0.1"
TRIES = 100
ANSWER_TIMEOUT_S = 5
# A proxy in the environment is for the outside world, not for this machine.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def first_free(wanted: int, *, besides: tuple[int, ...] = ()) -> int:
    """`wanted`, or the next port after it that is neither taken nor in `besides`."""
    last = min(wanted + TRIES, 65535)
    for port in range(wanted, last + 1):
        if port not in besides and _is_free(port):
            return port
    raise CannotStart(f"Every port from {wanted} to {last} is taken; choose one with PORT=…")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def answers(url: str) -> bool:
    """Whether `url` says 200 now."""
    try:
        with _direct.open(url, timeout=ANSWER_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
