"""Charts: what is drawn, and what must not be."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import ROUND_UP, Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.reports.views.pages.charts import HEIGHT, WIDTH, Point, columns, lines

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 2**63 - 1
NUMBERS = st.integers(0, 12) | st.integers(0, MOST)


def drawn(chart: str) -> ET.Element:
    """Read a chart."""
    return ET.fromstring(chart)  # noqa: S314 (our own)


def line_chart(*values: float | None, mean: Sequence[float | None] | None = None) -> ET.Element:
    """Draw a series."""
    labels = [f"{i}" for i in range(len(values))]
    return drawn(lines(labels, [Point(value) for value in values], mean, says="a chart"))


def bars_of(chart: ET.Element) -> list[dict[str, Decimal]]:
    """Give the columns of a chart."""
    [group] = [g for g in chart.iter("g") if g.get("class") == "series columns"]
    return [
        {name: Decimal(bar.attrib[name]) for name in ("x", "y", "width", "height")} for bar in group
    ]


def dots_of(chart: ET.Element) -> list[tuple[Decimal, Decimal, str, str]]:
    """Give place, fill and radius of every dot."""
    return [
        (Decimal(dot.attrib["cx"]), Decimal(dot.attrib["cy"]), dot.attrib["fill"], dot.attrib["r"])
        for dot in chart.iter("circle")
    ]


def paths_of(chart: ET.Element, colour: str = "black") -> list[list[Decimal]]:
    """Give the numbers of every piece of a line."""
    return [
        [Decimal(word) for word in path.attrib["d"].split() if word not in {"M", "L"}]
        for path in chart.iter("path")
        if path.get("stroke") == colour
    ]


def bands_of(chart: ET.Element) -> list[tuple[Decimal, Decimal]]:
    """Give where each band begins, and how wide it is."""
    [group] = [g for g in chart.iter("g") if g.get("class") == "gaps"]
    return [(Decimal(band.attrib["x"]), Decimal(band.attrib["width"])) for band in group]


def ticks_of(chart: ET.Element, axis: str) -> list[str]:
    """Give the labels of an axis, in the order of their values."""
    [group] = [g for g in chart.iter("g") if g.get("class") == f"axis {axis}"]
    labels = [text.text or "" for text in group.iter("text")]
    # The library draws the line of zero last.
    return [labels[-1], *labels[:-1]] if axis == "left" else labels


def test_a_column_for_every_value() -> None:
    """As high as its share of the last tick, and none for zero."""
    chart = drawn(columns(["a", "b", "c"], [0, 2, 4], every=1, says="x"))

    heights = [bar["height"] for bar in bars_of(chart)]
    assert heights[0] == 0
    assert heights[2] == pytest.approx(heights[1] * 2)
    assert [bar["x"] for bar in bars_of(chart)] == sorted(bar["x"] for bar in bars_of(chart))


def test_only_some_labels_are_written() -> None:
    """On a phone there is no room for all of them."""
    labels = [f"{hour:02}:00" for hour in range(24)]
    chart = drawn(columns(labels, [1] * 24, every=4, says="x"))

    assert ticks_of(chart, "bottom") == labels[::4]
    assert len(bars_of(chart)) == 24


def test_nothing_but_zeros_is_drawn_flat() -> None:
    """The axis still has a one, to show that there is none."""
    chart = drawn(columns(["a", "b"], [0, 0], every=1, says="x"))

    assert [bar["height"] for bar in bars_of(chart)] == [0, 0]
    assert ticks_of(chart, "left") == ["0", "1"]


def test_a_gap_is_no_zero() -> None:
    """It has no dot and no line, and is shaded, while a zero has both and is not."""
    chart = line_chart(3, 0, None, 2, 1)

    assert len(dots_of(chart)) == 4
    assert [len(path) // 2 for path in paths_of(chart)] == [2, 2]
    [(start, width)] = bands_of(chart)
    before, zero, after, _ = [dot[0] for dot in dots_of(chart)]
    assert before < zero < start < start + width < after
    lowest = max(dot[1] for dot in dots_of(chart))
    assert dots_of(chart)[1][1] == lowest


@given(st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=80))
def test_every_value_is_drawn_and_every_gap_is_shaded(values: list[int | None]) -> None:
    """Whatever the order of values and gaps, nothing is drawn where nothing is known."""
    chart = line_chart(*values)
    known = [value for value in values if value is not None]

    assert len(dots_of(chart)) == len(known)
    assert sum(len(path) for path in paths_of(chart)) == 2 * len(known)
    whole = sum((width for _, width in bands_of(chart)), Decimal())
    [group] = [g for g in chart.iter("g") if g.get("class") == "axis left"]
    room = Decimal(next(group.iter("line")).attrib["x2"])
    assert float(whole) == pytest.approx(float(room) * values.count(None) / len(values), abs=0.1)


def test_neighbouring_gaps_are_one_band() -> None:
    """At either end of the range, too."""
    assert len(bands_of(line_chart(None, None, 1, None, 2, None, None))) == 3
    assert len(bands_of(line_chart(None, None))) == 1
    assert bands_of(line_chart(1, 2)) == []


def test_a_range_without_data_is_drawn() -> None:
    """As one band, with an axis and nothing else."""
    chart = line_chart(None, None, None)

    assert (dots_of(chart), paths_of(chart)) == ([], [])
    assert ticks_of(chart, "left") == ["0", "1"]


def test_a_single_day_is_drawn() -> None:
    """In the middle, as a dot."""
    chart = line_chart(5)

    [(x, _, fill, radius)] = dots_of(chart)
    assert (fill, radius) == ("black", "3")
    assert 0 < x < WIDTH
    assert ticks_of(chart, "bottom") == ["0"]


def test_a_lower_bound_is_hollow() -> None:
    """Of a day that was not read whole there may have been more."""
    points = [Point(1), Point(2, certain=False), Point(3)]
    chart = drawn(lines(["a", "b", "c"], points, says="x"))

    assert [dot[2] for dot in dots_of(chart)] == ["black", "none", "black"]


def test_dots_do_not_crowd_but_a_value_alone_is_seen() -> None:
    """Over a long range only values that no line leads to have a dot."""
    values: list[int | None] = [1] * 100
    values[49:52] = [None, 7, None]

    assert len(dots_of(line_chart(*values))) == 1


def test_a_lower_bound_is_seen_in_a_long_range_too() -> None:
    """A line alone does not show that there may have been more."""
    points = [Point(1, certain=i != 40) for i in range(100)]
    chart = drawn(lines([f"{i}" for i in range(100)], points, says="x"))

    assert [dot[2] for dot in dots_of(chart)] == ["none"]


@pytest.mark.parametrize("mean", [9.007199254740993e15, 1e300, 2.0000000000000004])
def test_a_large_mean_stays_in_the_picture(mean: float) -> None:
    """A trend that another program wrote may hold any."""
    chart = line_chart(1, 2, mean=[mean, None])

    assert all(0 <= y <= HEIGHT for path in paths_of(chart, "gray") for y in path[1::2])


def test_the_mean_is_a_line_of_its_own() -> None:
    """Dashed, and interrupted where there is none; it may be higher than every value."""
    chart = line_chart(1, 1, None, 1, mean=[None, 2.5, None, 0.5])

    assert [len(path) // 2 for path in paths_of(chart, "gray")] == [1, 1]
    dashed = [path.get("stroke-dasharray") for path in chart.iter("path")]
    assert dashed.count("4 3") == 2
    assert ticks_of(chart, "left")[-1] == "3"


@given(NUMBERS)
def test_ticks_are_few_whole_and_reach_the_value(value: int) -> None:
    """From 0 to the value or just above, so that the highest column fills the chart."""
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
    assert 0 <= bar["y"] <= HEIGHT


def test_a_long_range_is_drawn() -> None:
    """The longest that there can be, with few labels and all in its frame."""
    chart = line_chart(*([1, None] * 1830))

    assert len(dots_of(chart)) == 1830
    assert len(ticks_of(chart, "bottom")) <= 4
    assert all(0 <= dot[0] <= WIDTH for dot in dots_of(chart))


def test_the_same_numbers_give_the_same_bytes() -> None:
    """Whatever precision a caller computes with, and however often."""

    def draw() -> tuple[str, str]:
        return (
            columns(["a", "b", "c"], [1, 2, 7], every=2, says="x"),
            lines(["a", "b", "c"], [Point(1), Point(None), Point(7)], [0.33, 2.67, 1], says="x"),
        )

    first = draw()
    with localcontext(prec=50, rounding=ROUND_UP, capitals=0):
        assert draw() == first
    assert draw() == first


def test_what_a_chart_says_is_text() -> None:
    """Words cannot leave their attribute."""
    says = "\"><script>alert(1)</script>' & <b>"
    chart = columns(["a"], [1], every=1, says=says)

    assert drawn(chart).attrib["aria-label"] == says
    assert {element.tag for element in drawn(chart).iter()} <= {"svg", "g", "line", "text", "rect"}


def test_a_chart_loads_and_runs_nothing() -> None:
    """No script, no style, no reference to anything."""
    chart = lines(["a", "b"], [Point(1), Point(2)], [1, 2], says="x")

    tags = {element.tag for element in drawn(chart).iter()}
    assert tags <= {"svg", "g", "line", "text", "rect", "path", "circle"}
    assert "href" not in chart
    assert "url(" not in chart
    assert 'class="legend' not in chart
