"""Decide whether a later window may take the place of the stored one of a day (section 6).

The later window leaves out the beginning of the stored one. What objects there must then be in the
report of the day before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1.day import day_of_summary
from peaktrade_ops.stage1.losses import OBJECTING, shows_more
from peaktrade_ops.stage1.models import Summary
from peaktrade_ops.window import DAY

if TYPE_CHECKING:
    from datetime import datetime

INCOMPLETE: Final = "incomplete"
"""The name of incomplete coverage that would be in no report."""


class Eve(msgspec.Struct, frozen=True):
    """What is known of the day before a day.

    Attributes:
        count: The count of the 24 hours before the window of the command; `None` if not known.
        report: The report of that day as it will be stored; `None` if there is none that is
            trusted.
        counted: The count of the window of that report; `None` if it was not counted.
    """

    count: Summary | None = None
    report: Summary | None = None
    counted: Summary | None = None


def left_behind(then: Summary, now: Summary, eve: Eve) -> list[str]:
    """Return the names of what would be in no report if a later window took the place of a report.

    Args:
        then: The count of the stored window.
        now: The count of the later window.
        eve: The day before. What is not known of it is taken for the worse.
    """
    if now.created_at_utc <= then.created_at_utc:
        return []
    missing = _left_out_of(then) - _left_out_of(now)
    if eve.report and eve.counted and _covers(eve.report, eve.counted, now.created_at_utc - DAY):
        # A path that came after the report was made is in neither of the two.
        unsaid = _left_out_of(eve.counted) - _left_out_of(eve.report)
        return [INCOMPLETE] if missing & unsaid else []
    # What lies in the part that is left out is in the stored window and in the 24 hours before the
    # later one.
    names = [
        name
        for name, number in OBJECTING.items()
        if number(then) and (eve.count is None or number(eve.count))
    ]
    if missing and (eve.count is None or missing & _left_out_of(eve.count)):
        names.append(INCOMPLETE)
    return names


def _left_out_of(summary: Summary) -> set[tuple[str, str]]:
    """Return the path and reason of each entry that makes a window incomplete."""
    entries = summary.coverage.left_out if summary.coverage else ()
    return {(entry.path, entry.reason) for entry in entries if entry.effect == "incomplete"}


def _covers(report: Summary, counted: Summary, start: datetime) -> bool:
    """Return whether the report of the day before reaches a moment and shows all numbers of it."""
    return report.created_at_utc >= start and not shows_more(day_of_summary(report), counted)
