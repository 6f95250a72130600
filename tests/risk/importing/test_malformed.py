import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.importing import BadFile, Summary, run
from tests.risk.importing.world import SAMPLES, WORLD, read, told

HEADER = "id,at,amount,currency,status\n"
LINE = "a-1,2026-01-01T00:00:00Z,10.00,EUR,approved\n"


@pytest.fixture
def file(tmp_path):
    def write(content, name="history.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        ("", "empty.csv", "export"),
        ("a,b,c\n1,2,3\n", "other.csv", "Stripe's payments"),
        (b"PK\x03\x04rest", "packed.csv", "unpack"),
        (b"\x1f\x8b\x08broken", "broken.csv.gz", "cannot be read"),
        (gzip.compress((HEADER + LINE).encode(), mtime=0)[:-9], "cut.csv.gz", "cannot be read"),
        (b"plain", "plain.csv.gz", "cannot be read"),
        (b"\x00" * 5000, "zeros.csv", "export"),
    ],
)
def test_what_is_no_export_is_refused_with_what_to_do(file, content, name, why):
    with pytest.raises(BadFile, match=why) as refused:
        read(file(content, name))
    assert name in str(refused.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadFile, match=r"nowhere\.csv: cannot be read"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(BadFile, match="cannot be read"):
        read(tmp_path)


def test_an_order_of_dates_that_is_none():
    with pytest.raises(BadFile, match="day-first or month-first"):
        read("own.csv", order="year-first")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(file, encoding, delimiter):
    text = (
        (HEADER.strip() + ",name\n" + LINE.strip() + ",Žofie Ó\n")
        .replace(",", delimiter)
        .replace("\n", "\r\n")
    )
    content = text.encode(encoding)
    found, summary = read(file(b"\xff\xfe" + content if encoding == "utf-16-le" else content))
    assert found["a-1"].facts.name == "Žofie Ó"
    assert len(summary.problems) == 0


def test_a_packed_file(file):
    found, _ = read(file(gzip.compress((HEADER + LINE).encode()), "history.csv.gz"))
    assert list(found) == ["a-1"]


def test_a_cell_of_another_encoding_is_missing_and_told(file):
    found, summary = read(
        file((HEADER.strip() + ",name\n" + LINE.strip() + ",Ren").encode() + b"\xe9\n")
    )
    assert found["a-1"].facts.name is None
    assert told(summary) == [("history.csv", 2, "name")]


def test_quotes_and_line_breaks_inside_cells(file):
    text = (
        HEADER.strip()
        + ",name\n"
        + LINE.strip()
        + ',"Ann ""A""\nsecond, line"\n'
        + LINE.replace("a-1", "a-2")
    )
    found, _ = read(file(text))
    assert found["a-1"].facts.name == 'Ann "A"\nsecond, line'
    assert found["a-2"].line == 4


def test_a_quote_that_is_never_closed_does_not_swallow_the_attempts_before_it(file):
    text = HEADER + LINE + 'a-2,2026-01-01T00:00:00Z,"10.00,EUR,approved\n' + "x" * 200_000 + "\n"
    found, summary = read(file(text))
    assert list(found) == ["a-1"]
    assert "quote" in summary.problems.first[0].message


def test_a_line_with_cells_too_many_is_not_shifted_into_place(file):
    found, summary = read(file(HEADER + "a-0,2026-01-01T00:00:00Z,1,000.00,EUR,approved\n" + LINE))
    assert list(found) == ["a-1"]
    assert told(summary) == [("history.csv", 2, "")]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",2026-01-01T00:00:00Z,10.00,EUR,approved", "id"),
        ("a,,10.00,EUR,approved", "at"),
        ("a,2026-01-01T00:00:00Z,,EUR,approved", "amount"),
        ("a,2026-01-01T00:00:00Z,0.00,EUR,approved", "amount"),
        ("a,2026-01-01T00:00:00Z,-5.00,EUR,approved", "amount"),
        ("a,2026-01-01T00:00:00Z,10.00,EURO,approved", "currency"),
        ("a,2026-01-01T00:00:00Z,10.00,,approved", "currency"),
        ("a,2026-01-01T00:00:00Z,10.00,EUR,maybe", "status"),
        ("a,2026-01-01T00:00:00Z,10.00", "status"),
        ("4242 4242 4242 4242,2026-01-01T00:00:00Z,10.00,EUR,approved", "id"),
        ("x" * 121 + ",2026-01-01T00:00:00Z,10.00,EUR,approved", "id"),
    ],
)
def test_a_line_without_what_it_needs_is_left_out_and_told(file, line, column):
    found, summary = read(file(HEADER + line + "\n" + LINE))
    assert list(found) == ["a-1"]
    assert ("history.csv", 2, column) in told(summary)


def test_a_status_that_stripe_invents_later_is_told_and_left_out(file):
    header = "id,Created (UTC),Amount,Currency,Status\n"
    found, summary = read(
        file(
            header
            + "ch_1,2026-01-01 00:00,5.00,eur,Levitating\nch_2,2026-01-01 00:00,5.00,eur,Paid\n"
        )
    )
    assert list(found) == ["ch_2"]
    assert told(summary) == [("history.csv", 2, "Status")]


def test_days_and_months_of_a_file_are_told_by_its_own_days(file):
    text = (SAMPLES / "paypal-activity.csv").read_text()
    early = text.replace("28/03/2026", "03/04/2026")
    found, _ = read(file(early.replace("05/04/2026", "13/04/2026")))
    assert found["5PP00000000000001"].facts.at_ms < found["5PP00000000000005"].facts.at_ms
    found, summary = read(file(early))
    assert not found
    assert "day-first or month-first" in summary.problems.first[0].message
    assert len(read(file(early), order="month-first")[0]) == 2
    with pytest.raises(BadFile, match="export it anew"):
        read(file(early.replace("05/04/2026", "13/04/2026").replace("02/04/2026", "02/24/2026")))


def test_problems_are_counted_beyond_those_that_are_kept(file):
    _, summary = read(file(HEADER + "a,never,1.00,EUR,approved\n" * 1000))
    assert len(summary.problems) == 1000
    assert len(summary.problems.first) == 200
    assert any(line.startswith("1,000 × history.csv, at:") for line in summary.told())


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(path.name for path in SAMPLES.glob("*.csv"))),
    st.integers(0, 2**32),
    st.binary(max_size=30),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path_factory, name, seed, junk):
    content = bytearray((SAMPLES / name).read_bytes())
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(content))
        content[at : at + chance.randint(0, 6)] = junk[: chance.randint(0, len(junk))]
        content = content or bytearray(b"x")
    path = tmp_path_factory.mktemp("damaged") / name
    path.write_bytes(bytes(content))
    summary = Summary()
    try:
        found = list(run([path], merchant_id="mer_1", world=WORLD, summary=summary))
    except BadFile as error:
        assert str(error).startswith(name)  # noqa: PT017 -- either ending is right
    else:
        assert summary.attempts == len(found) <= summary.lines


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_below_a_header_are_lines_or_problems(tmp_path_factory, junk):
    path = tmp_path_factory.mktemp("junk") / "history.csv"
    path.write_bytes(HEADER.encode() + LINE.encode() + junk)
    found = list(run([path], merchant_id="mer_1", world=WORLD))
    assert "a-1" in {one.provider_ref for one in found} or b"a-1" in junk or b'"' in junk
