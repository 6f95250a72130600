"""A whole Till in processes of its own, beside a sandbox whose clock and troubles these tests steer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app import oracle, seals
from models import Merchant, db
from tests.e2e import stack as stacks
from tests.e2e.stack import Stack
from tests.faults import journal, verdict
from tests.faults.fault import Trial
from tests.till import Till


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Servers and Till's clock, which starts last and is waited for."""
    running = stacks.build(tmp_path_factory.mktemp("whole"))
    try:
        running.start()
        with inside(running), db.engine().begin() as connection:
            journal.install(connection)
        for _ in range(600):
            if running.desk("GET", "/clock")["till_follows"]:
                break
            time.sleep(0.1)
        yield running
    finally:
        running.stop()


@contextmanager
def inside(stack: Stack) -> Iterator[None]:
    """The stack's database, from this process."""
    before = db._maker.kw.get("bind")
    engine = db.connect(f"sqlite:///{stack.home / 'till.db'}")
    try:
        yield
    finally:
        db.remove()
        engine.dispose()
        db._maker.configure(bind=before)


def judge(stack: Stack, trial: Trial) -> None:
    """The oracle over a stack that goes on living: whatever of O1 to O9 must be true at any moment."""
    known = {name.lower(): value for name, value in stack.secrets.items()}
    config: Any = SimpleNamespace(secret_key=stack.secret_key, old_secret_keys=(), **known)
    seals.configure(config)
    world: Any = SimpleNamespace(url=stack.sandbox_url)
    with inside(stack):
        merchant = db.session().scalars(select(Merchant).limit(1)).one()
        twice = verdict.charged_twice(Till(config, world, merchant))
        trial.double_charges = len(twice)
        found = [*oracle.check(), *verdict.unsealed()]
        found += verdict.leaked(config, verdict.everything_stored())
        with db.engine().connect() as connection:
            found += journal.broken(journal.lines(connection))
    assert [*found, *(f"{payment_id} was charged twice" for payment_id in twice)] == []
