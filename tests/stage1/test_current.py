"""Tests of `peaktrade_ops.stage1.current`: whether a stored verdict is current."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from peaktrade_ops.config import Config, Policy
from peaktrade_ops.stage1.current import (
    Currency,
    concerns,
    currency_of,
    has_expired,
    outdated_by,
    valid_until_of,
)
from peaktrade_ops.stage1.day import Day, gone_day, missing_day, unreadable_day
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.window import window_until
from tests.support.artifacts import DAY, END, quiet_day, quiet_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.models import Trend

WEEK = [replace(day, sha256=f"{i}" * 64) for i, day in enumerate(quiet_days(DAY, 7))]


def trend_of(days: Sequence[Day]) -> Trend:
    """Return the trend of days."""
    return build_trend(days, window=window_until(END), config=Config())


def outdated(days: Sequence[Day], trend: Trend | None = None) -> list[int]:
    """Return the days by which a trend of a quiet week is out of date, as days before the last."""
    return [(DAY - day).days for day in outdated_by(trend or trend_of(WEEK), days)]


def replaced(back: int, **changes: object) -> list[Day]:
    """Return the quiet week with another report of the day so many days before the last."""
    days = list(WEEK)
    days[-1 - back] = replace(days[-1 - back], **changes)
    return days


def test_a_trend_of_the_reports_as_they_are_is_up_to_date() -> None:
    """Reports before its range make no difference."""
    assert outdated(WEEK) == []
    assert outdated([*quiet_days(DAY - timedelta(days=7), 3), *WEEK]) == []


@pytest.mark.parametrize("back", [0, 3, 6])
def test_another_report_of_a_day_makes_a_trend_old(back: int) -> None:
    """A replaced report makes the trend outdated, whatever the new report contains."""
    assert outdated(replaced(back, sha256="f" * 64)) == [back]


@pytest.mark.parametrize(
    "changes",
    [
        {"trust": "changed", "found": False, "readable": False},
        {"trust": "unlisted", "found": False, "readable": False},
        {"trust": "unlisted"},
    ],
)
def test_a_report_that_differs_from_the_index_makes_a_trend_old(changes: dict[str, Any]) -> None:
    """A report that differs from the index makes the trend out of date."""
    assert outdated(replaced(2, **changes)) == [2]


def test_a_report_that_a_trend_objects_to_is_known() -> None:
    """A report to which the trend already objects does not make it out of date."""
    for days in (replaced(2, trust="unlisted"), replaced(2, found=False, readable=False)):
        assert outdated(days, trend_of(days)) == []


def test_a_report_that_is_gone_makes_a_trend_old() -> None:
    """A removed report makes the trend out of date."""
    assert outdated([*WEEK[:3], *WEEK[4:]]) == [3]
    assert outdated([*WEEK[:3], gone_day(WEEK[3].date), *WEEK[4:]]) == [3]
    assert outdated([]) == [6, 5, 4, 3, 2, 1, 0]


def test_a_report_of_a_day_that_was_missing_makes_a_trend_old() -> None:
    """A report of a day that was missing makes the trend out of date."""
    made = trend_of([*WEEK[:3], missing_day(WEEK[3].date), *WEEK[4:]])

    assert outdated([*WEEK[:3], *WEEK[4:]], made) == []
    assert outdated(WEEK, made) == [3]


def test_a_later_report_makes_a_trend_old_if_it_objects() -> None:
    """A later report makes the trend out of date only if it objects."""
    later = DAY + timedelta(days=3)

    assert outdated([*WEEK, quiet_day(later)]) == []
    for objecting in (
        quiet_day(later, critical_alerts=1),
        quiet_day(later, complete=False),
        unreadable_day(later),
        gone_day(later),
    ):
        assert outdated([*WEEK, objecting]) == [-3]


def test_only_reports_before_the_range_do_not_concern_a_trend() -> None:
    """A day that concerns no trend makes none old, so its report need not be read."""
    made = trend_of(WEEK)
    before = DAY - timedelta(days=7)

    assert [concerns(made, DAY - timedelta(days=back)) for back in (-9, 0, 6, 7, 99)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    for bad in (quiet_day(before, critical_alerts=1), unreadable_day(before), gone_day(before)):
        assert outdated([bad, *WEEK], made) == []


def test_all_days_concern_a_trend_whose_range_has_no_start() -> None:
    """The earlier scripts wrote trends without a range."""
    made = trend_of(WEEK)
    unbounded = replace(made, range=replace(made.range, start=None))

    assert concerns(unbounded, DAY - timedelta(days=99))


def test_a_trend_without_digests_is_out_of_date() -> None:
    """Version 0.1.0 and the earlier scripts did not write which reports a trend was made of."""
    made = trend_of(WEEK)
    rows = tuple(msgspec.structs.replace(row, sha256=None) for row in made.series)

    assert outdated(WEEK, msgspec.structs.replace(made, series=rows)) == [6, 5, 4, 3, 2, 1, 0]


def test_a_day_inside_the_range_without_a_row_is_unknown() -> None:
    """A day without a row in the series makes the trend out of date."""
    made = trend_of(WEEK)
    holed = msgspec.structs.replace(made, series=made.series[:3] + made.series[4:])

    assert outdated(WEEK, holed) == [3]


def test_a_verdict_expires_30_hours_after_its_last_window() -> None:
    """A verdict expires 30 hours after its window, also in a trend of an earlier version."""
    made = trend_of(WEEK)
    moment = END + timedelta(hours=30)

    for trend in (made, msgspec.structs.replace(made, valid_until=None)):
        assert not has_expired(trend, moment)
        assert has_expired(trend, moment + timedelta(microseconds=1))


def test_the_end_of_all_time_is_valid_for_ever() -> None:
    """No time is later than the last one that there is."""
    last = datetime(9999, 12, 31, tzinfo=UTC)

    assert valid_until_of(last) == datetime.max.replace(tzinfo=UTC)


def test_a_last_or_first_day_without_a_row_is_unknown() -> None:
    """The ends of the range are days of it."""
    made = trend_of(WEEK)

    assert outdated(WEEK, msgspec.structs.replace(made, series=made.series[:-1])) == [0]
    assert outdated(WEEK, msgspec.structs.replace(made, series=made.series[1:])) == [6]


def test_a_later_report_objects_by_the_thresholds_of_the_trend() -> None:
    """Whoever looks at a trend does not know the configuration; a trend of 0.1.0 has none."""
    later = quiet_day(DAY + timedelta(days=1), new_alerts=6)
    made = trend_of(WEEK)

    def with_policy(policy: Policy | None) -> Trend:
        return replace(made, rollups=replace(made.rollups, policy=policy))

    assert outdated([*WEEK, later], with_policy(Policy(max_new_alerts=6))) == []
    assert outdated([*WEEK, later], with_policy(Policy())) == [-1]
    assert outdated([*WEEK, later], with_policy(None)) == [-1]


def test_a_verdict_is_current_until_it_expires_or_is_out_of_date() -> None:
    """Each reason says when, or which days."""
    made = trend_of(WEEK)
    valid_until = END + timedelta(hours=30)
    after = valid_until + timedelta(microseconds=1)

    assert currency_of(made, (), valid_until) == Currency()
    assert currency_of(made, []).is_current
    assert currency_of(made, (), after) == Currency((), valid_until)
    assert currency_of(made, [DAY]) == Currency([DAY])
    both = currency_of(made, [DAY - timedelta(days=1), DAY], after)
    assert not both.is_current
    assert both.reasons == [
        "reports came, changed or went after it was given: 2025-12-19, 2025-12-20",
        "it was valid until 2025-12-21T14:00:00Z",
    ]
    assert not Currency((), valid_until).is_current
    assert not Currency([DAY]).is_current
