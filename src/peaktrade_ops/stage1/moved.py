"""Find records that left a window because they now have a time of their own, in another window.

All functions are pure functions of summaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.stage1.day import untimed_serious_of
from peaktrade_ops.stage1.models import Summary, Understanding
from peaktrade_ops.stage1.settings import are_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Pair(msgspec.Struct, frozen=True):
    """Two counts of one window.

    Attributes:
        stored: The stored report; `None` if there is none, or if it is not trusted.
        count: The count of the window of the report; `None` if it was not counted.
    """

    stored: Summary | None
    count: Summary | None


class Moved(msgspec.Struct, frozen=True):
    """How many of what a window lacks now belong to another window.

    Attributes:
        records: Records of any kind.
        criticals: Critical events that had no time.
        others: Other serious events that had no time.
    """

    records: int = 0
    criticals: int = 0
    others: int = 0


def moved_of(pairs: Sequence[Pair]) -> list[Moved]:
    """Return for each day what of it now belongs to another day.

    A record without a time of its own belongs to every window between its neighbours. After it is
    repaired, or the key of its time is configured, it is an event of one window and is missing in
    the others. If a day lost only records without a time, they moved to other days: those days have
    as many events more, and each day between has lost as many records without a time.

    Events after the last window explain nothing. They become more by themselves, and could hide a
    record that was removed. Serious events are told apart from all others, because any late record
    could hide one.
    """
    beyond = _earlier_events(pairs[0]) if pairs else 0
    records = _explained([_change_of(_of_records, each) for each in pairs], beyond)
    criticals = _explained([_change_of(_of_criticals, each) for each in pairs], 0)
    others = _explained([_change_of(_of_others, each) for each in pairs], 0)
    return [Moved(*each) for each in zip(records, criticals, others, strict=True)]


def untimed_critical_of(summary: Summary) -> int:
    """Return the number of critical events without a time that belong to the window."""
    return summary.coverage.untimed_critical if summary.coverage else 0


def other_untimed_of(summary: Summary) -> int:
    """Return the number of other serious events without a time that belong to the window."""
    return untimed_serious_of(summary) - untimed_critical_of(summary)


def timed_criticals(stored: Summary, count: Summary) -> int:
    """Return the most critical events without a time that may have got one in this window.

    Each of them is an event more in the window, and a critical one more.
    """
    more = count.metrics.critical_alerts - stored.metrics.critical_alerts
    return max(min(_more_events(stored, count), more), 0)


def timed_others(stored: Summary, count: Summary) -> int:
    """Return the most other serious events without a time that may have got one in this window.

    A critical event more can be an alert or a danger more too, and is none of these.
    """
    criticals = max(count.metrics.critical_alerts - stored.metrics.critical_alerts, 0)
    before, after = (each.understanding or Understanding() for each in (stored, count))
    more = sum(
        max(increase, 0)
        for increase in (
            count.metrics.new_alerts - stored.metrics.new_alerts - criticals,
            after.danger - before.danger - criticals,
            after.unknown_severity - before.unknown_severity,
            after.unread_severity - before.unread_severity,
            after.critical_actions - before.critical_actions,
        )
    )
    return max(min(_more_events(stored, count) - criticals, more), 0)


def _more_events(stored: Summary, count: Summary) -> int:
    if not stored.coverage or not count.coverage:
        return 0
    return count.coverage.in_window - stored.coverage.in_window


def _explained(changes: Sequence[_Change], beyond: int) -> list[int]:
    """Return for each day how many of what is missing lie in other days now; all or none."""
    before = _moved(changes, beyond)
    after = _moved(changes[::-1], 0)[::-1]
    explained = []
    for change, left, right in zip(changes, before, after, strict=True):
        missing = -(change.events + change.standing)
        is_mended = missing > 0 and change.events >= 0 and left + right >= missing
        explained.append(missing if is_mended else 0)
    return explained


def _moved(changes: Iterable[_Change], beyond: int) -> list[int]:
    """Return for each day the most records that may have moved from it to the days before it.

    Args:
        changes: The changes of the days, in the order in which records move away from the last.
        beyond: The number of events that were added before the first day.
    """
    reachable, found = beyond, []
    for change in changes:
        found.append(reachable)
        # Only a record that was standing in a day can have moved to it, or across it.
        reachable = max(min(-change.standing, max(change.events, 0) + reachable), 0)
    return found


def _earlier_events(pair: Pair) -> int:
    """Return the increase of events before a window, if other settings can have given them a time.

    With settings that read the same they are late telemetry.
    """
    stored, count = pair.stored, pair.count
    if stored is None or count is None:
        return 0
    if not stored.settings or stored.settings.digest is None or not count.settings:
        return 0
    if are_alike(stored.settings, count.settings):
        return 0
    return max(_events_before(count) - _events_before(stored), 0)


def _events_before(summary: Summary) -> int:
    """Return the number of events before the window of a summary; 0 if it is not known."""
    coverage, understanding = summary.coverage, summary.understanding or Understanding()
    # A line with several events is one event of the coverage.
    if not coverage or understanding.unpacked:
        return 0
    inside = coverage.in_window + coverage.legacy_in_window
    return coverage.events - coverage.untimed - coverage.future - inside


class _Change(msgspec.Struct, frozen=True):
    """The increase of events and of records without a time from the stored report to a count."""

    events: int
    standing: int


def _change_of(kind: Callable[[Summary, Summary], _Change], pair: Pair) -> _Change:
    if pair.stored is None or pair.count is None:
        return _Change(0, 0)
    if not pair.stored.coverage or not pair.count.coverage:
        return _Change(0, 0)
    return kind(pair.stored, pair.count)


def _of_records(stored: Summary, count: Summary) -> _Change:
    return _Change(_more_events(stored, count), _standing(count) - _standing(stored))


def _of_criticals(stored: Summary, count: Summary) -> _Change:
    standing = untimed_critical_of(count) - untimed_critical_of(stored)
    return _Change(timed_criticals(stored, count), standing)


def _of_others(stored: Summary, count: Summary) -> _Change:
    standing = other_untimed_of(count) - other_untimed_of(stored)
    return _Change(timed_others(stored, count), standing)


def _standing(summary: Summary) -> int:
    untimed = summary.coverage.untimed_in_window if summary.coverage else 0
    return untimed + summary.metrics.parse_errors
