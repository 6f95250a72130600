"""The database: one session per context, and the only place that writes and commits.

Reads are free. Writes need `transaction()` and are always a visible call: `insert`, `update`. They are sent together,
before the next read and before the commit (`models.writes`). There is no hidden flush: an attribute assigned to a
loaded row is an error at the next query, not a silent UPDATE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Engine, MetaData, Select, Table, bindparam, create_engine, event, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, Session, sessionmaker
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from models import clock, postgresql, writes
from models.columns import JSON_OR_NULL, UtcDateTime
from models.writes import Write, Writes


class NestedTransaction(RuntimeError):
    """A transaction was opened inside another."""


class NetworkInsideTransaction(RuntimeError):
    """A provider would have been called while a transaction holds locks."""


class WriteOutsideTransaction(RuntimeError):
    """A row was written with no transaction open, or by assigning to an attribute."""


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Every table. Constraints have names, or SQLite migrations could not drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy reads it from the class
        datetime: UtcDateTime(),
        dict[str, Any]: JSON_OR_NULL,
        list[dict[str, Any]]: JSON_OR_NULL,
        list[str]: JSON_OR_NULL,
    }
    id: Any


Row = TypeVar("Row", bound=Base)

_maker = sessionmaker(expire_on_commit=False)
_session: ContextVar[Session | None] = ContextVar("session", default=None)
_open: ContextVar[bool] = ContextVar("transaction_open", default=False)
_after: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)
_writes: ContextVar[Writes] = ContextVar("writes", default=Writes())  # noqa: B039 -- nothing is ever put into the default


# Errors name the statement and not its values: e-mail addresses and credentials stay out of the log.
_QUIET: dict[str, Any] = {"hide_parameters": True}


def be_patient() -> None:
    """From now on this context waits for a connection as one that has asked a provider does; until `remove`."""
    postgresql.has_asked.set(True)


def is_away(error: BaseException) -> bool:
    """Whether the database could not be reached, or had no connection to spare in time."""
    return isinstance(error, NoConnection | OperationalError)


def connect(uri: str, *, pool_size: int = 8) -> Engine:
    """Open the database for this process. `sqlite:///path` or `postgresql://…` (psycopg 3)."""
    if uri.startswith("sqlite"):
        engine = create_engine(
            uri, connect_args={"timeout": 30, "check_same_thread": False}, **_QUIET
        )
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        engine = postgresql.open_pool(uri, size=pool_size, **_QUIET)
    event.listen(engine, "before_cursor_execute", lambda *_: _send())
    _maker.configure(bind=engine)
    return engine


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = (
        None  # the driver starts no transactions of its own: _sqlite_begin does
    )
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    # With a plain BEGIN, two transactions that read and then write fail with "database is locked" (158 of 400
    # measured), or worse, decide on what the other is about to change. Writers queue from the start instead.
    # (Said to the driver itself: a statement would first send the writes that wait, and they come after BEGIN.)
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if _open.get() else "BEGIN")


def engine() -> Engine:
    """The engine of this process."""
    return cast("Engine", _maker.kw["bind"])


def session() -> Session:
    """This context's session, for reading."""
    found = _session.get()
    if found is None:
        found = _maker()
        _session.set(found)
    return found


@contextmanager
def transaction() -> Iterator[Session]:
    """One atomic phase: commit on the way out, roll back on error. Transactions do not nest.

    Raises NestedTransaction.
    """
    if _open.get():
        raise NestedTransaction("finish the first transaction before you open another")
    release()
    opened, waiting, gathered = _open.set(True), _after.set([]), _writes.set(Writes())
    try:
        yield session()
        _send()
        session().commit()
        actions = _after.get() or []
    except BaseException:
        session().rollback()
        raise
    finally:
        _open.reset(opened)
        _after.reset(waiting)
        _writes.reset(gathered)
    for action in actions:
        action()


def _send() -> None:
    """Send the writes that wait, so that what is read next sees them."""
    if waiting := _writes.get():
        waiting.send(session().connection())


def after_commit(action: Callable[[], None]) -> None:
    """Call `action` once the open transaction is durable; never if it rolls back. For hints only, not for duties."""
    _need_transaction()
    waiting = _after.get()
    assert waiting is not None
    if action not in waiting:
        waiting.append(action)


def release() -> None:
    """Give the connection back before the network. Raises NetworkInsideTransaction while a transaction is open."""
    if _open.get():
        raise NetworkInsideTransaction("commit first, then call the provider")
    found = _session.get()
    if found is not None:
        found.commit()  # a read ends; loaded rows stay readable


def remove() -> None:
    """End this context's session (a request or a job is over)."""
    found = _session.get()
    if found is not None:
        found.close()
        _session.set(None)
    postgresql.has_asked.set(False)


def in_transaction() -> bool:
    """Whether a transaction is open in this context."""
    return _open.get()


def _need_transaction() -> None:
    if not _open.get():
        raise WriteOutsideTransaction("write inside `with transaction():`")


@event.listens_for(Session, "before_flush")
def _refuse_flush(flushed: Session, _context: object, _instances: object) -> None:
    if flushed.new or flushed.dirty or flushed.deleted:
        raise WriteOutsideTransaction(
            "use db.insert() and db.update(): nothing is written by assignment"
        )


def lock(model: type[Row], row_id: str) -> Row | None:
    """Read one row for changing: nobody else changes it until this transaction ends. None if it does not exist.

    `populate_existing`, because `with_for_update` alone does not refresh a row that is already loaded.
    """
    _need_transaction()
    return session().scalars(_locking(model), {"row_id": row_id}).one_or_none()


@cache
def _locking(model: type[Row]) -> Select[Row]:
    one = select(model).where(model.id == bindparam("row_id"))
    return one.with_for_update().execution_options(populate_existing=True)


def take_due(moment: Any, limit: int, *conditions: Any) -> Sequence[Any]:
    """For changing: rows whose `moment` (a column) has come, the longest due first, without what others hold."""
    _need_transaction()
    query = select(moment.class_).where(moment <= clock.now(), *conditions).order_by(moment)
    free = query.limit(limit).with_for_update(skip_locked=True)
    return session().scalars(free.execution_options(populate_existing=True)).all()


def insert(*rows: Base) -> None:
    """Insert new rows, made by their constructors, in this order."""
    for row in rows:
        table = cast("Table", row.__table__)
        _write(Write(table, row.id, is_insert=True, values=_values(row, table)))


def _write(write: Write) -> None:
    """Put a write with those that wait; what cannot go together with it is sent before."""
    _need_transaction()
    waiting = _writes.get()
    if not waiting.accepts(write.table, write.row_id, is_insert=write.is_insert):
        waiting.send(session().connection())
    waiting.add(write)


def insert_unless_there(row: Base) -> bool:
    """Insert a row unless it breaks a unique constraint; tells whether it is new. Waits for a rival's commit."""
    _need_transaction()
    table = cast("Table", row.__table__)
    write = Write(table, row.id, is_insert=True, values=_values(row, table))
    return writes.insert_unless_there(session().connection(), write)


def update(row: Base, **changes: Any) -> None:
    """Write `changes` to the row in the database and to the object in hand."""
    update_by_id(type(row), row.id, **changes)
    for name, value in changes.items():
        set_committed_value(row, name, value)


def update_by_id(model: type[Base], row_id: str, **changes: Any) -> None:
    """Write `changes` to a row that need not be loaded. Raises LookupError, at the commit, when it is not there."""
    table = cast("Table", model.__table__)
    _write(Write(table, row_id, is_insert=False, values=changes))


def _values(row: Base, table: Table) -> dict[str, Any]:
    """What the constructor was given, over the columns' defaults."""
    defaults, given = _defaults(table), row.__dict__
    return defaults | {name: given[name] for name in _names(table) if name in given}


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


@cache
def _defaults(table: Table) -> dict[str, Any]:
    found = ((column.name, column.default) for column in table.columns)
    return {
        name: default.arg
        for name, default in found
        if isinstance(default, ScalarElementColumnDefault)
    }
