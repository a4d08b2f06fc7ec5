"""Which views a reports folder has of its JSON, and which of them a change touches.

Every view is a function of the JSON in the folder and of nothing else, so that making all of them
again changes none. A page shows its neighbours too, so that a day that comes or changes touches the
pages beside it. A day that has lost its summary has a page that says so: an old page of it would
look like a report.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from peaktrade_ops.reports.store.archive import UnreadableError
from peaktrade_ops.reports.store.names import (
    CALENDAR,
    TREND_HTML,
    TREND_JSON,
    TREND_MARKDOWN,
    page_name,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.reports.views.markdown import snapshot_markdown, trend_markdown
from peaktrade_ops.reports.views.pages.absent import absent_page
from peaktrade_ops.reports.views.pages.calendar import calendar_page
from peaktrade_ops.reports.views.pages.parts import Link, Verdicts
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.reports.views.pages.trend import trend_page
from peaktrade_ops.stage1.trend import ROLLING_DAYS, days_since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from peaktrade_ops.reports.store.archive import Archive


def views_of_fresh(archive: Archive, *, overview: bool = True) -> dict[str, bytes]:
    """Render what changes with the JSON of a folder, and the views that are missing.

    Changed is what is about to be written, and what is not as the index lists it: a run that was
    cut off is put right by the next one, whatever its day.

    Args:
        archive: The folder with its fresh artifacts.
        overview: Whether trend and calendar are rendered too; without them another step of the
            same run must follow that does.

    Returns:
        The bytes of each view, by name.

    Raises:
        ReportsError: The folder cannot be read.
    """
    names, dates = archive.names, archive.dates
    changed = {day for day in dates if archive.is_news(summary_name(day))}
    # Only days without a summary have Markdown that is more than a view.
    old = {day for day in dates if summary_name(day) not in names}
    moved = {day for day in old if archive.is_news(snapshot_name(day))}
    lacking = {day for day in dates if page_name(day) not in names}
    unsaid = {day for day in dates if snapshot_name(day) not in names}
    views = _texts(archive, sorted(changed | unsaid))
    if archive.is_news(TREND_JSON) or TREND_MARKDOWN not in names:
        views |= _trend_text(archive)
    for day in lacking | _touched(dates, {*changed, *moved, *archive.gone}):
        views[page_name(day)] = render_day(archive, day)
    return views | (_overview(archive) if overview else {})


def all_views(archive: Archive) -> dict[str, bytes]:
    """Render everything that can be rendered from the JSON of a folder.

    The Markdown of the earlier scripts says more than their JSON, so that it is left as it is.

    Returns:
        The bytes of each view, by name.

    Raises:
        ReportsError: The folder cannot be read.
    """
    pages = {page_name(day): render_day(archive, day) for day in archive.dates}
    texts = _texts(archive, archive.dates) | _trend_text(archive)
    return texts | pages | _overview(archive)


def render_day(archive: Archive, day: date) -> bytes:
    """Render the page of a day that has an artifact, of whatever kind.

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
        return absent_page(archive.day(day), files, previous, following).encode()
    before = [other for other in dates[:place] if day - other < timedelta(ROLLING_DAYS)]
    earlier = [found for found in map(archive.readable_summary, before) if found]
    return snapshot_page(summary, Neighbours(earlier, previous, following)).encode()


def render_trend(archive: Archive, *, alarm: str = "") -> bytes:
    """Render the page of the trend.

    Args:
        archive: The folder.
        alarm: Why the reports must not be taken for the latest, where somebody looks at the clock;
            a file never does.

    Raises:
        ReportsError: The folder cannot be read.
    """
    return trend_page(_verdicts(archive, alarm), _reports(archive)).encode()


def render_calendar(archive: Archive, *, alarm: str = "") -> bytes:
    """Render the calendar; see `render_trend`."""
    days = [archive.day(day) for day in archive.dates]
    return calendar_page(days, _verdicts(archive, alarm), _reports(archive)).encode()


def without_views(archive: Archive) -> dict[str, str]:
    """Say which JSON of a folder cannot be read, so that it has no views, and why."""
    readers: dict[str, Callable[[], object]] = {
        summary_name(day): partial(archive.summary, day) for day in archive.dates
    }
    readers[TREND_JSON] = archive.trend
    problems = {}
    for name, read in readers.items():
        try:
            read()
        except UnreadableError as error:
            problems[name] = str(error)
    return problems


def _texts(archive: Archive, days: Iterable[date]) -> dict[str, bytes]:
    """Render the Markdown of days, but for that of the earlier scripts."""
    summaries = ((snapshot_name(day), archive.readable_summary(day)) for day in days)
    return {
        name: snapshot_markdown(summary).encode()
        for name, summary in summaries
        if summary and (summary.coverage is not None or name not in archive.names)
    }


def _trend_text(archive: Archive) -> dict[str, bytes]:
    """Render the Markdown of the trend, but for that of the earlier scripts."""
    trend = _verdicts(archive).trend
    if trend is None or (trend.rollups.policy is None and TREND_MARKDOWN in archive.names):
        return {}
    return {TREND_MARKDOWN: trend_markdown(trend).encode()}


def _touched(dates: Sequence[date], changed: Iterable[date]) -> set[date]:
    """List the days whose pages show something of days that changed, came or went."""
    touched: set[date] = set()
    for day in changed:
        place = bisect_left(dates, day)
        touched |= {*dates[max(place - 1, 0) : place + 2]}
        touched |= {
            other
            for other in dates[place : place + ROLLING_DAYS]
            if other - day < timedelta(ROLLING_DAYS)
        }
    return touched


def _overview(archive: Archive) -> dict[str, bytes]:
    return {TREND_HTML: render_trend(archive), CALENDAR: render_calendar(archive)}


def _reports(archive: Archive) -> dict[str, str]:
    return {str(day): page_name(day) for day in archive.dates}


def _link(day: date) -> Link:
    return Link(page_name(day), str(day))


def _verdicts(archive: Archive, alarm: str = "") -> Verdicts:
    try:
        trend = archive.trend()
    except UnreadableError:
        return Verdicts(None, f"{TREND_JSON} cannot be read", alarm=alarm)
    if trend is None:
        return Verdicts(None, "no trend has been made yet", alarm=alarm)
    since = days_since(trend, map(archive.day, archive.dates))
    return Verdicts(trend, since=[str(day) for day in since], alarm=alarm)
