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

from peaktrade_ops.reports.archive import UnreadableError
from peaktrade_ops.reports.markdown import snapshot_markdown, trend_markdown
from peaktrade_ops.reports.names import (
    CALENDAR,
    TREND_HTML,
    TREND_JSON,
    TREND_MARKDOWN,
    page_name,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.reports.pages.absent import absent_page
from peaktrade_ops.reports.pages.calendar import calendar_page
from peaktrade_ops.reports.pages.parts import Link, Verdicts
from peaktrade_ops.reports.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.reports.pages.trend import trend_page
from peaktrade_ops.stage1.trend import ROLLING_DAYS, days_since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from peaktrade_ops.reports.archive import Archive
    from peaktrade_ops.stage1.models import Summary


def views_of_fresh(archive: Archive, *, overview: bool = True) -> dict[str, bytes]:
    """Render what the fresh artifacts of an archive change, and the pages that are missing.

    Args:
        archive: The folder with its fresh artifacts.
        overview: Whether trend and calendar are rendered too; without them another step of the
            same run must follow that does.

    Returns:
        The bytes of each view, by name.

    Raises:
        ReportsError: The folder cannot be read.
    """
    changed = [day for day in archive.dates if summary_name(day) in archive.fresh]
    lacking = [day for day in archive.dates if page_name(day) not in archive.names]
    views = _texts(archive, changed, trend=TREND_JSON in archive.fresh)
    for day in {*lacking, *_touched(archive, changed)}:
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
    days = [
        day
        for day in archive.dates
        if _says_all(archive.readable_summary(day)) or snapshot_name(day) not in archive.names
    ]
    pages = {page_name(day): render_day(archive, day) for day in archive.dates}
    return _texts(archive, days, trend=True) | pages | _overview(archive)


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


def _says_all(summary: Summary | None) -> bool:
    return summary is not None and summary.coverage is not None


def _texts(archive: Archive, days: Iterable[date], *, trend: bool) -> dict[str, bytes]:
    summaries = ((day, archive.readable_summary(day)) for day in days)
    texts = {snapshot_name(day): snapshot_markdown(found) for day, found in summaries if found}
    found = _verdicts(archive).trend if trend else None
    if found:
        texts[TREND_MARKDOWN] = trend_markdown(found)
    return {name: text.encode() for name, text in texts.items()}


def _touched(archive: Archive, changed: Iterable[date]) -> set[date]:
    """List the days whose pages show something of the days that changed."""
    touched: set[date] = set()
    dates = archive.dates
    for day in changed:
        place = dates.index(day)
        touched |= {*dates[max(place - 1, 0) : place + 2]}
        touched |= {
            other for other in dates if timedelta() <= other - day < timedelta(ROLLING_DAYS)
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
