import gzip
import sys
from datetime import date

import numpy as np
import pytest

from risk.benchmark.table import BadData, read
from tests.risk.benchmark.made import FIELDS, table, write

HEADER = ",".join(FIELDS) + "\n"
LINE = "1,2018-04-02 10:00:00,3,4,5.67,0\n"


def same(one, other):
    return all(
        (getattr(one, name) == getattr(other, name)).all()
        for name in ("ids", "seconds", "customers", "terminals", "cents", "frauds")
    )


def test_a_csv_file_is_what_was_written(tmp_path):
    made = table(days=5)
    found = read(write(made, tmp_path / "raw.csv"))
    assert same(found, made)
    assert found.span() == (date(2018, 4, 1), date(2018, 4, 5))


def test_a_parquet_file_with_seconds_and_cents(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    made = table(days=3)
    columns = {
        "TX_FRAUD": made.frauds.astype(np.int8), "TX_AMOUNT_CENTS": made.cents, "TERMINAL_ID": made.terminals,
        "CUSTOMER_ID": made.customers, "TX_TIME_SECONDS": made.seconds.astype(np.int32), "TRANSACTION_ID": made.ids,
        "TX_FRAUD_SCENARIO": made.frauds,
    }  # fmt: skip
    parquet.write_table(pa.table(columns), tmp_path / "raw.parquet")
    assert same(read(tmp_path / "raw.parquet"), made)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(BadData, match=r"broken\.parquet"):
        read(tmp_path / "broken.parquet")


def test_a_parquet_file_without_pyarrow_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "raw.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadData, match="pip install pyarrow, or save the data as CSV"):
        read(tmp_path / "raw.parquet")


def test_a_folder_is_all_its_files_and_a_transaction_of_two_of_them_counts_once(tmp_path):
    made = table(days=4)
    write(made, tmp_path / "all.csv")
    path = write(made, tmp_path / "again.csv")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[: len(lines) // 2]))
    (tmp_path / "packed.csv.gz").write_bytes(
        gzip.compress((HEADER + LINE.replace("1,", "99999,", 1)).encode())
    )
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    found = read(tmp_path)
    assert len(found) == len(made) + 1
    (tmp_path / "conflict.csv").write_text(
        HEADER + LINE.replace("1,", "99999,", 1).replace("5.67", "5.68")
    )
    with pytest.raises(BadData, match="same TRANSACTION_ID"):
        read(tmp_path)


def test_data_that_is_not_there(tmp_path):
    with pytest.raises(BadData, match=r"does not exist.*risk-benchmark\.md"):
        read(tmp_path / "nowhere")
    with pytest.raises(BadData, match="has the columns"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "columns"),
        ("a,b\n1,2\n", "TX_FRAUD"),
        (HEADER, "no transactions"),
        (HEADER + "1,2018-04-02\n", "line 2"),
        (HEADER + LINE.replace("5.67", "lots"), "TX_AMOUNT"),
        (HEADER + LINE.replace("5.67", "nan"), "TX_AMOUNT"),
        (HEADER + LINE.replace("5.67", "inf"), "TX_AMOUNT"),
        (HEADER + LINE.replace("5.67", "5.678"), "TX_AMOUNT"),
        (HEADER + LINE.replace("5.67", "1e300"), "TX_AMOUNT"),
        (HEADER + LINE.replace("5.67", "-5.67"), "negative"),
        (HEADER + LINE.replace("5.67,0", "5.67,2"), "0 or 1"),
        (HEADER + LINE.replace("5.67,0", "5.67,"), "TX_FRAUD"),
        (HEADER + LINE.replace(",3,", ",-3,"), "negative"),
        (HEADER + LINE.replace("2018-04-02 10:00:00", "yesterday"), "TX_DATETIME"),
        (HEADER + LINE.replace("2018-04-02 10:00:00", ""), "moment"),
        (HEADER + LINE.replace("2018", "2017"), "moment"),
        (HEADER + LINE.replace("2018", "9018"), "moment"),
        (HEADER + '1,"' + "x" * 200_000, "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_data_that_is_not_what_it_should_be(tmp_path, content, why):
    path = tmp_path / "raw.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadData, match=why):
        read(path)
