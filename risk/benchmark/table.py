"""Transactions in columns, read from whatever file has the raw columns of the handbook's data."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400
# The first day of the handbook's data: what TX_TIME_SECONDS counts from.
EPOCH = date(2018, 4, 1)

# What is read → the columns that may tell it, the first that is there.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("TRANSACTION_ID",),
    "time": ("TX_TIME_SECONDS", "TX_DATETIME"),
    "customer": ("CUSTOMER_ID",),
    "terminal": ("TERMINAL_ID",),
    "amount": ("TX_AMOUNT_CENTS", "TX_AMOUNT"),
    "fraud": ("TX_FRAUD",),
}
_MOST = 2**53  # beyond it a float64 is not the number that was written
_LONGEST_S = 100 * 366 * DAY_S

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]


class BadData(Exception):
    """Data that is not there, or is not what it should be. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """Transactions in the order of time. `seconds` count from midnight of EPOCH; amounts are cents."""

    ids: Ints
    seconds: Ints
    customers: Ints
    terminals: Ints
    cents: Ints
    frauds: Ints

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def days(self) -> Ints:
        """The day of each transaction, counted from EPOCH."""
        return self.seconds // DAY_S

    def between(self, first: date, days: int) -> NDArray[np.bool_]:
        """Which transactions were made on some days."""
        start = (first - EPOCH).days
        days_ = self.days
        return (days_ >= start) & (days_ < start + days)

    def span(self) -> tuple[date, date]:
        """The first and the last day."""
        found = self.days
        return EPOCH + timedelta(int(found[0])), EPOCH + timedelta(int(found[-1]))


def read(path: Path) -> Table:
    """All transactions of a file, or of the files of a folder that have the raw columns. Raises BadData."""
    files = _files(path)
    parts = [
        part for part in (_part(file, alone=len(files) == 1) for file in files) if part is not None
    ]
    if not parts:
        raise BadData(f"{path}: no .parquet, .csv or .csv.gz in it has the columns {_wanted()}")
    return _table({name: np.concatenate([part[name] for part in parts]) for name in COLUMNS})


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BadData(
            f"{path} does not exist. The handbook's data is not part of Till: docs/risk-benchmark.md says where it is"
            " to be had."
        )
    return sorted(
        file for file in path.iterdir() if file.name.endswith((".parquet", ".csv", ".csv.gz"))
    )


def _wanted() -> str:
    return ", ".join(" or ".join(names) for names in COLUMNS.values())


def _part(file: Path, *, alone: bool) -> Columns | None:
    """The columns of one file as int64; None: it has others, which is an error where it was the one asked for."""
    try:
        found = _parquet(file) if file.suffix == ".parquet" else _csv(file)
    except (OSError, EOFError, zlib.error, UnicodeError, csv.Error) as error:
        raise BadData(f"{file.name} cannot be read: {error}") from None
    if found is None and alone:
        raise BadData(f"{file.name} does not have the columns {_wanted()}")
    return found


def _chosen(names: Sequence[str]) -> dict[str, str] | None:
    found = {
        ours: next((name for name in known if name in names), None)
        for ours, known in COLUMNS.items()
    }
    return {ours: name for ours, name in found.items() if name} if all(found.values()) else None


def _parquet(file: Path) -> Columns | None:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise BadData(
            f"{file.name} needs pyarrow: pip install pyarrow, or save the data as CSV"
        ) from None
    try:
        chosen = _chosen(parquet.read_schema(file).names)
        if chosen is None:
            return None
        table = parquet.read_table(file, columns=list(chosen.values()))
    except ArrowException as error:
        raise BadData(
            f"{file.name} is not a readable parquet file: {str(error).splitlines()[0]}"
        ) from None
    return {ours: _ints(file, name, table[name].to_numpy()) for ours, name in chosen.items()}


def _csv(file: Path) -> Columns | None:
    with _text(file) as text:
        lines = csv.reader(text)
        header = [name.strip() for name in next(lines, [])]
        chosen = _chosen(header)
        if chosen is None:
            return None
        places = [header.index(name) for name in chosen.values()]
        cells = list(_cells(file, lines, places))
    columns = zip(*cells, strict=True) if cells else [()] * len(chosen)
    found = zip(chosen.items(), columns, strict=True)
    return {ours: _ints(file, name, np.array(column, dtype=str)) for (ours, name), column in found}


def _text(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _cells(file: Path, lines: Any, places: list[int]) -> Iterator[list[str]]:
    most = max(places)
    for cells in lines:
        if len(cells) > most:
            yield [cells[place] for place in places]
        elif cells:
            raise BadData(f"{file.name}, line {lines.line_num}: has fewer cells than the header")


def _ints(file: Path, name: str, values: NDArray[Any]) -> Ints:
    """A column as whole numbers: seconds since EPOCH, cents, ids."""
    try:
        if name == "TX_DATETIME":
            moments = values.astype("datetime64[s]")
            seconds: Ints = (moments - np.datetime64(EPOCH, "s")).astype(np.int64)
            return np.where(np.isnat(moments), -1, seconds)
        if values.dtype.kind in "iub":
            return values.astype(np.int64)
        numbers = values.astype(np.float64) * (100 if name == "TX_AMOUNT" else 1)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadData(f"{file.name}: {name} has a value that is none: {error}") from None
    whole = np.rint(numbers)
    if not (
        np.isfinite(numbers).all()
        and (np.abs(numbers - whole) < 0.01).all()
        and (np.abs(whole) < _MOST).all()
    ):
        raise BadData(f"{file.name}: {name} has a value that is missing, not whole or out of range")
    return whole.astype(np.int64)


def _table(columns: Columns) -> Table:
    """In the order of time and of ids; a transaction that two files have counts once."""
    order = np.lexsort((columns["id"], columns["time"]))
    found = {name: values[order] for name, values in columns.items()}
    _check(found)
    _, first = np.unique(found["id"], return_index=True)
    if len(first) < len(order):
        same = np.zeros(len(order), bool)
        same[1:] = np.all([values[1:] == values[:-1] for values in found.values()], axis=0)
        if len(order) - same.sum() != len(first):
            raise BadData("two different transactions have the same TRANSACTION_ID")
        found = {name: values[~same] for name, values in found.items()}
    return Table(
        found["id"], found["time"], found["customer"], found["terminal"], found["amount"], found["fraud"]
    )  # fmt: skip


def _check(found: Columns) -> None:
    if not len(found["id"]):
        raise BadData("the data has no transactions")
    if not np.isin(found["fraud"], (0, 1)).all():
        raise BadData("TX_FRAUD must be 0 or 1")
    if (found["amount"] < 0).any():
        raise BadData("amounts must not be negative")
    if (found["customer"] < 0).any() or (found["terminal"] < 0).any():
        raise BadData("CUSTOMER_ID and TERMINAL_ID must not be negative")
    if found["time"][0] < 0 or found["time"][-1] > _LONGEST_S:
        raise BadData(f"every transaction needs a moment from {EPOCH} on")


def day(text: str) -> date:
    """A day such as 2018-08-08. Raises BadData."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise BadData(f"{text!r} is not a day; write it like 2018-08-08") from None
