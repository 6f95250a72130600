"""A private PostgreSQL cluster that keeps its promises: fsync and synchronous commit are on, and it ends with us."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from tools import CannotStart
from tools.supervisor import Program

# What a small production machine would have; everything that makes a commit durable is PostgreSQL's default: on.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "logging_collector": "off",
    "autovacuum_naptime": "10s",
}


def program(home: Path) -> Program:
    """Make an empty cluster under `home`, and say how to run it. Raises CannotStart."""
    programs = _programs()
    as_owner = _as_unprivileged(home)
    cluster = home / "data"
    subprocess.run(
        [*as_owner, str(programs / "initdb"), "--auth=trust", "--username=till", "--encoding=UTF8",
         "--locale=C.UTF-8", "-D", str(cluster)],
        check=True,
        cwd=home,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    options = {**SETTINGS, "unix_socket_directories": str(home)}
    command = [*as_owner, str(programs / "postgres"), "-D", str(cluster)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    return Program("postgresql", command, dict(os.environ), stage=0, is_ready=lambda: _is_up(home))


def uri(home: Path) -> str:
    """SQLAlchemy's URI of the cluster's only database."""
    return f"postgresql+psycopg://till@/postgres?host={home}"


def facts(home: Path) -> dict[str, str]:
    """What makes its figures mean something."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    with psycopg.connect(f"host={home} user=till dbname=postgres") as connection:
        return {name: _first(connection.execute(f"SHOW {name}")) for name in names}


def _first(cursor: Any) -> str:
    return str(cursor.fetchone()[0])


def _is_up(home: Path) -> bool:
    try:
        psycopg.connect(f"host={home} user=till dbname=postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _programs() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    )
    if not found:
        raise CannotStart("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


def _as_unprivileged(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root: give `home` to another user and become that user."""
    home.mkdir(mode=0o700)
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(home, user.pw_uid, user.pw_gid)
    # The signal that ends it with us is set here again: changing the user clears it.
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
            "--pdeathsig", "INT"]  # fmt: skip
