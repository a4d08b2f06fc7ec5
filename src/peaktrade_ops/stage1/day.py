"""One calendar day, as the trend sees it: from a summary, from old Markdown, or absent."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, Literal

from peaktrade_ops.stage1.severity import CRITICAL, normal_severity
from peaktrade_ops.window import DAY, window_of

if TYPE_CHECKING:
    from peaktrade_ops.stage1.models import DayState, Summary

# The earlier scripts cut their list of severities to this many: critical may be behind the cut.
_OLD_LIST_LENGTH: Final = 8
_OLD_LINE_LENGTH: Final = 100_000

_NEW_ALERTS = re.compile(
    r"^- New-alerts heuristic \(last 24h, [^\n]*\): \*\*([0-9]{1,18})\*\*", re.MULTILINE
)
_ACTIONS = re.compile(
    r"^- ack/snooze/resolve/silence in last 24h: \*\*([0-9]{1,18})\*\*", re.MULTILINE
)
_LINES = re.compile(r"^- Total JSONL lines scanned[^\n:]*: \*\*([0-9]{1,18})\*\*", re.MULTILINE)
_SEVERITIES = re.compile(r"^- Severity top: ([^\n]*)$", re.MULTILINE)
_REPORTED_AT = re.compile(r"^- Reported at \(UTC\): ([^\n]*)$", re.MULTILINE)


DayStatus = Literal[
    "unreadable", "missing", "critical", "incomplete", "parse errors", "alerts", "empty", "clean"
]
"""What is to be said of a day at a glance; what weighs most stands first."""


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of a calendar day.

    Attributes:
        date: The day.
        found: Whether there is a report that can be read: false for missing and unreadable days.
        readable: False where a report is there but cannot be read.
        new_alerts: The metric; 0 where there is no data, as for the three that follow.
        critical_alerts: The metric.
        parse_errors: The metric.
        operator_actions: The metric.
        untimed_critical: Critical events without a time that stand in the window.
        empty: Whether the window held no event.
        complete: Whether everything was scanned.
        start: The start of the window; none without data.
        end: The end of the window; none without data.
        legacy_alerts: The metric, which decides nothing; none where it is not known.
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
        """The state of the day; where two apply the one that weighs more."""
        if not self.readable:
            return "unreadable"
        if not self.found:
            return "missing"
        if not self.complete:
            return "incomplete"
        return "empty" if self.empty else "ok"

    @property
    def statuses(self) -> tuple[DayStatus, ...]:
        """Everything that is to be said of the day, what weighs most first; at least one.

        A critical event without a time counts too: who only looks must not take the day for clean.
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
    """Make the day of which there is no report."""
    return Day(day, found=False)


def unreadable_day(day: date) -> Day:
    """Make the day whose report does not say what happened."""
    return Day(day, found=False, readable=False)


def day_of_summary(summary: Summary) -> Day:
    """Take a day from its summary.

    Absent coverage, in files of the earlier scripts, is taken as complete, and an absent window
    as the 24 hours before the report was made.
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


def day_of_old_markdown(day: date, text: str) -> Day:
    """Take a day from the Markdown of the earlier scripts, which wrote no JSON at first.

    Only lines that begin with the label count, and only where there is exactly one of them, so
    that no name out of telemetry can pass for one.

    Returns:
        The day; an unreadable one where the text does not say how many new alerts and how many
        critical alerts there were, or says a time that cannot be.
    """
    new_alerts = _only_number(_NEW_ALERTS, text)
    severities = _severities(text)
    end = _reported_at(text, day)
    if new_alerts is None or severities is None or end is None or _is_ambiguous(text):
        return unreadable_day(day)
    return Day(
        date=day,
        new_alerts=new_alerts,
        critical_alerts=severities.get(CRITICAL, 0),
        operator_actions=_only_number(_ACTIONS, text) or 0,
        # The list had an entry for every event, also for those without a severity.
        empty=not severities or _only_number(_LINES, text) == 0,
        start=end - DAY,
        end=end,
    )


def _only(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.findall(text)
    return found[0] if len(found) == 1 else None


def _only_number(pattern: re.Pattern[str], text: str) -> int | None:
    found = _only(pattern, text)
    return None if found is None else int(found)


def _is_ambiguous(text: str) -> bool:
    """Say whether a label that may be absent is there more than once."""
    labels = (_ACTIONS, _LINES, _REPORTED_AT)
    return any(len(label.findall(text)) > 1 for label in labels)


def _severities(text: str) -> Counter[str] | None:
    """Count events by severity; none: the list does not say how many critical ones there were."""
    listed = _only(_SEVERITIES, text)
    if listed is None or len(listed) > _OLD_LINE_LENGTH:
        return None
    try:
        value = ast.literal_eval(listed.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not isinstance(pairs, list):
        return None
    counts: Counter[str] = Counter()
    for pair in pairs:
        match pair:
            case (str(name), int(count)) if 0 <= count < 10**18 and not isinstance(count, bool):
                counts[normal_severity(name)] += count
            case _:
                return None
    return None if len(pairs) >= _OLD_LIST_LENGTH and not counts[CRITICAL] else counts


def _reported_at(text: str, day: date) -> datetime | None:
    """Find the end of the window: as the report says, or the end of the day where it does not.

    Returns:
        The moment; none where what the report says is no moment of that day.
    """
    written = _only(_REPORTED_AT, text)
    if written is None:
        return window_of(day).end
    try:
        moment = datetime.fromisoformat(written.strip())
        utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return utc if moment.tzinfo and utc.date() == day else None
