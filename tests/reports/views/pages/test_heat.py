"""The hours of several days as heat strips: the cells, the levels, and the words for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.reports.views.pages.heat import LEVELS, hours_figure, level_bounds
from peaktrade_ops.reports.views.pages.strips import Strip, range_of
from peaktrade_ops.stage1.day import day_of_summary, missing_day
from peaktrade_ops.stage1.models import Hour
from tests.support.artifacts import DAY, coverage, end_of, quiet_day, summary
from tests.support.html import parse, text_of, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peaktrade_ops.stage1.models import Summary

pytestmark = pytest.mark.one_python


def day_of(
    day: date, events: Mapping[int, int], alerts: Mapping[int, int] | None = None, *, hour: int = 0
) -> Summary:
    """Make a summary with events and alerts in some hours of its window."""
    end = end_of(day, hour) + timedelta(days=not hour)
    hours = tuple(
        Hour(end - timedelta(hours=24 - i), events.get(i, 0), (alerts or {}).get(i, 0))
        for i in range(24)
    )
    count = sum(events.values())
    return summary(
        end,
        date=day,
        hourly=hours,
        coverage=coverage(in_window=count, events=max(count, 1), lines=max(count, 1)),
    )


def strip(made: Summary) -> Strip:
    """Make the strip of a summary."""
    return Strip(day_of_summary(made), f"{made.date}_snapshot.html", made)


def page_of(*strips: Strip) -> str:
    """Render the figure of the hours of days."""
    return str(hours_figure(range_of(strips)))


def paths(page: str) -> dict[str, str]:
    """Return the path of each class in the only picture."""
    [svg] = parse(page).css("svg")
    return {path.attributes["class"] or "": path.attributes["d"] or "" for path in svg.css("path")}


QUIET = day_of(DAY, {0: 1, 1: 1, 12: 100, 23: 25}, {12: 2})


def test_an_hour_is_a_cell_of_its_level() -> None:
    """Each hour with events is a cell in the column of its hour; more events are another class."""
    drawn = paths(page_of(strip(QUIET)))

    assert drawn["ground"] == "M0 0h24v1H0z"
    assert drawn["least"] == "M0.04 0h0.92v1H0.04zM1.04 0h0.92v1H1.04z"
    assert drawn["mid"] == "M23.04 0h0.92v1H23.04z"
    assert drawn["most"] == "M12.04 0h0.92v1H12.04z"
    assert drawn.keys() == {"ground", "least", "mid", "most", "mark"}


def test_an_hour_with_alerts_is_marked() -> None:
    """Each hour with alerts has a mark on its cell."""
    assert paths(page_of(strip(QUIET)))["mark"] == "M12.96 0v.65L12.4 0z"


def test_neighbours_of_one_level_are_one_shape_in_a_long_range() -> None:
    """With a row a week, hours of one level that touch are one shape, so the page stays small."""
    days = [day_of(DAY - timedelta(days=back), dict.fromkeys(range(24), 7)) for back in range(60)]
    page = page_of(*map(strip, reversed(days)))

    [svg, *_] = parse(page).css("svg")
    [cells] = svg.css("path.most")
    assert cells.attributes["d"] == "".join(f"M0 {y}h24v1H0z" for y in range(5))


def test_a_strip_is_told_in_words() -> None:
    """The text alternative of a day has its total, its peak, its silent hours and its alerts."""
    [svg] = parse(page_of(strip(QUIET))).css("svg")

    assert svg.attributes["aria-label"] == (
        "2025-12-20: 127 events, most (100) at 12:00, 20 hours without events, alerts at 12:00"
    )


def test_the_figure_is_told_in_words() -> None:
    """The caption has the totals of the range, its peak, and the days without data."""
    page = page_of(strip(QUIET), Strip(missing_day(DAY + timedelta(days=1)), None, None))

    [caption] = texts(page, "figcaption")
    assert caption == (
        "127 events in 1 day; the most in an hour, 100, on 2025-12-20 at 12:00;"
        " 20 hours without events; 1 day without data."
    )
    assert texts(page, "td.number") == ["127", "-"]


def test_the_legend_says_what_a_colour_stands_for() -> None:
    """The legend has the counts of each level, and only what is in the figure."""
    page = page_of(strip(QUIET), Strip(missing_day(DAY + timedelta(days=1)), None, None))
    assert texts(page, ".key li") == [
        "0",
        "1 to 4",
        "5 to 16",
        "17 to 36",
        "37 to 64",
        "65 to 100",
        "with alerts",
        "no data",
    ]

    every = day_of(DAY, dict.fromkeys(range(24), 1))
    assert texts(page_of(strip(every)), ".key li") == ["1"]


def test_the_numbers_are_all_there() -> None:
    """The table of numbers has every hour of every day, and where the alerts are."""
    page = page_of(strip(QUIET))

    assert texts(page, ".figures thead th")[:4] == ["Day", "00", "01", "02"]
    cells = texts(page, ".figures tbody td")
    assert (cells[0], cells[2], cells[12], cells[23]) == ("1", "0", "100", "25")
    assert cells[24:] == ["12:00 (2)"]


def test_the_columns_are_the_hours_of_the_windows() -> None:
    """Windows that start at the same time of day give the columns their clock."""
    days = [day_of(DAY, {0: 3}, hour=8), day_of(DAY + timedelta(days=1), {0: 3}, hour=8)]

    page = page_of(*map(strip, days))

    assert [text_of(each) for each in parse(page).css(".scale > span:not(.unseen)")] == [
        "08",
        "14",
        "20",
        "02",
    ]


def test_windows_that_start_differently_count_from_their_start() -> None:
    """Windows that start at different times have columns since the start, and the page says so."""
    days = [day_of(DAY, {0: 3}), day_of(DAY + timedelta(days=1), {0: 3}, hour=8)]

    page = page_of(*map(strip, days))

    assert [text_of(each) for each in parse(page).css(".scale > span:not(.unseen)")] == [
        "+0",
        "+6",
        "+12",
        "+18",
    ]
    assert "a column is an hour since the start" in texts(page, "figcaption")[0]


@pytest.mark.parametrize(
    "without",
    [
        Strip(quiet_day(), None, None),
        strip(msgspec.structs.replace(QUIET, hourly=None)),
        strip(day_of(DAY, {})),
    ],
    ids=["no summary", "no hours", "no events"],
)
def test_a_day_without_hours_is_no_row_of_zeros(without: Strip) -> None:
    """A day whose hours are not known, or that is empty, has no picture and no numbers."""
    page = page_of(without)

    assert not parse(page).css("svg, details")
    assert len(parse(page).css("td.gap")) == 1
    assert texts(page, "figcaption") == ["No day of the range has events by hour."]


@given(st.integers(1, 2**63 - 1))
def test_levels_cover_every_count(most: int) -> None:
    """The levels rise, and the last one ends with the highest count."""
    bounds = level_bounds(most)

    assert len(bounds) == len(LEVELS)
    assert bounds == sorted(bounds)
    assert bounds[-1] == most
