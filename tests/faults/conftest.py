"""A Till that is watched: every change of status is witnessed, and nobody waits for real time to pass."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import stripe
from sqlalchemy import create_engine

from app import create_app
from app.api import caller
from app.providers import paypal_client
from models import db
from tests.api.conftest import Api
from tests.app.providers.paypal_driver import PayPalDriver
from tests.faults import books, journal
from tests.till import Till


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-survivor",
        action="store_true",
        help="let the clock, the client and the webhook in turn resolve every crash (default: one of them)",
    )
    parser.addoption(
        "--stories",
        type=int,
        default=0,
        help="tell this many random stories, other ones each time (default: a few, always the same)",
    )


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(paypal_client, "FIRST_PAUSE_S", 0)


@pytest.fixture
def db_uri(db_uri: str) -> Iterator[str]:
    """The test's database with a witness in it (O4, O5), who is heard when the test is over."""
    engine = create_engine(db_uri)
    with engine.begin() as connection:
        journal.install(connection)
    yield db_uri
    with engine.begin() as connection:
        told = journal.lines(connection)
        journal.remove(connection)
    engine.dispose()
    assert list(journal.broken(told)) == []


@pytest.fixture
def till(till: Till) -> Iterator[Till]:
    """A Till whose books are compared with the provider's to the cent when the test is over."""
    yield till
    if till.has_books:
        till.settle()  # a fee may still have to be asked for
        books.agree(till)


@pytest.fixture
def api(till: Till) -> Iterator[Api]:
    """A merchant's server in front of it."""
    root = logging.getLogger()
    before, level, first = root.handlers[:], root.level, db.engine()
    db.remove()
    first.dispose()
    app = create_app(till.config)
    caller.forget_all()
    try:
        yield Api(till, app, till.api_key())
    finally:
        db.remove()
        db.engine().dispose()
        db._maker.configure(bind=first)
        root.handlers[:] = before
        root.setLevel(level)


@dataclass
class Buyer:
    """Somebody with a PayPal account."""

    till: Till
    driver: PayPalDriver

    def chooses(self, **more: Any) -> tuple[Any, str]:
        """A session for which PayPal was chosen; and the order's id."""
        session = self.till.session(**more)
        return session, str(self.till.paypal(session)["order"])

    def approves(self, order: str, funding: str = "balance") -> None:
        self.driver.decide(order, funding)


@pytest.fixture
def buyer(till: Till) -> Buyer:
    """A shopper who pays with PayPal."""
    return Buyer(till, PayPalDriver(till.world))


Deliver = Callable[..., list[int]]


@pytest.fixture
def deliver(api: Api) -> Deliver:
    """Send the webhooks that wait in the sandbox to the app, signed as they would be; the statuses it answers."""

    def send(
        provider: str = "stripe", *, order: Callable[[list[Any]], list[Any]] = list
    ) -> list[int]:
        answers = []
        for delivery in order(api.till.world.deliveries(provider)):
            body, headers = api.till.world.sign(delivery)
            answer = api.client().post(f"/webhooks/{provider}", data=body, headers=headers)
            answers.append(answer.status_code)
        return answers

    return send
