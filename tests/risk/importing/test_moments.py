from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.importing.moments import DAY_FIRST, MONTH_FIRST, milliseconds, order_of
from risk.importing.records import BadValue


def utc(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-31T13:45:00Z", utc(2026, 5, 31, 13, 45)),
        ("2026-05-31 13:45", utc(2026, 5, 31, 13, 45)),
        ("2026-05-31T13:45:00.250+02:00", utc(2026, 5, 31, 11, 45) + 250),
        ("2026/05/31 13:45:00 -0700", utc(2026, 5, 31, 20, 45)),
        ("31.05.2026 13:45:00", utc(2026, 5, 31, 13, 45)),
        ("31/5/2026 13:45:00", utc(2026, 5, 31, 13, 45)),
        ("5/31/2026 1:45:00 PM", utc(2026, 5, 31, 13, 45)),
        ("2026-05-31 12:00:00 AM", utc(2026, 5, 31)),
        ("2026-05-31", utc(2026, 5, 31)),
        ("2026-05-31 13:45:00 CEST", utc(2026, 5, 31, 11, 45)),
        ("2026-05-31 13:45:00 GMT+02:00", utc(2026, 5, 31, 11, 45)),
        ("2026-01-31 13:45:00 Europe/Vienna", utc(2026, 1, 31, 12, 45)),
        ("7/7/2026 00:00", utc(2026, 7, 7)),
    ],
)
def test_a_moment_is_read(text, expected):
    assert milliseconds(text, zone=UTC) == expected


def test_days_and_months_are_told_apart_by_whoever_knows():
    assert milliseconds("3/4/2026", zone=UTC, order=DAY_FIRST) == utc(2026, 4, 3)
    assert milliseconds("3/4/2026", zone=UTC, order=MONTH_FIRST) == utc(2026, 3, 4)
    assert [order_of(text) for text in ("31/1/2026", "1/31/2026", "1/2/2026", "2026-01-31")] == [
        DAY_FIRST, MONTH_FIRST, None, None
    ]  # fmt: skip


def test_the_zone_of_the_text_counts_more_than_the_one_told():
    east = timezone(timedelta(hours=5))
    assert milliseconds("2026-05-31 12:00", zone=east) == utc(2026, 5, 31, 7)
    assert milliseconds("2026-05-31 12:00Z", zone=east) == utc(2026, 5, 31, 12)


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "3/4/2026", "31-05-2026", "2026-02-30", "2026-13-01", "2026-05-31 25:00", "26-05-31",
        "2026-05-31 12:00 CST", "2026-05-31 12:00 IST", "2026-05-31 12:00 Atlantis/Poseidonis",
        "2026-05-31 13:00 PM", "1899-12-31", "2100-01-01", "2026-05-31 12:00 +99:99", "2026-05-31 12:00 ../../etc",
        "45000", "1/2/26",
    ],
)  # fmt: skip
def test_what_is_no_moment_or_could_be_two_is_refused(text):
    with pytest.raises(BadValue):
        milliseconds(text, zone=UTC)


def test_a_moment_without_a_zone_is_refused_when_nobody_told_one():
    with pytest.raises(BadValue, match="time zone"):
        milliseconds("2026-05-31 12:00", zone=None)


@given(
    st.datetimes(datetime.fromisoformat("1990-01-02"), datetime.fromisoformat("2099-12-30")),
    st.integers(-720, 840),
)
def test_iso_8601_is_read_back(moment, minutes):
    moment = moment.replace(
        microsecond=moment.microsecond // 1000 * 1000, tzinfo=timezone(timedelta(minutes=minutes))
    )
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert milliseconds(moment.isoformat(), zone=None) == expected


@given(
    st.text(max_size=40)
    | st.from_regex(
        r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[ T][0-9:]{1,8}.{0,8}", fullmatch=True
    )
)
def test_any_text_is_a_moment_or_refused(text):
    with suppress(BadValue):
        assert 631_152_000_000 <= milliseconds(text, zone=UTC) < 4_102_444_800_000
