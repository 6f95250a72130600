"""A PostgreSQL and a Redis of a test's own, which it may stop, fill and start again; durable, and reached by sockets."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.services import Missing
from tools.bench import cluster

START_WITHIN_S = 60


@dataclass
class Server:
    """One process, ended by its own id and by nothing else."""

    command: list[str]
    is_ready: Callable[[], bool]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.log.parent, stdout=log, stderr=subprocess.STDOUT
            )
        until(self.is_ready, within_s=START_WITHIN_S)

    def stop(self, how: signal.Signals) -> None:
        """Send the signal, and see it gone."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, how)
            self.process.wait(START_WITHIN_S)


class PostgreSQL(Server):
    """A cluster whose commits are durable: fsync and synchronous_commit are on."""

    def __init__(self, home: Path) -> None:
        program = cluster.program(home)
        super().__init__(program.command, program.is_ready, home.parent / "postgresql.log")
        self.uri = cluster.uri(home)

    def stop_at_once(self) -> None:
        """What `pg_ctl -m immediate stop` does: no checkpoint, no farewell; the next start has to recover."""
        self.stop(signal.SIGQUIT)


class Redis(Server):
    """A Redis that keeps nothing on disk."""

    def __init__(self, home: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Missing("Redis is not installed: apt-get install redis-server")
        socket = home / "redis.sock"
        self.url = f"unix://{socket}?db=0"
        self.client = redis.Redis.from_url(self.url, socket_timeout=5)
        command = [
            # Should we be killed, the kernel tells it.
            "setpriv", "--pdeathsig", "KILL", "--", program, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
            "--save", "", "--appendonly", "no", "--dir", str(home),
        ]  # fmt: skip
        super().__init__(command, self._answers, home / "redis.log")

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def fill(self) -> None:
        """Not a byte more fits, and nothing may be thrown out for it."""
        self.client.config_set("maxmemory-policy", "noeviction")
        self.client.config_set("maxmemory", "1")

    def make_room(self) -> None:
        self.client.config_set("maxmemory", "0")


def until(done: Callable[[], bool], *, within_s: float, every_s: float = 0.05) -> float:
    """Wait until it is done, and tell for how many seconds. Raises TimeoutError."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > within_s:
            raise TimeoutError(f"not within {within_s} s")
        time.sleep(every_s)
    return time.monotonic() - began
