"""The marks of days: a state or a count differs from another not only in its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import htpy as h

from peaktrade_ops.reports.views.pages.parts import STATUS_TONES, plural, rows
from peaktrade_ops.stage1.metrics import View, shown_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.stage1.day import Day, DayStatus
    from peaktrade_ops.stage1.metrics import Metric

MARKS: Final[dict[DayStatus, str]] = {
    "clean": "✓",
    "alerts": "▲",
    "critical": "✖",
    "critical actions": "⊗",
    "legacy criticals": "⊘",
    "not understood": "¿",
    "danger": "◆",
    "parse errors": "¶",
    "incomplete": "◐",
    "lost": "↓",
    "unlisted": "!",
    "unreadable": "?",
    "empty": "○",
    "missing": "–",  # noqa: RUF001 (a dash, as wide as the other marks)
}
"""The mark of each state of a day."""

NUMBERS: Final[dict[DayStatus, str]] = {
    "critical": "critical_alerts",
    "critical actions": "critical_actions",
    "legacy criticals": "legacy_critical",
    "not understood": "not_understood",
    "danger": "danger",
    "parse errors": "parse_errors",
    "alerts": "new_alerts",
}
"""The metric whose number stands behind the mark of a state."""

_UNITS: Final = "kMGTPE"
_PLACES: Final = 3
_TEN: Final = 10


class Count(NamedTuple):
    """A number of a day that is not 0."""

    metric: Metric
    value: int


def counts_of(day: Day) -> list[Count]:
    """Return the numbers of a day that ask for attention, without those that are 0."""
    counts = [Count(metric, getattr(day, metric.name)) for metric in shown_in(View.CALENDAR)]
    return [count for count in counts if count.value]


def says_of(day: Day) -> str:
    """Return a day in words: its states and its counts."""
    says = ", ".join(day.statuses)
    counts = ", ".join(plural(value, metric.noun) for metric, value in counts_of(day))
    return f"{says}: {counts}" if counts else says


def cell_marks(day: Day) -> Iterator[h.Element]:
    """Yield the marks of all states of a day, the most severe first, with a short number."""
    for state in day.statuses:
        value = getattr(day, NUMBERS[state]) if state in NUMBERS else 0
        if value:
            yield h.span(class_=STATUS_TONES[state], aria_hidden="true")[
                h.i[MARKS[state]], short_number(value)
            ]
        else:
            yield _mark(state)


def row_marks(days: Sequence[Day]) -> list[h.Element]:
    """Return the marks of all states of some days, the most severe first, each once.

    The mark of a clean day is not shown beside others.
    """
    found = {state for day in days for state in day.statuses}
    faults = [state for state in STATUS_TONES if state in found - {"clean"}]
    return [_mark(state) for state in faults or found]


def marks_key(days: Sequence[Day]) -> h.Element:
    """Return what the marks of some days mean."""
    found = {state for day in days for state in day.statuses}
    return h.ul(".key", aria_label="What the marks of the days mean")[
        rows(*(h.li[_mark(state), f" {state}"] for state in MARKS if state in found))
    ]


def short_number(value: int) -> str:
    """Return a count in at most four characters, rounded down: 12,345 is 12k."""
    unit = (len(str(value)) - 1) // _PLACES
    if not unit:
        return str(value)
    whole, tenth = divmod(value * _TEN // 1000**unit, _TEN)
    few = f"{whole}.{tenth}" if whole < _TEN and tenth else str(whole)
    return f"{few}{_UNITS[unit - 1]}"


def _mark(state: DayStatus) -> h.Element:
    return h.i(class_=STATUS_TONES[state], aria_hidden="true")[MARKS[state]]
