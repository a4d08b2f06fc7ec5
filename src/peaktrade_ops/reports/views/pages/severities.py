"""The events of several days by severity: a stacked bar a day, all on one scale."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import htpy as h
import msgspec

from peaktrade_ops.reports.views.pages.marks import says_of
from peaktrade_ops.reports.views.pages.parts import number
from peaktrade_ops.reports.views.pages.strips import (
    Figure,
    number_cells,
    numbers_table,
    picture,
    strips_figure,
)
from peaktrade_ops.stage1.severity import class_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from peaktrade_ops.reports.views.pages.strips import Range, Strip


class Severity(msgspec.Struct, frozen=True):
    """A part of a bar: its class in the style sheet, its name, and the severity classes in it."""

    kind: str
    name: str
    severities: frozenset[str] = frozenset()


OTHER: Final = Severity("other", "unknown or rare")
"""The part of severities that are not understood, and of those beyond the most frequent ones."""

UNSET: Final = Severity("unset", "no severity")

SEVERITIES: Final = (
    Severity("critical", "critical", frozenset({"critical"})),
    Severity("error", "error", frozenset({"error"})),
    Severity("warn", "warn", frozenset({"warn"})),
    OTHER,
    Severity("info", "info, notice", frozenset({"info", "notice"})),
    Severity("debug", "debug, trace", frozenset({"debug", "trace"})),
    UNSET,
)
"""The parts of a bar, the most severe first."""

_NO_SEVERITY: Final = "(none)"
"""The name of an absent severity in a summary."""

_SEVERE: Final = 4
"""The number of parts that the last column counts."""
_TITLE: Final = "Events by severity"
_WHOLE: Final = 1000
"""The length of the longest bar."""
_LEAST: Final = 7
"""The length of a part with few events, which must be seen beside a million others."""
_SPACE: Final = 3

_Counts = dict[Severity, int]


def severities_figure(span: Range) -> h.Element:
    """Return the figure of the severities of a range."""
    counts = {strip.day.date: of for strip in span.strips if (of := severities_of(strip))}
    most = max((sum(of.values()) for of in counts.values()), default=0)
    used = [each for each in SEVERITIES if any(of.get(each) for of in counts.values())]
    legend = [(each.kind, each.name) for each in used]
    if len(counts) < len(span.strips):
        legend.append(("gap", "no data"))
    return strips_figure(
        span,
        Figure(
            title=_TITLE,
            scale=[h.span["0 "], h.span(".end")[number(most)]] if most else (),
            last="Warn +",
            draw=lambda group: _picture(span, group, counts, most),
            is_known=lambda strip: strip.day.date in counts,
            number=lambda group: number(sum(_severe(counts[strip.day.date]) for strip in group)),
            caption=_in_words(counts),
            legend=legend,
            numbers=_numbers(span.strips, counts, used) if counts else None,
        ),
    )


def severities_of(strip: Strip) -> _Counts:
    """Return the events of a day by part of its bar; empty if they are not known."""
    summary = strip.summary
    if summary is None or summary.top is None or not strip.day.has_numbers:
        return {}
    counts: Counter[Severity] = Counter()
    for each in summary.top.severities:
        counts[_part_of(each.name)] += each.count
    if summary.coverage:
        counts[OTHER] += max(summary.coverage.in_window - sum(counts.values()), 0)
    return {part: count for part, count in counts.items() if count}


def _part_of(name: str) -> Severity:
    if name == _NO_SEVERITY:
        return UNSET
    level = class_of(name)
    return next((each for each in SEVERITIES if level in each.severities), OTHER)


def _severe(counts: _Counts) -> int:
    return sum(counts.get(each, 0) for each in SEVERITIES[:_SEVERE])


def _picture(
    span: Range, group: Sequence[Strip], counts: Mapping[date, _Counts], most: int
) -> h.Element:
    """Return a bar for each day, as long as its events are many."""
    parts: dict[str, list[str]] = {"ground": [], **{each.kind: [] for each in SEVERITIES}}
    # Parts with few events are longer than their share, so a bar may be longer than the scale.
    width = _WHOLE + _LEAST * len(SEVERITIES)
    for y, strip in enumerate(group):
        x = 0
        of = counts.get(strip.day.date, {})
        if of:
            parts["ground"].append(f"M0 {y}h{width}v1H0z")
        for each in SEVERITIES:
            if each in of:
                length = max(of[each] * _WHOLE // most, _LEAST)
                parts[each.kind].append(f"M{x} {y}h{length - _SPACE}v1H{x}z")
                x += length
    says = "; ".join(_says(strip, counts.get(strip.day.date, {})) for strip in group)
    return picture(span, width, len(group), parts.items(), says)


def _says(strip: Strip, counts: _Counts) -> str:
    """Return the severities of a day in words."""
    told = [f"{each.name} {number(counts[each])}" for each in SEVERITIES if each in counts]
    return f"{strip.day.date}: {'; '.join(told) or says_of(strip.day) + ', no severities'}"


def _in_words(counts: Mapping[date, _Counts]) -> str:
    total: Counter[Severity] = Counter()
    for of in counts.values():
        total.update(of)
    told = [f"{each.name} {number(total[each])}" for each in SEVERITIES if total[each]]
    if not told:
        return "No day of the range has events by severity."
    return f"All days: {'; '.join(told)}. The last column counts what is not {_LESSER}."


_LESSER: Final = "info, notice, debug, trace or without a severity"


def _numbers(
    strips: Sequence[Strip], counts: Mapping[date, _Counts], used: Sequence[Severity]
) -> h.Element:
    return numbers_table(
        _TITLE,
        [each.name for each in used],
        (
            (
                strip,
                number_cells(counts[strip.day.date].get(each, 0) for each in used)
                if strip.day.date in counts
                else None,
            )
            for strip in strips
        ),
    )
