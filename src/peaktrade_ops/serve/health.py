"""The health of the daily job: pure functions of the latest report and the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.reports.store.names import summary_name
from peaktrade_ops.reports.store.reading import UnreadableError
from peaktrade_ops.window import DAY, iso_utc

if TYPE_CHECKING:
    from datetime import date, datetime

    from peaktrade_ops.reports.store.archive import Archive
    from peaktrade_ops.stage1.models import Summary

_SECOND: Final = timedelta(seconds=1)


class Latest(NamedTuple):
    """The latest report of a folder.

    Attributes:
        day: Its day; `None` if the folder has no report.
        summary: The report; `None` if it cannot be read.
        problem: Why there is no summary; else empty.
    """

    day: date | None
    summary: Summary | None
    problem: str = ""


class Health(NamedTuple):
    """Whether the latest report is recent.

    Attributes:
        healthy: Whether the report is readable and recent.
        reason: Why, in a few words.
        day: The day of the latest report; `None` without a report.
        end: The end of its window; `None` without a readable report.
        age: The time from the end to now; negative for a report of today.
        most: The maximum age.
    """

    healthy: bool
    reason: str
    day: date | None
    end: datetime | None
    age: timedelta | None
    most: timedelta

    def document(self) -> dict[str, str | int | None]:
        """Return a JSON document: times in ISO 8601, durations in whole seconds."""
        return {
            "status": "healthy" if self.healthy else "unhealthy",
            "reason": self.reason,
            "date": str(self.day) if self.day else None,
            "end": iso_utc(self.end) if self.end else None,
            "age_seconds": None if self.age is None else self.age // _SECOND,
            "max_age_seconds": self.most // _SECOND,
        }


def latest_of(archive: Archive) -> Latest:
    """Return the report of the latest day, even if it cannot be read.

    Raises:
        ReportsError: The folder cannot be read.
    """
    day = max(archive.dates, default=None)
    if day is None:
        return Latest(None, None, "there is no report")
    try:
        summary = archive.summary(day)
    except UnreadableError as error:
        return Latest(day, None, f"{summary_name(day)} cannot be read: {error}")
    return Latest(day, summary, "" if summary else f"{summary_name(day)} is missing")


def health_of(latest: Latest, now: datetime, most: timedelta) -> Health:
    """Check that the latest report is recent.

    Args:
        latest: The latest report.
        now: The current time, aware.
        most: The maximum age, counted from the end of the window.
    """
    day, summary, problem = latest
    if summary is None:
        return Health(healthy=False, reason=problem, day=day, end=None, age=None, most=most)
    end = summary.created_at_utc
    age = now - end
    reason = "the latest report is recent"
    if age > most:
        reason = "the latest report is too old"
    elif age < -DAY:
        # A report of today ends at the next midnight. A later one would look recent for too long.
        reason = "the latest report lies in the future: its clock or this one is wrong"
    return Health(-DAY <= age <= most, reason, day, end, age, most)
