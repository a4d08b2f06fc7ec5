"""Read days from the Markdown of the earlier scripts, which wrote no JSON at first."""

from __future__ import annotations

import ast
import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import Final

from peaktrade_ops.stage1.day import Day, unreadable_day
from peaktrade_ops.stage1.severity import CRITICAL, class_of
from peaktrade_ops.window import DAY, window_of

# The earlier scripts cut the list of severities to this length, which may remove critical.
_OLD_LIST_LENGTH: Final = 8
_OLD_LINE_LENGTH: Final = 100_000
_NEW_ALERTS: Final = r"(?m)^- New-alerts heuristic \(last 24h, [^\n]*\): \*\*([0-9]{1,18})\*\*"
_ACTIONS: Final = r"(?m)^- ack/snooze/resolve/silence in last 24h: \*\*([0-9]{1,18})\*\*"
_LINES: Final = r"(?m)^- Total JSONL lines scanned[^\n:]*: \*\*([0-9]{1,18})\*\*"
_SEVERITIES: Final = r"(?m)^- Severity top: ([^\n]*)$"
_REPORTED_AT: Final = r"(?m)^- Reported at \(UTC\): ([^\n]*)$"


def day_of_old_markdown(day: date, text: str) -> Day:
    """Read a day from the Markdown of the earlier scripts.

    A label counts only at the start of a line, and only if exactly one line starts with it, so that
    a name from telemetry cannot imitate a label.

    Args:
        day: The day of the report.
        text: The Markdown.

    Returns:
        The day. It is unreadable if the text lacks the number of new or of critical alerts, or
        contains an invalid time.
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
        # The list counts every event, also events without a severity.
        empty=not severities or _only_number(_LINES, text) == 0,
        start=end - DAY,
        end=end,
    )


def _only(pattern: str, text: str) -> str | None:
    found = re.findall(pattern, text)
    return found[0] if len(found) == 1 else None


def _only_number(pattern: str, text: str) -> int | None:
    found = _only(pattern, text)
    return None if found is None else int(found)


def _is_ambiguous(text: str) -> bool:
    """Return whether an optional label occurs more than once."""
    labels = (_ACTIONS, _LINES, _REPORTED_AT)
    return any(len(re.findall(label, text)) > 1 for label in labels)


def _severities(text: str) -> Counter[str] | None:
    """Return the number of events by severity; `None` if critical events may not be listed."""
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
                counts[class_of(name)] += count
            case _:
                return None
    return None if len(pairs) >= _OLD_LIST_LENGTH and not counts[CRITICAL] else counts


def _reported_at(text: str, day: date) -> datetime | None:
    """Return the end of the window: the time in the report, or the end of the day if it has none.

    Returns:
        The time in UTC; `None` if the time in the report is invalid or not on that day.
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
