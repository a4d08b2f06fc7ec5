"""Which reports may be removed: old ones that nothing rests on and that are as the index says."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.names import day_of_name, is_artifact
from peaktrade_ops.reports.store.reading import UnreadableError
from peaktrade_ops.stage1.faults import has_data
from peaktrade_ops.stage1.models import IndexEntry

if TYPE_CHECKING:
    from peaktrade_ops.reports.store.archive import Archive


class Plan(msgspec.Struct, frozen=True):
    """What is removed from a reports folder, and what older reports stay.

    Attributes:
        keep_from: The first day that is kept because it is recent; `None` for an empty folder.
        entries: The entries of the artifacts that are removed, by day.
        kept: The older days on which something rests, each with what that is.
        refused: The older artifacts that are not as the index says, each with what is wrong. All
            artifacts of their days stay.
    """

    keep_from: date | None
    entries: Mapping[date, Sequence[IndexEntry]]
    kept: Mapping[date, str]
    refused: Mapping[str, str]

    @property
    def days(self) -> list[date]:
        """The days whose reports are removed, in order."""
        return sorted(self.entries)

    @property
    def removed(self) -> list[IndexEntry]:
        """The entries of the artifacts that are removed, in order."""
        return [entry for day in self.days for entry in self.entries[day]]

    @property
    def size(self) -> int:
        """The size of the artifacts that are removed, bytes."""
        return sum(entry.bytes for entry in self.removed)


def plan_of(archive: Archive, keep_days: int, today: date) -> Plan:
    """Return what may be removed from a folder.

    Args:
        archive: The folder.
        keep_days: The number of days with data that are kept, and all days since the first of
            them. Days after today are not among them. So a job that has stopped removes nothing
            more; nor does a clock that is ahead, whose reports are of days without events. If its
            writers have that clock too, each day on which they wrote takes the place of one.
        today: The day of the clock.

    Raises:
        ReportsError: The folder or its index cannot be read, or the trend or the decision cannot
            be relied on, so that nobody knows what they rest on.
    """
    grounds = _grounds_of(archive)
    by_day: dict[date, set[str]] = {}
    for name in archive.names | archive.listed.entries.keys():
        day = day_of_name(name)
        if day is not None and is_artifact(name, archive.stage):
            by_day.setdefault(day, set()).add(name)
    if not by_day:
        return Plan(None, {}, {}, {})
    keep_from = _keep_from(archive, sorted(by_day), keep_days, today)
    entries: dict[date, list[IndexEntry]] = {}
    kept: dict[date, str] = {}
    refused: dict[str, str] = {}
    for day in sorted(each for each in by_day if each < keep_from):
        if day in grounds:
            kept[day] = grounds[day]
            continue
        wrong = {name: why for name in sorted(by_day[day]) if (why := _problem_of(archive, name))}
        refused |= wrong
        if not wrong:
            entries[day] = [archive.listed.entries[name] for name in sorted(by_day[day])]
    return Plan(keep_from, entries, kept, refused)


def _keep_from(archive: Archive, days: Sequence[date], keep_days: int, today: date) -> date:
    """Return the first of the last days with data; the first of all if there are not so many.

    Args:
        archive: The folder.
        days: Its days, in order; at least one.
        keep_days: The number of days with data; at least 1.
        today: The last day that can be among them.
    """
    counted = (
        day
        for day in reversed(days)
        if day <= today and (found := archive.day(day)).trust == "listed" and has_data(found)
    )
    return next(itertools.islice(counted, keep_days - 1, None), days[0])


def _grounds_of(archive: Archive) -> dict[date, str]:
    """Return the days that the stored trend and the decision rest on, each with which of them.

    Raises:
        ReportsError: One of them cannot be relied on.
    """
    stage = archive.stage
    days: dict[date, str] = {}
    name = stage.trend_json
    try:
        trend = archive.trend()
        if trend is not None:
            span = _span(trend.range.start, trend.range.end)
            days |= dict.fromkeys((*span, *(row.date for row in trend.series)), name)
        name = stage.decision_json
        decision = archive.decision()
    except UnreadableError as error:
        raise ReportsError(
            f"{archive.folder / name} cannot be relied on: {error}; nobody knows which reports it"
            " rests on, so nothing is removed",
            hint=f"{error.remedy}; a trend that is not there is also made by"
            f" {stage.command('run')}",
        ) from error
    if decision is not None:
        span = _span(decision.facts.range.start, decision.facts.range.end)
        rests_on = (day_of_name(entry.path) for entry in decision.rests_on)
        days |= dict.fromkeys((*span, *filter(None, rests_on)), name)
    return days


def _span(first: date | None, last: date | None) -> list[date]:
    """Return the days from the first to the last; none if one is not known."""
    if first is None or last is None:
        return []
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]


def _problem_of(archive: Archive, name: str) -> str:
    """Return why an artifact is not removed; empty if it may be."""
    if name not in archive.listed.entries:
        return "is not in the index"
    if name not in archive.names:
        return "is in the index and not in the folder"
    return "" if archive.is_as_listed(name) else "is not as the index says"
