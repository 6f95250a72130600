"""A private PostgreSQL cluster and a private Redis, started at first use and shared by a test run.

The first test of any xdist worker that asks for a service starts it, under a file lock; the
controller stops whatever was started. Nothing listens on a port: both speak on Unix sockets.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

RUN_DIR = "TILL_TEST_RUN_DIR"  # the run's directory; xdist workers inherit the environment
START_TIMEOUT_S = 30
POSTGRESQL_SETTINGS = {
    "fsync": "off",  # a test database does not outlive the run
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "Australia/Sydney",  # far from UTC, so that a forgotten time zone shows
}


class Missing(Exception):
    """A program this service needs is not installed; the message says how to get it."""


def postgresql() -> str:
    """SQLAlchemy's URI of a new, empty database of its own for the caller."""
    socket = _once("postgresql", _start_postgresql)
    name = f"till_{worker()}_{time.monotonic_ns()}"
    with psycopg.connect(f"host={socket} user=till dbname=postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"postgresql+psycopg://till@/{name}?host={socket}"


def redis() -> str:
    """The URL of the caller's own numbered Redis database, emptied by nobody else."""
    socket = _once("redis", _start_redis)
    return f"unix://{socket}?db={_worker_number()}"


def worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def _worker_number() -> int:
    return 1 + int(worker().removeprefix("gw")) if worker() != "main" else 0


def _once(name: str, start: Callable[[Path], str]) -> str:
    run_dir = Path(os.environ[RUN_DIR])
    answer = run_dir / f"{name}.address"
    with (run_dir / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            answer.write_text(start(run_dir))
    return answer.read_text()


def _start_postgresql(run_dir: Path) -> str:
    programs = postgresql_programs()
    if programs is None:
        raise Missing("PostgreSQL is not installed: apt-get install postgresql")
    home = run_dir / "postgresql"
    home.mkdir(mode=0o700)
    as_owner = _as_unprivileged(home)
    cluster = home / "data"
    options = " ".join(f"-c {name}='{value}'" for name, value in POSTGRESQL_SETTINGS.items())
    commands: tuple[list[str | Path], ...] = (
        ["initdb", "--auth=trust", "--username=till", "--encoding=UTF8", "--locale=C.UTF-8",
         "--no-sync", "-D", cluster],
        ["pg_ctl", "start", "--wait", "-D", cluster, "-l", home / "log",
         "-o", f"{options} -c unix_socket_directories='{home}'"],
    )  # fmt: skip
    for command in commands:
        subprocess.run(
            [*as_owner, programs / command[0], *command[1:]],
            check=True,
            cwd=home,
            stdout=subprocess.DEVNULL,
        )
    return str(home)


def postgresql_programs() -> Path | None:
    """Where Debian keeps the server's programs, the newest version first."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[4])
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("pg_ctl")
    return Path(on_path).resolve().parent if on_path else None


def _as_unprivileged(home: Path) -> list[str | Path]:
    """PostgreSQL refuses to run as root: give `home` to another user and become that user."""
    if os.geteuid() != 0:
        return []
    user = _first_user("postgres", "nobody")
    os.chown(home, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _first_user(*names: str) -> pwd.struct_passwd:
    for name in names:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Missing(f"root cannot run PostgreSQL, and there is no user {' or '.join(names)}")


def _start_redis(run_dir: Path) -> str:
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("Redis is not installed: apt-get install redis-server")
    socket = run_dir / "redis.sock"
    subprocess.run(
        [program, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
         "--databases", "64", "--save", "", "--appendonly", "no", "--daemonize", "yes",
         "--pidfile", run_dir / "redis.pid", "--dir", run_dir, "--logfile", run_dir / "redis.log"],
        check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _wait_for(socket)
    return str(socket)


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path.name} did not appear within {START_TIMEOUT_S} s")
        time.sleep(0.02)


def open_run() -> None:
    """Make the run's directory; what is started from here on is found through the environment."""
    # A short path: a Unix socket's name may have 107 characters.
    run_dir = Path(tempfile.mkdtemp(prefix="till-test-", dir="/tmp"))
    run_dir.chmod(0o711)  # PostgreSQL's user must pass through when root runs the tests
    os.environ[RUN_DIR] = str(run_dir)


def close_run() -> None:
    """Stop whatever was started."""
    run_dir = Path(os.environ.pop(RUN_DIR))
    _stop(run_dir / "postgresql" / "data" / "postmaster.pid", signal.SIGQUIT)
    _stop(run_dir / "redis.pid", signal.SIGTERM)
    shutil.rmtree(run_dir, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """The controller opens the run; its xdist workers inherit the environment."""
    if not hasattr(config, "workerinput"):
        open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and RUN_DIR in os.environ:
        close_run()


def _stop(pid_file: Path, how: signal.Signals) -> None:
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().split()[0])
    deadline = time.monotonic() + START_TIMEOUT_S
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.02)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis, in a numbered database of this worker's own."""
    try:
        yield redis()
    except Missing as missing:
        pytest.skip(str(missing))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["both", "sqlite", "postgresql"],
        default="both",
        help="run the tests that need a database on this one only (default: both)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that needs a database runs once on each."""
    if "database" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--database")
    names = ["sqlite", "postgresql"] if chosen == "both" else [chosen]
    metafunc.parametrize("database", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URI of a new, empty database; a test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database') / 'till.db'}"
    try:
        return postgresql()
    except Missing as missing:
        pytest.skip(str(missing))
