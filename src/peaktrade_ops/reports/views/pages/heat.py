"""The hours of several days as heat strips: a cell an hour, the darker the more events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import htpy as h

from peaktrade_ops.reports.views.pages.marks import says_of
from peaktrade_ops.reports.views.pages.parts import number, plural
from peaktrade_ops.reports.views.pages.strips import (
    Figure,
    number_cells,
    numbers_table,
    picture,
    strips_figure,
)
from peaktrade_ops.stage1.models import HOURS_A_DAY
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.reports.views.pages.strips import Range, Strip
    from peaktrade_ops.stage1.models import Hour

LEVELS: Final = ("least", "less", "mid", "more", "most")
"""The classes of the levels of an hour with events."""

_TITLE: Final = "Events by hour"
_LABELLED: Final = 6
_NEITHER: Final = -1
"""The level of an hour without events."""
_SPACE: Final = 0.04
"""The free part of a cell on each side."""


def hours_figure(span: Range) -> h.Element:
    """Return the figure of the hours of a range."""
    strips = span.strips
    bounds = level_bounds(max((hour.events for strip in strips for hour in strip.hours), default=0))
    clocks = _clocks(strips)
    known = [strip for strip in strips if strip.hours]
    return strips_figure(
        span,
        Figure(
            title=_TITLE,
            scale=[h.span[_short(clock), " "] for clock in clocks[::_LABELLED]],
            last="Events",
            draw=lambda group: _picture(span, group, bounds),
            is_known=lambda strip: bool(strip.hours),
            number=lambda group: number(_events(group)),
            caption=_in_words(span, clocks),
            legend=_legend(strips, bounds),
            numbers=_numbers(strips, clocks) if known else None,
        ),
    )


def level_bounds(most: int) -> list[int]:
    """Return the highest count of each level; the steps grow, so that quiet hours differ too."""
    steps = len(LEVELS)
    return [most * i * i // (steps * steps) for i in range(1, steps + 1)]


def _clocks(strips: Sequence[Strip]) -> Sequence[str]:
    """Return the times of the columns; those since the start if the windows start differently."""
    known = {tuple(_clock(hour) for hour in strip.hours) for strip in strips if strip.hours}
    if len(known) == 1:
        return known.pop()
    if known:
        return [f"+{i}" for i in range(HOURS_A_DAY)]
    return [f"{i:02}:00" for i in range(HOURS_A_DAY)]


def _clock(hour: Hour) -> str:
    return iso_utc(hour.start)[11:16]


def _short(clock: str) -> str:
    return clock.removesuffix(":00")


def _events(strips: Sequence[Strip]) -> int:
    return sum(hour.events for strip in strips for hour in strip.hours)


def _picture(span: Range, group: Sequence[Strip], bounds: Sequence[int]) -> h.Element:
    """Return a cell for each hour with events, on the ground of each day with data."""
    space = 0 if span.is_dense else _SPACE
    ground: list[str] = []
    marks: list[str] = []
    cells: dict[str, list[str]] = {name: [] for name in LEVELS}
    for y, strip in enumerate(group):
        if strip.hours:
            ground.append(f"M0 {y}h{HOURS_A_DAY}v1H0z")
        for x, length, level in _runs(strip.hours, bounds, is_joined=span.is_dense):
            left = _n(x + space)
            cells[LEVELS[level]].append(f"M{left} {y}h{_n(length - 2 * space)}v1H{left}z")
        marks += [
            f"M{_n(x + 0.96)} {y}v.65L{_n(x + 0.4)} {y}z"
            for x, hour in enumerate(strip.hours)
            if hour.alerts
        ]
    paths = [("ground", ground), *cells.items(), ("mark", marks)]
    return picture(span, HOURS_A_DAY, len(group), paths, "; ".join(map(_says, group)))


def _runs(
    hours: Sequence[Hour], bounds: Sequence[int], *, is_joined: bool
) -> Iterator[tuple[int, int, int]]:
    """Yield the place, the length and the level of each cell.

    Args:
        hours: The hours of a day.
        bounds: The highest count of each level.
        is_joined: Whether neighbours of one level are one cell.
    """
    start, length, before = 0, 0, _NEITHER
    for x, hour in enumerate(hours):
        level = _level(hour.events, bounds)
        if is_joined and level == before:
            length += 1
            continue
        if before != _NEITHER:
            yield start, length, before
        start, length, before = x, 1, level
    if before != _NEITHER:
        yield start, length, before


def _level(count: int, bounds: Sequence[int]) -> int:
    return next(i for i, bound in enumerate(bounds) if count <= bound) if count else _NEITHER


def _says(strip: Strip) -> str:
    """Return the hours of a day in words."""
    hours = strip.hours
    if not hours:
        return f"{strip.day.date}: {says_of(strip.day)}, no hours"
    top = max(hours, key=lambda hour: hour.events)
    silent = sum(not hour.events for hour in hours)
    alerts = [_clock(hour) for hour in hours if hour.alerts]
    says = f"{strip.day.date}: {plural(_events([strip]), 'event')}"
    says += f", most ({number(top.events)}) at {_clock(top)}"
    says += f", {plural(silent, 'hour')} without events" if silent else ""
    return says + (f", alerts at {', '.join(alerts)}" if alerts else "")


def _legend(strips: Sequence[Strip], bounds: Sequence[int]) -> list[tuple[str, str]]:
    """Return the colours of the levels with the counts that they stand for."""
    entries = []
    hours = [hour for strip in strips for hour in strip.hours]
    if not all(hour.events for hour in hours):
        entries.append(("ground", "0"))
    for name, below, most in zip(LEVELS, [0, *bounds[:-1]], bounds, strict=True):
        if most > below:
            first = f"{number(below + 1)} to " if most > below + 1 else ""
            entries.append((name, f"{first}{number(most)}"))
    if any(hour.alerts for hour in hours):
        entries.append(("mark", "with alerts"))
    if not all(strip.hours for strip in strips):
        entries.append(("gap", "no data"))
    return entries


def _in_words(span: Range, clocks: Sequence[str]) -> str:
    known = [strip for strip in span.strips if strip.hours]
    if not known:
        return "No day of the range has events by hour."
    day, top = max(
        ((strip.day.date, hour) for strip in known for hour in strip.hours),
        key=lambda pair: pair[1].events,
    )
    silent = sum(not hour.events for strip in known for hour in strip.hours)
    says = (
        f"{plural(_events(known), 'event')} in {plural(len(known), 'day')}; the most in an hour,"
        f" {number(top.events)}, on {day} at {_clock(top)}"
    )
    says += f"; {plural(silent, 'hour')} without events" if silent else ""
    if len(known) < len(span.strips):
        says += f"; {plural(len(span.strips) - len(known), 'day')} without data"
    if clocks[0].startswith("+"):
        says += ". The windows start at different times, so a column is an hour since the start"
    return f"{says}."


def _numbers(strips: Sequence[Strip], clocks: Sequence[str]) -> h.Element:
    return numbers_table(
        _TITLE,
        [*map(_short, clocks), "Alerts at"],
        ((strip, _cells(strip.hours) if strip.hours else None) for strip in strips),
    )


def _cells(hours: Sequence[Hour]) -> h.Node:
    alerts = [f"{_clock(hour)} ({number(hour.alerts)})" for hour in hours if hour.alerts]
    return [number_cells(hour.events for hour in hours), h.td[", ".join(alerts) or "-"]]


def _n(coordinate: float) -> str:
    """Return a coordinate as the shortest text of its hundredths."""
    return f"{round(coordinate, 2):g}"
