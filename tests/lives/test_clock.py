"""What a clock that is wrong, and days that have not come yet, do to the verdict that is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.names import snapshot_name, summary_name
from peaktrade_ops.window import window_of
from tests.support.lives import (
    DAY,
    LAST_DAY,
    NEXT_DAY,
    QUIET_FILE,
    Life,
    as_of,
    at,
    critical,
    day_of,
    days_from,
    quiet,
)

if TYPE_CHECKING:
    from datetime import date

pytestmark = pytest.mark.one_python

NOW = at(NEXT_DAY, "02:00")
FAR = LAST_DAY + 9 * DAY


# A clock that is ahead.


def test_a_verdict_from_a_clock_that_is_ahead_is_not_current(life: Life) -> None:
    """Its last day is not over, and what is still to come of it is in no report."""
    life.append(QUIET_FILE, quiet(NEXT_DAY), when=at(NEXT_DAY, "09:00"))
    ahead = at(NEXT_DAY + DAY, "02:00")

    assert life.run(NEXT_DAY, now=ahead).verdict == "GO"

    assert life.shown(ahead) == "GO"
    for moment in ("09:30", "23:59"):
        assert life.shown(at(NEXT_DAY, moment)) is None


def test_the_next_run_of_the_right_clock_replaces_it(life: Life) -> None:
    """What it saw of its last day does not count before this is over, and then is counted anew."""
    life.append(QUIET_FILE, quiet(NEXT_DAY), when=at(NEXT_DAY, "09:00"))
    life.run(NEXT_DAY, now=at(NEXT_DAY + DAY, "02:00"))
    life.append(QUIET_FILE, critical(NEXT_DAY), when=at(NEXT_DAY, "12:00"))
    noon = at(NEXT_DAY, "12:30")

    judged = life.run(LAST_DAY, now=noon)

    assert (judged.verdict, judged.stored) == ("GO", True)
    assert life.shown(noon) is None
    currency = life.currency(noon)
    assert currency is not None
    [reason] = currency.reasons
    assert "not by the clock: 2025-12-21; set the clock right, or make" in reason
    assert life.run(NEXT_DAY).why == {"critical": ["12-21"]}


def test_a_trend_of_a_far_day_is_not_in_the_way_of_the_real_one(life: Life) -> None:
    """Events ahead of the clock made it GO; the days before it that are over have a critical."""
    ahead = days_from(day_of("12-25"), 14)
    life.append(QUIET_FILE, *map(quiet, ahead), critical(LAST_DAY), when=at(LAST_DAY, "22:00"))
    assert life.run(ahead[-1]).verdict == "GO"
    assert life.shown(NOW) is None

    assert life.trend(LAST_DAY).stored is False
    judged = life.run(LAST_DAY, now=NOW)

    assert (judged.verdict, judged.stored) == ("NO_GO", True)
    assert life.trend(LAST_DAY, now=NOW).stored is True
    assert life.shown(NOW) is None
    life.snapshot(*map(window_of, ahead), now=NOW, replace=True)
    assert life.run(LAST_DAY, now=NOW).verdict == "NO_GO"
    assert life.shown(NOW) == "NO_GO"


def test_a_trend_that_ends_before_the_clock_is_in_the_way_of_an_earlier_one(life: Life) -> None:
    """To fill in old days does not hide the verdict of the last ones."""
    life.append(QUIET_FILE, critical(LAST_DAY), when=at(LAST_DAY, "12:00"))
    life.run(LAST_DAY, now=NOW)

    assert life.run(LAST_DAY - 3 * DAY, now=NOW).stored is False
    for moment in (NOW, window_of(LAST_DAY).end):
        assert life.trend(LAST_DAY - 3 * DAY, now=moment).stored is False
    assert life.shown(NOW) == "NO_GO"


# A clock that is behind.


@pytest.mark.parametrize("back", [1, 3])
def test_a_clock_that_is_behind_makes_no_earlier_verdict_current(life: Life, back: int) -> None:
    """By it the days of the reports that object have not come yet, but they were seen."""
    life.append(QUIET_FILE, quiet(day_of("12-06")), when=at(day_of("12-06")))
    path = life.write("telemetry/c.jsonl", critical(LAST_DAY), when=at(LAST_DAY, "12:00"))
    assert life.run(LAST_DAY, days=15, now=NOW).verdict == "NO_GO"
    # An event that is ahead of the clock objects by itself.
    path.unlink()
    behind = NOW - back * DAY

    judged = life.run(LAST_DAY - back * DAY, days=7, now=behind)

    assert judged.verdict == "GO"
    assert life.shown(behind) is None
    assert life.run(LAST_DAY, now=NOW).verdict == "NO_GO"
    assert life.shown(NOW) == "NO_GO"


# Days that have not come yet.


def days_after(count: int) -> list[date]:
    """Return the days after the last one."""
    return days_from(NEXT_DAY, count)


def mistake(life: Life) -> None:
    """Run for a day that has not come; the right run before it was GO."""
    assert life.run(LAST_DAY, now=NOW).verdict == "GO"
    assert life.run(FAR, now=NOW + timedelta(minutes=1)).verdict == "HOLD"
    assert life.shown(NOW + timedelta(minutes=1)) is None


def test_a_mistaken_day_heals_by_the_next_run_and_each_one_after_it(life: Life) -> None:
    """Its reports show nothing, and are made again one by one when their days are over."""
    mistake(life)
    again = NOW + timedelta(minutes=2)

    assert life.run(LAST_DAY, now=again).verdict == "GO"
    assert life.shown(again) == "GO"
    for day in days_after(11):
        life.append(QUIET_FILE, quiet(day), when=at(day))
        assert life.shown(at(day, "20:00")) == "GO"
        assert (life.run(day).why, life.run(day).stored) == ({}, True)
        assert life.shown(window_of(day).end + timedelta(hours=3)) == "GO"


def test_a_mistaken_day_that_is_not_made_again_once_it_is_over_objects(life: Life) -> None:
    """Nobody has looked at it."""
    mistake(life)
    life.run(LAST_DAY, now=NOW)

    assert life.shown(at(NEXT_DAY, "23:59")) == "GO"
    assert life.shown(at(NEXT_DAY + DAY, "00:00")) is None


@pytest.mark.parametrize("what", ["changed", "gone"])
def test_a_mistaken_report_that_was_changed_or_removed_counts_once_its_window_can_have_begun(
    life: Life, what: str
) -> None:
    """Nobody knows its window, which begins at the earliest with the day before."""
    day = NEXT_DAY + 4 * DAY
    life.run(LAST_DAY, now=NOW)
    life.snapshot(window_of(day), now=NOW)
    if what == "gone":
        life.remove(summary_name(day), snapshot_name(day))
    else:
        path = life.reports / summary_name(day)
        path.write_bytes(path.read_bytes() + b"\n")

    assert life.shown(NOW) == "GO"
    for each in days_after(4):
        life.append(QUIET_FILE, quiet(each), when=at(each))
        assert life.shown(at(each, "23:59")) == ("GO" if day - each > DAY else None)
        assert life.run(each).verdict == "GO"
    assert life.shown(at(day, "03:00")) is None
    life.append(QUIET_FILE, quiet(day), when=at(day))
    assert life.run(day).why == {"unreadable": [f"{day:%m-%d}"]}


def test_a_report_of_a_day_that_is_not_over_says_until_when_it_is_in_the_way(life: Life) -> None:
    """To run again does not help before."""
    life.append(QUIET_FILE, quiet(NEXT_DAY), when=at(NEXT_DAY, "09:00"))
    life.run(LAST_DAY, now=NOW)
    noon = at(NEXT_DAY, "12:00")

    life.snapshot(window_of(NEXT_DAY), now=noon)

    assert life.run(LAST_DAY, now=noon).outdated == (NEXT_DAY,)
    currency = life.currency(noon)
    assert currency is not None
    [reason] = currency.reasons
    assert reason == (
        "a later report was made before its window was over: 2025-12-21; run again after"
        " 2025-12-22T00:00:00Z"
    )
    assert life.run(NEXT_DAY).verdict == "GO"
    assert life.shown(at(NEXT_DAY + DAY, "02:00")) == "GO"


def test_a_later_report_that_objects_says_until_when_it_is_in_the_way(life: Life) -> None:
    """Its window is over, but the day of which the next run makes a report is not."""
    life.append(QUIET_FILE, critical(NEXT_DAY), when=at(NEXT_DAY, "12:00"))
    life.run(LAST_DAY, now=NOW)

    life.snapshot(as_of(NEXT_DAY, "13:00"), now=at(NEXT_DAY, "13:00"))

    currency = life.currency(at(NEXT_DAY, "13:00"))
    assert currency is not None
    assert currency.reasons == [
        "a later report objects: 2025-12-21; run again after 2025-12-22T00:00:00Z"
    ]
    assert life.run(NEXT_DAY).verdict == "NO_GO"
