"""The processes of one run: Redis, database, stub, workers, clock and web server, as they run in production."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools import ROOT, CannotStart, ports
from tools.bench import cluster, processes
from tools.console import Console
from tools.supervisor import Program, Supervisor

COMMAND_TIMEOUT_S = 120
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Stack:
    """A running installation with a stub for a provider."""

    database: str
    home: Path
    db_uri: str
    web_port: int
    stub_port: int
    programs: dict[str, Program] = field(default_factory=dict)

    def set_latency(self, ms: int) -> None:
        """How long the provider thinks from now on."""
        self._stub(f"/latency?ms={ms}")

    def books(self) -> str:
        """The provider's own books, one JSON object per line."""
        return self._stub("/books")

    def _stub(self, path: str) -> str:
        with _direct.open(f"http://{ports.HOST}:{self.stub_port}{path}", timeout=60) as answer:
            return str(answer.read().decode())

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time used so far, by program; with its children."""
        return {
            name: processes.cpu_seconds(program.process.pid)
            for name, program in self.programs.items()
            if program.process is not None
        }

    def environment(self) -> dict[str, str]:
        """What web, workers and clock are told."""
        redis = f"unix://{self.home / 'redis.sock'}?db=0" if _redis_server() else ""
        return {
            **_quiet_environment(),
            "DB_URI": self.db_uri,
            "REDIS_URL": redis,
            "SECRET_KEY": "only-for-a-measurement-of-play-money" * 2,
            "BASE_URL": f"http://{ports.HOST}:{self.web_port}",
            "PORT": str(self.web_port),
            "GRACEFUL_TIMEOUT_S": "2",
            "STRIPE_SECRET_KEY": "sk_test_bench",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_bench",
            "STRIPE_API_URL": f"http://{ports.HOST}:{self.stub_port}",
        }


@contextmanager
def running(database: str) -> Iterator[Stack]:
    """Start everything on an empty database (`sqlite` or `postgresql`), and leave nothing behind."""
    # /var/tmp is on a disk, where an fsync costs what it costs; /tmp may be memory.
    home = Path(tempfile.mkdtemp(prefix="till-bench-", dir="/var/tmp"))
    home.chmod(0o711)  # PostgreSQL's user must pass through when root measures
    try:
        with ExitStack() as ending:
            stack, console = _stack(database, home), Console(home / "log")
            _start(_infrastructure(stack), stack, console, ending)
            _flask(stack, "migrate")
            _start(_ours(stack), stack, console, ending)
            yield stack
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _start(programs: list[Program], stack: Stack, console: Console, ending: ExitStack) -> None:
    supervisor = Supervisor(programs, console)
    ending.callback(supervisor.stop)
    supervisor.start()
    stack.programs |= {program.name: program for program in programs}


def _stack(database: str, home: Path) -> Stack:
    # Far from the neighbours: two measurements that start together must not choose the same port.
    web = ports.first_free(18_000 + os.getpid() % 1000 * 8)
    stub = ports.first_free(web + 1)
    db_uri = f"sqlite:///{home / 'till.db'}"
    if database == "postgresql":
        db_uri = cluster.uri(home / "postgresql")
    return Stack(database, home, db_uri, web, stub)


def _infrastructure(stack: Stack) -> list[Program]:
    """What stands around Till: its database, its queue, its provider."""
    found = []
    if stack.database == "postgresql":
        found.append(cluster.program(stack.home / "postgresql"))
    redis, socket = _redis_server(), stack.home / "redis.sock"
    if redis:
        command = [
            redis, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
            "--save", "", "--appendonly", "no", "--dir", str(stack.home), "--loglevel", "warning",
        ]  # fmt: skip
        found.append(
            Program("redis", command, _quiet_environment(), stage=0, is_ready=socket.exists)
        )
    stub = [sys.executable, "-m", "tools.bench.stub", str(stack.stub_port)]
    health = f"http://{ports.HOST}:{stack.stub_port}/healthz"
    is_ready = lambda: ports.answers(health)  # noqa: E731
    found.append(Program("stub", stub, _quiet_environment(), stage=0, is_ready=is_ready))
    return found


def _ours(stack: Stack) -> list[Program]:
    """Till itself, exactly as `make run` starts it."""
    env = stack.environment()
    lanes = ("money", "hooks") if env["REDIS_URL"] else ()
    modules = {f"worker-{lane}": ["tasks.worker", lane] for lane in lanes}
    modules |= {
        "clock": ["tasks.clock"],
        "web": ["gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"],
    }
    found = [
        Program(name, [sys.executable, "-m", *module], env, stage=1)
        for name, module in modules.items()
    ]
    ready = f"http://{ports.HOST}:{stack.web_port}/readyz"
    found[-1].is_ready = lambda: ports.answers(ready)
    return found


def _redis_server() -> str | None:
    return shutil.which("redis-server")


def _flask(stack: Stack, *command: str) -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *command],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env=stack.environment(),
        text=True,
        timeout=COMMAND_TIMEOUT_S,
    )
    if outcome.returncode != 0:
        raise CannotStart(f"{outcome.stderr.strip()}\n`flask {' '.join(command)}` failed.")


def _quiet_environment() -> dict[str, str]:
    """What every process gets: a path, one thread for numbers, no proxy on the way to ourselves."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONHASHSEED": "0",
        "LANG": "C.UTF-8",
        "NO_PROXY": "127.0.0.1,localhost",
        "VIRTUAL_ENV": sys.prefix,
    }
