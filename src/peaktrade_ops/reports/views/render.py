"""Render the views of a reports folder from its JSON: all views, or only the stale ones.

Every view depends only on the JSON in the folder, so rendering all views again changes none. A page
also shows neighbouring days, so a new or changed day affects their pages. A day that has lost its
summary gets a page that says so, because its old page would look like a report.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from peaktrade_ops.reports.store.names import (
    CALENDAR,
    page_name,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.reports.store.reading import UnreadableError
from peaktrade_ops.reports.views.markdown import (
    no_trend_markdown,
    snapshot_markdown,
    trend_markdown,
)
from peaktrade_ops.reports.views.pages.absent import absent_page
from peaktrade_ops.reports.views.pages.calendar import calendar_page
from peaktrade_ops.reports.views.pages.decision import decision_page
from peaktrade_ops.reports.views.pages.parts import Decided, Link, Verdicts
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.reports.views.pages.trend import trend_page
from peaktrade_ops.reports.views.sheet import decision_markdown, no_decision_markdown
from peaktrade_ops.stage1.current import Outdated, currency_of
from peaktrade_ops.stage1.trend import ROLLING_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from peaktrade_ops.reports.store.archive import Archive


def stale_views(archive: Archive) -> dict[str, bytes]:
    """Render the views that do not match the JSON, and those of the trend and the calendar.

    Args:
        archive: The folder with its unpublished artifacts.

    Returns:
        The bytes of each view, by name.

    Raises:
        ReportsError: The folder cannot be read.
    """
    stale = archive.stale()
    # All reports together determine whether a verdict is out of date.
    views = _texts(archive, stale.texts) | _trend_text(archive)
    views |= {page_name(day): render_day(archive, day) for day in stale.pages}
    views |= _overview(archive)
    for name in archive.deferred():
        views.pop(name, None)
    return views


def own_views(archive: Archive) -> dict[str, bytes]:
    """Render the stale views whose files are as the index says.

    What else has the name of a view may be the file of somebody else, and is left to the next run.

    Returns:
        The bytes of each view, by name.

    Raises:
        ReportsError: The folder cannot be read.
    """
    views = stale_views(archive)
    return {name: data for name, data in views.items() if archive.is_as_listed(name)}


def all_views(archive: Archive) -> dict[str, bytes]:
    """Render all views of the JSON of a folder.

    The Markdown of the earlier scripts contains more than their JSON, so it is not changed.

    Returns:
        The bytes of each view, by name.

    Raises:
        ReportsError: The folder cannot be read.
    """
    pages = {page_name(day): render_day(archive, day) for day in archive.dates}
    texts = _texts(archive, archive.dates) | _trend_text(archive)
    return texts | pages | _overview(archive)


def render_day(archive: Archive, day: date) -> bytes:
    """Render the page of a day that has an artifact of any kind.

    Raises:
        ReportsError: The folder cannot be read.
    """
    dates = archive.dates
    place = bisect_left(dates, day)
    previous = _link(dates[place - 1]) if place else None
    following = _link(dates[place + 1]) if place + 1 < len(dates) else None
    summary = archive.readable_summary(day)
    if summary is None:
        files = [name for name in (summary_name(day), snapshot_name(day)) if name in archive.names]
        return absent_page(archive.day(day), files, previous, following, archive.stage).encode()
    before = [other for other in dates[:place] if day - other < timedelta(ROLLING_DAYS)]
    earlier = [found for found in map(archive.readable_summary, before) if found]
    return snapshot_page(summary, Neighbours(earlier, previous, following), archive.stage).encode()


def render_trend(archive: Archive, *, now: datetime | None = None, alarm: str = "") -> bytes:
    """Render the page of the trend.

    Args:
        archive: The folder.
        now: The current time, aware; `None` for files, which do not depend on a clock.
        alarm: The reason why the reports are not current; empty for files, which do not depend on
            a clock.

    Raises:
        ReportsError: The folder cannot be read.
    """
    verdicts = _verdicts(archive, now, alarm)
    series = verdicts.trend.series if verdicts.trend else ()
    found = ((row.date, archive.readable_summary(row.date)) for row in series)
    summaries = {day: summary for day, summary in found if summary}
    return trend_page(verdicts, _reports(archive), summaries).encode()


def render_calendar(archive: Archive, *, now: datetime | None = None, alarm: str = "") -> bytes:
    """Render the calendar; see `render_trend`."""
    days = [archive.day(day) for day in archive.dates]
    return calendar_page(days, _verdicts(archive, now, alarm), _reports(archive)).encode()


def without_views(archive: Archive) -> dict[str, str]:
    """Return the unreadable JSON files of a folder, which have no views, with the reasons."""
    readers: dict[str, Callable[[], object]] = {
        summary_name(day): partial(archive.summary, day) for day in archive.dates
    }
    readers[archive.stage.trend_json] = archive.trend
    readers[archive.stage.decision_json] = archive.decision
    problems = {}
    for name, read in readers.items():
        try:
            read()
        except UnreadableError as error:
            problems[name] = str(error)
    return problems


def _texts(archive: Archive, days: Iterable[date]) -> dict[str, bytes]:
    """Render the Markdown of days, except that of the earlier scripts."""
    summaries = ((snapshot_name(day), archive.readable_summary(day)) for day in days)
    return {
        name: snapshot_markdown(summary, archive.stage).encode()
        for name, summary in summaries
        if summary and (summary.coverage is not None or name not in archive.names)
    }


def _trend_text(archive: Archive, now: datetime | None = None) -> dict[str, bytes]:
    """Render the Markdown of the trend, except that of the earlier scripts."""
    stage = archive.stage
    name = stage.trend_markdown
    try:
        trend = archive.trend()
    except UnreadableError:
        # The old Markdown would look like a verdict.
        problem = f"{stage.trend_json} cannot be read, or is not as the index says"
        text = no_trend_markdown(problem, stage)
        return {name: text.encode()} if name in archive.names else {}
    if trend is None or (trend.rollups.policy is None and name in archive.names):
        return {}
    currency = currency_of(trend, archive.outdated(trend, now), now)
    return {name: trend_markdown(trend, currency.reasons, stage).encode()}


def _overview(archive: Archive) -> dict[str, bytes]:
    views = {archive.stage.trend_html: render_trend(archive), CALENDAR: render_calendar(archive)}
    return views | _decision_views(archive)


def _decision_views(archive: Archive) -> dict[str, bytes]:
    """Render the views of the decision; nothing if none was made."""
    decided, stage = _decided(archive), archive.stage
    if decided is None:
        return {}
    if decided.decision is None:
        # The old text would look like a decision.
        text = no_decision_markdown(decided.problem, stage)
    else:
        text = decision_markdown(decided.decision, decided.since, stage)
    page = decision_page(decided, stage)
    return {stage.decision_html: page.encode(), stage.decision_markdown: text.encode()}


def render_decision(archive: Archive) -> bytes | None:
    """Render the page of the decision; `None` if none was made.

    Raises:
        ReportsError: The folder cannot be read.
    """
    decided = _decided(archive)
    return decision_page(decided, archive.stage).encode() if decided else None


def render_text(archive: Archive, name: str, *, now: datetime | None = None) -> bytes | None:
    """Render the Markdown of the trend or of the decision.

    Args:
        archive: The folder.
        name: The name of the Markdown.
        now: The current time, aware; `None` for files, which do not depend on a clock.

    Returns:
        Its bytes; `None` if it is not rendered from JSON: there is none, or it is of the earlier
        scripts.

    Raises:
        ReportsError: The folder cannot be read.
    """
    return (_trend_text(archive, now) | _decision_views(archive)).get(name)


def _decided(archive: Archive) -> Decided | None:
    try:
        decision = archive.decision()
    except UnreadableError:
        name = archive.stage.decision_json
        return Decided(None, f"{name} cannot be read, or is not as the index says")
    return Decided(decision, since=archive.changed_since(decision)) if decision else None


def _reports(archive: Archive) -> dict[str, str]:
    return {str(day): page_name(day) for day in archive.dates}


def _link(day: date) -> Link:
    return Link(page_name(day), str(day))


def _verdicts(archive: Archive, now: datetime | None = None, alarm: str = "") -> Verdicts:
    trend, problem, outdated = None, "", Outdated()
    try:
        trend = archive.trend()
    except UnreadableError:
        problem = f"{archive.stage.trend_json} cannot be read"
    else:
        if trend is None:
            problem = "no trend has been made yet"
        else:
            outdated = archive.outdated(trend, now)
    return Verdicts(
        trend,
        problem,
        since=[str(day) for day in outdated.changed],
        later=outdated.reasons_of_later,
        alarm=alarm,
        stage=archive.stage,
        decided=_decided(archive),
    )
