"""Tests of `peaktrade_ops.stage1.current`: whether a stored verdict is current."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from peaktrade_ops.config import Config, Policy
from peaktrade_ops.stage1.current import (
    Currency,
    Outdated,
    concerns,
    currency_of,
    has_expired,
    is_yet_to_come,
    outdated_by,
    valid_until_of,
)
from peaktrade_ops.stage1.day import (
    WINDOW_NOT_OVER,
    Day,
    day_of_summary,
    gone_day,
    missing_day,
    unreadable_day,
)
from peaktrade_ops.stage1.models import LeftOut, Understanding
from peaktrade_ops.stage1.trend import build_trend
from peaktrade_ops.telemetry.files.reasons import EXPECTED_AND_SILENT
from peaktrade_ops.window import window_until
from tests.support.artifacts import DAY, END, coverage, metrics, quiet_day, quiet_days, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.stage1.day import Trust
    from peaktrade_ops.stage1.models import Trend

WEEK = [replace(day, sha256=f"{i}" * 64) for i, day in enumerate(quiet_days(DAY, 7))]


def trend_of(days: Sequence[Day]) -> Trend:
    """Return the trend of days."""
    return build_trend(days, window=window_until(END), config=Config())


def outdated(days: Sequence[Day], trend: Trend | None = None) -> list[int]:
    """Return the days by which a trend of a quiet week is out of date, as days before the last."""
    return [(DAY - day).days for day in outdated_by(trend or trend_of(WEEK), days).days]


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

    changed = Outdated((DAY - timedelta(days=1), DAY))

    assert currency_of(made, Outdated(), valid_until) == Currency()
    assert currency_of(made, Outdated()).is_current
    assert currency_of(made, Outdated(), after) == Currency(expired=valid_until)
    assert currency_of(made, changed) == Currency(changed)
    both = currency_of(made, changed, after)
    assert not both.is_current
    assert both.reasons == [
        "reports came, changed or went after it was given: 2025-12-19, 2025-12-20",
        "it was valid until 2025-12-21T14:00:00Z",
    ]
    assert not Currency(expired=valid_until).is_current
    assert not Currency(changed).is_current


def test_a_verdict_is_not_current_before_its_last_window_has_ended() -> None:
    """A clock that was ahead gave it, or its day was a mistake; a file does not know."""
    made = trend_of(WEEK)
    before = END - timedelta(microseconds=1)

    assert currency_of(made, Outdated(), END).is_current
    assert currency_of(made, Outdated()).is_current
    early = currency_of(made, Outdated(), before)
    assert early == Currency(early=END)
    assert not early.is_current
    [reason] = early.reasons
    assert reason == (
        "its last window ends only at 2025-12-20T08:00:00Z, after the clock; set the clock right,"
        " or run again"
    )


def later_day(back: int = 3, **changes: Any) -> Day:  # noqa: ANN401 (of any field)
    """Return the trusted report of a later day, made before its window began: it shows nothing."""
    end = END + timedelta(days=back)
    left_out = (LeftOut(".", WINDOW_NOT_OVER, "incomplete"), *changes.pop("left_out", ()))
    nothing = {"in_window": 0, "complete": False, "left_out": left_out}
    made = summary(end, coverage=coverage(**nothing | changes.pop("coverage", {})), **changes)
    return day_of_summary(made, sha256="e" * 64)


LATER = DAY + timedelta(days=3)
LATER_BEGIN = END + timedelta(days=2)
LATER_END = END + timedelta(days=3)


@pytest.mark.parametrize("now", [None, END, LATER_BEGIN, LATER_END - timedelta(seconds=1)])
def test_a_later_report_that_can_show_nothing_yet_says_no_more_than_none(
    now: datetime | None,
) -> None:
    """It was made before its day by mistake; it is made anew once its window is over."""
    silent = LeftOut("**/a.jsonl", EXPECTED_AND_SILENT, "incomplete")
    ignored = LeftOut("b.jsonl", "ignored", "complete")

    for later in (later_day(), later_day(left_out=(silent,)), later_day(left_out=(ignored,))):
        assert outdated_by(trend_of(WEEK), [*WEEK, later], now) == Outdated()


def test_a_later_report_that_shows_nothing_of_a_window_that_is_over_objects() -> None:
    """By then it should have been made again: nobody has looked."""
    found = outdated_by(trend_of(WEEK), [*WEEK, later_day()], LATER_END)

    assert found == Outdated(unfinished={LATER: LATER_END + timedelta(hours=16)})


@pytest.mark.parametrize(
    "changes",
    [
        {"coverage": {"in_window": 1}},
        {"coverage": {"untimed_in_window": 1}},
        {"metrics": metrics(critical_alerts=1)},
        {"metrics": metrics(parse_errors=1)},
        {"understanding": Understanding(ahead_serious=1)},
        {"left_out": (LeftOut("a.jsonl", "not readable", "incomplete"),)},
        {"understanding": None},
        {"lost": ("critical 1, now 0",)},
        {"remade": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("now", [None, LATER_BEGIN, LATER_END - timedelta(seconds=1), LATER_END])
def test_a_later_report_that_shows_anything_counts_before_its_window_is_over(
    changes: dict[str, Any], now: datetime | None
) -> None:
    """It counts from the moment at which anything can have happened in it."""
    days = [*WEEK, later_day(**changes)]
    found = outdated_by(trend_of(WEEK), days, now)

    assert found == Outdated(unfinished={LATER: LATER_END + timedelta(hours=16)})
    [reason] = found.reasons
    assert reason == (
        "a later report was made before its window was over: 2025-12-23; run again after"
        " 2025-12-24T00:00:00Z"
    )
    before = LATER_BEGIN - timedelta(microseconds=1)
    assert outdated_by(trend_of(WEEK), days, before) == Outdated()


@pytest.mark.parametrize("trust", ["changed", "gone", "unlisted"])
def test_a_later_report_that_is_not_trusted_counts_once_its_window_can_have_begun(
    trust: Trust,
) -> None:
    """Nobody knows its window; the earliest one of a day begins with the day before."""
    begun = datetime(LATER.year, LATER.month, LATER.day, tzinfo=UTC) - timedelta(days=1)
    if trust == "gone":
        bad, shown = gone_day(LATER), replace(gone_day(LATER), critical_alerts=1)
    else:
        changes = {"trust": trust, "found": trust != "changed", "readable": trust != "changed"}
        bad = replace(later_day(), **changes)
        shown = replace(later_day(coverage={"in_window": 1}), **changes)

    for day, now, counts in (
        (bad, None, True),
        (bad, begun - timedelta(microseconds=1), False),
        (bad, begun, True),
        (shown, begun - timedelta(microseconds=1), True),
    ):
        found = outdated_by(trend_of(WEEK), [*WEEK, day], now)
        assert found.days == ([LATER] if counts else [])
        assert not counts or found == Outdated(
            objecting={LATER: datetime(2025, 12, 24, tzinfo=UTC)}
        )


def test_the_zone_of_the_machine_says_nothing_about_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """West of Greenwich it is still the day before."""
    began = datetime(LATER.year, LATER.month, LATER.day - 1, tzinfo=UTC)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        found = outdated_by(trend_of(WEEK), [*WEEK, gone_day(LATER)], began)
        before = outdated_by(
            trend_of(WEEK), [*WEEK, gone_day(LATER)], began - timedelta(microseconds=1)
        )
    time.tzset()

    assert (list(found.objecting), before) == ([LATER], Outdated())


def test_a_later_report_that_is_over_before_the_clock_says_so_is_of_another_clock() -> None:
    """If this clock is behind, there is a later verdict, which may not be GO."""
    later = day_of_summary(summary(LATER_END), sha256="e" * 64)

    for now in (None, LATER_END):
        assert outdated_by(trend_of(WEEK), [*WEEK, later], now) == Outdated()
    found = outdated_by(trend_of(WEEK), [*WEEK, later], LATER_END - timedelta(microseconds=1))
    assert found == Outdated(disputed={LATER: LATER_END})
    [reason] = found.reasons
    assert reason == (
        "a later report is of a window that is over by it, but not by the clock: 2025-12-23; set"
        " the clock right, or make them again with snapshot --replace; else run again after"
        " 2025-12-23T08:00:00Z"
    )


def test_all_that_makes_a_verdict_old_is_told() -> None:
    """Each kind has its own advice, and days in a row are one range."""
    three = [quiet_day(DAY + timedelta(days=i), critical_alerts=1) for i in (1, 2, 3)]
    assert outdated_by(trend_of(WEEK), [*WEEK, *three]).reasons == [
        "a later report objects: 2025-12-21 to 2025-12-23; run again after 2025-12-24T00:00:00Z"
    ]
    later = three[:2]
    found = outdated_by(trend_of(WEEK), [*replaced(1, sha256="f" * 64), *later, later_day()])

    assert found.days == [DAY + timedelta(days=i) for i in (-1, 1, 2)]
    assert found.reasons == [
        "reports came, changed or went after it was given: 2025-12-19",
        "a later report objects: 2025-12-21, 2025-12-22; run again after 2025-12-23T00:00:00Z",
    ]
    assert found.reasons_of_later == found.reasons[1:]


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1969, 12, 31), date(9999, 12, 31)])
def test_no_day_is_too_early_or_too_late(day: date) -> None:
    """Names of files are not trusted; the earlier scripts wrote trends without a range."""
    made = trend_of(WEEK)
    unbounded = replace(made, range=replace(made.range, start=None))

    assert outdated_by(unbounded, [*WEEK, gone_day(day)]).days == [day]
    assert outdated_by(unbounded, [*WEEK, gone_day(day)], END).days == [
        each for each in [day] if day < DAY
    ]


def test_a_report_is_yet_to_come_while_it_shows_nothing_and_its_window_is_not_over() -> None:
    """The latest report is another one then."""
    assert is_yet_to_come(later_day(), LATER_END - timedelta(seconds=1))
    assert not is_yet_to_come(later_day(), LATER_END)
    seen = later_day(coverage={"in_window": 1})
    assert is_yet_to_come(seen, LATER_BEGIN - timedelta(seconds=1))
    assert not is_yet_to_come(seen, LATER_BEGIN)
