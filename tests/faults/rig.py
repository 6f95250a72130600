"""Till as `make run` starts it, every process of it real, on a PostgreSQL and a Redis that a test may hurt."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import create_engine, func, select

from app import config as settings
from app import providers, screening, seals, seed
from models import Event, Merchant, clock, db, schema
from tests.faults import books, journal, recovery, verdict
from tests.faults.clients import Log
from tests.faults.fault import Trial
from tests.faults.servers import PostgreSQL, Redis, until
from tests.faults.wire import Wire
from tests.till import Till, watching
from tools import keys, ports, programs, redis_server
from tools import settings as start
from tools.console import Console
from tools.supervisor import Program, Supervisor

# A provider that says nothing is given up after so long; a sandbox on a busy machine is slower than a real one.
PROVIDER_TIMEOUT_S = 10
# After this long the clock has asked about everything that was left without an answer.
QUIET_AFTER = timedelta(seconds=200)


@dataclass
class Rig:
    """A running installation. `stripe` is its wire to Stripe; PayPal it reaches by another one."""

    home: Path
    postgresql: PostgreSQL
    redis: Redis
    stripe: Wire
    addresses: start.Addresses
    secrets: dict[str, str]
    env: dict[str, str] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    supervisor: Supervisor = field(init=False)

    @property
    def url(self) -> str:
        return self.addresses.local

    @property
    def config(self) -> settings.Config:
        return settings.load(self.env)

    def program(self, name: str) -> Program:
        return next(found for found in self.supervisor.programs if found.name == name)

    def pid(self, name: str) -> int:
        """The process that runs now under this name; waits until there is one."""
        program = self.program(name)
        until(program.is_running, within_s=60)
        program.deaths.clear()  # a test kills oftener than a supervisor should bear
        assert program.process is not None
        return program.process.pid

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in self.home.glob("log/*.log"))

    def queued(self) -> str:
        """Every key in Redis with its value, as it would be dumped."""
        found = [(key, self.redis.client.dump(key)) for key in self.redis.client.scan_iter()]
        return repr(found)

    def untold(self) -> int:
        """How many events nobody has heard of yet."""
        with self.inside():
            return int(
                db.session().scalar(select(func.count()).where(Event.done_at.is_(None))) or 0
            )

    @contextmanager
    def inside(self) -> Iterator[settings.Config]:
        """The same database and the same sandbox, from this process."""
        config = self.config
        before = db._maker.kw.get("bind")
        engine = db.connect(config.db_uri)
        providers.configure(config)
        screening.configure(config)
        seals.configure(config)
        try:
            yield config
        finally:
            clock.set_offset(timedelta())
            db.remove()
            engine.dispose()
            db._maker.configure(bind=before)

    def judge(self, trial: Trial, acknowledged: list[verdict.Acknowledged]) -> None:
        """Let the clock have asked about everything, here and a little ahead of time; then ask the oracle."""
        with self.inside() as config:
            world: Any = SimpleNamespace(url=self.addresses.sandbox)
            merchant = db.session().get_one(Merchant, self.made["merchant_id"])
            till = Till(config, world, merchant, acknowledged=acknowledged)
            till.later(seconds=QUIET_AFTER.total_seconds())
            until(lambda: _is_quiet(till), within_s=120)
            trial.double_charges = len(verdict.charged_twice(till))
            trial.lost_acknowledged = len(list(verdict.lost(acknowledged)))
            found = verdict.findings(till, heard=self.logs())
            assert [*found, *verdict.leaked(till.config, self.queued())] == []
            books.agree(till)
        engine = create_engine(self.config.db_uri)
        with engine.connect() as connection:
            told = journal.lines(connection)
        engine.dispose()
        assert list(journal.broken(told)) == []


def _end(supervisor: Supervisor) -> None:
    supervisor.stop()
    for program in supervisor.programs:
        if program.process is not None:
            program.process.wait(10)


def _is_quiet(till: Till) -> bool:
    till.settle()
    return not recovery.hanging()


@contextmanager
def running() -> Iterator[Rig]:
    """Start everything on empty servers, keep it alive as `make run` does, and leave nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="till-faults-", dir="/var/tmp"))
    home.chmod(0o711)  # PostgreSQL's user must pass through when root tests
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, home, ignore_errors=True)
        rig = _servers(home, ending)
        rig.env = _environment(rig)
        _prepare(rig)
        redis = redis_server.Redis(rig.redis.url, named="the test's")
        needed = programs.needed(rig.addresses, rig.secrets, redis)
        for program in needed:
            program.env = _of_sandbox(rig, program.env) if program.name == "sandbox" else rig.env
        rig.supervisor = Supervisor(needed, Console(home / "log"))
        ending.callback(_end, rig.supervisor)
        rig.supervisor.start()
        watch = threading.Thread(target=rig.supervisor.watch, daemon=True)
        ending.callback(watch.join, 10)
        ending.callback(setattr, rig.supervisor, "asked_to_stop_at", 1.0)
        watch.start()
        yield rig


def _servers(home: Path, ending: ExitStack) -> Rig:
    postgresql, redis = PostgreSQL(home / "postgresql"), Redis(home)
    for server, how in ((postgresql, signal.SIGINT), (redis, signal.SIGTERM)):
        ending.callback(server.stop, how)
        server.start()
    web = ports.first_free(21_000 + os.getpid() % 500 * 8)
    addresses = start.Addresses(web, ports.first_free(web + 1), ())
    assert addresses.sandbox_port is not None
    stripe = Wire(addresses.sandbox_port)
    ending.callback(stripe.close)
    return Rig(home, postgresql, redis, stripe, addresses, keys.load(home / "keys"))


def _environment(rig: Rig) -> dict[str, str]:
    """What `make run` gives to web, workers and clock, with servers of our own."""
    return start.of_app(rig.addresses, rig.secrets, rig.redis.url) | {
        "SECRET_KEY": rig.secrets["SECRET_KEY"],
        "DB_URI": rig.postgresql.uri,
        "REDIS_URL": rig.redis.url,
        "STRIPE_API_URL": f"http://{ports.HOST}:{rig.stripe.port}/stripe",
        "PROVIDER_TIMEOUT_S": str(PROVIDER_TIMEOUT_S),
        "GRACEFUL_TIMEOUT_S": "15",
        "WEB_CONCURRENCY": "2",
    }


def _of_sandbox(rig: Rig, env: dict[str, str]) -> dict[str, str]:
    return env | {"SANDBOX_DB": str(rig.home / "sandbox.db")}


def _prepare(rig: Rig) -> None:
    """The demo; a witness in the database; a policy that lets everybody pass, for a load looks like card testing."""
    schema.upgrade(rig.postgresql.uri)
    engine = create_engine(rig.postgresql.uri)
    with engine.begin() as connection:
        journal.install(connection)
    engine.dispose()
    with rig.inside() as config:
        rig.made = seed.demo(config)
        seals.seal()
        with db.transaction():
            db.insert(watching())
