"""Which views a reports folder has of its JSON, and which of them a change touches.

Every view is a function of the JSON in the folder and of nothing else, so that making all of them
again changes none. A page shows its neighbours too, so that a day that comes or changes touches the
pages beside it.
"""

from __future__ import annotations

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


def views_of_fresh(archive: Archive) -> dict[str, bytes]:
    """Render what the fresh artifacts of an archive change, and the pages that are missing.

    Returns:
        The bytes of each view, by name.

    Raises:
        ReportsError: The folder cannot be read.
    """
    changed = [day for day in archive.dates if summary_name(day) in archive.fresh]
    lacking = [day for day in archive.dates if page_name(day) not in archive.names]
    texts = _texts(archive, changed, trend=TREND_JSON in archive.fresh)
    return texts | _pages(archive, {*lacking, *_touched(archive, changed)})


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
    return _texts(archive, days, trend=True) | _pages(archive, archive.dates)


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


def _pages(archive: Archive, days: Iterable[date]) -> dict[str, bytes]:
    reports = {str(day): _target(archive, day) for day in archive.dates}
    verdicts = _verdicts(archive)
    every = [archive.day(day) for day in archive.dates]
    pages = {
        page_name(day): snapshot_page(summary, _neighbours(archive, day, reports))
        for day, summary in ((day, archive.readable_summary(day)) for day in sorted(days))
        if summary
    }
    pages[TREND_HTML] = trend_page(verdicts, reports)
    pages[CALENDAR] = calendar_page(every, verdicts, reports)
    return {name: page.encode() for name, page in pages.items()}


def _target(archive: Archive, day: date) -> str:
    """Give the file to open for a day: its page, or what there is where it cannot have one."""
    if archive.readable_summary(day):
        return page_name(day)
    name = summary_name(day)
    return name if name in archive.names else snapshot_name(day)


def _neighbours(archive: Archive, day: date, reports: dict[str, str]) -> Neighbours:
    dates = archive.dates
    place = dates.index(day)
    links = [
        Link(reports[str(other)], str(other)) for other in dates[max(place - 1, 0) : place + 2]
    ]
    before = [other for other in dates if timedelta() < day - other < timedelta(ROLLING_DAYS)]
    earlier = [archive.readable_summary(other) for other in before]
    return Neighbours(
        earlier=[summary for summary in earlier if summary],
        previous=links[0] if place else None,
        following=links[-1] if place + 1 < len(dates) else None,
    )


def _verdicts(archive: Archive) -> Verdicts:
    try:
        trend = archive.trend()
    except UnreadableError:
        return Verdicts(None, f"{TREND_JSON} cannot be read")
    if trend is None:
        return Verdicts(None, "no trend has been made yet")
    since = days_since(trend, map(archive.day, archive.dates))
    return Verdicts(trend, since=[str(day) for day in since])
