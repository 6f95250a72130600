"""What a payment costs the database, to the statement: growth is a decision, not an accident.

A statement is a round trip, and a payment's price is mostly its round trips (docs/performance.md). On PostgreSQL the
writes of a transaction are one statement; on SQLite, where a statement costs no trip, each row is one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import event

from app import payments
from app.api import caller
from app.screening import force
from models import db
from tests.api.conftest import Api, api  # noqa: F401 -- the fixture


@dataclass
class Spent:
    """What reached the database."""

    statements: list[str] = field(default_factory=list)
    transactions: int = 0

    @property
    def sums(self) -> tuple[int, int]:
        return len(self.statements), self.transactions


@contextmanager
def counting() -> Iterator[Spent]:
    spent = Spent()

    def statement(_connection, _cursor, text, *_more) -> None:
        spent.statements.append(text)

    def begin(_connection) -> None:
        spent.transactions += 1

    event.listen(db.engine(), "before_cursor_execute", statement)
    event.listen(db.engine(), "begin", begin)
    yield spent
    event.remove(db.engine(), "before_cursor_execute", statement)
    event.remove(db.engine(), "begin", begin)


@pytest.fixture(autouse=True)
def _remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked up once stays remembered, however long this machine takes."""
    for module in (caller, force):
        monkeypatch.setattr(module, "REMEMBERED_S", 3600.0)


def budget(**by_database: tuple[int, int]) -> tuple[int, int]:
    return by_database[db.engine().dialect.name]


def test_a_payment_by_api(api: Api) -> None:  # noqa: F811
    """Look at the token and at the history; claim the key, lock the token, write what was decided; lock the payment,
    write what was answered. (With Redis, the history costs the database nothing.)
    """
    api.pay()  # the caller's key is looked up once and remembered
    body = api.payment_body()
    with counting() as spent:
        answer = api.post("/v1/payments", body, once="k-1")
    assert answer.status_code == 201
    assert spent.sums == budget(postgresql=(7, 4), sqlite=(18, 4)), spent.statements


def test_the_same_payment_again(api: Api) -> None:  # noqa: F811
    api.pay()
    body = api.payment_body()
    first = api.post("/v1/payments", body, once="k-1")
    with counting() as spent:
        again = api.post("/v1/payments", body, once="k-1")
    assert again.get_data() == first.get_data()
    assert spent.sums == budget(postgresql=(5, 4), sqlite=(5, 4)), spent.statements


def test_a_shopper_confirms(till) -> None:
    session = till.session()
    total = session_total(session)
    command = payments.Confirm(
        "stripe", total, till.confirmation_token("ok"), return_url="http://x/r"
    )
    force.setting(till.merchant.id)  # what is in force is looked up once and remembered
    db.remove()
    with counting() as spent:
        payments.confirm(session.id, command)
    assert till.payment(session.payment_id).status == "captured"
    assert spent.sums == budget(postgresql=(9, 5), sqlite=(19, 5)), spent.statements


def test_a_refund_by_api(api: Api) -> None:  # noqa: F811
    paid = api.pay()
    with counting() as spent:
        answer = api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 500}, once="k-1")
    assert answer.status_code == 201
    assert spent.sums == budget(postgresql=(13, 6), sqlite=(17, 6)), spent.statements


def session_total(session) -> int:
    return payments.session_of(session.id)[2].total_minor
