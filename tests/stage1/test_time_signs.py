"""Tests of `peaktrade_ops.stage1.time_signs`: what speaks against the times of a key."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.stage1.time_signs import Frame, Moments, have_moved, may_be_time, modified_at
from peaktrade_ops.text import NumberText
from peaktrade_ops.window import DAY, NO_TIME_BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2025, 12, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(name="far_from_utc")
def zone_far_from_utc() -> Iterator[None]:
    """Put the local clock 14 hours ahead of UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Pacific/Kiritimati")
        time.tzset()
        yield
    time.tzset()


def moments(*times: datetime) -> Moments:
    """Return the times of a key."""
    kept = Moments()
    for each in times:
        kept.add(each)
    return kept


@pytest.mark.parametrize(
    ("times", "frame"),
    [
        ((), Frame()),
        ((NOON,), Frame()),
        ((NOON, NOON + HOUR), Frame(modified=NOON + 2 * DAY)),
        ((NOON + HOUR, NOON), Frame(modified=NOON)),
        ((NOON, NOON + 30 * DAY), Frame(modified=NOON + 31 * DAY)),
        ((NOON, NOON + HOUR), Frame(NOON - DAY, NOON + DAY, NOON + 300 * DAY)),
        ((NOON,), Frame(NOON + 2 * DAY, NOON + 9 * DAY, NOON + 300 * DAY)),
        ((NOON,), Frame(NOON - 9 * DAY, NOON - 2 * DAY, NOON + 300 * DAY)),
        ((NOON,), Frame(modified=NOON + 2 * DAY)),
        ((NOON, NOON - DAY), Frame()),
        ((NOON.replace(tzinfo=None), NOON + HOUR), Frame()),
    ],
)
def test_times_that_lead_to_the_last_change_are_in_no_doubt(
    times: tuple[datetime, ...], frame: Frame
) -> None:
    """Events are written in the order of time, and the last of them changes the file."""
    assert moments(*times).doubt(frame) is None


@pytest.mark.parametrize(
    ("times", "frame", "why"),
    [
        ((NOON, NOON), Frame(), "all 2 events that have it have the same"),
        (
            (NOON, NOON - DAY - MICROSECOND, NOON),
            Frame(),
            "it goes back by more than a day from one event to a later one",
        ),
        (
            (NOON, NOON + HOUR),
            Frame(modified=NOON + 3 * DAY),
            "its last is of 2025-12-20, and the file was changed on 2025-12-23",
        ),
        (
            (NOON, NOON + HOUR),
            Frame(modified=NOON - 3 * DAY),
            "its last is of 2025-12-20, and the file was changed on 2025-12-17",
        ),
        (
            (NOON,),
            Frame(NOON - 9 * DAY, NOON - 2 * DAY - MICROSECOND, NOON + 9 * DAY),
            "its last is of 2025-12-20, and the file was changed on 2025-12-29",
        ),
        (
            (NOON,),
            Frame(NOON, None, NOON + 9 * DAY),
            "its last is of 2025-12-20, and the file was changed on 2025-12-29",
        ),
        (
            (NOON,),
            Frame(None, NOON, NOON + 9 * DAY),
            "its last is of 2025-12-20, and the file was changed on 2025-12-29",
        ),
        (
            (NOON,),
            Frame(NOON + 2 * DAY + MICROSECOND, NOON + 5 * DAY, NOON + 9 * DAY),
            "its last is of 2025-12-20, and the file was changed on 2025-12-29",
        ),
        (
            (datetime(2025, 12, 21, 1, tzinfo=timezone(2 * HOUR)),),
            Frame(modified=NOON + 9 * DAY),
            "its last is of 2025-12-20, and the file was changed on 2025-12-29",
        ),
    ],
)
@pytest.mark.usefixtures("far_from_utc")
def test_what_speaks_against_times_is_said(
    times: tuple[datetime, ...], frame: Frame, why: str
) -> None:
    """One reason is enough; days are those of UTC, on every host."""
    assert moments(*times).doubt(frame) == why


def test_aware_times_are_compared_with_naive_ones_in_utc() -> None:
    """A time without a zone is one of UTC."""
    times = NOON.astimezone(timezone(5 * HOUR)), NOON.replace(tzinfo=None)

    assert moments(*times).doubt(Frame()) == "all 2 events that have it have the same"


def test_a_frame_grows_with_the_times_of_further_events() -> None:
    """It keeps the earliest and the latest time, and when the file was changed."""
    empty = Frame(modified=NOON)

    assert empty.with_times(None, None) == empty
    one = empty.with_times(NOON, NOON + HOUR)
    assert one == Frame(NOON, NOON + HOUR, NOON)
    assert one.with_times(None, None) == one
    assert one.with_times(NOON + HOUR, NOON + DAY) == Frame(NOON, NOON + DAY, NOON)
    assert one.with_times(NOON - DAY, NOON) == Frame(NOON - DAY, NOON + HOUR, NOON)


@pytest.mark.parametrize(
    ("value", "with_name", "without"),
    [
        ("23.11.2026 12:01", True, True),
        ("Mon Nov 23 12:00:00 2026", True, True),
        ("12:01", True, False),
        ("2026-11-23", True, False),
        ("20261123T120000Z", True, False),
        (20261123, True, False),
        (NumberText("20261123.5"), True, False),
        ([2026, 11, 23, 12, 0], True, False),
        ([2026, 11, 23], True, False),
        (10_000_000, True, False),
        (9_999_999, False, False),
        ("1 2 3:04", True, True),
        ("2:03 4", True, False),
        ("2026-11-23 " + "x" * 49, True, False),
        ("2026-11-23 " + "x" * 50, False, False),
        ("restarted at 2026-11-23 12:00:01 by the operator, who wanted it so", False, False),
        ("+01:00", False, False),
        ("UTC+0100", False, False),
        ("12.5", False, False),
        ("30s", False, False),
        ("noon", False, False),
        ([1, 2], False, False),
        ({"a": 1}, False, False),
        (30, False, False),
        (True, False, False),
        ("10.0.0.5:8080", True, False),
        (None, False, False),
    ],
)
def test_a_value_in_another_form_may_be_a_time(
    value: object, *, with_name: bool, without: bool
) -> None:
    """A key with the name of a time needs less: else it is a date with a clock."""
    assert may_be_time(value, is_named=True) is with_name
    assert may_be_time(value, is_named=False) is without


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (Frame(NOON, NOON + HOUR), False),
        (Frame(NOON - DAY, NOON + DAY), False),
        (Frame(NOON - 3 * DAY, NOON), True),
        (Frame(NOON - 2 * DAY, NOON + HOUR + 2 * DAY), False),
        (Frame(NOON, NOON + 4 * DAY), True),
        (Frame(), False),
    ],
)
def test_times_have_moved_if_they_are_days_away(then: Frame, *, expected: bool) -> None:
    """A file without times has none that could move."""
    assert have_moved(Frame(NOON, NOON + HOUR), then) is expected
    assert have_moved(Frame(), then) is False


def test_a_file_system_without_times_says_nothing() -> None:
    """Such times are before 2000, and some are no dates at all."""
    assert modified_at(1_766_232_000 * 10**9) == NOON
    assert modified_at(1_766_232_000 * 10**9 + 1_999) == NOON + MICROSECOND
    assert modified_at(int(NO_TIME_BEFORE.timestamp()) * 10**9) == NO_TIME_BEFORE
    assert modified_at(0) is None
    assert modified_at(10**30) is None
