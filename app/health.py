"""Whether the process is up, and whether it can do its work."""

from __future__ import annotations

import logging
from collections.abc import Callable

import redis
import urllib3
from flask import Flask, Response, jsonify
from sqlalchemy import text

from app.config import Config
from models import db

# Without these no payment can be taken. Redis is not among them: without it, work waits for the clock.
NEEDED = ("database", "sandbox")

_log = logging.getLogger("till.health")


def register(app: Flask) -> None:
    """Add `/healthz` (the process answers) and `/readyz` (what it needs answers too)."""
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
