"""Tests of `peaktrade_ops.window`: ``--as-of`` and ``--date``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.errors import UsageError
from peaktrade_ops.window import (
    DAY,
    Window,
    ahead_of,
    iso_utc,
    moment_of,
    parse_day,
    parse_moment,
    window_of,
    window_until,
)

EIGHT = datetime(2025, 12, 20, 8, tzinfo=UTC)
TODAY = date(2025, 12, 20)


def test_a_window_is_the_24_hours_before_its_end() -> None:
    """The start is exactly 24 hours before the end, and the date is the UTC date of the end."""
    window = window_until(EIGHT)

    assert window.start == datetime(2025, 12, 19, 8, tzinfo=UTC)
    assert window.end == EIGHT
    assert window.date == TODAY


def test_the_date_is_that_of_the_end_in_utc() -> None:
    """The offset is converted to UTC: half past midnight at +01:00 is the day before."""
    window = window_until(datetime(2025, 12, 20, 0, 30, tzinfo=timezone(timedelta(hours=1))))

    assert window.end == datetime(2025, 12, 19, 23, 30, tzinfo=UTC)
    assert window.end.tzinfo is UTC
    assert window.date == date(2025, 12, 19)


def test_an_end_at_midnight_belongs_to_the_day_that_begins() -> None:
    """``--as-of`` midnight has the date of that midnight, although the window ends there."""
    assert window_until(datetime(2025, 12, 20, tzinfo=UTC)).date == TODAY


def test_the_window_of_a_day_ends_at_the_next_midnight() -> None:
    """``--date`` has the date of the calendar day."""
    window = window_of(TODAY)

    assert window == Window(datetime(2025, 12, 21, tzinfo=UTC), TODAY)
    assert window.start == datetime(2025, 12, 20, tzinfo=UTC)


def test_a_window_is_asked_for_by_its_day_or_its_end() -> None:
    """Each option gives the same window again."""
    assert window_of(TODAY).option == "--date 2025-12-20"
    assert window_until(EIGHT).option == "--as-of 2025-12-20T08:00:00Z"
    midnight = datetime(2025, 12, 20, tzinfo=UTC)
    assert window_until(midnight).option == "--as-of 2025-12-20T00:00:00Z"
    assert [each.is_day for each in (window_of(TODAY), window_until(midnight))] == [True, False]


def test_windows_of_neighbouring_days_touch() -> None:
    """An earlier window ends where the next one starts, and has its own date."""
    window = window_until(EIGHT)

    assert window.earlier(0) == window
    assert window.earlier(1).end == window.start
    assert window.earlier(3) == Window(EIGHT - 3 * DAY, date(2025, 12, 17))


@pytest.mark.parametrize(
    "end",
    [
        datetime(1970, 1, 1, 23, 59, tzinfo=UTC),
        datetime(1969, 12, 31, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=1))),
    ],
)
def test_a_window_outside_the_years_is_refused(end: datetime) -> None:
    """A window that begins before 1970 or ends after 9999 is a wrong command line."""
    with pytest.raises(UsageError, match="leaves the years 1970 to 9999"):
        window_until(end)


def test_the_first_and_the_last_windows_are_allowed() -> None:
    """The first and the last possible window are valid."""
    assert window_until(datetime(1970, 1, 2, tzinfo=UTC)).start.year == 1970
    assert window_until(datetime(9999, 12, 31, 23, 59, tzinfo=UTC)).end.year == 9999
    assert window_of(date(1970, 1, 1)).start == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1969, 12, 31)])
def test_a_day_outside_the_years_is_refused(day: date) -> None:
    """A day whose window is not within these years is a wrong command line."""
    with pytest.raises(UsageError, match="leaves the years"):
        window_of(day)


def test_a_range_that_begins_too_early_is_refused() -> None:
    """An earlier window before 1970 is a wrong command line, not a crash."""
    with pytest.raises(UsageError, match="leaves the years"):
        window_of(date(1970, 1, 5)).earlier(5)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-12-20T08:00:00Z", EIGHT),
        ("2025-12-20T08:00:00+00:00", EIGHT),
        ("2025-12-20T09:00:00+01:00", EIGHT),
        ("2025-12-20 08:00Z", EIGHT),
        ("  2025-12-20T08:00:00Z ", EIGHT),
        ("2025-12-20T08:00:00.25Z", EIGHT + timedelta(milliseconds=250)),
    ],
)
def test_as_of_reads_iso_8601_with_an_offset(text: str, moment: datetime) -> None:
    """``--as-of`` takes ISO 8601 with ``Z`` or an offset."""
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "now", "20.12.2025", "2025-12-20T25:00Z", "2025-13-01T00Z"])
def test_as_of_refuses_what_is_no_time(text: str) -> None:
    """The message contains the text and an example of the right form."""
    with pytest.raises(UsageError, match="is not a time; write it like") as caught:
        parse_moment(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["2025-12-20T08:00:00", "2025-12-20"])
def test_as_of_refuses_a_time_without_an_offset(text: str) -> None:
    """A time without an offset is refused, because its meaning depends on the machine."""
    with pytest.raises(UsageError, match="has no UTC offset; add Z"):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-12-19", date(2025, 12, 19)),
        (" 2025-12-19 ", date(2025, 12, 19)),
        ("today", TODAY),
        ("Yesterday", date(2025, 12, 19)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_date_reads_a_day_or_a_word(text: str, day: date) -> None:
    """``--date`` takes ``YYYY-MM-DD``, ``today`` and ``yesterday``."""
    assert parse_day(text, today=TODAY) == day


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "20251219", "2025-W51-5", "2025-02-29", "2025-1-2", "2025-12-19T00:00"]
)
def test_date_refuses_everything_else(text: str) -> None:
    """Other forms of ISO 8601 and days that do not exist have the same message."""
    with pytest.raises(UsageError, match="is not a day; write YYYY-MM-DD, today or yesterday"):
        parse_day(text, today=TODAY)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (EIGHT, "2025-12-20T08:00:00Z"),
        (EIGHT.astimezone(timezone(timedelta(hours=5))), "2025-12-20T08:00:00Z"),
        (EIGHT + timedelta(microseconds=1), "2025-12-20T08:00:00.000001Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_z(moment: datetime, text: str) -> None:
    """The text does not depend on the offset of the moment."""
    assert iso_utc(moment) == text


@given(
    st.datetimes(
        min_value=datetime(1971, 1, 1),  # noqa: DTZ001 (hypothesis adds the time zone)
        max_value=datetime(9999, 1, 1),  # noqa: DTZ001 (the same)
        timezones=st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours))),
    )
)
def test_every_window_is_24_hours_and_ends_on_its_date(end: datetime) -> None:
    """The window is the 24 hours before any end and has the UTC date of the end."""
    window = window_until(end)

    assert window.end - window.start == timedelta(hours=24)
    assert window.end == end
    assert window.date == window.end.astimezone(UTC).date()
    assert parse_moment(iso_utc(window.end)) == end


def test_what_is_more_than_24_hours_after_the_clock_is_ahead() -> None:
    """The first such moment is one microsecond later, in UTC; after the year 9999 there is none."""
    clock = EIGHT.astimezone(timezone(timedelta(hours=5)))
    ahead = ahead_of(clock)

    assert ahead == EIGHT + DAY + timedelta(microseconds=1)
    assert ahead is not None
    assert ahead.tzinfo is UTC
    assert ahead_of(datetime(9999, 12, 31, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("nanoseconds", "moment"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_766_218_000_123_456_789, "2025-12-20T08:06:40.123456Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (2**80, "9999-12-31T23:59:59.999999Z"),
        (-(2**80), "1970-01-01T00:00:00Z"),
    ],
)
def test_every_time_of_a_file_is_a_moment(nanoseconds: int, moment: str) -> None:
    """File systems keep times that no calendar has."""
    assert iso_utc(moment_of(nanoseconds)) == moment


def test_the_eve_of_a_window_is_the_24_hours_before() -> None:
    """There is none before 1970."""
    assert window_of(date(2025, 12, 20)).eve == window_of(date(2025, 12, 19))
    assert window_of(date(1970, 1, 1)).eve is None
