"""Charts as static SVG: the same numbers give the same bytes.

A chart has shapes and classes; the style sheet has all colours, strokes and fonts, so that a chart
follows the light, dark and print scheme of its page.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import htpy as h
import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 400
HEIGHT: Final = 170
"""The size of a chart in its own units; a page scales it to the available width."""

_TICKS: Final = 4
"""The maximum number of steps of an axis."""
_MOST_DOTS: Final = 62
_RADIUS: Final = 3
_COLUMN_GAP: Final = 0.05
"""The free part of a slot on each side of its column."""

_MARGIN: Final = 20
_LINE_HEADROOM: Final = 18
"""Free space above a line, in addition to the margin."""
_TICK_LENGTH: Final = 4
_LABEL_DISTANCE: Final = 8
# Room for a character of a tick label; the style sheet sets the font size.
_CHARACTER_WIDTH: Final = 8
_CHARACTER_HEIGHT: Final = 14


class Point(msgspec.Struct, frozen=True):
    """A value of a series: `None` is a gap; a value that is not `certain` is a lower bound."""

    value: float | None
    certain: bool = True


def columns(labels: Sequence[str], values: Sequence[int], *, every: int, says: str) -> h.Element:
    """Draw a column for each label.

    Args:
        labels: The labels below the columns.
        values: The height of each column, not negative.
        every: Label only every n-th column.
        says: The text alternative of the chart.
    """
    plot = _Plot(labels, max(values, default=0))
    width = _n(plot.x(1 - 2 * _COLUMN_GAP))
    bars = [
        h.rect(x=_n(plot.x(i + _COLUMN_GAP)), y=_n(y), width=width, height=_n(plot.height - y))
        for i, y in enumerate(map(plot.y, values))
    ]
    return _svg(plot, h.g(".columns")[bars], every=every, says=says)


def lines(
    labels: Sequence[str],
    points: Sequence[Point],
    mean: Sequence[float | None] | None = None,
    *,
    says: str,
) -> h.Element:
    """Draw a series as a line that is interrupted at its gaps, which are shaded.

    Args:
        labels: The labels below the points.
        points: A value or a gap for each label; at least one.
        mean: A second, dashed line: a value or `None` for each label.
        says: The text alternative of the chart.
    """
    values = [point.value for point in points]
    means = mean or [None] * len(points)
    drawn = [value for value in (*values, *means) if value is not None]
    plot = _Plot(labels, max(drawn, default=0), headroom=_LINE_HEADROOM if drawn else 0)
    bands = [
        h.rect(x=_n(plot.x(start)), width=_n(plot.x(end - start)), height=plot.height)
        for start, end in _gaps(values)
    ]
    dots = [
        h.circle(
            class_={"uncertain": not points[i].certain},
            cx=plot.middles[i],
            cy=_n(plot.y(value)),
            r=_RADIUS,
        )
        for i, value in _dotted(points)
    ]
    return _svg(
        plot,
        h.g(".gaps")[bands],
        _line("mean", plot, means),
        _line("values", plot, values),
        h.g(".dots")[dots],
        every=math.ceil(len(labels) / _TICKS),
        says=says,
    )


class _Plot:
    """The area between the axes; its top left corner is the origin of all coordinates.

    The labels share its width equally: the slot of label `i` is from `x(i)` to `x(i + 1)`.
    """

    def __init__(self, labels: Sequence[str], most: float, *, headroom: int = 0) -> None:
        self.labels = labels
        self.ticks = _ticks(most)
        tick_width = max(len(_tick_text(tick)) for tick in self.ticks) * _CHARACTER_WIDTH
        self.left = _MARGIN + tick_width + _LABEL_DISTANCE
        self.top = _MARGIN + headroom
        self.width = WIDTH - self.left - _MARGIN
        self.height = HEIGHT - self.top - _LABEL_DISTANCE - _CHARACTER_HEIGHT - _MARGIN
        self.middles = [_n(self.x(i + 0.5)) for i in range(len(labels))]

    def x(self, slots: float) -> float:
        """Return the distance of a number of slots from the left."""
        return _part(self.width, slots, len(self.labels))

    def y(self, value: float) -> float:
        """Return the distance of a value from the top."""
        return self.height - _part(self.height, value, self.ticks[-1])


def _svg(plot: _Plot, *series: h.Node, every: int, says: str) -> h.Element:
    bottom = [
        (
            h.line(x1=x, x2=x, y2=plot.height + _TICK_LENGTH),
            h.text(x=x, y=plot.height + _LABEL_DISTANCE, dy="1em")[label],
        )
        for x, label in list(zip(plot.middles, plot.labels, strict=True))[::every]
    ]
    left = [
        (
            h.line(x1=-_TICK_LENGTH, x2=plot.width, y1=y, y2=y),
            h.text(x=-_LABEL_DISTANCE, y=y, dy="0.32em")[_tick_text(tick)],
        )
        for tick, y in zip(plot.ticks, map(_n, map(plot.y, plot.ticks)), strict=True)
    ]
    # A view box that starts left of and above the origin saves a transformation.
    box = f"{-plot.left} {-plot.top} {WIDTH} {HEIGHT}"
    return h.svg(viewBox=box, role="img", aria_label=says)[
        h.g(".axis.bottom")[bottom], h.g(".axis.left")[left], series
    ]


def _line(kind: str, plot: _Plot, values: Sequence[float | None]) -> h.Element | None:
    """Draw a line that is interrupted where there is no value; `None` if there is no value."""
    steps = [
        f"{'M' if before is None else 'L'}{x} {_n(plot.y(value))}"
        for x, (before, value) in zip(plot.middles, pairwise([None, *values]), strict=True)
        if value is not None
    ]
    return h.path(class_=kind, d="".join(steps)) if steps else None


def _gaps(values: Sequence[float | None]) -> list[tuple[int, int]]:
    """Return where each run of gaps starts, and where it ends (exclusive)."""
    gaps = [False, *(value is None for value in values), False]
    edges = [i for i, (before, after) in enumerate(pairwise(gaps)) if before != after]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _dotted(points: Sequence[Point]) -> list[tuple[int, float]]:
    """Return the index and the value of each point with a dot.

    In a long series only two kinds of points have a dot: a value between two gaps, because no line
    shows it, and a lower bound, because a line does not show that it is one.
    """
    values = [None, *(point.value for point in points), None]
    return [
        (i, point.value)
        for i, point in enumerate(points)
        if point.value is not None
        and (
            len(points) <= _MOST_DOTS
            or not point.certain
            or (values[i] is None and values[i + 2] is None)
        )
    ]


def _ticks(most: float) -> range:
    """Return round integer ticks from 0 to at least a number, and at least to 1."""
    # Integers from here on: the result of a float division may be too small for a large number.
    whole = max(math.ceil(most), 1)
    step = 1
    while step * _TICKS < whole:
        # 1, 2, 5, 10, 20, 50, ...
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return range(0, whole + step, step)


def _tick_text(value: int) -> str:
    """Return a tick in a few characters: 20000 is 20k."""
    for zeros, unit in ((18, "E"), (15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value and value % 10**zeros == 0:
            return f"{value // 10**zeros}{unit}"
    return str(value)


def _part(length: int, value: float, whole: int) -> float:
    """Return `length * value / whole`, rounded half up to hundredths.

    The calculation uses integers, which are exact and cannot overflow.
    """
    numerator, denominator = value.as_integer_ratio()
    denominator *= whole
    return (200 * length * numerator + denominator) // (2 * denominator) / 100


def _n(coordinate: float) -> str:
    """Return a coordinate as the shortest text of its hundredths."""
    return f"{coordinate:g}"
