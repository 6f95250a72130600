"""A witness inside the database: triggers write down every change of status and every event, in their order."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, text

from models.lifecycle import ATTEMPT, OPERATIONS

_WATCHED = ("payments", "attempts", "operations")
# What can happen to a payment only once, whatever is retried, repeated or told late.
_ONCE = {
    "payment.created",
    "payment.captured",
    "payment.authorized",
    "payment.canceled",
    "payment.expired",
}
_TAKEN = {"captured", "partially_refunded", "refunded", "chargeback"}
# payment status → what may still follow. Of those that are not here anything may.
_AFTER: dict[str, set[str]] = {"canceled": set(), "expired": set(), **dict.fromkeys(_TAKEN, _TAKEN)}


class Line(NamedTuple):
    """`subject` (a row of `about`) went from `was` to `now`; for an event, `was` is its type, `now` the status it tells."""

    payment_id: str
    subject: str
    about: str
    was: str | None
    now: str


def install(connection: Connection) -> None:
    """Let the database keep the journal."""
    postgresql = connection.dialect.name == "postgresql"
    key = "BIGSERIAL PRIMARY KEY" if postgresql else "INTEGER PRIMARY KEY AUTOINCREMENT"
    columns = "payment_id TEXT, subject TEXT, about TEXT, was TEXT, now TEXT"
    connection.execute(text(f"CREATE TABLE journal (seq {key}, {columns})"))
    told = "NEW.data->>'status'" if postgresql else "json_extract(NEW.data, '$.status')"
    write = "INSERT INTO journal (payment_id, subject, about, was, now) VALUES ({}, NEW.id, {}, {}, {});"
    _trigger(
        connection, "events", "INSERT", write.format("NEW.payment_id", "'events'", "NEW.type", told)
    )
    for table in _WATCHED:
        payment = "NEW.id" if table == "payments" else "NEW.payment_id"
        about = "'operations' || NEW.kind" if table == "operations" else f"'{table}'"
        _trigger(connection, table, "INSERT", write.format(payment, about, "NULL", "NEW.status"))
        _trigger(
            connection, table, "UPDATE", write.format(payment, about, "OLD.status", "NEW.status")
        )


def _trigger(connection: Connection, table: str, when: str, write: str) -> None:
    name = f"journal_{table}_{when.lower()}"
    changed = "WHEN (OLD.status <> NEW.status)" if when == "UPDATE" else ""
    trigger = f"CREATE TRIGGER {name} AFTER {when} ON {table}"
    if connection.dialect.name == "postgresql":
        function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        connection.exec_driver_sql(f"{function} $$ BEGIN {write} RETURN NULL; END $$")
        connection.exec_driver_sql(f"{trigger} FOR EACH ROW {changed} EXECUTE FUNCTION {name}()")
    else:
        connection.exec_driver_sql(f"{trigger} {changed} BEGIN {write} END")


def remove(connection: Connection) -> None:
    """Leave the database as it was."""
    if connection.dialect.name == "postgresql":
        for table in ("events", *_WATCHED):
            for when in ("insert", "update"):
                connection.execute(text(f"DROP FUNCTION IF EXISTS journal_{table}_{when} CASCADE"))
    connection.execute(text("DROP TABLE journal"))


def lines(connection: Connection) -> list[Line]:
    query = text("SELECT payment_id, subject, about, was, now FROM journal ORDER BY seq")
    return [Line(*row) for row in connection.execute(query)]


def broken(told: list[Line]) -> Iterator[str]:
    """O4: every change of a payment's status is told by an event, in their order. O5: nothing goes backwards."""
    for payment_id in dict.fromkeys(line.payment_id for line in told):
        yield from _untold([line for line in told if line.payment_id == payment_id])
    for line in told:
        if line.about == "payments" and line.now not in _AFTER.get(str(line.was), {line.now}):
            yield f"{line.subject} went from {line.was} to {line.now}"
        machine = (
            ATTEMPT if line.about == "attempts" else OPERATIONS.get(line.about[len("operations") :])
        )
        if machine is None:
            continue
        # What is inserted and changed in one transaction may be written in one go.
        was = "started" if line.was is None else line.was
        if line.now != was and line.now not in machine.reachable(was):
            yield f"{line.subject} went from {line.was} to {line.now}"


def _untold(told: list[Line]) -> Iterator[str]:
    """The two are compared as sequences: a transaction may send its writes in another order than it made them."""
    walk = [line.now for line in told if line.about == "payments"]
    heard = [line for line in told if line.about == "events"]
    rest = iter(line.now for line in heard)
    if not all(status in rest for status in walk):
        yield f"{told[0].payment_id} went {walk}, and told {[line.now for line in heard]}"
    if heard and walk and heard[-1].now != walk[-1]:
        yield f"{told[0].payment_id} is {walk[-1]}, and its last event says {heard[-1].now}"
    for kind in _ONCE:
        times = sum(line.was == kind for line in heard)
        if times > 1:
            yield f"{told[0].payment_id}: {times} times {kind}"
