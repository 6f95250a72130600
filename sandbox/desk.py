"""What all of the control desk has in common: who may post to it, and how it says no."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from sandbox import Sandbox
from sandbox.bodies import Body, Refused, parse

__all__ = ["Answer", "Body", "Refused", "blueprint", "json_body", "parse", "sandbox"]

Answer = Response | tuple[Response, int]
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


def blueprint(name: str) -> Blueprint:
    """Make a part of the desk, guarded and with its errors told."""
    made = Blueprint(name, name)
    made.before_request(_only_from_here)
    made.register_error_handler(Refused, _say_no)
    return made


def guard_levers(of: Blueprint) -> None:
    """Guard what a provider's own blueprint has under `/<provider>/sandbox/` as the desk is guarded."""

    def only_levers() -> None:
        if request.path.split("/")[2:3] == ["sandbox"]:
            _only_from_here()

    of.before_request(only_levers)
    of.register_error_handler(Refused, _say_no)


def sandbox() -> Sandbox:
    """Give the world that this desk steers."""
    found: Sandbox = current_app.extensions["sandbox"]
    return found


def json_body() -> Any:
    """Read the JSON that was sent; nothing at all is an empty object. Raises Refused."""
    if not request.get_data():
        return {}
    try:
        return request.get_json()
    except (BadRequest, UnsupportedMediaType, RecursionError):  # the last: thousands of brackets
        raise Refused(
            "not_json", "Send a JSON object, with its content type.", status=400
        ) from None


def _say_no(refused: Refused) -> Answer:
    return jsonify(error=refused.told), refused.status


def _only_from_here() -> None:
    """Let no other page that this machine's browser shows steer the desk (it has no key)."""
    if request.method in ("GET", "HEAD"):
        return
    origin, own = request.headers.get("Origin"), urlsplit(sandbox().config.url)
    host = urlsplit(f"//{request.host}").hostname or ""
    same = origin in (None, f"{request.scheme}://{request.host}")
    known = host in (*LOOPBACK, own.hostname)  # and not a name that somebody pointed here
    if (
        not same
        or not known
        or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    ):
        raise Refused(
            "foreign_origin", "The desk takes orders from its own pages and from programs on this"
            " machine only.", status=403, field="Origin",
        )  # fmt: skip
