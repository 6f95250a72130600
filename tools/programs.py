"""The processes of a running Till: what each one runs, where, and when it is ready."""

from __future__ import annotations

import os
import subprocess

from tools import PYTHON, ROOT, CannotStart, ports, redis_server, settings
from tools.settings import Addresses
from tools.supervisor import Program


def needed(addresses: Addresses, known: dict[str, str], redis: redis_server.Redis) -> list[Program]:
    """All of them: Redis first, then the sandbox, then what needs both."""
    app = settings.of_app(addresses, known, redis.url)
    found = []
    if redis.command:
        found.append(_redis(redis))
    if addresses.sandbox:
        found.append(_sandbox(addresses, known))
    lanes = _lanes(app) if redis.url else []
    found += [_ours(f"worker-{lane}", app, "tasks.worker", lane) for lane in lanes]
    return [*found, _ours("clock", app, "tasks.clock"), _web(addresses, app)]


def _ours(name: str, app: dict[str, str], *module: str) -> Program:
    return Program(name, [str(PYTHON), "-m", *module], app, stage=2)


def _redis(redis: redis_server.Redis) -> Program:
    env = {**os.environ, **redis.env}
    return Program("redis", redis.command, env, stage=0, is_ready=redis.is_ready)


def _web(addresses: Addresses, app: dict[str, str]) -> Program:
    web = _ours("web", app, "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
    health = [f"{addresses.local}/healthz", f"{addresses.local}/readyz"]
    web.is_ready = lambda: all(map(ports.answers, health))
    return web


def _sandbox(addresses: Addresses, known: dict[str, str]) -> Program:
    command = [
        str(PYTHON), "-m", "gunicorn", "--bind", f"{ports.HOST}:{addresses.sandbox_port}",
        "--worker-class", "gthread", "--workers", "1", "--threads", "96",
        "--graceful-timeout", "2", "--no-control-socket", "sandbox.wsgi:app",
    ]  # fmt: skip
    return Program(
        "sandbox",
        command,
        settings.of_sandbox(addresses, known),
        stage=1,
        is_ready=lambda: ports.answers(f"{addresses.sandbox}/healthz"),
    )


def _lanes(app: dict[str, str]) -> list[str]:
    """One queue per worker; the list is in tasks/worker.py."""
    ask = [str(PYTHON), "-c", "from tasks.worker import LANES; print(*LANES)"]
    outcome = subprocess.run(ask, check=False, capture_output=True, cwd=ROOT, env=app, text=True)
    if outcome.returncode != 0:
        raise CannotStart(f"{outcome.stderr.strip()}\ntasks/worker.py does not load.")
    return outcome.stdout.split()
