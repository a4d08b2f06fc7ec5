"""Where times stand: in the window, and records without a time of their own (sections 4 and 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_in_window(moment: datetime, end: datetime) -> bool:
    """Return whether a time is in the window (section 5: "Window: `[end - 24 h, end)`")."""
    return end - timedelta(hours=24) <= moment < end


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Return whether a time is "more than 24 hours after the clock" (section 5)."""
    return moment > now + timedelta(hours=24)


def stands_in_window(
    times: Sequence[datetime | None], index: int, end: datetime, modified: datetime | None
) -> bool:
    """Return whether the record at an index, which has no time, stands in the window.

    Section 4: it "stands in every window that touches the time between the nearest timed event
    before it in its file and the nearest after it, from the earlier to the later of the two, both
    included. Without one before it, it stands where the one after does; without one after it, from
    the one before up to the modification time of the file where that is later, without end where it
    is before 2000-01-01; without any, in every window that starts at or before the modification
    time (in every window, where that is before 2000-01-01)".

    Args:
        times: The times of the records of a file, in their order.
        index: The position of the record.
        end: The end of the window.
        modified: The modification time of the file; `None` if it is before 2000-01-01.
    """
    start = end - timedelta(hours=24)
    before = next((time for time in reversed(times[:index]) if time is not None), None)
    after = next((time for time in times[index + 1 :] if time is not None), None)
    if before is None and after is None:
        return modified is None or start <= modified
    if before is None:
        assert after is not None
        return is_in_window(after, end)
    if after is None:
        return before < end and (modified is None or max(before, modified) >= start)
    return min(before, after) < end and max(before, after) >= start
