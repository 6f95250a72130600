"""A Till that is watched: every change of status is witnessed, and nobody waits for real time to pass."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import stripe
from sqlalchemy import create_engine
from werkzeug.test import TestResponse

from app import commands, create_app, customers, seals
from app.api import caller
from app.logs import Scrubber
from app.providers import paypal_client
from models import Setup, audit, db
from tasks import nightly
from tests.api.conftest import Api
from tests.app.providers.paypal_driver import PayPalDriver
from tests.faults import books, journal, verdict
from tests.faults.fault import Fault, Trial
from tests.faults.report import Report
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
    parser.addoption(
        "--rounds",
        type=int,
        default=1,
        help="how often a fault of a real process is made in a test",
    )
    parser.addoption(
        "--write-report", action="store_true", help="write the tables in docs/faults.md anew"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The controller alone writes; its workers tell it what they saw."""
    if config.getoption("--write-report", default=False) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(config), "fault-report")


@pytest.fixture(autouse=True)
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    """What this case measures, told to the report when everything of it is over."""
    trial, mark = Trial(), request.node.get_closest_marker("fault")
    yield trial
    if mark is not None:
        fault: Fault = mark.args[0]
        request.node.user_properties.append(("trial", {"name": fault.name, **trial.told()}))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once; and no night's work begins because the tests run at night."""
    monkeypatch.setattr(nightly, "HOURS", ())
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


class Heard(logging.Handler):
    """The product's log as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(Scrubber())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Everything that the product logs while the test runs."""
    log, ours = Heard(), logging.getLogger("till")
    ours.addHandler(log)
    ours.setLevel(logging.INFO)
    yield log
    ours.removeHandler(log)
    ours.setLevel(logging.NOTSET)


@pytest.fixture
def till(till: Till, trial: Trial, heard: Heard) -> Iterator[Till]:
    """A Till over which the oracle judges when the test is over, with the provider's books to the cent."""
    for act in (
        "made",
        "updated",
    ):  # so that the audit trail has something sealed, and something that waits
        seals.seal()
        with db.transaction():
            audit.write("operator", f"merchant.{act}", till.merchant.id)
    yield till
    if not till.has_books:
        assert list(verdict.leaked(till.config, verdict.everything_stored(), *heard.lines)) == []
        return
    till.settle()  # a fee may still have to be asked for
    trial.double_charges = len(verdict.charged_twice(till))
    trial.lost_acknowledged = len(list(verdict.lost(till.acknowledged)))
    assert verdict.findings(till, heard="\n".join(heard.lines)) == []
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
    merchant = Api(till, app, till.api_key())
    try:
        yield merchant
        till.acknowledged += map(_told, merchant.answers)
    finally:
        db.remove()
        db.engine().dispose()
        db._maker.configure(bind=first)
        root.handlers[:] = before
        root.setLevel(level)


def _told(answer: TestResponse) -> tuple[str, str]:
    """What an answer of 2xx acknowledges; of others nothing."""
    told = answer.json if answer.is_json and answer.status_code < 300 else None
    record = told if isinstance(told, dict) else {}
    return str(record.get("id", "")), str(record.get("status", ""))


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

    def keeps(self) -> tuple[str, str]:
        """A customer who lets the merchant keep their account; and the kept method's id."""
        merchant_id, once = self.till.merchant.id, self.till.once
        customers.create(commands.CreateCustomer(), merchant_id=merchant_id, once=once())
        owner = self.till.told[-1].id
        consent = {"text": "Keep my account for later.", "off_session": True}
        command = commands.SaveMethod(
            provider="paypal", return_url="http://127.0.0.1:9/r", consent=consent
        )
        customers.set_up(command, customer_id=owner, merchant_id=merchant_id, once=once())
        setup = self.till.told[-1]
        self.driver.agree(setup.next_action["url"])
        assert customers.check_setup(setup.id)
        return owner, db.session().get_one(Setup, setup.id, populate_existing=True).saved_method_id


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
