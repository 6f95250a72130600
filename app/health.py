"""Whether the process is up, and whether it can do its work."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable

import redis
import urllib3
from flask import Flask, Response, abort, jsonify, request
from sqlalchemy import text

from app import metrics
from app.config import Config
from models import db

# Without these no payment can be taken. Redis is not among them: without it, work waits for the clock.
NEEDED = ("database", "sandbox")
# What proxies add to a request; each has its own habits.
PASSED_ON = (
    "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "X-Client-IP",
    "CF-Connecting-IP", "True-Client-IP",
)  # fmt: skip

_log = logging.getLogger("till.health")


def register(app: Flask) -> None:
    """Add `/healthz` (the process answers), `/readyz` (what it needs answers too) and `/metrics`."""
    config: Config = app.extensions["till"]

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = checks(config)
        is_ready = all(found.get(name, True) for name in NEEDED)
        word = "ok" if all(found.values()) else "degraded" if is_ready else "not ready"
        return jsonify(status=word, checks=found), 200 if is_ready else 503

    @app.get("/metrics")
    def show_metrics() -> Response:
        if not _may_measure(config.metrics_token):
            abort(404)
        return Response(metrics.text(), mimetype=metrics.MEDIA_TYPE)


def _may_measure(token: str) -> bool:
    """With a token, who has it. Without one, this machine, and nobody behind a proxy on it."""
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    is_passed_on = any(name in request.headers for name in PASSED_ON)
    return request.remote_addr in {"127.0.0.1", "::1"} and not is_passed_on


def checks(config: Config) -> dict[str, bool]:
    """What this installation needs, and whether it answers. Payments go on without Redis."""
    found = {"database": _answers("database", _database)}
    if config.redis_url:
        found["redis"] = _answers("redis", lambda: _redis(config.redis_url))
    if config.is_sandbox:
        found["sandbox"] = _answers("sandbox", lambda: _sandbox(config.sandbox_url))
    return found


def _answers(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception as error:  # noqa: BLE001 -- whatever is wrong, the answer is "not ready"
        _log.warning("not ready: %s: %s", name, type(error).__name__)
        return False
    return True


def _database() -> None:
    db.session().execute(text("SELECT version_num FROM alembic_version"))
    db.release()


def _redis(url: str) -> None:
    redis.Redis.from_url(url, socket_timeout=2).ping()


def _sandbox(url: str) -> None:
    answer = urllib3.request("GET", f"{url}/healthz", timeout=2, retries=False)
    if answer.status != 200:
        raise ConnectionError(str(answer.status))
