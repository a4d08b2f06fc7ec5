"""Whether a stored verdict is current (section 12 of the contract)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.config import Policy
from peaktrade_ops.stage1.day import missing_day
from peaktrade_ops.stage1.findings import day_ranges
from peaktrade_ops.stage1.policy import objects_alone
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Trend, TrendRange, TrendRow

_VALID: Final = timedelta(hours=30)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def valid_until_of(generated_at: datetime) -> datetime:
    """Return the end of the validity of a verdict: 30 hours after its last window (aware)."""
    return generated_at + _VALID if generated_at <= _LAST - _VALID else _LAST


class Currency(msgspec.Struct, frozen=True):
    """Whether a verdict is current, with the reasons if it is not.

    Attributes:
        outdated: The days that make it out of date.
        expired: The end of its validity if that has passed; else, or without a clock, `None`.
    """

    outdated: Sequence[date] = ()
    expired: datetime | None = None

    @property
    def is_current(self) -> bool:
        """Whether no report has changed since the trend was made, and the verdict is valid."""
        return not self.outdated and self.expired is None

    @property
    def reasons(self) -> list[str]:
        """The reasons why the verdict is not current, one sentence each; empty if it is."""
        found = []
        if self.outdated:
            days = ", ".join(" to ".join(map(str, group)) for group in day_ranges(self.outdated))
            found.append(f"reports came, changed or went after it was given: {days}")
        if self.expired is not None:
            found.append(f"it was valid until {iso_utc(self.expired)}")
        return found


def currency_of(trend: Trend, outdated: Sequence[date], now: datetime | None = None) -> Currency:
    """Return whether a verdict is current.

    Args:
        trend: The trend.
        outdated: The days that make it out of date.
        now: The current time, aware; `None` if the result must not depend on it.
    """
    expired = now is not None and has_expired(trend, now)
    return Currency(outdated, validity_of(trend) if expired else None)


def validity_of(trend: Trend) -> datetime:
    """Return the end of the validity of a verdict; a trend of 0.1.0 does not contain it."""
    return trend.valid_until or valid_until_of(trend.generated_at_utc)


def has_expired(trend: Trend, now: datetime) -> bool:
    """Return whether a verdict is no longer valid.

    Args:
        trend: The trend.
        now: The current time, aware.
    """
    return now > validity_of(trend)


def concerns(trend: Trend, day: date) -> bool:
    """Return whether the report of a day can make a verdict out of date.

    Earlier days than those of its range cannot, and there may be thousands of them.
    """
    return not _is_before(day, trend.range) or any(row.date == day for row in trend.series)


def outdated_by(trend: Trend, days: Iterable[Day]) -> list[date]:
    """Return the days that make a verdict out of date; empty if it is not.

    These are the days of its range whose report differs now or is no longer trusted, days of its
    range that it does not list, and later days whose report alone objects. A trend of an earlier
    version has no digests of its reports, so all of them count as different.

    Args:
        trend: The trend.
        days: All days that have a report now, in any range; only those that it `concerns` count.
    """
    now = {day.date: day for day in days}
    rows = {row.date: row for row in trend.series}
    unlisted = {
        day
        for finding in trend.rollups.findings or ()
        if finding.rule == "unlisted"
        for day in finding.days
    }
    changed = {
        date
        for date, row in rows.items()
        if _is_another(now.get(date) or missing_day(date), row, known=date in unlisted)
    }
    others = {date for date in now if date not in rows}
    unseen = {date for date in others if _lies_in(date, trend.range)}
    policy = trend.rollups.policy or Policy()
    later = {
        date
        for date in others - unseen
        if not _is_before(date, trend.range) and objects_alone(now[date], policy)
    }
    return sorted(changed | unseen | later)


def _lies_in(day: date, span: TrendRange) -> bool:
    return not _is_before(day, span) and span.end is not None and day <= span.end


def _is_before(day: date, span: TrendRange) -> bool:
    return span.start is not None and day < span.start


def _is_another(day: Day, row: TrendRow, *, known: bool) -> bool:
    """Return whether a day differs from the report that its row was made from.

    Args:
        day: The current data of the day.
        row: Its row in the trend.
        known: Whether the trend objects that the report of the day is not in the index.
    """
    distrusted = not day.readable and row.state != "unreadable"
    unlisted = day.readable and day.trust == "unlisted" and not known
    return day.sha256 != row.sha256 or distrusted or unlisted
