"""Find records that left a window because they now have a time of their own, in another window.

All functions are pure functions of summaries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.stage1.alike import are_alike
from peaktrade_ops.stage1.models import Summary, Understanding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Pair(msgspec.Struct, frozen=True):
    """Two counts of one window.

    Attributes:
        stored: The stored report; `None` if there is none, or if it is not trusted.
        count: The count of the window of the report; `None` if it was not counted.
    """

    stored: Summary | None
    count: Summary | None


def moved_of(pairs: Sequence[Pair]) -> list[int]:
    """Return the number of records of each day that now belong to another day.

    A record without a time of its own belongs to every window between its neighbours. After it is
    repaired, or the key of its time is configured, it is an event of one window and is missing in
    the others. If a day lost only records without a time, they moved to other days: those days have
    as many events more, and each day between has lost as many records without a time.

    Events after the last window explain nothing. They become more by themselves, and could hide a
    record that was removed.
    """
    changes = list(map(_change, pairs))
    before = _moved(changes, _earlier_events(pairs[0])) if pairs else []
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


def _change(pair: Pair) -> _Change:
    stored, count = pair.stored, pair.count
    if stored is None or count is None or not stored.coverage or not count.coverage:
        return _Change(0, 0)
    return _Change(
        count.coverage.in_window - stored.coverage.in_window, _standing(count) - _standing(stored)
    )


def _standing(summary: Summary) -> int:
    untimed = summary.coverage.untimed_in_window if summary.coverage else 0
    return untimed + summary.metrics.parse_errors
