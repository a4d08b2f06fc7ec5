"""The half-open 24-hour window of a report, in UTC, from ``--as-of`` or ``--date``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from peaktrade_ops.errors import UsageError
from peaktrade_ops.text import quoted

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_TIME_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
"""An earlier modification time counts as unknown: file systems without times report such times."""

_DAY_FORM: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FIRST_YEAR = 1970


class Window(msgspec.Struct, frozen=True):
    """The 24 hours ``[start, end)`` of a report.

    Attributes:
        end: The first moment after the window, UTC.
        date: The date of the report. The window of a whole day has the date of that day, although
            it ends at the next midnight.
    """

    end: datetime
    date: date

    @property
    def start(self) -> datetime:
        """The first moment of the window, UTC."""
        return self.end - DAY

    @property
    def is_day(self) -> bool:
        """Whether it is a whole UTC day, which ends on the day after its date."""
        return self.date != self.end.date()

    @property
    def option(self) -> str:
        """The option of a command for this window and no other."""
        return f"--date {self.date}" if self.is_day else f"--as-of {iso_utc(self.end)}"

    @property
    def eve(self) -> Window | None:
        """The window of the 24 hours before; `None` if it begins before 1970."""
        try:
            return self.earlier(1)
        except UsageError:
            return None

    def earlier(self, days: int) -> Window:
        """Return the window `days` days earlier; windows of neighbouring days touch.

        Raises:
            UsageError: That window begins before 1970.
        """
        return _checked(self.end - days * DAY, self.date - timedelta(days=days))


def window_until(end: datetime) -> Window:
    """Return the window that ends at `end` (aware); its date is the UTC date of `end`.

    Raises:
        UsageError: The window is not within the years 1970 to 9999.
    """
    try:
        utc = end.astimezone(UTC)
    except OverflowError:
        raise _out_of_range() from None
    return _checked(utc, utc.date())


def window_of(day: date) -> Window:
    """Return the window of one UTC day, which ends at the next midnight.

    Raises:
        UsageError: The window is not within the years 1970 to 9999.
    """
    try:
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY
    except OverflowError:
        raise _out_of_range() from None
    return _checked(end, day)


def parse_moment(text: str) -> datetime:
    """Read the value of ``--as-of``: ISO 8601 with an offset or ``Z``.

    Raises:
        UsageError: The text is not such a time, or has no offset: it would then depend on the time
            zone of the machine.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{quoted(text)} is not a time", hint="write it like 2025-12-20T08:00:00Z"
        ) from None
    if moment.tzinfo is None:
        raise UsageError(f"{quoted(text)} has no UTC offset", hint="add Z or an offset like +01:00")
    return moment


def parse_day(text: str, *, today: date) -> date:
    """Read the value of ``--date``: ``YYYY-MM-DD``, ``today`` or ``yesterday``, in UTC.

    Raises:
        UsageError: The text is none of these.
    """
    word = text.strip().lower()
    if word == "today":
        return today
    if word == "yesterday":
        return today - timedelta(days=1)
    try:
        if re.fullmatch(_DAY_FORM, word):
            return date.fromisoformat(word)
    except ValueError:
        pass
    raise UsageError(
        f"{quoted(text)} is not a day", hint="write YYYY-MM-DD, today or yesterday"
    ) from None


def iso_utc(moment: datetime) -> str:
    """Return a moment (aware) as ISO 8601 in UTC with ``Z``; a fraction only if it is not 0."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ahead_of(now: datetime) -> datetime | None:
    """Return the first moment that is more than 24 hours after the clock.

    Returns:
        The moment; `None` if it is after the year 9999.
    """
    try:
        return now.astimezone(UTC) + DAY + timedelta(microseconds=1)
    except OverflowError:
        return None


def epoch_ns(moment: datetime) -> int:
    """Return a moment (aware) as nanoseconds since 1970, as file systems keep times."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1_000


def moment_of(nanoseconds: int) -> datetime:
    """Return nanoseconds since 1970 as a moment in UTC; the last one that is known for later."""
    try:
        return EPOCH + timedelta(microseconds=nanoseconds // 1_000)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if nanoseconds > 0 else EPOCH


def _checked(end: datetime, day: date) -> Window:
    if end.year < _FIRST_YEAR or (end - DAY).year < _FIRST_YEAR:
        raise _out_of_range()
    return Window(end, day)


def _out_of_range() -> UsageError:
    return UsageError("the window leaves the years 1970 to 9999", hint="give another day or time")
