"""The model of one calendar day and its status, used by all views and by the verdict."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from peaktrade_ops.stage1.models import Summary, Understanding
from peaktrade_ops.stage1.severity import CRITICAL
from peaktrade_ops.window import DAY

if TYPE_CHECKING:
    from collections.abc import Collection

    from peaktrade_ops.stage1.models import DayState, TrendRow


DayStatus = Literal[
    "unreadable",
    "missing",
    "critical",
    "critical actions",
    "legacy criticals",
    "not understood",
    "danger",
    "unlisted",
    "lost",
    "incomplete",
    "parse errors",
    "alerts",
    "empty",
    "clean",
]
"""The statuses that views show, the most severe first."""

Trust = Literal["listed", "changed", "gone", "unlisted"]
"""The comparison of a stored report with the index of its folder (section 6 of the contract).

``listed``: it matches the index. ``changed``: it differs. ``gone``: it is listed but missing.
``unlisted``: it exists but is not listed.
"""

WINDOW_NOT_OVER: Final = "window not over"
"""The reason why the report of a window that ended after the clock is incomplete."""

UNKNOWN: Final = "unknown severity"
UNREAD: Final = "unread severity"
UNTIMED: Final = "serious without a time"
AHEAD: Final = "serious and ahead of the clock"
"""What is wrong with an event that is not understood."""

GONE: Final = "gone"
"""The problem of a day whose report was there earlier and is not there any more."""

PRUNED: Final = "pruned"
"""The same, of a report that was removed by ``prune``."""


_NUMBERS: Final = (
    "new_alerts",
    "critical_alerts",
    "parse_errors",
    "operator_actions",
    "not_understood",
    "danger",
    "critical_actions",
    "legacy_critical",
)
"""The numbers of a day that objections rest on."""


class Day(msgspec.Struct, frozen=True):
    """The data of one calendar day.

    Attributes:
        date: The day.
        found: Whether there is a readable report; false for missing and unreadable days.
        readable: False if a report exists but cannot be read.
        new_alerts: The metric; 0 without data, like the next three metrics.
        critical_alerts: The metric.
        parse_errors: The metric.
        operator_actions: The metric.
        not_understood: The number of events of unknown or unread severity, and of serious events
            without a time or ahead of the clock.
        danger: The number of events whose type or state names a danger.
        critical_actions: The number of operator actions of critical severity.
        legacy_critical: The number of serious events of legacy sources.
        empty: Whether the window contains no event outside of legacy sources.
        complete: Whether everything was scanned, and the report has data on what was not
            understood.
        start: The start of the window; `None` without data.
        end: The end of the window; `None` without data.
        legacy_alerts: The metric, which does not affect the verdict; `None` if it is not known.
        lost: The numbers and folders of which the telemetry shows less than the report; empty if
            there are none, or if they were lost by retention.
        trust: How the report compares with the index; ``listed`` if there is no report.
        problem: The reason why the report is unreadable, in a few words; empty if it is readable.
        sha256: The digest of the file that the day was read from; `None` if there is none.
        records: The number of records in the window (see `records_of`); `None` if it is not known.
        summary: The report itself, for rules that need more of it; `None` if it cannot be decoded.
            The numbers of a changed report can only make a verdict stricter.
    """

    date: date
    found: bool = True
    readable: bool = True
    new_alerts: int = 0
    critical_alerts: int = 0
    parse_errors: int = 0
    operator_actions: int = 0
    not_understood: int = 0
    danger: int = 0
    critical_actions: int = 0
    legacy_critical: int = 0
    empty: bool = False
    complete: bool = True
    start: datetime | None = None
    end: datetime | None = None
    legacy_alerts: int | None = None
    lost: tuple[str, ...] = ()
    trust: Trust = "listed"
    problem: str = ""
    sha256: str | None = None
    records: int | None = None
    summary: Summary | None = None

    @property
    def is_aged(self) -> bool:
        """Whether the telemetry of the day has reached the end of its retention."""
        return self.summary is not None and self.summary.aged is True

    @property
    def is_remade(self) -> bool:
        """Whether the report replaces a changed or missing one for which no trend row vouches."""
        return self.summary is not None and self.summary.remade is True

    @property
    def is_distrusted(self) -> bool:
        """Whether its report cannot be read, or is not as the index says."""
        return not self.readable or self.trust != "listed"

    @property
    def is_blocked(self) -> bool:
        """Whether the file of the report is there, and its bytes could not be read."""
        is_there = self.problem not in {GONE, PRUNED}
        return not self.readable and is_there and self.sha256 is None

    @property
    def is_unfinished(self) -> bool:
        """Whether the report was made before its window was over, and says so."""
        coverage = self.summary.coverage if self.summary else None
        return coverage is not None and any(
            entry.reason == WINDOW_NOT_OVER for entry in coverage.left_out
        )

    @property
    def is_of_earlier_scripts(self) -> bool:
        """Whether the earlier scripts wrote the report: it has numbers, but no settings."""
        return self.found and (self.summary is None or self.summary.settings is None)

    @property
    def state(self) -> DayState:
        """The state of the day; the more severe one if two apply."""
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

        Only a critical alert makes a day critical, as only this is NO_GO.
        """
        if self.readable and not self.found:
            return ("missing",)
        applying: list[tuple[DayStatus, bool]] = [
            ("unreadable", not self.readable),
            ("critical", self.critical_alerts > 0),
            ("critical actions", self.critical_actions > 0),
            ("legacy criticals", self.legacy_critical > 0),
            ("not understood", self.not_understood > 0),
            ("danger", self.danger > 0),
            ("unlisted", self.readable and self.trust == "unlisted"),
            ("lost", bool(self.lost)),
            ("incomplete", not self.complete),
            ("parse errors", self.parse_errors > 0),
            ("alerts", self.new_alerts > 0),
            ("empty", self.empty),
        ]
        return tuple(status for status, applies in applying if applies) or ("clean",)


def missing_day(day: date) -> Day:
    """Return a day that has no report."""
    return Day(day, found=False)


def unreadable_day(
    day: date,
    problem: str = "cannot be read",
    *,
    trust: Trust = "listed",
    sha256: str | None = None,
) -> Day:
    """Return a day whose report cannot be read.

    Args:
        day: The day.
        problem: The reason why it cannot be read, in a few words.
        trust: How its file compares with the index.
        sha256: The digest of its file; `None` if its bytes cannot be read.
    """
    return Day(day, found=False, readable=False, trust=trust, problem=problem, sha256=sha256)


def gone_day(day: date, trust: Trust = "gone") -> Day:
    """Return a day whose report is not in the folder any more.

    Args:
        day: The day.
        trust: ``gone`` if the index lists the report, else ``unlisted``.
    """
    return Day(day, found=False, readable=False, trust=trust, problem=GONE)


def pruned_day(day: date) -> Day:
    """Return a day whose report was removed by ``prune``: nobody knows any more what it said."""
    return Day(day, found=False, readable=False, trust="gone", problem=PRUNED)


def with_row(day: Day, row: TrendRow, *, objections: Collection[str] = ()) -> Day:
    """Return a day whose report is not trusted with what an earlier trend showed of it.

    Each number becomes the higher one, so that the trend can only make a verdict stricter.

    Args:
        day: The day.
        row: Its row in the trend.
        objections: The names of the rules by which the trend found something on the day, accepted
            or not. They show facts that a row does not contain.
    """
    return msgspec.structs.replace(
        day,
        new_alerts=max(day.new_alerts, row.new_alerts),
        critical_alerts=max(day.critical_alerts, row.critical_alerts),
        parse_errors=max(day.parse_errors, row.parse_errors),
        operator_actions=max(day.operator_actions, row.operator_actions),
        records=max(day.records or 0, row.records or 0) or None,
        not_understood=max(day.not_understood, int("not_understood" in objections)),
        danger=max(day.danger, int("danger" in objections)),
        critical_actions=max(day.critical_actions, int("critical_actions" in objections)),
        legacy_critical=max(day.legacy_critical, int("legacy_critical" in objections)),
        empty=day.empty or (day.summary is None and row.missing and row.state != "unreadable"),
    )


def lacks_of_row(day: Day, row: TrendRow, *, objections: Collection[str] = ()) -> bool:
    """Return whether a day lacks something that objects and that an earlier trend showed of it.

    Args:
        day: The day, as its file shows it.
        row: Its row in the trend.
        objections: As for `with_row`.
    """
    shown = {
        "not_understood": day.not_understood > 0,
        "danger": day.danger > 0,
        "critical_actions": day.critical_actions > 0,
        "legacy_critical": day.legacy_critical > 0,
        "incomplete": not day.complete,
        "lost": bool(day.lost) or day.is_aged,
    }
    return (
        row.critical_alerts > day.critical_alerts
        or row.new_alerts > day.new_alerts
        or row.parse_errors > day.parse_errors
        or any(rule in objections and not shows for rule, shows in shown.items())
    )


def with_count(day: Day, count: Summary) -> Day:
    """Return a day whose report is not trusted with what a count of its telemetry shows.

    Each number becomes the higher one, so that what was seen does not hide behind the report.
    """
    shown = day_of_summary(count)
    higher = {name: max(getattr(day, name), getattr(shown, name)) for name in _NUMBERS}
    return msgspec.structs.replace(day, **higher)


def records_of(summary: Summary) -> int:
    """Return the number of records of a window: counted events, and records without a time."""
    coverage = summary.coverage
    timed = coverage.in_window + coverage.untimed_in_window if coverage else 0
    return timed + summary.metrics.parse_errors


def not_understood_of(summary: Summary) -> dict[str, int]:
    """Return the number of events that were not understood, by what is wrong with them."""
    understanding = summary.understanding or Understanding()
    return {
        UNKNOWN: understanding.unknown_severity,
        UNREAD: understanding.unread_severity,
        UNTIMED: untimed_serious_of(summary),
        AHEAD: understanding.ahead_serious,
    }


def untimed_serious_of(summary: Summary) -> int:
    """Return the number of serious events without a time that belong to the window.

    A report of version 0.1.0 knows only those that are critical.
    """
    serious = summary.understanding.untimed_serious if summary.understanding else 0
    return max(serious, summary.coverage.untimed_critical if summary.coverage else 0)


def day_of_summary(summary: Summary, *, trust: Trust = "listed", sha256: str | None = None) -> Day:
    """Return the day of a summary.

    Files of the earlier scripts may lack the coverage, which then counts as complete, and the
    window, which is then the 24 hours before the report was made. A report that is changed or
    contradicts itself is unreadable, but keeps its numbers: they can only make a verdict stricter.

    Args:
        summary: The report.
        trust: How it compares with the index.
        sha256: The digest of its file; `None` if it is not known.
    """
    metrics, coverage = summary.metrics, summary.coverage
    understanding = summary.understanding or Understanding()
    end = summary.created_at_utc.astimezone(UTC)
    problem = "changed" if trust == "changed" else contradiction_of(summary)
    return Day(
        date=summary.date,
        found=not problem,
        readable=not problem,
        new_alerts=metrics.new_alerts,
        # A report that contradicts itself shows more in its top list.
        critical_alerts=max(metrics.critical_alerts, _criticals_shown(summary)),
        parse_errors=metrics.parse_errors,
        operator_actions=metrics.operator_actions,
        not_understood=sum(not_understood_of(summary).values()),
        danger=understanding.danger,
        critical_actions=understanding.critical_actions,
        legacy_critical=understanding.legacy_critical,
        empty=coverage is not None and coverage.in_window == 0,
        complete=coverage is None or (coverage.complete and summary.understanding is not None),
        start=end - DAY,
        end=end,
        legacy_alerts=metrics.legacy_alerts,
        lost=() if summary.aged is True else summary.lost or (),
        trust=trust,
        problem=problem,
        sha256=sha256,
        records=records_of(summary) if coverage else None,
        summary=summary,
    )


def contradiction_of(summary: Summary) -> str:
    """Return the contradiction in a summary (section 7 of the contract); empty if there is none."""
    shown = _criticals_shown(summary)
    counted = summary.metrics.critical_alerts
    if shown <= counted:
        return ""
    return f"its top list shows {shown} critical alerts, its metrics {counted}"


def _criticals_shown(summary: Summary) -> int:
    """Return the critical events in the top list without the critical operator actions."""
    if summary.top is None:
        return 0
    listed = sum(each.count for each in summary.top.severities if each.name == CRITICAL)
    actions = summary.understanding.critical_actions if summary.understanding else 0
    return listed - actions


def day_of_row(row: TrendRow, *, objections: Collection[str] = ()) -> Day:
    """Return the day of a row of a trend.

    Args:
        row: The row. The earlier scripts wrote no states, only whether a day was missing.
        objections: The names of the rules that object to the day. They show facts that a row does
            not contain.
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
        not_understood=int("not_understood" in objections),
        danger=int("danger" in objections),
        critical_actions=int("critical_actions" in objections),
        legacy_critical=int("legacy_critical" in objections),
        lost=("less",) if "lost" in objections else (),
        trust="unlisted" if "unlisted" in objections else "listed",
        # The row of an empty day with incomplete coverage has the more severe state.
        empty=row.state == "empty" or (row.missing and row.state == "incomplete"),
        complete=row.state != "incomplete",
    )
