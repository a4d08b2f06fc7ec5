"""The rows of the figures of several days: a day or a week each, with what is not known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import htpy as h
import pytest

from peaktrade_ops.reports.views.pages.strips import (
    MOST_ROWS,
    Figure,
    Strip,
    number_cells,
    numbers_table,
    picture,
    range_of,
    strips_figure,
)
from peaktrade_ops.stage1.day import missing_day
from tests.support.artifacts import DAY, days_until, quiet_day
from tests.support.html import parse, text_of, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.reports.views.pages.strips import Range
    from peaktrade_ops.stage1.day import Day

pytestmark = pytest.mark.one_python


def strip(day: Day, target: str | None = None) -> Strip:
    """Make the strip of a day with its summary."""
    return Strip(day, target, day.summary)


def strips(count: int, last: date = DAY) -> list[Strip]:
    """Make the strips of quiet days."""
    return [strip(quiet_day(day)) for day in days_until(last, count)]


def figure(span: Range, *unknown: date) -> str:
    """Render a figure whose pictures are the dates of the known days."""

    def draw(group: Sequence[Strip]) -> h.Element:
        return h.b[" ".join(f"{each.day.date:%d}" for each in group)]

    return str(
        strips_figure(
            span,
            Figure(
                title="Things",
                scale=[h.span["0"]],
                last="All",
                draw=draw,
                is_known=lambda each: each.day.date not in unknown,
                number=lambda group: f"{len(group)}",
                caption="Many things.",
                legend=[("gap", "no data")],
                numbers=None,
            ),
        )
    )


def body(page: str) -> list[list[str]]:
    """Return the cells of the rows of a figure."""
    return [
        [text_of(cell) for cell in row.css("th, td")] for row in parse(page).css("figure tbody tr")
    ]


def test_few_days_have_a_row_each() -> None:
    """Up to a month has a row for each day, with its date, state, picture and number."""
    page = figure(range_of(strips(2)))

    assert body(page) == [
        ["2025-12-19✓ clean", "19", "1"],
        ["2025-12-20✓ clean", "20", "1"],
    ]
    assert texts(page, "thead th") == ["Day", "Things, from 0", "All"]
    assert texts(page, "figcaption") == ["Many things."]
    assert len(range_of(strips(MOST_ROWS)).groups) == MOST_ROWS


def test_many_days_have_a_row_a_week() -> None:
    """More days have a row for each week from Monday on, named after its first day."""
    span = range_of(strips(MOST_ROWS + 1))

    assert [len(group) for group in span.groups] == [2, 7, 7, 7, 7, 6]
    assert {group[0].day.date.weekday() for group in span.groups[1:]} == {0}
    assert sum(map(len, span.groups)) == MOST_ROWS + 1
    assert span.is_dense
    assert body(figure(span))[1][:2] == ["2025-11-17✓", "17 18 19 20 21 22 23"]


@pytest.mark.parametrize(("count", "pixels"), [(14, 24), (60, 8), (365, 4)])
def test_more_days_are_thinner(count: int, pixels: int) -> None:
    """The more days there are, the thinner is each."""
    span = range_of(strips(count))
    drawn = picture(span, 24, 2, [("most", ["M0 0h1v1H0z"]), ("least", [])], "told")

    [svg] = parse(str(drawn)).css("svg")
    assert span.pixels == pixels
    assert svg.attributes["height"] == f"{2 * pixels}"
    assert svg.attributes["viewBox"] == "0 0 24 2"
    assert svg.attributes["aria-label"] == "told"
    assert len(svg.css("path")) == 1


def test_an_outline_is_not_stretched() -> None:
    """Only shapes with an outline have a stroke that keeps its width in a stretched picture."""
    paths = [("mark", ["M0 0z"]), ("most", ["M0 0z"])]
    drawn = parse(str(picture(range_of(strips(1)), 24, 1, paths, "told")))

    assert [path.attributes.get("vector-effect") for path in drawn.css("path")] == [
        "non-scaling-stroke",
        None,
    ]


def test_a_day_without_data_says_why() -> None:
    """A day without a picture is marked, and says why; one of the earlier scripts has numbers."""
    old = quiet_day(DAY - timedelta(days=1))
    days = [strip(old), strip(missing_day(DAY))]
    page = figure(range_of(days), old.date, DAY)

    assert [row[1:] for row in body(page)] == [["not in this report", "-"], ["missing", "-"]]
    assert len(parse(page).css("td.strip.gap")) == 2


def test_a_week_with_an_unknown_day_is_marked() -> None:
    """A week with days with and without data has a picture on marked ground."""
    page = figure(range_of(strips(60)), DAY - timedelta(days=10))

    assert len(parse(page).css("td.strip.gap")) == 1
    assert texts(page, "td.strip.gap b") == ["08 09 10 11 12 13 14"]


def test_a_week_without_data_says_so() -> None:
    """A week without any data has no picture."""
    page = figure(range_of(strips(60)), *days_until(date(2025, 12, 14), 7))

    assert texts(page, "td.strip.gap") == ["no data"]


def test_a_day_with_a_page_is_a_link() -> None:
    """The date of a day with a page links to it; the year can be hidden on its own."""
    days = [strip(missing_day(DAY)), strip(quiet_day(), "page.html")]
    page = figure(range_of(days))

    assert [node.attributes["href"] for node in parse(page).css("th a")] == ["page.html"]
    assert texts(page, "th a") == ["2025-12-20"]
    assert texts(page, "th a .year") == ["2025-"]


def test_numbers_are_a_folded_table() -> None:
    """The numbers of a figure are a table in a fold; a day without data has one wide cell."""
    days = [strip(quiet_day(DAY - timedelta(days=1))), strip(missing_day(DAY))]
    content = [(days[0], number_cells([1, 2000])), (days[1], None)]
    page = str(numbers_table("Things", ["a", "b"], content))

    assert texts(page, "details > summary") == ["Things as numbers"]
    assert texts(page, "details thead th") == ["Day", "a", "b"]
    assert texts(page, "details tbody td") == ["1", "2,000", "missing"]
    assert parse(page).css("td")[2].attributes["colspan"] == "2"
