"""Test which elements a chart draws."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from decimal import ROUND_UP, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.reports.views.pages.charts import HEIGHT, WIDTH, Point, columns, lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import htpy as h

pytestmark = pytest.mark.one_python

MOST = 2**63 - 1
NUMBERS = st.integers(0, 12) | st.integers(0, MOST)
HUNDREDTH = 0.011
"""The tolerance between two coordinates that are each rounded to hundredths."""


class Place(NamedTuple):
    """A place in a chart, from its top left corner."""

    x: float
    y: float


class Bar(NamedTuple):
    """A rectangle of a chart."""

    x: float
    y: float
    width: float
    height: float


def drawn(chart: h.Element) -> ET.Element:
    """Read a chart."""
    return ET.fromstring(str(chart))  # noqa: S314 (our own)


def line_chart(*values: float | None, mean: Sequence[float | None] | None = None) -> ET.Element:
    """Draw a series."""
    labels = [f"{i}" for i in range(len(values))]
    return drawn(lines(labels, [Point(value) for value in values], mean, says="a chart"))


def place(chart: ET.Element, x: float | str, y: float | str) -> Place:
    """Return the place of coordinates, whose origin is somewhere in the chart."""
    left, top, *_ = map(float, chart.attrib["viewBox"].split())
    return Place(float(x) - left, float(y) - top)


def group_of(chart: ET.Element, name: str) -> ET.Element:
    """Return the one group of a chart with a class."""
    [group] = [group for group in chart.iter("g") if group.get("class") == name]
    return group


def rectangles(chart: ET.Element, name: str) -> list[Bar]:
    """Return the rectangles in a group of a chart."""
    return [
        Bar(
            *place(chart, bar.get("x", 0), bar.get("y", 0)),
            float(bar.attrib["width"]),
            float(bar.attrib["height"]),
        )
        for bar in group_of(chart, name)
    ]


def bars_of(chart: ET.Element) -> list[Bar]:
    """Return the columns of a chart."""
    return rectangles(chart, "columns")


def bands_of(chart: ET.Element) -> list[Bar]:
    """Return the bands of a chart."""
    return rectangles(chart, "gaps")


def dots_of(chart: ET.Element) -> list[Place]:
    """Return the middle of every dot."""
    return [place(chart, dot.attrib["cx"], dot.attrib["cy"]) for dot in chart.iter("circle")]


def hollow_dots(chart: ET.Element) -> list[bool]:
    """Return for every dot whether it is hollow."""
    return [dot.get("class") == "uncertain" for dot in chart.iter("circle")]


def paths_of(chart: ET.Element, kind: str = "values") -> list[list[Place]]:
    """Return the places that every piece of a line goes through."""
    return [
        [place(chart, *point.split()) for point in piece.split("L")]
        for path in chart.iter("path")
        if path.get("class") == kind
        for piece in path.attrib["d"].split("M")[1:]
    ]


def ticks_of(chart: ET.Element, axis: str) -> list[str]:
    """Return the labels of an axis, in the order of their values."""
    return [text.text or "" for text in group_of(chart, f"axis {axis}").iter("text")]


def tick_lines(chart: ET.Element, axis: str) -> list[tuple[Place, Place]]:
    """Return both ends of the line of every tick of an axis."""
    return [
        (
            place(chart, line.get("x1", 0), line.get("y1", 0)),
            place(chart, line.get("x2", 0), line.get("y2", 0)),
        )
        for line in group_of(chart, f"axis {axis}").iter("line")
    ]


def test_a_column_for_every_value() -> None:
    """A column is as high as its share of the last tick; a zero has no height."""
    chart = drawn(columns(["a", "b", "c"], [0, 2, 4], every=1, says="x"))

    none, half, whole = bars_of(chart)
    assert none.height == 0
    assert whole.height == pytest.approx(half.height * 2, abs=HUNDREDTH)
    assert none.x < half.x < whole.x
    assert none.y == half.y + half.height == whole.y + whole.height


def test_columns_are_apart_and_fill_the_width() -> None:
    """Each is in the middle of its share of the width, over its label, with a gap to the next."""
    chart = drawn(columns(["a", "b", "c"], [1, 2, 3], every=1, says="x"))

    bars = bars_of(chart)
    left, right = (end.x for end in tick_lines(chart, "left")[0])
    share = (right - (left + 4)) / 3
    for i, bar in enumerate(bars):
        assert bar.width == pytest.approx(share * 0.9, abs=HUNDREDTH)
        middle = left + 4 + share * (i + 0.5)
        assert bar.x + bar.width / 2 == pytest.approx(middle, abs=HUNDREDTH)
        assert tick_lines(chart, "bottom")[i][0].x == pytest.approx(middle, abs=HUNDREDTH)


def test_a_tick_is_as_high_as_its_value() -> None:
    """A tick has the height of its value in columns, dots and both lines."""
    values = [0, 1, 2, 3]
    bars = drawn(columns(["a", "b", "c", "d"], values, every=1, says="x"))
    series = line_chart(*values, mean=values)

    assert ticks_of(bars, "left") == ticks_of(series, "left") == ["0", "1", "2", "3"]
    assert [bar.y for bar in bars_of(bars)] == [line.y for line, _ in tick_lines(bars, "left")]
    heights = [line.y for line, _ in tick_lines(series, "left")]
    assert [dot.y for dot in dots_of(series)] == heights
    assert [[point.y for point in piece] for piece in paths_of(series)] == [heights]
    assert [[point.y for point in piece] for piece in paths_of(series, "mean")] == [heights]


def test_a_label_stands_at_its_tick() -> None:
    """Below a tick of the bottom, left of a tick of the side."""
    chart = line_chart(5, 7)

    for axis in ("bottom", "left"):
        texts = [
            place(chart, text.attrib["x"], text.attrib["y"])
            for text in group_of(chart, f"axis {axis}").iter("text")
        ]
        for text, (start, end) in zip(texts, tick_lines(chart, axis), strict=True):
            if axis == "bottom":
                assert text.x == start.x == end.x
                assert start.y < end.y < text.y
            else:
                assert text.y == start.y == end.y
                assert text.x < start.x < end.x


def test_long_labels_have_more_room() -> None:
    """Long labels take their room from the columns, not from the margin."""
    short, long = (drawn(columns(["a"], [most], every=1, says="x")) for most in (4, 44_440_004))
    labels = [max(map(len, ticks_of(chart, "left"))) for chart in (short, long)]
    assert labels == [1, 3]

    assert bars_of(long)[0].x > bars_of(short)[0].x
    assert bars_of(long)[0].width < bars_of(short)[0].width
    ends = [tick_lines(chart, "left")[0][1].x for chart in (short, long)]
    assert ends[0] == ends[1] < WIDTH


def test_only_some_labels_are_written() -> None:
    """Only every n-th label is written."""
    labels = [f"{hour:02}:00" for hour in range(24)]
    chart = drawn(columns(labels, [1] * 24, every=4, says="x"))

    assert ticks_of(chart, "bottom") == labels[::4]
    assert len(bars_of(chart)) == 24


def test_nothing_but_zeros_is_drawn_flat() -> None:
    """A chart of zeros has flat columns and an axis from 0 to 1."""
    chart = drawn(columns(["a", "b"], [0, 0], every=1, says="x"))

    assert [bar.height for bar in bars_of(chart)] == [0, 0]
    assert ticks_of(chart, "left") == ["0", "1"]


def test_a_gap_is_no_zero() -> None:
    """A gap is shaded and has no dot and no line, unlike a zero."""
    chart = line_chart(3, 0, None, 2, 1)

    assert len(dots_of(chart)) == 4
    assert [len(path) for path in paths_of(chart)] == [2, 2]
    [band] = bands_of(chart)
    before, zero, after, _ = dots_of(chart)
    assert before.x < zero.x < band.x < band.x + band.width < after.x
    assert zero.y == max(dot.y for dot in dots_of(chart))


def test_a_band_has_the_full_height_and_ends_half_way() -> None:
    """A band ends half-way between a value and a gap, so it is as wide as its days."""
    chart = line_chart(1, None, 1)

    [band] = bands_of(chart)
    before, after = dots_of(chart)
    assert band.width == pytest.approx((after.x - before.x) / 2, abs=HUNDREDTH)
    assert band.x + band.width / 2 == pytest.approx((before.x + after.x) / 2, abs=HUNDREDTH)
    heights = [start.y for start, _ in tick_lines(chart, "left")]
    assert (band.y, band.y + band.height) == (min(heights), max(heights))


@given(st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=80))
def test_every_value_is_drawn_and_every_gap_is_shaded(values: list[int | None]) -> None:
    """Every known value is drawn, and every gap is shaded and has no dot or line."""
    chart = line_chart(*values)
    known = [value for value in values if value is not None]

    assert len(dots_of(chart)) == len(known)
    assert [point for path in paths_of(chart) for point in path] == dots_of(chart)
    whole = sum(band.width for band in bands_of(chart))
    room = float(next(group_of(chart, "axis left").iter("line")).attrib["x2"])
    assert whole == pytest.approx(room * values.count(None) / len(values), abs=0.2)


def test_neighbouring_gaps_are_one_band() -> None:
    """Neighbouring gaps are one band, also at both ends of the range."""
    assert len(bands_of(line_chart(None, None, 1, None, 2, None, None))) == 3
    assert len(bands_of(line_chart(None, None))) == 1
    assert bands_of(line_chart(1, 2)) == []


def test_a_range_without_data_is_drawn() -> None:
    """A range without data is drawn as one band with an axis."""
    chart = line_chart(None, None, None)

    assert (dots_of(chart), paths_of(chart)) == ([], [])
    assert ticks_of(chart, "left") == ["0", "1"]


def test_a_single_day_is_drawn() -> None:
    """A single day is drawn as a dot in the middle."""
    chart = line_chart(5)

    [dot] = dots_of(chart)
    assert hollow_dots(chart) == [False]
    assert [circle.get("r") for circle in chart.iter("circle")] == ["3"]
    start, end = tick_lines(chart, "left")[0]
    assert dot.x == pytest.approx((start.x + 4 + end.x) / 2, abs=HUNDREDTH)
    assert ticks_of(chart, "bottom") == ["0"]


def test_a_lower_bound_is_hollow() -> None:
    """The dot of a lower bound is hollow."""
    points = [Point(1), Point(2, certain=False), Point(3)]
    chart = drawn(lines(["a", "b", "c"], points, says="x"))

    assert hollow_dots(chart) == [False, True, False]


def test_dots_do_not_crowd_but_a_value_alone_is_seen() -> None:
    """In a long range only a value without neighbours has a dot."""
    values: list[int | None] = [1] * 100
    values[49:52] = [None, 7, None]

    assert len(dots_of(line_chart(*values))) == 1


def test_a_lower_bound_is_seen_in_a_long_range_too() -> None:
    """A lower bound has a dot even in a long range."""
    points = [Point(1, certain=i != 40) for i in range(100)]
    chart = drawn(lines([f"{i}" for i in range(100)], points, says="x"))

    assert hollow_dots(chart) == [True]


@pytest.mark.parametrize("mean", [9.007199254740993e15, 1e300, 1.7e308, 2.0000000000000004])
def test_a_large_mean_stays_in_the_picture(mean: float) -> None:
    """A mean of any size stays inside the chart."""
    chart = line_chart(1, 2, mean=[mean, None])

    [[point]] = paths_of(chart, "mean")
    assert 0 <= point.y <= HEIGHT


def test_the_mean_is_a_line_of_its_own() -> None:
    """The mean is a line behind the values, with gaps, and its height counts for the axis."""
    chart = line_chart(1, 1, None, 1, mean=[None, 2.5, None, 0.5])

    assert [len(path) for path in paths_of(chart, "mean")] == [1, 1]
    assert [path.get("class") for path in chart.iter("path")] == ["mean", "values"]
    assert ticks_of(chart, "left")[-1] == "3"


@given(NUMBERS)
def test_ticks_are_few_whole_and_reach_the_value(value: int) -> None:
    """The ticks are few, whole and even, from 0 to the value or just above it."""
    chart = drawn(columns(["a"], [value], every=1, says="x"))
    units = {"k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
    ticks = [
        int(tick[:-1]) * 10 ** units[tick[-1]] if tick[-1] in units else int(tick)
        for tick in ticks_of(chart, "left")
    ]

    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 5
    assert len({after - before for before, after in pairwise(ticks)}) == 1
    assert max(value, 1) <= ticks[-1] < max(value, 1) + ticks[1]
    [bar] = bars_of(chart)
    assert 0 <= bar.y <= HEIGHT


def test_a_long_range_is_drawn() -> None:
    """The longest that there can be, with few labels and all in its frame."""
    chart = line_chart(*([1, None] * 1830))

    assert len(dots_of(chart)) == 1830
    assert len(ticks_of(chart, "bottom")) <= 4
    assert all(0 <= dot.x <= WIDTH for dot in dots_of(chart))


def test_the_same_numbers_give_the_same_bytes() -> None:
    """A chart has the same bytes for any decimal context and any number of calls."""

    def draw() -> tuple[str, str]:
        return (
            str(columns(["a", "b", "c"], [1, 2, 7], every=2, says="x")),
            str(
                lines(["a", "b", "c"], [Point(1), Point(None), Point(7)], [0.33, 2.67, 1], says="x")
            ),
        )

    first = draw()
    with localcontext(prec=50, rounding=ROUND_UP, capitals=0):
        assert draw() == first
    assert draw() == first


def test_what_a_chart_says_is_text() -> None:
    """The description of a chart is escaped and stays in its attribute."""
    says = "\"><script>alert(1)</script>' & <b>"
    chart = columns(["a"], [1], every=1, says=says)

    assert drawn(chart).attrib["aria-label"] == says
    assert {element.tag for element in drawn(chart).iter()} <= {"svg", "g", "line", "text", "rect"}


def test_a_label_is_text() -> None:
    """A label is text and cannot become an element."""
    label = "<script>alert(1)</script> & \"'"

    for chart in (
        columns([label], [1], every=1, says="x"),
        lines([label], [Point(1)], says="x"),
    ):
        assert ticks_of(drawn(chart), "bottom") == [label]


def test_a_chart_can_be_rendered_again() -> None:
    """A chart can be rendered more than once."""
    for chart in (
        columns(["a", "b"], [1, 2], every=1, says="x"),
        lines(["a", "b"], [Point(1), Point(None)], [1, 2], says="x"),
    ):
        first = str(chart)
        assert str(chart) == first


def test_a_chart_loads_and_runs_nothing() -> None:
    """No script, no style, no reference to anything."""
    chart = lines(["a", "b"], [Point(1), Point(2)], [1, 2], says="x")

    tags = {element.tag for element in drawn(chart).iter()}
    assert tags <= {"svg", "g", "line", "text", "rect", "path", "circle"}
    names = {name for element in drawn(chart).iter() for name in element.attrib}
    assert not {name for name in names if re.search(r"href|style|^on", name)}
    assert "url(" not in str(chart)
