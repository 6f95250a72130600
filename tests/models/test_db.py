"""The guards of the database: what they refuse, and what the constraints refuse when all else fails."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from models import Attempt, Merchant, Operation, Payment, clock, db, ledger, schema
from models.ids import new_id
from models.money import Money


def payment_of(till, **more):
    till.has_books = False
    payment = Payment(
        **{
            "id": new_id("pay"),
            "merchant_id": till.merchant.id,
            "currency": "EUR",
            "total_minor": 1000,
            **more,
        }
    )
    with db.transaction():
        db.insert(payment)
    return payment


def attempt_of(payment, **more):
    fields = {
        "id": new_id("att"),
        "payment_id": payment.id,
        "provider": "stripe",
        "amount_minor": 1000,
    }
    return Attempt(**{**fields, "currency": "EUR", **more})


def test_a_write_needs_a_transaction(till):
    for act in (
        lambda: db.insert(till.merchant),
        lambda: db.update(till.merchant, name="x"),
        lambda: db.lock(Merchant, till.merchant.id),
        lambda: db.after_commit(print),
    ):
        with pytest.raises(db.WriteOutsideTransaction):
            act()


def test_assignment_is_never_a_write(till):
    merchant = db.session().get(Merchant, till.merchant.id)
    before = merchant.name
    merchant.name = "Other"
    with pytest.raises(db.WriteOutsideTransaction):
        db.session().flush()
    db.remove()
    assert db.session().get(Merchant, till.merchant.id).name == before


def test_transactions_do_not_nest_and_the_network_stays_out(till):
    with db.transaction():
        with pytest.raises(db.NestedTransaction), db.transaction():
            pass
        with pytest.raises(db.NetworkInsideTransaction):
            db.release()


def test_an_error_rolls_back_and_calls_nobody(till):
    called = []

    def fail_late() -> None:
        with db.transaction():
            db.update(till.merchant, name="Other")
            db.after_commit(lambda: called.append(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_late()
    assert called == []
    assert db.session().get(Merchant, till.merchant.id, populate_existing=True).name == "Acme"


def test_a_lock_refreshes_what_was_read_before(till):
    payment = payment_of(till)
    seen = db.session().get(Payment, payment.id)
    assert seen.captured_minor == 0
    db.release()

    def other() -> None:
        with db.transaction():
            db.update(db.lock(Payment, payment.id), captured_minor=700)
        db.remove()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    with db.transaction():
        assert db.lock(Payment, payment.id).captured_minor == 700


def test_naive_times_are_refused_and_all_come_back_in_utc(till):
    with pytest.raises(Exception, match="naive"), db.transaction():
        db.update(till.merchant, created_at=datetime(2026, 1, 1))  # noqa: DTZ001
    found = db.session().get(Merchant, till.merchant.id, populate_existing=True)
    assert found.created_at.utcoffset().total_seconds() == 0
    assert abs((found.created_at - clock.now()).total_seconds()) < 60


@pytest.mark.parametrize(
    "changes",
    [
        {"captured_minor": 1001},
        {"captured_minor": 500, "refunded_minor": 501},
        {"captured_minor": 500, "refunded_minor": 300, "refunding_minor": 201},
        {"refunded_minor": -1},
        {"status": "done"},
        {"capture": "later"},
        {"closed": "somehow"},
    ],
    ids=str,
)
def test_the_database_refuses_a_payment_that_cannot_be(till, changes):
    payment = payment_of(till)
    with pytest.raises(IntegrityError), db.transaction():
        db.update(payment, **changes)


def test_the_database_refuses_a_second_live_attempt(till):
    payment = payment_of(till)
    with db.transaction():
        db.insert(attempt_of(payment, status="declined"))
        db.insert(attempt_of(payment))
    for status in ("started", "challenged", "authorized", "captured"):
        with pytest.raises(IntegrityError), db.transaction():
            db.insert(attempt_of(payment, status=status))


def test_a_capture_and_a_void_exclude_each_other(till):
    payment = payment_of(till)
    attempt = attempt_of(payment)

    def operation(kind):
        return Operation(
            id=new_id("cap"), payment_id=payment.id, attempt_id=attempt.id, merchant_id=till.merchant.id,
            kind=kind, amount_minor=1, currency="EUR",
        )  # fmt: skip

    with db.transaction():
        db.insert(attempt, operation("capture"))
    with pytest.raises(IntegrityError), db.transaction():
        db.insert(operation("void"))


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_entries SET amount_minor = 1", "DELETE FROM ledger_entries"]
)
def test_the_ledger_is_only_ever_added_to(till, statement):
    payment = till.pay()
    with pytest.raises(DatabaseError, match="append-only"), db.transaction() as session:
        session.execute(text(statement))
    assert till.ledger(payment.id)[0] == ("capture", 1999)


def test_an_entry_moves_a_positive_amount_between_two_accounts_once(till):
    payment = till.pay()
    names = {"merchant_id": till.merchant.id, "payment_id": payment.id, "provider": "stripe"}
    with db.transaction():
        for amount in (0, -5):
            with pytest.raises(ValueError, match="positive"):
                ledger.post("refund", Money(amount, "EUR"), source_id="x", **names)
        with pytest.raises(KeyError):
            ledger.post("gift", Money(5, "EUR"), source_id="x", **names)
    with pytest.raises(IntegrityError), db.transaction():
        ledger.post("capture", Money(1999, "EUR"), source_id=payment.attempt_id, **names)


def test_every_entry_is_seen_from_both_sides(till):
    till.pay()
    till.pay(amount=500, currency="USD")
    lines = db.session().execute(
        text("SELECT currency, SUM(amount_minor) FROM ledger_lines GROUP BY currency")
    )
    assert {currency: int(amount) for currency, amount in lines} == {"EUR": 0, "USD": 0}


def test_migrations_are_in_step_with_the_models(till):
    assert schema.drift(db.engine()) == []
    assert schema.current(db.engine()) == schema.head()
