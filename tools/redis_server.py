"""Find a Redis: the one in REDIS_URL, an installed server, an unpacked one, or none."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import urllib.parse
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tools import ROOT, VAR, debian

LONGEST_SOCKET_NAME = 100  # the kernel allows 107 characters


@dataclass(frozen=True)
class Redis:
    """Where Redis answers, and how to start it where it is ours to start."""

    url: str
    named: str
    command: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    socket_path: Path | None = None

    def is_ready(self) -> bool:
        if self.socket_path is None:
            return True
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket_path))
                client.sendall(b"PING\r\n")
                return client.recv(5) == b"+PONG"
            except OSError:
                return False


def find() -> Redis:
    if os.environ.get("REDIS_URL"):
        return Redis(os.environ["REDIS_URL"], named="yours (REDIS_URL)")
    if os.environ.get("REDIS_URL_FILE"):
        url = Path(os.environ["REDIS_URL_FILE"]).read_text().strip()
        return Redis(url, named="yours (REDIS_URL_FILE)")
    installed = shutil.which("redis-server")
    if installed:
        return _private(installed, {})
    tree = debian.unpack("redis-server")
    if tree:
        libraries = sorted({str(path.parent) for path in tree.glob("usr/lib/*/lib*.so*")})
        return _private(
            str(tree / "usr/bin/redis-server"), {"LD_LIBRARY_PATH": ":".join(libraries)}
        )
    return Redis(
        "", named="NONE: the clock does the background work itself (apt-get install redis-server)"
    )


def _private(program: str, env: dict[str, str]) -> Redis:
    """A server that only this user can reach: a socket in a 0700 directory, and no port."""
    path = _socket_path()
    command = [
        program, "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700",
        "--dir", str(path.parent), "--save", "", "--appendonly", "no",
        "--loglevel", "warning",
    ]  # fmt: skip
    return Redis(
        url=f"unix://{urllib.parse.quote(str(path))}?db=0",
        named=f"private, at {path}",
        command=command,
        env=env,
        socket_path=path,
    )


def _socket_path() -> Path:
    folder = VAR / "redis"
    if len(str(folder)) > LONGEST_SOCKET_NAME - len("/redis.sock"):
        unique = sha256(str(ROOT).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"till-{os.geteuid()}-{unique}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder / "redis.sock"
