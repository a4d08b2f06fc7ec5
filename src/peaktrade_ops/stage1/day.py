"""The model of one calendar day and its status, used by all views and by the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Literal

from peaktrade_ops.window import DAY

if TYPE_CHECKING:
    from datetime import date, datetime

    from peaktrade_ops.stage1.models import DayState, Summary, TrendRow


DayStatus = Literal[
    "unreadable", "missing", "critical", "incomplete", "parse errors", "alerts", "empty", "clean"
]
"""The statuses that views show, the most severe first."""


@dataclass(frozen=True, slots=True)
class Day:
    """The data of one calendar day.

    Attributes:
        date: The day.
        found: Whether there is a readable report; `False` for missing and unreadable days.
        readable: `False` if a report exists but cannot be read.
        new_alerts: The metric; 0 without data.
        critical_alerts: The metric; 0 without data.
        parse_errors: The metric; 0 without data.
        operator_actions: The metric; 0 without data.
        untimed_critical: The number of critical events without a time that count for the window.
        empty: Whether the window contains no event.
        complete: Whether the coverage is complete.
        start: The start of the window; `None` without data.
        end: The end of the window; `None` without data.
        legacy_alerts: The metric, which has no effect on the verdict; `None` if it is unknown.
    """

    date: date
    found: bool = True
    readable: bool = True
    new_alerts: int = 0
    critical_alerts: int = 0
    parse_errors: int = 0
    operator_actions: int = 0
    untimed_critical: int = 0
    empty: bool = False
    complete: bool = True
    start: datetime | None = None
    end: datetime | None = None
    legacy_alerts: int | None = None

    @property
    def state(self) -> DayState:
        """The state of the day; if two apply, the more severe one."""
        if not self.readable:
            return "unreadable"
        if not self.found:
            return "missing"
        if not self.complete:
            return "incomplete"
        return "empty" if self.empty else "ok"

    @property
    def has_numbers(self) -> bool:
        """Whether the numbers can be compared: the zeros of a day without events are not counts."""
        return self.found and not self.empty

    @property
    def statuses(self) -> tuple[DayStatus, ...]:
        """All statuses that apply, the most severe first; at least one.

        A critical event without a time makes the day critical too, because it may be in the window.
        """
        if not self.readable:
            return ("unreadable",)
        if not self.found:
            return ("missing",)
        applying: list[tuple[DayStatus, bool]] = [
            ("critical", self.critical_alerts > 0 or self.untimed_critical > 0),
            ("incomplete", not self.complete),
            ("parse errors", self.parse_errors > 0),
            ("alerts", self.new_alerts > 0),
            ("empty", self.empty),
        ]
        return tuple(status for status, applies in applying if applies) or ("clean",)


def missing_day(day: date) -> Day:
    """Return a day that has no report."""
    return Day(day, found=False)


def unreadable_day(day: date) -> Day:
    """Return a day whose report cannot be read."""
    return Day(day, found=False, readable=False)


def day_of_summary(summary: Summary) -> Day:
    """Return the day of a summary.

    Summaries of the earlier scripts have no coverage and no window. Their coverage counts as
    complete, and their window is the 24 hours before the report was made.
    """
    metrics, coverage = summary.metrics, summary.coverage
    end = summary.created_at_utc.astimezone(UTC)
    return Day(
        date=summary.date,
        new_alerts=metrics.new_alerts,
        critical_alerts=metrics.critical_alerts,
        parse_errors=metrics.parse_errors,
        operator_actions=metrics.operator_actions,
        untimed_critical=coverage.untimed_critical if coverage else 0,
        empty=coverage is not None and coverage.in_window == 0,
        complete=coverage is None or coverage.complete,
        start=end - DAY,
        end=end,
        legacy_alerts=metrics.legacy_alerts,
    )


def day_of_row(row: TrendRow, *, untimed_critical: int = 0) -> Day:
    """Return the day of a row of a trend.

    Args:
        row: The row. The earlier scripts wrote no state, only whether the day was missing.
        untimed_critical: The number of critical events without a time, which a row does not
            contain.
    """
    is_missing = row.state == "missing" or (row.missing and row.state == "ok")
    return Day(
        date=row.date,
        found=not is_missing and row.state != "unreadable",
        readable=row.state != "unreadable",
        new_alerts=row.new_alerts,
        critical_alerts=row.critical_alerts,
        parse_errors=row.parse_errors,
        operator_actions=row.operator_actions,
        untimed_critical=untimed_critical,
        # The row of an empty day with incomplete coverage has the more severe state.
        empty=row.state == "empty" or (row.missing and row.state == "incomplete"),
        complete=row.state != "incomplete",
    )
