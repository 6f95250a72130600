"""The writes of one transaction: gathered, and sent together before the next read and before the commit.

On PostgreSQL what was gathered is one statement, `WITH w0 AS (INSERT …), w1 AS (UPDATE …) …`: a round trip and its
overhead cost more than the work of a row. A row is in a batch once (a second change joins the first), and of a table
only inserts or only updates, because PostgreSQL promises no order among the parts of such a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.engine import Connection, Dialect

Processor = Callable[[Any], Any]

SHAPES = 1000  # more than the product has: its writes have a few dozen shapes, on one dialect


@dataclass(slots=True)
class Write:
    """One row to be inserted, or some of its columns to be changed."""

    table: Table
    row_id: str
    is_insert: bool
    values: dict[str, Any]


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


def _one_by_one(connection: Connection, batch: Sequence[Write]) -> list[int]:
    dialect = connection.dialect
    return [
        connection.exec_driver_sql(
            _sql(dialect, write.table, tuple(write.values), is_insert=write.is_insert),
            _parameters(dialect, write),
        ).rowcount
        for write in batch
    ]


def _together(connection: Connection, batch: Sequence[Write]) -> Sequence[int]:
    dialect = connection.dialect
    shape = tuple((write.table, tuple(write.values), write.is_insert) for write in batch)
    parameters = [value for write in batch for value in _parameters(dialect, write)]
    return connection.exec_driver_sql(_one_statement(dialect, shape), tuple(parameters)).one()


def _parameters(dialect: Dialect, write: Write) -> tuple[Any, ...]:
    processors = _processors(dialect, write.table)
    found = [
        value if (process := processors.get(name)) is None else process(value)
        for name, value in write.values.items()
    ]
    return tuple(found) if write.is_insert else (*found, write.row_id)


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
def _sql(dialect: Dialect, table: Table, columns: tuple[str, ...], *, is_insert: bool) -> str:
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    if is_insert:
        names = ", ".join(map(quote, columns))
        marks = ", ".join([mark] * len(columns))
        return f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})"  # noqa: S608 -- names of ours
    changes = ", ".join(f"{quote(name)} = {mark}" for name in columns)
    return f"UPDATE {quote(table.name)} SET {changes} WHERE id = {mark}"  # noqa: S608


@lru_cache(SHAPES)
def _one_statement(dialect: Dialect, shape: tuple[tuple[Table, tuple[str, ...], bool], ...]) -> str:
    """All writes in one; the answer has one column per write: how many rows it touched."""
    parts = [
        f"w{place} AS ({_sql(dialect, table, columns, is_insert=is_insert)} RETURNING 1)"
        for place, (table, columns, is_insert) in enumerate(shape)
    ]
    counts = [f"(SELECT count(*) FROM w{place})" for place in range(len(shape))]  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"
