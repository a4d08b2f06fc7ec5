"""The check of the clock against the times of files and of stored reports."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.diagnosis.findings import error, ok, warning
from peaktrade_ops.errors import PeaktradeError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.names import INDEX, summary_name
from peaktrade_ops.reports.store.reading import UnreadableError
from peaktrade_ops.window import DAY, iso_utc, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject

# File systems on other machines have clocks of their own.
_TOLERATED: Final = timedelta(minutes=5)
_ADVICE: Final = "set the clock of this machine (timedatectl shows it), or that of the writer"


class _Seen(NamedTuple):
    """A moment that cannot be ahead of the clock.

    Attributes:
        where: What it was read from.
        what: What happened then.
        moment: The moment, aware.
        tolerated: By how much it may be ahead.
    """

    where: str
    what: str
    moment: datetime
    tolerated: timedelta = _TOLERATED


def check_clock(subject: Subject) -> Iterator[Finding]:
    """Find that the clock is behind what has already happened."""
    now = subject.now
    if subject.is_clock_replaced:
        yield warning(
            "clock",
            "SOURCE_DATE_EPOCH",
            f"stands in for the clock: {iso_utc(now)}",
            "unset it, unless a report of that time is to be made again",
        )
        return
    ahead = [each for each in _moments(subject) if each.moment > now + each.tolerated]
    for each in ahead:
        later = each.moment - now
        what = f"{each.what} at {iso_utc(each.moment)}, {_words(later)} after the clock"
        make = error if later > DAY else warning
        yield make("clock", each.where, what, _ADVICE)
    day = _last_day(subject)
    # The last days of all have a beginning, but no window.
    if day is not None and (later := datetime.combine(day, time(), UTC) - now) > timedelta():
        yield warning(
            "clock",
            summary_name(day),
            f"its day begins at {iso_utc(now + later)}, {_words(later)} after the clock",
            f"{_ADVICE}; if the day was given by mistake, nothing: the report counts from then on",
        )
    elif not ahead:
        yield ok(
            "clock", "system", f"{iso_utc(now.replace(microsecond=0))}, after every file and report"
        )


def _moments(subject: Subject) -> Iterator[_Seen]:
    """Yield the latest moments of the telemetry and of the reports, as far as they are known."""
    try:
        newest = max(subject.found.sources, key=lambda each: each.modified_ns, default=None)
    except PeaktradeError:
        # Another check tells it.
        newest = None
    if newest is not None:
        yield _Seen(newest.path, "was written", moment_of(newest.modified_ns))
    folder = subject.place.folder
    try:
        yield _Seen(INDEX, "was written", moment_of((folder / INDEX).stat().st_mtime_ns))
        archive = Archive(folder, stage=subject.place.stage)
        trend, decision = archive.trend(), archive.decision()
    except (OSError, PeaktradeError, UnreadableError):
        return
    # A report of today ends at the next midnight.
    if trend is not None:
        what = "its range ends"
        yield _Seen(subject.place.stage.trend_json, what, trend.generated_at_utc, DAY)
    if decision is not None:
        name = subject.place.stage.decision_json
        yield _Seen(name, "was decided", decision.decided_at_utc)


def _last_day(subject: Subject) -> date | None:
    """Return the day of the latest report; `None` if there is none, or another check tells why."""
    try:
        return max(Archive(subject.place.folder, stage=subject.place.stage).dates, default=None)
    except PeaktradeError:
        return None


def _words(span: timedelta) -> str:
    """Return a duration in its largest unit."""
    seconds = span // timedelta(seconds=1)
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:,} {unit}"
    return f"{seconds} seconds"
