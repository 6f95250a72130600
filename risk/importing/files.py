"""CSV files as they come: any delimiter, any byte order mark, preambles, packed or not; one line at a time."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from risk.importing.columns import KINDS, Kind
from risk.importing.records import BadFile, Problems

# A header stands within the first lines: some reports begin with lines about themselves.
_HEADER_WITHIN = 30
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"PK", "zip"))
_DELIMITERS = (",", ";", "\t")
_SHORTEST_CARD = 13
# How headers mark the merchant's own values; what is left is their name.
_METADATA = re.compile(r"^metadata\.|\(metadata\)$", re.IGNORECASE)
# PayPal's reports for programs: CH names the columns, SB is a line of the body, others are frames and sums.
_COLUMNS, _BODY = "CH", "SB"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of an export: what is known by the names of `columns`, and the merchant's own columns as metadata."""

    line: int
    cells: dict[str, str]
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """An export that was recognized: its kind, its columns, and how to read its lines."""

    path: Path
    kind: Kind
    names: tuple[str | None, ...]
    """Our name of each column; None: it is not read."""
    headers: tuple[str, ...]
    delimiter: str
    framed: bool

    def header(self, name: str) -> str:
        """A column's header as the file writes it, by our name."""
        return self.headers[self.names.index(name)] if name in self.names else name


def recognize(path: Path) -> Table:
    """Which export it is. Raises BadFile."""
    for delimiter in _DELIMITERS:
        lines = _lines(path, delimiter)
        for _, (_, cells) in zip(range(_HEADER_WITHIN), lines, strict=False):
            framed = cells[:1] == [_COLUMNS]
            headers = tuple(cell.strip() for cell in cells)
            for kind in KINDS:
                names = kind.names(headers)
                if names is not None:
                    return Table(path, kind, names, headers, delimiter, framed)
    known = ", ".join(kind.title for kind in KINDS)
    raise BadFile(
        f"{path.name}: no line among the first {_HEADER_WITHIN} has the columns of an export that Till reads"
        f" ({known}). Export it anew in English as CSV, with all columns."
    )


def rows(table: Table, problems: Problems, holds_card: Callable[[str], bool]) -> Iterator[Row]:
    """The lines below the header. What cannot be read as a line, and what holds a card number, becomes a problem."""
    reading = False
    width = len(table.headers)
    for line, cells in _lines(table.path, table.delimiter, problems):
        if not reading:
            reading = tuple(cell.strip() for cell in cells) == table.headers
            continue
        if table.framed and cells[:1] != [_BODY]:
            continue
        if len(cells) > width and any(cells[width:]):
            problems.add(
                table.path.name,
                line,
                "",
                "has more cells than the header; quote the cells that hold a comma",
            )
        elif any(cells):
            yield _row(table, line, cells, problems, holds_card)


def _row(
    table: Table,
    line: int,
    cells: Sequence[str],
    problems: Problems,
    holds_card: Callable[[str], bool],
) -> Row:
    known: dict[str, str] = {}
    metadata: dict[str, str] = {}
    for header, name, cell in zip(table.headers, table.names, cells, strict=False):
        if len(cell) >= _SHORTEST_CARD and holds_card(cell):
            problems.add(
                table.path.name,
                line,
                header,
                "holds a card number and was left out; remove it from the file",
            )
        elif "\ufffd" in cell:
            if name is not None:
                problems.add(
                    table.path.name,
                    line,
                    header,
                    "is not UTF-8 and was left out; save the file as UTF-8",
                )
        elif name is None or not (text := cell.strip()):
            continue
        elif name == "metadata":
            metadata[_METADATA.sub("", header).strip()[:40]] = text[:500]
        else:
            known.setdefault(name, text)
    return Row(line, known, metadata)


def _lines(
    path: Path, delimiter: str, problems: Problems | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells. A line that is no CSV is told and left out; a file that cannot be read is BadFile."""
    try:
        with _text(path) as text:
            reader = csv.reader(text, delimiter=delimiter)
            while True:
                try:
                    cells = next(reader)
                except csv.Error:
                    if problems is not None:
                        problems.add(
                            path.name,
                            reader.line_num,
                            "",
                            "is not CSV: a quote is not closed, or it is binary",
                        )
                    continue
                except StopIteration:
                    return
                yield reader.line_num, cells
    except (OSError, EOFError, zlib.error, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadFile(f"{path.name}: cannot be read: {why}") from None


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    with path.open("rb") as plain:
        start = plain.read(3)
        plain.seek(0)
        encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8-sig")
        if encoding == "zip":
            raise BadFile(f"{path.name}: is packed; unpack it, and import the CSV files inside")
        stream = gzip.GzipFile(fileobj=plain) if path.suffix.lower() == ".gz" else plain
        yield io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
