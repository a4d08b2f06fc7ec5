"""Tests of `tests.support.oracle.times`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.oracle import parse_json, read_time
from tests.support.oracle.properties import DEFAULT_READING, time_of

pytestmark = pytest.mark.one_python

TEN = datetime(2025, 12, 20, 10, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "microsecond", "naive"),
    [
        ('"2025-12-20T10:00:01Z"', 0, False),
        ('"2025-12-20t10:00:01z"', 0, False),
        ('"2025-12-20 10:00:01,123"', 123_000, True),
        ('"2025-12-20 10:00:01.1234569"', 123_456, True),
        ('"2025-12-20 10:00:01 UTC"', 0, False),
        ('"2025-12-20 10:00:01,5 GMT"', 500_000, False),
        ('"2025-12-20T11:00:01+01"', 0, False),
        ('"2025-12-20T15:30:01+0530"', 0, False),
        ('"2025-12-19T10:01:01-23:59"', 0, False),
        ("1766224801", 0, False),
        ("1766224801.5", 500_000, False),
        ("1766224801000", 0, False),
        ("1766224801000001", 1, False),
        ("1766224801000001999", 1, False),
        ('"1766224801"', 0, False),
        ('"17662248010e-1"', 0, False),
    ],
)
def test_every_form_of_the_contract_is_a_time(text: str, microsecond: int, *, naive: bool) -> None:
    """Each form gives the same second, cut to the microsecond."""
    assert read_time(parse_json(text)) == (TEN.replace(microsecond=microsecond), naive)


def test_seconds_may_be_missing() -> None:
    """A text without seconds is a time, with and without an offset."""
    ten = TEN.replace(second=0)

    assert read_time("2025-12-20T10:00Z") == (ten, False)
    assert read_time("2025-12-20 10:00") == (ten, True)
    assert read_time("2025-12-20T11:00+0100") == (ten, False)


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "12.5",
        "20251205120500",
        "45996.5",
        "639018000000000000",
        "-1766224801",
        "1e999999999999999999",
        "1e-999999999999999999",
        '"2025-12-20"',
        '"2025/12/20 10:00:01"',
        '"2025-12-20T10:00:01 CET"',
        '"2025-12-20T10:00:01 utc"',
        '"2025-12-20T10:00:01  UTC"',
        '"2025-12-20T10:00:60Z"',
        '"2025-12-20T24:00Z"',
        '"2025-12-20T10:00:01.Z"',
        '"2025-12-20T10:00.5Z"',
        '"2025-12-20T10:00:01+24:00"',
        '"2025-12-20T10:00:01+00:60"',
        '"2025-02-29T10:00:01Z"',
        "true",
        "null",
        "[1766224801]",
        '{"$date":1766224801}',
    ],
)
def test_nothing_else_is_a_time(text: str) -> None:
    """Uptimes, dates as digits, days of a table, ticks, dates and named zones are no times."""
    assert read_time(parse_json(text)) is None


def test_a_time_is_plausible() -> None:
    """The range starts with 2000 and ends before 2100, by the moment in UTC."""
    first = datetime(2000, 1, 1, tzinfo=UTC)
    last = datetime(2099, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

    assert read_time("2000-01-01T00:00:00Z") == (first, False)
    assert read_time("1999-12-31T23:00:00-01:00") == (first, False)
    assert read_time("1999-12-31T23:59:59.9999999Z") is None
    assert read_time("2000-01-01T00:00:00+00:01") is None
    assert read_time("2099-12-31T23:59:59.9999999Z") == (last, False)
    assert read_time("2100-01-01T00:00:00Z") is None
    assert read_time("2100-01-01T00:30:00+01:00") is not None
    assert read_time("0001-01-01T00:00:00+23:59") is None
    assert read_time(parse_json("946684800")) == (first, False)
    assert read_time(parse_json("946684799.9999999")) is None
    assert read_time(parse_json("4102444799999999999")) == (last, False)
    assert read_time(parse_json("4102444800")) is None


def test_a_value_that_is_no_time_leaves_it_to_the_next_key() -> None:
    """An implausible time falls through, as any other value that is none."""
    event = {"ts": parse_json("12.5"), "time": "soon", "emitted_at": "2025-12-20T10:00:01Z"}

    assert time_of(event, DEFAULT_READING.time) == (TEN, False)
    assert time_of({"ts": "soon"}, DEFAULT_READING.time) is None
