"""Twenty payments through the real processes, and an audit that is right to find nothing, and able to find faults."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models import db
from tools.bench.audit import audit
from tools.bench.load import Plan
from tools.bench.measure import Bench, Step
from tools.bench.stack import running
from tools.bench.stub import Books

pytestmark = pytest.mark.slow

PAYMENTS = 20


@dataclass
class Run:
    """A finished run: what callers were told, what the provider took, and the database as it was left."""

    step: Step
    answers: list[dict[str, Any]]
    books: list[dict[str, Any]]
    database: Path

    def spoil(self, *statements: str) -> None:
        """Change the database behind everybody's back: constraints and triggers are not asked."""
        with sqlite3.connect(self.database) as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(statement).rowcount == 1, statement
        connection.close()


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Iterator[Run]:
    before = db._maker.kw.get("bind")
    saved = tmp_path_factory.mktemp("bench") / "saved.db"
    with running("sqlite") as stack:
        bench = Bench(stack)
        step = bench.probe(seconds=30, most=PAYMENTS)
        bench.settle()
        books = [json.loads(line) for line in stack.books().splitlines()]
        db.remove()
        db.engine().dispose()
        connection = sqlite3.connect(stack.home / "till.db")
        connection.execute(f"VACUUM INTO '{saved}'")
        connection.close()
    yield Run(step, bench.answers, books, saved)
    db._maker.configure(bind=before)


@pytest.fixture
def run(finished, tmp_path) -> Iterator[Run]:
    """The run's records, a copy that a test may spoil."""
    copy = tmp_path / "till.db"
    copy.write_bytes(finished.database.read_bytes())
    db.remove()
    engine = db.connect(f"sqlite:///{copy}")
    answers = json.loads(json.dumps(finished.answers))
    yield Run(finished.step, answers, [*finished.books], copy)
    db.remove()
    engine.dispose()


def test_twenty_payments_leave_nothing_to_find(run):
    assert run.step.paid == run.step.sent == len(run.books) == PAYMENTS
    assert run.step.cpu["web"] > 0
    assert audit(run.answers, run.books) == []


def _without_a_payment(run: Run) -> None:
    run.spoil(f"DELETE FROM payments WHERE id = '{run.answers[0]['payment']['id']}'")


def _charged_twice(run: Run) -> None:
    run.books.append({**run.books[0], "id": "pi_again"})


def _not_charged(run: Run) -> None:
    del run.books[3]


def _charged_for_nobody(run: Run) -> None:
    run.books.append({**run.books[0], "id": "pi_other", "payment_id": "pay_unheard_of"})


def _charged_more(run: Run) -> None:
    run.books[5] = {**run.books[5], "amount": run.books[5]["amount"] + 1}


def _fee_is_missing(run: Run) -> None:
    run.spoil(
        "DELETE FROM ledger_entries WHERE id = (SELECT min(id) FROM ledger_entries WHERE kind = 'fee')"
    )


def _ledger_is_a_cent_off(run: Run) -> None:
    run.spoil(
        "UPDATE ledger_entries SET amount_minor = amount_minor + 1"
        " WHERE id = (SELECT min(id) FROM ledger_entries WHERE kind = 'capture')"
    )


def _told_another_amount(run: Run) -> None:
    run.answers[7]["payment"]["amount"] += 1


def _told_twice(run: Run) -> None:
    run.answers[7]["payment"] = run.answers[8]["payment"]


def _event_is_missing(run: Run) -> None:
    run.spoil(
        "DELETE FROM events WHERE id = (SELECT max(id) FROM events WHERE type = 'payment.captured')"
    )


def _event_waits(run: Run) -> None:
    run.spoil("UPDATE events SET done_at = NULL WHERE id = (SELECT max(id) FROM events)")


def _key_has_no_answer(run: Run) -> None:
    run.spoil("UPDATE idempotency_keys SET status = NULL WHERE key = 'run1-2'")


def _key_has_another_answer(run: Run) -> None:
    run.spoil("UPDATE idempotency_keys SET body = x'7b7d' WHERE key = 'run1-2'")


def _still_open(run: Run) -> None:
    run.spoil("UPDATE attempts SET status = 'pending' WHERE id = (SELECT min(id) FROM attempts)")


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (_without_a_payment, "1 × an acknowledged payment is not in the database"),
        (_without_a_payment, "1 × the provider took money for a payment that we do not have"),
        (_charged_twice, "1 × a payment was charged more than once"),
        (_charged_twice, "2 × a sum in the ledger differs from the provider's"),
        (_not_charged, "1 × a payment is captured here, and unknown to the provider"),
        (_charged_for_nobody, "1 × the provider took money for a payment that we do not have"),
        (_charged_more, "1 × a charge differs between our books and the provider's"),
        (_fee_is_missing, "1 × a sum in the ledger differs from the provider's: fee"),
        (_ledger_is_a_cent_off, "1 × a sum in the ledger differs from the provider's: capture"),
        (_ledger_is_a_cent_off, "1 × broken promise: captured differs from the ledger"),
        (_told_another_amount, "1 × an acknowledged payment is in the database with other facts"),
        (_told_twice, "1 × one payment acknowledged for several requests"),
        (_event_is_missing, "1 × a payment's events are not what they should be"),
        (_event_waits, "1 × an event was not read by the relay"),
        (_key_has_no_answer, "1 × an idempotency key has no answer: run1-2"),
        (_key_has_another_answer, "1 × the answer kept for a key is not the one that was given"),
        (_still_open, "1 × a payment is still undecided"),
    ],
)
def test_the_audit_finds_what_is_wrong(run, fault: Callable[[Run], None], found: str):
    fault(run)

    findings = audit(run.answers, run.books)

    assert [finding for finding in findings if finding.startswith(found)], findings


def test_arrivals_do_not_wait_for_answers():
    plan = Plan(port=1, api_key="", seconds=10, seed=1, rate=100, requests=[{}] * 2000)

    due = plan.due()

    assert due == sorted(due)
    assert due[-1] < 10
    assert 850 < len(due) < 1150  # five standard deviations around 1000


def test_the_stub_charges_once_per_key():
    books = Books()
    body = b"amount=100&currency=eur&confirm=true&capture_method=automatic&payment_method=pm_x"
    other = body.replace(b"100", b"200")

    answers = [books.charge(b"k1", body, 0.0), books.charge(b"k1", body, 1.0)]

    assert answers[0] == answers[1]
    assert json.loads(answers[0][1])["amount_received"] == 100
    assert books.charge(b"k1", other, 2.0)[0] == 400
    assert len(books.intents) == 1


def test_the_stub_tells_a_charge_under_way_from_an_answered_one():
    books = Books()
    books.latency_s = 0.3
    body = b"amount=100&currency=eur&confirm=true&capture_method=automatic&payment_method=pm_x"
    books.charge(b"k1", body, 10.0)

    assert books.charge(b"k1", body, 10.2)[0] == 409
    assert books.charge(b"k1", body, 10.4)[0] == 200
