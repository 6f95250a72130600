"""Whoever changes the audit trail behind our back is found out, with the place; and nobody else is suspected."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DatabaseError

from app import cli_audit, doctor, seals
from app.seals import Head
from models import AuditRow, Seal, audit, clock, db
from tasks import clock as ticking
from tests.till import Till

OURS, OTHER = "x" * 32, "y" * 32


def keys(secret: str, *old: str) -> None:
    settings: Any = SimpleNamespace(secret_key=secret, old_secret_keys=old)
    seals.configure(settings)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli_audit.group, words)


def act(*names: str) -> list[str]:
    """Acts, each in a transaction; the ids of their rows."""
    for name in names:
        with db.transaction():
            audit.write("usr_ada", name, "rul_1", rate=0.1, words="día ☂", before=None)
    query = select(AuditRow.id).where(AuditRow.action.in_(names)).order_by(AuditRow.id)
    return list(db.session().scalars(query))


@pytest.fixture
def rows(till: Till) -> list[str]:
    """Six rows, two under each of three seals."""
    ids = []
    for number in range(3):
        ids += act(f"a{number}", f"b{number}")
        assert seals.seal() == 2
    assert list(seals.verify()) == []
    return ids


def behind(*statements: str, **values: object) -> None:
    """Change the database as somebody does who may do everything in it: triggers are not asked."""
    db.release()
    with db.engine().begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            found = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            )
            for name in found.scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            assert connection.execute(text(statement), values).rowcount > 0, statement
    db.session().expire_all()


def told() -> list[str]:
    """What is found, without the moment of each seal."""
    found = [*seals.verify()]
    db.release()
    return [line.split(" of 20")[0] + line.partition("Z")[2] for line in found]


ROW = "UPDATE audit_rows SET {} WHERE id = :row"
EDITS = (
    ROW.format("actor = 'usr_eve'"),
    ROW.format("action = 'nothing'"),
    ROW.format("target_id = 'rul_2'"),
    ROW.format("details = '{}'"),
    ROW.format("created_at = '2020-01-01 00:00:00.000000'"),
)


@pytest.mark.parametrize("statement", EDITS)
def test_an_edited_row_is_named(rows, statement):
    behind(statement, row=rows[2])
    assert told() == [f"Edited: audit row {rows[2]} under seal 2."]


def test_a_deleted_row_is_named(rows):
    behind("DELETE FROM audit_rows WHERE id = :row", row=rows[3])
    assert told() == [f"Deleted: audit row {rows[3]} under seal 2."]


def test_a_row_that_was_added_afterwards_is_named(rows):
    behind(
        "INSERT INTO audit_rows (id, actor, action, target_id, details, created_at, seal) SELECT 'aud_x', actor,"
        " 'forged', target_id, details, created_at, seal FROM audit_rows WHERE id = :row",
        row=rows[0],
    )
    assert told() == ["Added afterwards: audit row aud_x under seal 1."]


def test_rows_that_changed_places_are_named(rows):
    """What they say was swapped; or the seals that they are under."""
    names = {"a": rows[0], "b": rows[2]}
    behind("UPDATE audit_rows SET actor = 'a0' WHERE id = :a", a=rows[0])
    behind(
        "UPDATE audit_rows SET seal = CASE seal WHEN 1 THEN 2 ELSE 1 END WHERE id IN (:a, :b)",
        **names,
    )
    found = told()
    assert f"Moved: audit row {rows[0]} from seal 1 to seal 2." in found
    assert f"Moved: audit row {rows[2]} from seal 2 to seal 1." in found


def test_a_row_that_is_sealed_a_second_time_is_named(rows):
    """Its seal was taken away, so that what it says now would be sealed as if it were new."""
    behind("UPDATE audit_rows SET seal = NULL, actor = 'usr_eve' WHERE id = :row", row=rows[1])
    assert told() == [f"Moved: audit row {rows[1]} from seal 1 to no seal."]
    assert seals.seal() == 1
    assert told() == [f"Moved: audit row {rows[1]} from seal 1 to seal 4."]


def test_seals_that_changed_places_are_named(rows):
    swap = "UPDATE audit_seals SET id = {} WHERE id = {}"
    behind(swap.format(99, 1), swap.format(1, 2), swap.format(2, 99))
    found = told()
    for number in (1, 2):
        assert (
            f"Edited: seal {number} is not as it was made, or stands in another one's place."
            in found
        )


@pytest.mark.parametrize(
    "change",
    [
        "key = key, created_at = '2020-01-01 00:00:00.000000'",
        "previous = digest",
        "rows = '{}'",
        "digest = previous",
    ],
)
def test_an_edited_seal_is_named(rows, change):
    behind(f"UPDATE audit_seals SET {change} WHERE id = 2")
    found = told()
    assert found[0] == "Edited: seal 2 is not as it was made, or stands in another one's place."
    assert not [line for line in found if "seal 1" in line]


def test_a_row_and_its_seal_that_were_edited_together_are_found_by_the_key(rows):
    """Everything is computed anew, the chain after it too, with a key of one's own: the key's name tells."""
    behind(ROW.format("actor = 'usr_eve'"), row=rows[0])
    keys(OTHER)
    before, change = seals.NONE, "UPDATE audit_seals SET {} WHERE id = :id"
    for number in (1, 2, 3):
        seal = SimpleNamespace(**seals._seal(number)._asdict())
        under = db.session().execute(select(seals._ROWS).where(AuditRow.seal == number))
        seal.rows = {row.id: seals._fingerprint(row) for row in under}
        seal.previous = before.digest
        seal.digest = seals._digest(seal, *seals._keys.values())
        before = Head(number, seal.digest)
        new = {
            "id": number,
            "rows": json.dumps(seal.rows),
            "previous": seal.previous,
            "digest": seal.digest,
        }
        behind(change.format("rows = :rows, previous = :previous, digest = :digest"), **new)
    keys(OURS)
    assert told() == [
        f"Edited: seal {n} is not as it was made, or stands in another one's place."
        for n in (1, 2, 3)
    ]


def test_a_seal_that_was_cut_out_of_the_middle_is_named(rows):
    behind("DELETE FROM audit_seals WHERE id = 2", "DELETE FROM audit_rows WHERE seal = 2")
    assert told() == ["Cut out: seal 2, before seal 3."]


def test_what_a_seal_left_behind_is_named(rows):
    behind("DELETE FROM audit_seals WHERE id IN (1, 2)")
    assert told() == [
        "Cut out: seals 1 to 2, before seal 3.",
        "Without its seal: 2 audit rows say that they are under seal 1, which is not here.",
        "Without its seal: 2 audit rows say that they are under seal 2, which is not here.",
    ]


def test_a_tail_that_was_cut_off_is_found_by_its_head(rows):
    head = seals.head()
    assert list(seals.written_down(head)) == []
    behind("DELETE FROM audit_seals WHERE id > 1", "DELETE FROM audit_rows WHERE seal > 1")
    assert told() == []  # nothing in here can tell
    assert list(seals.written_down(head)) == [
        "Cut off: the tail from seal 2, for seal 3 was written down."
    ]
    act("x", "y")
    for _ in range(3):
        seals.seal()
        act("z")
    assert told() == []
    assert list(seals.written_down(head)) == [
        "Forked: seal 3 here is another than the one that was written down, or is missing."
    ]


def test_two_that_seal_on_from_one_copy_are_a_fork(rows):
    """Seal 3 is taken back and made anew over other words; the old one's successor is put behind it again."""
    act("late")
    assert seals.seal() == 1
    fourth = seals._seal(4)._asdict()
    behind(
        "DELETE FROM audit_seals WHERE id IN (3, 4)",
        "UPDATE audit_rows SET seal = NULL, actor = 'usr_eve' WHERE seal = 3",
    )
    assert seals.seal() == 2
    assert told() == [
        "Without its seal: 1 audit rows say that they are under seal 4, which is not here."
    ]
    with db.transaction() as session:
        session.execute(insert(seals._SEALS), fourth)
    assert told() == ["Forked: seal 4 does not follow the seal 3 that is here."]


def test_garbage_in_a_cell_is_a_finding_and_no_crash(rows):
    if db.engine().dialect.name == "postgresql":  # it keeps no garbage in these columns
        with pytest.raises(DatabaseError):
            behind(ROW.format("details = '{nothing'"), row=rows[0])
        assert told() == []
        return
    behind(ROW.format("details = '{nothing'"), row=rows[0])
    behind(
        "UPDATE audit_seals SET rows = '[1]' WHERE id = 2",
        "UPDATE audit_seals SET created_at = 'x' WHERE id = 3",
    )
    found = told()
    for number in (1, 2, 3):
        assert [line for line in found if line.startswith("Edited: ") and f"seal {number}" in line]


def test_another_key_is_told_as_that_and_a_former_one_is_believed(rows):
    keys(OTHER)
    act("after the change")
    assert seals.seal() == 1
    [line] = told()
    assert line.startswith("Not checked: seals 1 to 3 (3 in all) by another SECRET_KEY")
    assert "OLD_SECRET_KEY" in line
    keys(OTHER, OURS)
    assert told() == []
    keys(OURS)
    [line] = told()
    assert line.startswith("Not checked: seal 4 (1 in all) by another SECRET_KEY")


def test_without_the_key_a_careless_edit_is_still_seen(rows):
    keys(OTHER)
    behind(ROW.format("actor = 'usr_eve'"), row=rows[2])
    assert told()[0] == f"Edited: audit row {rows[2]} under seal 2."


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_rows SET seal = NULL WHERE seal = 1",
        "UPDATE audit_rows SET seal = 7 WHERE seal = 1",
        "UPDATE audit_rows SET actor = 'x' WHERE seal = 1",
        "UPDATE audit_rows SET actor = 'x', seal = 4 WHERE seal IS NULL",
        "UPDATE audit_rows SET details = '{}', seal = 4 WHERE seal IS NULL",
        "UPDATE audit_rows SET seal = NULL WHERE seal IS NULL",
        "DELETE FROM audit_rows WHERE seal IS NULL",
        "DELETE FROM audit_rows",
        "UPDATE audit_seals SET rows = '{}'",
        "DELETE FROM audit_seals",
    ],
)
def test_the_database_refuses_every_change_but_the_seal(rows, statement):
    act("waits")
    with pytest.raises(DatabaseError, match="append-only"), db.transaction() as session:
        session.execute(text(statement))
    assert seals.seal() == 1
    assert told() == []


def test_what_waits_is_sealed_by_the_clock_after_a_minute(till, monkeypatch):
    monkeypatch.setattr(ticking.nightly, "begin", lambda: False)
    act("first")
    ticking.tick(till.config)
    assert seals.head() == seals.NONE
    till.later(seconds=61)
    act("second")
    ticking.tick(till.config)
    assert seals.head().number == 1
    ticking.tick(till.config)
    assert seals.head().number == 1
    assert len(db.session().get_one(Seal, 1).rows) == 2


def test_a_backlog_is_sealed_in_batches(till):
    act(*(f"n{number}" for number in range(5)))
    assert [seals.seal(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert told() == []


def test_a_row_that_is_committed_late_is_not_missed(till):
    """Its id is smaller than that of what was sealed already."""
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with db.transaction():
            audit.write("usr_ada", "slow", "rul_1")
            begun.set()
            go_on.wait(60)
        db.remove()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slow)
        begun.wait(60)
        if db.engine().dialect.name == "postgresql":  # SQLite has one writer at a time
            act("quick")
            assert seals.seal() == 1
        go_on.set()
        waiting.result()
    assert seals.seal() == 1
    assert told() == []


def test_who_is_overtaken_while_sealing_does_nothing(till, monkeypatch):
    """Another one has sealed since we read which seal is the last: the number is taken, and it is the lock."""
    act("one")
    old = seals.head()
    assert seals.seal() == 1
    act("two")
    monkeypatch.setattr(seals, "head", lambda: old)
    assert seals.seal() == 0
    monkeypatch.undo()
    assert (seals.head().number, seals.seal()) == (1, 1)
    assert told() == []


def test_sealers_at_once_do_not_fork(till):
    act(*(f"n{number}" for number in range(12)))
    both = threading.Barrier(4)

    def seal() -> int:
        both.wait()
        done = sum(seals.seal(limit=1) for _ in range(6))
        db.remove()
        return done

    with ThreadPoolExecutor(4) as pool:
        sealed = sum(done.result() for done in [pool.submit(seal) for _ in range(4)])
    while more := seals.seal():
        sealed += more
    assert sealed == 12
    assert told() == []
    assert seals.head().number <= 12


def test_what_should_be_sealed_and_is_not_is_told(till):
    act("waits")
    assert list(seals.late()) == []
    since = clock.iso(clock.now())[:16]
    till.later(minutes=11)
    [line] = seals.late()
    assert line.startswith(f"Not sealed: 1 audit rows, since {since}")


def trail(config) -> doctor.Finding:
    return next(one for one in doctor.examine(config) if one.what.startswith("audit trail"))


def test_the_doctor_looks_at_the_last_seals(rows, till, monkeypatch):
    assert str(trail(till.config)) == "ok    audit trail: sealed, head 3"
    behind(ROW.format("actor = 'usr_eve'"), row=rows[0])
    assert trail(till.config).is_bad
    monkeypatch.setattr(doctor, "_SEALS", 2)
    assert not trail(till.config).is_bad
    monkeypatch.setattr(doctor, "_SEALS", 3)
    assert "audit verify" in str(trail(till.config))


def test_the_operator_keeps_a_head_and_verifies_with_it(rows):
    head = run("head").output.strip()
    assert head == str(seals.head())
    answer = run("verify", "--head", head)
    assert (answer.exit_code, answer.output) == (0, f"The audit trail is whole. Head: {head}\n")
    behind("DELETE FROM audit_rows WHERE id = :row", row=rows[5])
    answer = run("verify", "--head", f"9:{'0' * 64}")
    assert answer.exit_code == 1
    assert [line.partition(":")[0] for line in answer.output.splitlines()] == ["Deleted", "Cut off"]


@pytest.mark.parametrize(
    "head", ["", "3", "x:y", f":{'0' * 64}", f"3:{'0' * 63}", f"-1:{'0' * 64}"]
)
def test_a_head_that_is_none_is_refused(till, head):
    answer = run("verify", "--head", head)
    assert answer.exit_code == 2
    assert "NUMBER:DIGEST" in answer.output


def test_an_empty_trail_is_whole(till):
    assert run("head").output == f"0:{'0' * 64}\n"
    assert run("verify", "--head", f"0:{'0' * 64}").exit_code == 0


def test_the_head_is_logged_where_no_database_can_change_it(till, caplog):
    caplog.set_level("INFO", "till.seals")
    act("one")
    seals.seal()
    assert f"audit head {seals.head()}" in caplog.text
