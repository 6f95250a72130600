"""A tiny document store over one SQLite file: plain JSON dicts, by kind and id, in one order."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS documents_by_id ON documents (id);
CREATE INDEX IF NOT EXISTS documents_in_order ON documents (kind, seq);
"""


class Store:
    """One connection behind one process-wide lock; the sandbox is one process by design."""

    def __init__(self, path: str | Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            str(path), isolation_level=None, check_same_thread=False, timeout=10
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock, commit at the end, roll back on an exception; nested ones join."""
        with self._lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    def put(self, kind: str, id: str, doc: Document) -> None:  # noqa: A002  the agreed name
        """Write a document, keeping its place in the order when it already exists."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (kind, id, json.dumps(doc, separators=(",", ":"))),
            )

    def get(self, kind: str, id: str) -> Document | None:  # noqa: A002  the agreed name
        """Read one document, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, id)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def list(self, kind: str, *, newest_first: bool = True, **equals: Any) -> list[Document]:
        """Read every document of a kind whose top-level fields equal the given values."""
        where, values = "kind = ?", [kind]
        for field, value in equals.items():
            where += " AND json_extract(body, ?) IS ?"
            values += [f"$.{field}", value]
        order = "DESC" if newest_first else "ASC"
        with self._lock:
            rows = self._connection.execute(
                f"SELECT body FROM documents WHERE {where} ORDER BY seq {order}",  # noqa: S608
                values,
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def named(self, id: str) -> str:  # noqa: A002
        """Read, as text, every document of this id, whatever its kind; nothing where there is none."""
        with self._lock:
            rows = self._connection.execute("SELECT body FROM documents WHERE id = ?", (id,))
            return " ".join(row[0] for row in rows.fetchall())

    def delete(self, kind: str, id: str) -> None:  # noqa: A002  the agreed name
        """Remove one document; removing what is not there is fine."""
        with self._lock:
            self._connection.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, id))

    def close(self) -> None:
        """Close the file; for tests that open many."""
        with self._lock:
            self._connection.close()
