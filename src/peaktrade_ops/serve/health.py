"""The health of the daily job: pure functions of the latest report, the trend and the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.reports.store.names import summary_name
from peaktrade_ops.reports.store.reading import UnreadableError
from peaktrade_ops.stage1.current import Currency, currency_of, is_yet_to_come
from peaktrade_ops.window import DAY, iso_utc

if TYPE_CHECKING:
    from datetime import date, datetime

    from peaktrade_ops.reports.store.archive import Archive
    from peaktrade_ops.stage1.models import Decision, Summary, Trend

ADDRESS: Final = "/healthz"
"""The address of the health check, which is answered whatever else waits."""

_SECOND: Final = timedelta(seconds=1)


class Latest(NamedTuple):
    """The latest report of a folder.

    Attributes:
        day: Its day; `None` if the folder has no report.
        summary: The report; `None` if it cannot be read.
        problem: The reason why there is no summary; else empty.
    """

    day: date | None
    summary: Summary | None
    problem: str = ""


class Judged(NamedTuple):
    """The stored trend, and whether its verdict is current.

    Attributes:
        trend: The trend; `None` if it cannot be read or trusted.
        currency: Whether its verdict is current.
        problem: The reason why there is no trend; else empty.
        is_there: Whether the file of the trend or its entry in the index exists.
    """

    trend: Trend | None
    currency: Currency = Currency()
    problem: str = ""
    is_there: bool = True

    @property
    def is_current(self) -> bool:
        """Whether there is a current verdict."""
        return self.trend is not None and self.currency.is_current


class Decided(NamedTuple):
    """The stored decision of the owner.

    Attributes:
        decision: The decision; `None` if there is none that can be relied on.
        is_current: Whether all that it rests on is as it was, and the verdict is current.
        is_lost: Whether there was one that cannot be read or trusted, or is gone.
    """

    decision: Decision | None = None
    is_current: bool = False
    is_lost: bool = False


class Health(NamedTuple):
    """Whether the latest report is recent, and the verdict current.

    Attributes:
        healthy: Whether the report is readable and recent, and the verdict current.
        reason: The reason in a few words.
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


def latest_of(archive: Archive, now: datetime) -> Latest:
    """Return the report of the latest day, even if it cannot be read.

    Those that show nothing because their window is not over are passed over if there is another.

    Args:
        archive: The reports.
        now: The current time, aware.

    Raises:
        ReportsError: The folder cannot be read.
    """
    if not archive.dates:
        return Latest(None, None, "there is no report")
    shows = (day for day in reversed(archive.dates) if not is_yet_to_come(archive.day(day), now))
    day = next(shows, archive.dates[-1])
    try:
        summary = archive.summary(day)
    except UnreadableError as error:
        return Latest(day, None, f"{summary_name(day)} cannot be read: {error}")
    return Latest(day, summary, "" if summary else f"{summary_name(day)} is missing")


def judged_of(archive: Archive, now: datetime) -> Judged:
    """Return the stored trend, and whether its verdict is current.

    Args:
        archive: The reports.
        now: The current time, aware.

    Raises:
        ReportsError: The folder cannot be read.
    """
    try:
        trend = archive.trend()
    except UnreadableError as error:
        return Judged(None, problem=f"{archive.stage.trend_json} cannot be read: {error}")
    if trend is None:
        return Judged(None, problem="there is no trend", is_there=False)
    return Judged(trend, currency_of(trend, archive.outdated(trend, now), now))


def decided_of(archive: Archive, judged: Judged) -> Decided:
    """Return the stored decision, and whether it still rests on a current verdict.

    Args:
        archive: The reports.
        judged: Their stored trend.

    Raises:
        ReportsError: The folder cannot be read.
    """
    try:
        decision = archive.decision()
    except UnreadableError:
        return Decided(is_lost=True)
    if decision is None:
        return Decided()
    return Decided(decision, judged.is_current and not archive.changed_since(decision))


def health_of(latest: Latest, judged: Judged, now: datetime, most: timedelta) -> Health:
    """Check that the latest report is recent, and that the verdict is current.

    Args:
        latest: The latest report.
        judged: The stored trend.
        now: The current time, aware.
        most: The maximum age, counted from the end of the window.
    """
    health = recency_of(latest, now, most)
    if not health.healthy or judged.is_current:
        return health
    problem = judged.problem or f"the verdict is out of date: {'; '.join(judged.currency.reasons)}"
    return health._replace(healthy=False, reason=problem)


def recency_of(latest: Latest, now: datetime, most: timedelta) -> Health:
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
