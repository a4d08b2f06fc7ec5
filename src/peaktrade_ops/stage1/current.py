"""Whether a stored verdict is current (section 12 of the contract)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.config import Policy
from peaktrade_ops.stage1.day import WINDOW_NOT_OVER, missing_day
from peaktrade_ops.stage1.findings import day_ranges
from peaktrade_ops.stage1.policy import objects_alone
from peaktrade_ops.window import DAY, iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peaktrade_ops.stage1.day import Day
    from peaktrade_ops.stage1.models import Trend, TrendRange, TrendRow

_VALID: Final = timedelta(hours=30)
_OF_AN_OPEN_WINDOW: Final = frozenset({WINDOW_NOT_OVER, "expected and silent"})
"""What makes each report incomplete before its window is over: nothing can be written yet."""

_LAST: Final = datetime.max.replace(tzinfo=UTC)


def valid_until_of(generated_at: datetime) -> datetime:
    """Return the end of the validity of a verdict: 30 hours after its last window (aware)."""
    return generated_at + _VALID if generated_at <= _LAST - _VALID else _LAST


class Outdated(msgspec.Struct, frozen=True):
    """The days that make a verdict out of date, by what their reports do to it.

    Attributes:
        changed: The days of its range whose report came, changed or went after it was given.
        objecting: The later days whose report objects, and until when a run does not count them.
        unfinished: The same, of reports that were made before their window was over.
        disputed: The later days whose window is over by their report and not by the clock, and the
            end of the window.
    """

    changed: tuple[date, ...] = ()
    objecting: Mapping[date, datetime] = {}
    unfinished: Mapping[date, datetime] = {}
    disputed: Mapping[date, datetime] = {}

    @property
    def days(self) -> list[date]:
        """All days, in order; empty if the verdict is not out of date."""
        return sorted({*self.changed, *self.objecting, *self.unfinished, *self.disputed})

    @property
    def reasons(self) -> list[str]:
        """What is wrong and what to do, one sentence each."""
        if not self.changed:
            return self.reasons_of_later
        days = _written(self.changed)
        return [f"reports came, changed or went after it was given: {days}", *self.reasons_of_later]

    @property
    def reasons_of_later(self) -> list[str]:
        """Those of the reasons that are later days."""
        later = (
            ("a later report objects", self.objecting, "run again"),
            ("a later report was made before its window was over", self.unfinished, "run again"),
            (
                "a later report is of a window that is over by it, but not by the clock",
                self.disputed,
                "set the clock right, or make them again with snapshot --replace; else run again",
            ),
        )
        return [
            f"{what}: {_written(days)}; {advice} after {iso_utc(max(days.values()))}"
            for what, days, advice in later
            if days
        ]


class Currency(msgspec.Struct, frozen=True):
    """Whether a verdict is current, with the reasons if it is not.

    Attributes:
        outdated: The days that make it out of date.
        expired: The end of its validity if that has passed; else, or without a clock, `None`.
        early: The end of its last window if the clock is before it; else, or without a clock,
            `None`.
    """

    outdated: Outdated = Outdated()
    expired: datetime | None = None
    early: datetime | None = None

    @property
    def is_current(self) -> bool:
        """Whether no report has changed since the trend was made, and the verdict is valid now."""
        return not self.reasons

    @property
    def reasons(self) -> list[str]:
        """The reasons why the verdict is not current, one sentence each; empty if it is."""
        return self.outdated.reasons + self.reasons_of_clock

    @property
    def reasons_of_clock(self) -> list[str]:
        """Those of the reasons that are no reports; empty without a clock."""
        found = []
        if self.early is not None:
            found.append(
                f"its last window ends only at {iso_utc(self.early)}, after the clock;"
                " set the clock right, or run again"
            )
        if self.expired is not None:
            found.append(f"it was valid until {iso_utc(self.expired)}")
        return found


def _written(days: Iterable[date]) -> str:
    return ", ".join(" to ".join(map(str, group)) for group in day_ranges(sorted(days)))


def currency_of(trend: Trend, outdated: Outdated, now: datetime | None = None) -> Currency:
    """Return whether a verdict is current.

    Args:
        trend: The trend.
        outdated: The days that make it out of date, by the same clock.
        now: The current time, aware; `None` if the result must not depend on it.
    """
    if now is None:
        return Currency(outdated)
    return Currency(
        outdated,
        expired=validity_of(trend) if has_expired(trend, now) else None,
        early=trend.generated_at_utc if is_early(trend, now) else None,
    )


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


def is_early(trend: Trend, now: datetime) -> bool:
    """Return whether a verdict is of a time that has not come yet.

    Nobody can know it then: the clock was ahead when it was given, or its day was a mistake.

    Args:
        trend: The trend.
        now: The current time, aware.
    """
    return now < trend.generated_at_utc


def concerns(trend: Trend, day: date) -> bool:
    """Return whether the report of a day can make a verdict out of date.

    Earlier days than those of its range cannot, and there may be thousands of them.
    """
    return not _is_before(day, trend.range) or any(row.date == day for row in trend.series)


def outdated_by(trend: Trend, days: Iterable[Day], now: datetime | None = None) -> Outdated:
    """Return the days that make a verdict out of date.

    These are the days of its range whose report differs now or is no longer trusted, days of its
    range that it does not list, and later days whose report alone objects. A trend of an earlier
    version has no digests of its reports, so all of them count as different.

    A later report that says that its window is not over counts for nothing before it has begun, and
    until it is over while it shows nothing: that is no more than no report. One that says that it
    is over, while the clock is before its end, was made by another clock: if this one is behind,
    there is a later verdict than this one.

    Args:
        trend: The trend.
        days: All days that have a report now, in any range; only those that it `concerns` count.
        now: The current time, aware; `None` if the result must not depend on it.
    """
    there = {day.date: day for day in days}
    rows = {row.date: row for row in trend.series}
    unlisted = {
        day
        for finding in trend.rollups.findings or ()
        if finding.rule == "unlisted"
        for day in finding.days
    }
    changed = {
        each
        for each, row in rows.items()
        if _is_another(there.get(each) or missing_day(each), row, known=each in unlisted)
    }
    others = {each for each in there if each not in rows}
    unseen = {each for each in others if _lies_in(each, trend.range)}
    policy = trend.rollups.policy or Policy()
    objecting: dict[date, datetime] = {}
    unfinished: dict[date, datetime] = {}
    disputed: dict[date, datetime] = {}
    later = (each for each in others - unseen if not _is_before(each, trend.range))
    for day in (there[each] for each in sorted(later)):
        end = _end_of(day)
        if now is not None and _is_trusted(day) and not day.is_unfinished and now < end:
            disputed[day.date] = end
        elif objects_alone(day, policy) and not _shows_nothing_yet(day, policy, now):
            of_its_kind = unfinished if _is_trusted(day) and day.is_unfinished else objecting
            # The run after the midnight of the day is the next that counts it.
            of_its_kind[day.date] = max(_midnight_after(day.date), end)
    return Outdated(tuple(sorted(changed | unseen)), objecting, unfinished, disputed)


def is_yet_to_come(day: Day, now: datetime) -> bool:
    """Return whether a report can show nothing because its window is still to come, or not over.

    Args:
        day: The day of the report.
        now: The current time, aware.
    """
    return _shows_nothing_yet(day, Policy(), now)


def _shows_nothing_yet(day: Day, policy: Policy, now: datetime | None) -> bool:
    """Return whether a later report says no more of what happened than none.

    That is one that says itself that its window is not over, and either its window has not begun
    by the clock, or it shows nothing and its window is not over by the clock. What it shows before
    its window has begun are events ahead of the clock.

    The window of a report that is not trusted is not known; the earliest one begins with the
    calendar day before. Then it counts for nothing before, unless it shows anything.
    """
    shown = msgspec.structs.replace(day, readable=True, trust="listed", complete=True, empty=False)
    shows_anything = bool(day.records) or objects_alone(shown, policy)
    if not _is_trusted(day):
        has_begun = now is None or (day.date - now.astimezone(UTC).date()).days <= 1
        return not has_begun and not shows_anything
    if not day.is_unfinished:
        return False
    if now is not None and now < _end_of(day) - DAY:
        return True
    is_over = now is not None and now >= _end_of(day)
    return _lacks_only_its_end(day) and not is_over and not shows_anything


def _lacks_only_its_end(day: Day) -> bool:
    """Return whether a report is incomplete only because its window was not over."""
    summary = day.summary
    if summary is None or summary.coverage is None or summary.understanding is None:
        return False
    left_out = summary.coverage.left_out
    reasons = {entry.reason for entry in left_out if entry.effect != "complete"}
    return reasons <= _OF_AN_OPEN_WINDOW


def _is_trusted(day: Day) -> bool:
    return day.found and day.readable and day.trust == "listed"


def _end_of(day: Day) -> datetime:
    return day.end or _midnight_after(day.date)


def _midnight_after(day: date) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight + DAY if midnight <= _LAST - DAY else _LAST


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
