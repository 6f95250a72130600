"""The writes of one transaction: gathered, and sent together before the next read and before the commit.

On PostgreSQL what was gathered is one statement, `WITH w0 AS (INSERT …), w1 AS (UPDATE …) …`: a round trip and its
overhead cost more than the work of a row. A row is in a batch once (a second change joins the first), and of a table
only inserts or only updates, because PostgreSQL promises no order among the parts of such a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Table
from sqlalchemy.engine import Connection, Dialect

Processor = Callable[[Any], Any]
_CONSTANTS = {None: "NULL", True: "TRUE", False: "FALSE"}

SHAPES = 1000  # more than the product has: its writes have a few dozen shapes, on one dialect


@dataclass(slots=True)
class Write:
    """One row to be inserted, or some of its columns to be changed."""

    table: Table
    row_id: str
    is_insert: bool
    values: dict[str, Any]


class Shape(NamedTuple):
    """A write without its values: each column with the constant that is written to it, or with nothing."""

    table: Table
    columns: tuple[tuple[str, str], ...]
    is_insert: bool


class Writes:
    """What waits to be sent."""

    def __init__(self) -> None:
        self._by_row: dict[tuple[str, str], Write] = {}
        self._kinds: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._by_row)

    def accepts(self, table: Table, row_id: str, *, is_insert: bool) -> bool:
        """Whether the write may go into the same batch as those that wait."""
        if (table.name, row_id) in self._by_row:
            return not is_insert
        return self._kinds.get(table.name, is_insert) is is_insert

    def add(self, write: Write) -> None:
        """Put a write with the others. Changes to a row that waits join it."""
        waiting = self._by_row.setdefault((write.table.name, write.row_id), write)
        if waiting is write:
            self._kinds[write.table.name] = write.is_insert
        else:
            waiting.values.update(write.values)

    def send(self, connection: Connection) -> None:
        """Write everything that waits. Raises LookupError when a row to be changed is not there."""
        batch = tuple(self._by_row.values())
        self._by_row, self._kinds = {}, {}
        together = connection.dialect.name == "postgresql" and len(batch) > 1
        written = _together(connection, batch) if together else _one_by_one(connection, batch)
        for write, count in zip(batch, written, strict=True):
            if count != 1:
                raise LookupError(f"{write.table.name} {write.row_id} is not there")


def insert_unless_there(connection: Connection, write: Write) -> bool:
    """Insert a row now, unless it breaks a unique constraint; tells whether it is new."""
    shape, parameters = _taken_apart(connection.dialect, write)
    statement = f"{_sql(connection.dialect, shape)} ON CONFLICT DO NOTHING RETURNING id"
    return connection.exec_driver_sql(statement, tuple(parameters)).first() is not None


def _one_by_one(connection: Connection, batch: Sequence[Write]) -> list[int]:
    dialect = connection.dialect
    return [
        connection.exec_driver_sql(_sql(dialect, shape), tuple(parameters)).rowcount
        for shape, parameters in (_taken_apart(dialect, write) for write in batch)
    ]


def _together(connection: Connection, batch: Sequence[Write]) -> Sequence[int]:
    shapes, parameters = [], []
    for write in batch:
        shape, values = _taken_apart(connection.dialect, write)
        shapes.append(shape)
        parameters += values
    statement = _one_statement(connection.dialect, tuple(shapes))
    return connection.exec_driver_sql(statement, tuple(parameters)).one()


def _taken_apart(dialect: Dialect, write: Write) -> tuple[Shape, list[Any]]:
    """What the statement is made of, and what is told to it.

    NULL, TRUE and FALSE are part of the statement: the driver reads one with more than 50 parameters anew each time.
    """
    processors = _processors(dialect, write.table)
    columns, parameters = [], []
    for name, value in write.values.items():
        if value is None or value is True or value is False:
            columns.append((name, _CONSTANTS[value]))
            continue
        process = processors.get(name)
        columns.append((name, ""))
        parameters.append(process(value) if process else value)
    if not write.is_insert:
        parameters.append(write.row_id)
    return Shape(write.table, tuple(columns), write.is_insert), parameters


# What follows is made once per shape of a write.


@lru_cache(SHAPES)
def _processors(dialect: Dialect, table: Table) -> dict[str, Processor]:
    """How the values of each column are made fit for the driver, where they are not already."""
    found = {
        column.name: column.type.dialect_impl(dialect).bind_processor(dialect)
        for column in table.columns
    }
    return {name: process for name, process in found.items() if process is not None}


@lru_cache(SHAPES)
def _sql(dialect: Dialect, shape: Shape) -> str:
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    table, columns, is_insert = quote(shape.table.name), shape.columns, shape.is_insert
    if is_insert:
        names = ", ".join(quote(name) for name, _ in columns)
        values = ", ".join(constant or mark for _, constant in columns)
        return f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 -- names of ours
    changes = ", ".join(f"{quote(name)} = {constant or mark}" for name, constant in columns)
    return f"UPDATE {table} SET {changes} WHERE id = {mark}"  # noqa: S608


@lru_cache(SHAPES)
def _one_statement(dialect: Dialect, shapes: tuple[Shape, ...]) -> str:
    """All writes in one; the answer has one column per write: how many rows it touched."""
    parts = [f"w{n} AS ({_sql(dialect, shape)} RETURNING 1)" for n, shape in enumerate(shapes)]
    counts = [f"(SELECT count(*) FROM w{n})" for n in range(len(shapes))]  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"
