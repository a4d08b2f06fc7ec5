"""Days side by side: the parts that the figures of several days share.

A figure is a table with a picture in each row: the picture of a day, or of the days of a week if
there are many. The pictures are SVG; the style sheet has their colours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import htpy as h
import msgspec
from markupsafe import Markup

from peaktrade_ops.reports.views.pages.marks import row_marks, says_of
from peaktrade_ops.reports.views.pages.parts import folded, number, rows, wide
from peaktrade_ops.stage1.day import Day
from peaktrade_ops.stage1.models import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peaktrade_ops.stage1.models import Hour

MOST_ROWS: Final = 35
"""The maximum number of days that have a row each; with more, a row is a week."""

_ROW_PIXELS: Final = 24
_THIN_PIXELS: Final = 8
_THINNEST_PIXELS: Final = 4
_MANY_DAYS: Final = 120
_OUTLINED: Final = frozenset({"mark", "unset"})
"""The classes of shapes with an outline, which must not be stretched with the picture."""


class Strip(msgspec.Struct, frozen=True):
    """One day of the range.

    Attributes:
        day: The day, with its states.
        target: The page of the day; `None` if it has none.
        summary: The readable summary; `None` if there is none.
    """

    day: Day
    target: str | None
    summary: Summary | None

    @property
    def hours(self) -> Sequence[Hour]:
        """The hours of the day; empty if it has no events, or a report without hours."""
        if self.summary is None or not self.day.has_numbers:
            return ()
        return self.summary.hourly or ()


class Range(msgspec.Struct, frozen=True):
    """The days of a range, and the same days as the rows of a figure."""

    strips: Sequence[Strip]
    groups: Sequence[Sequence[Strip]]

    @property
    def is_dense(self) -> bool:
        """Whether a row is a week, in which a day is a thin line."""
        return len(self.groups) < len(self.strips)

    @property
    def pixels(self) -> int:
        """The height of a day."""
        if not self.is_dense:
            return _ROW_PIXELS
        return _THIN_PIXELS if len(self.strips) <= _MANY_DAYS else _THINNEST_PIXELS


def range_of(strips: Sequence[Strip]) -> Range:
    """Return the rows of the figures: each day, or the days of each week from its Monday on."""
    if len(strips) <= MOST_ROWS:
        return Range(strips, [[strip] for strip in strips])
    weeks: list[list[Strip]] = []
    for strip in strips:
        if not weeks or strip.day.date.weekday() == 0:
            weeks.append([])
        weeks[-1].append(strip)
    return Range(strips, weeks)


class Figure(msgspec.Struct, frozen=True):
    """What is different in the figures of a range.

    Attributes:
        title: The title.
        scale: The head of the pictures.
        last: The head of the last column.
        draw: Returns the picture of the days of a row; `None` if none of them has data.
        is_known: Whether a day has data for the figure.
        number: Returns the cell of the last column.
        caption: The content of the figure in words.
        legend: The classes of the colours, with their meanings.
        numbers: The content of the figure as a table; `None` without data.
    """

    title: str
    scale: Sequence[h.Node]
    last: str
    draw: Callable[[Sequence[Strip]], h.Element | None]
    is_known: Callable[[Strip], bool]
    number: Callable[[Sequence[Strip]], str]
    caption: str
    legend: Sequence[tuple[str, str]]
    numbers: h.Element | None


def strips_figure(span: Range, what: Figure) -> h.Element:
    """Return a figure of the days of a range."""
    kind = "A row a week, a line a day" if span.is_dense else "A row a day"
    heads = (
        h.th(scope="col")["From" if span.is_dense else "Day"],
        h.th(".scale", scope="col")[h.span(".unseen")[f"{what.title}, from "], what.scale],
        h.th(".number", scope="col")[what.last],
    )
    content = [_row(group, what, is_dense=span.is_dense) for group in span.groups]
    return h.div(".strips")[
        rows(
            h.figure[
                rows(
                    h.h3[what.title],
                    _table(f"{what.title}. {kind}.", heads, content, is_caption_seen=False),
                    _key(f"{what.title}: colours", what.legend) if what.legend else None,
                    h.figcaption[what.caption],
                )
            ],
            what.numbers,
        )
    ]


def picture(
    span: Range, width: int, lines: int, paths: Iterable[tuple[str, Sequence[str]]], says: str
) -> h.Element:
    """Return a picture of so many days, a line each.

    Args:
        span: The range, which decides on the height of a line.
        width: The width in units of the paths; a day is 1 high.
        lines: The number of days.
        paths: The class and the steps of each path; those without steps are left out.
        says: The text alternative.
    """
    return h.svg(
        viewBox=f"0 0 {width} {lines}",
        height=span.pixels * lines,
        preserveAspectRatio="none",
        role="img",
        aria_label=says,
    )[
        [
            # Not in the style sheet, because the checkers of style sheets do not know it.
            h.path(
                class_=name,
                d="".join(steps),
                vector_effect="non-scaling-stroke" if name in _OUTLINED else None,
            )
            for name, steps in paths
            if steps
        ]
    ]


def number_cells(values: Iterable[int]) -> Markup:
    """Return cells with numbers; a year has thousands of them, so they are plain text."""
    cells = "".join(f"<td>{number(value)}</td>" for value in values)
    return Markup(cells)  # noqa: S704 (there is nothing but digits in a cell)


def numbers_table(
    title: str, heads: Iterable[str], content: Iterable[tuple[Strip, h.Node]]
) -> h.Element:
    """Return the numbers of a figure as a table that is folded away.

    Args:
        title: The title of the figure.
        heads: The heads of the columns behind the day.
        content: The cells behind each day; `None` for a day without data, which shows why.
    """
    columns = list(heads)
    return folded(
        f"{title} as numbers",
        wide(
            f"{title} as numbers",
            _table(
                f"{title}, by day",
                [h.th(scope="col")[head] for head in ("Day", *columns)],
                [
                    h.tr[
                        h.th(scope="row")[_dated(strip)],
                        h.td(colspan=len(columns))[says_of(strip.day)] if cells is None else cells,
                    ]
                    for strip, cells in content
                ],
                kind="figures",
            ),
        ),
    )


def _row(group: Sequence[Strip], what: Figure, *, is_dense: bool) -> h.Element:
    known = [strip for strip in group if what.is_known(strip)]
    days = [strip.day for strip in group]
    says = "" if is_dense else says_of(days[0])
    return h.tr[
        h.th(scope="row")[
            _dated(group[0]),
            h.span(".marks", title=says or None)[row_marks(days)],
            h.span(".unseen")[f" {says}"] if says else None,
        ],
        h.td(class_=["strip", "gap" if len(known) < len(group) else ""])[
            what.draw(group) if known else h.span[_absence(group, is_dense=is_dense)]
        ],
        h.td(".number")[what.number(known) if known else "-"],
    ]


def _absence(group: Sequence[Strip], *, is_dense: bool) -> str:
    """Return why a row has no picture; a day of the earlier scripts has events, but no hours."""
    if is_dense:
        return "no data"
    day = group[0].day
    return "not in this report" if day.has_numbers else says_of(day)


def _dated(strip: Strip) -> h.Element:
    """Return the date of a day, whose year a narrow page hides."""
    date = str(strip.day.date)
    text: list[h.Node] = [h.span(".year")[date[:-5]], date[-5:]]
    return h.a(href=strip.target)[text] if strip.target else h.span[text]


def _key(label: str, entries: Iterable[tuple[str, str]]) -> h.Element:
    return h.ul(".key.swatches", aria_label=label)[
        rows(*(h.li[h.i(class_=name, aria_hidden="true"), f" {text}"] for name, text in entries))
    ]


def _table(
    caption: str,
    heads: Sequence[h.Element],
    content: Sequence[h.Element],
    *,
    kind: str = "",
    is_caption_seen: bool = True,
) -> h.Element:
    return h.table(class_=kind or None)[
        rows(
            h.caption[caption if is_caption_seen else h.span(".unseen")[caption]],
            h.thead[h.tr[rows(*heads)]],
            h.tbody[rows(*content)],
        )
    ]
