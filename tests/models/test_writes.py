"""Writes wait for each other, and lose nothing by it."""

import pytest
from sqlalchemy import event, select, text

from models import Attempt, AuditRow, Case, Merchant, Payment, audit, db
from models.ids import new_id


@pytest.fixture
def sent(till):
    """Every statement that reaches the database, from now on."""
    found: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        found.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    yield found
    event.remove(db.engine(), "before_cursor_execute", note)


def payment(till, **more) -> Payment:
    till.has_books = False
    fields = {"merchant_id": till.merchant.id, "currency": "EUR", "total_minor": 1000}
    return Payment(id=new_id("pay"), **{**fields, **more})


def attempt(row: Payment, **more) -> Attempt:
    fields = {"provider": "stripe", "amount_minor": 1000, "currency": "EUR"}
    return Attempt(id=new_id("att"), payment_id=row.id, **{**fields, **more})


def fresh(model, row_id):
    return db.session().get(model, row_id, populate_existing=True)


def test_what_is_written_together_is_sent_together(till, sent):
    row = payment(till)
    tries = [attempt(row, status="declined"), attempt(row)]
    with db.transaction():
        db.insert(row, *tries)
        audit.write("somebody", "tried", row.id, note="100 % 'quoted' {it}")
        assert sent == []
    is_one = db.engine().dialect.name == "postgresql"
    assert len(sent) == (1 if is_one else 4)
    assert fresh(Payment, row.id).status == "pending"
    assert {fresh(Attempt, each.id).status for each in tries} == {"declined", "started"}
    noted = db.session().scalars(select(AuditRow).where(AuditRow.target_id == row.id)).one()
    assert noted.details == {"note": "100 % 'quoted' {it}"}


def test_a_read_sees_what_was_written_before_it(till):
    with db.transaction() as session:
        db.update(till.merchant, name="Other")
        counted = session.execute(text("SELECT count(*) FROM merchants WHERE name = 'Other'"))
        assert counted.scalar_one() == 1
        db.update(till.merchant, name="Third")
        assert db.lock(Merchant, till.merchant.id).name == "Third"


def test_a_second_change_to_a_row_joins_the_first(till, sent):
    row = payment(till)
    with db.transaction():
        db.insert(row)
        db.update(row, description="first", captured_minor=10)
        db.update(row, description="second")
    assert len(sent) == 1
    found = fresh(Payment, row.id)
    assert (found.description, found.captured_minor, found.total_minor) == ("second", 10, 1000)


def test_an_old_attempt_makes_room_for_a_new_one(till):
    """The order of two writes to one table matters, so they do not go together."""
    row = payment(till)
    old, new = attempt(row), attempt(row)
    with db.transaction():
        db.insert(row, old)
    with db.transaction():
        db.update(old, status="declined")
        db.insert(new)
        db.update(new, status="challenged")
        db.update(old, checks=3)
    assert (fresh(Attempt, old.id).status, fresh(Attempt, old.id).checks) == ("declined", 3)
    assert fresh(Attempt, new.id).status == "challenged"


def test_a_row_that_is_not_there_cannot_be_changed(till):
    row = payment(till)

    def change() -> None:
        with db.transaction():
            db.update(till.merchant, name="Other")
            db.update_by_id(Payment, row.id, description="x")

    with pytest.raises(LookupError, match=f"payments {row.id}"):
        change()
    assert fresh(Merchant, till.merchant.id).name == "Acme"


def test_what_a_rollback_takes_back_is_not_sent_later(till):
    row = payment(till)

    def fail() -> None:
        with db.transaction():
            db.insert(row)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with db.transaction():
        db.update(till.merchant, name="Other")
    assert fresh(Payment, row.id) is None


def test_the_same_contradiction_told_twice_waits_for_what_was_written_before(till):
    row = payment(till)
    case = {"payment_id": row.id, "kind": "mismatch", "fingerprint": "f1"}
    with db.transaction():
        db.insert(row)
        assert db.insert_unless_there(Case(id=new_id("case"), **case))
        assert not db.insert_unless_there(Case(id=new_id("case"), **case))
