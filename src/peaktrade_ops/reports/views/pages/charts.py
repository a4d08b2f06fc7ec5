"""Charts as static SVG, drawn by leather: the same numbers give the same bytes.

Colours and fonts are those of the style sheet, which outranks what the library writes into the
picture, so that a chart follows the light and the dark scheme of its page.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import leather
from leather.scales import Ordinal, Scale
from leather.shapes.base import Shape
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 400
HEIGHT: Final = 170
"""The size of a chart in its own units; a page scales it to the room that there is."""

_TICKS: Final = 4
_MOST_DOTS: Final = 62
# As many digits as a picture of this size can show, and nothing of how the rest of the process
# calculates.
_ARITHMETIC: Final = Context(
    prec=6,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    capitals=1,
    clamp=0,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)


class Point(NamedTuple):
    """A value of a series: none is a gap, and a value that is not `certain` is a lower bound."""

    value: float | None
    certain: bool = True


def columns(labels: Sequence[str], values: Sequence[int], *, every: int, says: str) -> Markup:
    """Draw a column for each label.

    Args:
        labels: What stands below the columns, all different.
        values: The height of each column, not negative.
        every: Only one of so many labels is written.
        says: What the chart shows, in words, for who cannot see it.
    """
    top, ticks = _ticks(max(values, default=0))
    chart = leather.Chart()
    chart.set_x_scale(Ordinal(list(labels)))
    chart.add_x_axis(ticks=list(labels[::every]))
    chart.set_y_scale(_Exact(0, top))
    chart.add_y_axis(ticks=ticks, tick_formatter=_tick_text)
    chart.add_columns(list(zip(labels, values, strict=True)))
    return _svg(chart, says)


def lines(
    labels: Sequence[str],
    points: Sequence[Point],
    mean: Sequence[float | None] | None = None,
    *,
    says: str,
) -> Markup:
    """Draw a series as a line that is interrupted where it has gaps, which are shaded.

    Args:
        labels: What stands below the points.
        points: A value or a gap for each label; at least one.
        mean: A second, dashed line, if there is one.
        says: What the chart shows, in words, for who cannot see it.
    """
    known = [point.value for point in points if point.value is not None]
    top, ticks = _ticks(max((*known, *filter(None, mean or ())), default=0))
    chart = leather.Chart()
    chart.set_x_scale(_Exact(Decimal("-0.5"), Decimal(f"{len(points) - 1}.5")))
    chart.add_x_axis(
        ticks=list(range(0, len(labels), max(-(-len(labels) // _TICKS), 1))),
        tick_formatter=lambda value, _index, _count: labels[value],
    )
    chart.set_y_scale(_Exact(0, top))
    chart.add_y_axis(ticks=ticks, tick_formatter=_tick_text)
    # The library wants a value in every series, so that of the gaps has nothing but values.
    chart.add_series(
        leather.Series([(i, 0) for i in range(len(points))]),
        _Gaps([point.value is None for point in points]),
    )
    if any(value is not None for value in mean or ()):
        chart.add_series(
            leather.Series(list(enumerate(mean or ()))), _Line("gray", stroke_dasharray="4 3")
        )
    if known:
        series = leather.Series([(i, point.value) for i, point in enumerate(points)])
        chart.add_series(series, _Line("black"))
    dotted = _dotted(points)
    if any(value is not None for value in dotted):
        chart.add_series(leather.Series(list(enumerate(dotted))), _Dots(points))
    return _svg(chart, says)


class _Exact(Scale):  # type: ignore[misc]  # the library has no types
    """A linear scale that ends where its domain does; the library's own looks for rounder ends."""

    def __init__(self, low: int | Decimal, high: int | Decimal) -> None:
        self._low, self._high = Decimal(low), Decimal(high)

    def contains(self, value: float | Decimal) -> bool:
        """Say whether a value lies in the domain."""
        return self._low <= value <= self._high

    def project(self, value: float | Decimal, start: float, end: float) -> Decimal:
        """Give the place of a value between two places."""
        share = (Decimal(value) - self._low) / (self._high - self._low)
        return Decimal(start) + (Decimal(end) - Decimal(start)) * share


class _Unlisted(Shape):  # type: ignore[misc]  # the library has no types
    """A shape without an entry in the chart's legend, which is written in words below the chart."""

    def legend_to_svg(self, *_: object) -> list[ET.Element]:
        """List nothing."""
        return []


class _Line(_Unlisted, leather.Line):  # type: ignore[misc]  # the library has no types
    """A line that is interrupted where it has no values."""


class _Gaps(_Unlisted):
    """Bands over the full height wherever there is no data."""

    def __init__(self, gaps: Sequence[bool]) -> None:
        self._gaps = gaps

    def validate_series(self, series: object) -> None:
        """Take any series: only its length matters."""

    def to_svg(
        self,
        width: float,
        height: float,
        x_scale: _Exact,
        _y_scale: object,
        *_: Any,  # noqa: ANN401
    ) -> ET.Element:
        """Draw one band for each run of gaps."""
        group = ET.Element("g", {"class": "gaps"})
        edges = [
            i
            for i, (before, after) in enumerate(pairwise([False, *self._gaps, False]))
            if before != after
        ]
        for first, end in zip(edges[::2], edges[1::2], strict=True):
            left, right = (
                x_scale.project(Decimal(edge) - Decimal("0.5"), 0, width) for edge in (first, end)
            )
            band = {"x": left, "y": 0, "width": right - left, "height": height}
            group.append(ET.Element("rect", {name: str(value) for name, value in band.items()}))
        return group


class _Dots(_Unlisted, leather.Dots):  # type: ignore[misc]  # the library has no types
    """Dots on the values: hollow where a value is a lower bound."""

    def __init__(self, points: Sequence[Point]) -> None:
        super().__init__(
            fill_color=lambda datum: "black" if points[datum.i].certain else "none", radius=3
        )


def _dotted(points: Sequence[Point]) -> list[float | None]:
    """Give the values that have a dot: all, or where dots would crowd those that need one.

    A value between two gaps has no line that shows it, and a line does not show that a value is a
    lower bound.
    """
    values = [None, *(point.value for point in points), None]
    return [
        point.value
        if len(points) <= _MOST_DOTS or not point.certain or (before is None and after is None)
        else None
        for before, point, after in zip(values, points, values[2:], strict=False)
    ]


def _ticks(most: float) -> tuple[int, list[int]]:
    """Find whole, round ticks from 0 to just above a number.

    Returns:
        The last tick, at least 1, and all of them.
    """
    # Whole from here on: a division of floats may fall short of a large number.
    whole = math.ceil(most)
    step = 1
    while step * _TICKS < whole:
        # 1, 2, 5, 10, 20, 50, ...
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    top = max(step * -(-whole // step), step)
    return top, list(range(0, top + 1, step))


def _tick_text(value: int, _index: int, _count: int) -> str:
    """Write a tick in a few characters: 20000 is 20k."""
    for zeros, unit in ((18, "E"), (15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value and value % 10**zeros == 0:
            return f"{value // 10**zeros}{unit}"
    return str(value)


def _svg(chart: Any, says: str) -> Markup:  # noqa: ANN401 (the library has no types)
    with localcontext(_ARITHMETIC):
        picture = chart.to_svg_group(WIDTH, HEIGHT)
    # A ground of its own would hide that of the page.
    picture.remove(picture[0])
    root = ET.Element(
        "svg", {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-label": says}
    )
    root.append(picture)
    # Every text went through the serializer, so what it gives is safe to stand in a page.
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 (see above)
