"""Compare two counts of one window: what one of them shows less of (section 6 of the contract).

All functions are pure functions of summaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.day import day_of_summary, records_of, untimed_serious_of
from peaktrade_ops.stage1.models import Summary, Understanding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.stage1.day import Day

MOST_LOSSES: Final = 8
"""The maximum number of losses that a report lists."""

_OBJECTING: Final = (
    ("unknown severities", "unknown_severity"),
    ("unread severities", "unread_severity"),
    ("dangers", "danger"),
    ("critical actions", "critical_actions"),
    ("legacy criticals", "legacy_critical"),
)
"""The counts of the understanding of which a new count may not have fewer, with their names.

Two are not here. Events without a time are compared in their own way, because they may have got
one. Events ahead of the clock become fewer by themselves, as time goes on.
"""


def losses(stored: Summary, count: Summary, *, moved: int = 0) -> tuple[str, ...]:
    """Return the numbers and folders of which a count shows less than the stored report.

    If the configuration differs, only the records are compared, because the configuration
    determines their meaning. A report without a digest of its settings is older than this rule; its
    critical events are compared too.

    Args:
        stored: The stored report.
        count: The count of the same window.
        moved: The number of records that left the window because they now have a time of their
            own, in another window.

    Returns:
        Up to 8 texts; empty if the count may replace the report.
    """
    found = _losses(stored, count, moved)
    return tuple(text for text, _ in zip(found, range(MOST_LOSSES), strict=False))


def _losses(stored: Summary, count: Summary, moved: int) -> Iterator[str]:
    before, after = records_of(stored), records_of(count)
    if after + moved < before and not _explained_by_legacy(stored, count):
        yield f"records {before}, now {after}"
    if stored.coverage is None:
        yield from less_than_shown(day_of_summary(stored), count)
        return
    digest = stored.settings.digest if stored.settings else None
    is_same = count.settings is not None and count.settings.digest == digest
    if digest is None or is_same:
        yield from _fewer("critical", stored.metrics.critical_alerts, count.metrics.critical_alerts)
    if digest is not None and is_same:
        yield from _losses_of_the_same_settings(stored, count, moved)


def _losses_of_the_same_settings(stored: Summary, count: Summary, moved: int) -> Iterator[str]:
    yield from _fewer("alerts", stored.metrics.new_alerts, count.metrics.new_alerts)
    yield from _fewer("actions", stored.metrics.operator_actions, count.metrics.operator_actions)
    if stored.understanding and count.understanding:
        for name, field in _OBJECTING:
            yield from _fewer(
                name, getattr(stored.understanding, field), getattr(count.understanding, field)
            )
    if not stored.coverage or not count.coverage:
        return
    yield from _fewer(
        "serious without a time",
        untimed_serious_of(stored),
        untimed_serious_of(count) + moved + _timed_meanwhile(stored, count),
    )
    if not _is_whole_after_part(stored, count):
        folders = {folder.path for folder in count.coverage.folders or ()}
        for folder in stored.coverage.folders or ():
            if folder.path not in folders:
                yield f"folder {folder.path}"
    if stored.coverage.complete:
        for entry in count.coverage.left_out:
            if entry.effect == "incomplete":
                yield f"{entry.path}: {entry.reason}"


def _timed_meanwhile(stored: Summary, count: Summary) -> int:
    """Return the number of serious events without a time that may have got one in this window.

    Each of them is an event more in the window, and one more of something that objects.
    """
    if not stored.coverage or not count.coverage:
        return 0
    events = count.coverage.in_window - stored.coverage.in_window
    before, after = _serious(stored), _serious(count)
    serious = sum(max(now - then, 0) for then, now in zip(before, after, strict=True))
    return max(min(events, serious), 0)


def _serious(summary: Summary) -> tuple[int, ...]:
    """Return the counts of which a serious event with a time is in at least one."""
    understanding = summary.understanding or Understanding()
    return (
        summary.metrics.critical_alerts,
        summary.metrics.new_alerts,
        understanding.unknown_severity,
        understanding.unread_severity,
        understanding.danger,
        understanding.critical_actions,
    )


def _is_whole_after_part(stored: Summary, count: Summary) -> bool:
    """Return whether the stored report is of ``--input`` paths and the count is of the root.

    Paths below an ``--input`` are relative to it, so the folders of both cannot be compared.
    """
    scopes = [each.settings.scope if each.settings else None for each in (stored, count)]
    return scopes == ["input", "root"]


def _fewer(name: str, before: int, after: int) -> Iterator[str]:
    if after < before:
        yield f"{name} {before}, now {after}"


def _explained_by_legacy(stored: Summary, count: Summary) -> bool:
    """Return whether missing rejected records are now events of legacy sources."""
    if not stored.coverage or not count.coverage:
        return False
    grown = count.coverage.legacy_in_window - stored.coverage.legacy_in_window
    return count.coverage.in_window >= stored.coverage.in_window and records_of(
        count
    ) + grown >= records_of(stored)


def less_than_shown(day: Day, count: Summary) -> Iterator[str]:
    """Yield the numbers of which a count shows less than a day, of which no more may be known.

    A report of the earlier scripts does not contain the number of events, only whether there were
    any.
    """
    metrics = count.metrics
    if day.records is not None:
        yield from _fewer("records", day.records, records_of(count))
    elif not day.empty and not records_of(count):
        yield "events, now 0"
    yield from _fewer("critical", day.critical_alerts, metrics.critical_alerts)
    yield from _fewer("alerts", day.new_alerts, metrics.new_alerts)
    yield from _fewer("actions", day.operator_actions, metrics.operator_actions)


def shows_more(stored: Day, count: Summary) -> bool:
    """Return whether a count shows more of anything that objects than the stored report."""
    pairs = [
        (stored.critical_alerts, count.metrics.critical_alerts),
        (stored.new_alerts, count.metrics.new_alerts),
        (stored.parse_errors, count.metrics.parse_errors),
    ]
    before = (stored.summary.understanding if stored.summary else None) or Understanding()
    after = count.understanding or Understanding()
    pairs += [
        (getattr(before, field), getattr(after, field))
        for field in (*(field for _, field in _OBJECTING), "ahead_serious")
    ]
    untimed = untimed_serious_of(stored.summary) if stored.summary else 0
    pairs.append((untimed, untimed_serious_of(count)))
    return any(after > before for before, after in pairs)
