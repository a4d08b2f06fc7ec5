"""Which views of a reports folder are stale: a pure function of the index and the digests."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.reports.store.names import (
    day_of_name,
    page_name,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.stage1.trend import ROLLING_DAYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


class Stale(msgspec.Struct, frozen=True):
    """The views to render again.

    Attributes:
        texts: The days whose Markdown is stale, in order.
        pages: The days whose page is stale, in order.
    """

    texts: list[date]
    pages: list[date]


def stale_views(
    there: Mapping[str, object], listed: Mapping[str, object], fresh: Collection[str]
) -> Stale:
    """Find the views that do not show what the JSON of a folder says.

    The index takes its place after all views, so that what it lists has the views that belong to
    it. A run that was cut off, or a file that somebody put there, shows by the difference, and is
    put right by the next run, whatever its day. A page shows its neighbours too, so that a day that
    comes, changes or goes makes the pages beside it stale. A view that was changed by itself is
    stale too.

    Args:
        there: The size and digest of every artifact that is there, by name; `None` if it cannot be
            read. Fresh artifacts are there.
        listed: The size and digest of every artifact in the index, by name.
        fresh: The names of artifacts that are about to be written.
    """
    gone = {day for day in days_of(listed) if summary_name(day) in listed.keys() - there.keys()}
    dates = sorted(days_of(there) | gone)

    def is_news(name: str) -> bool:
        moved = (name in there) != (name in listed)
        return name in fresh or moved or there.get(name) != listed.get(name)

    def is_foreign(name: str) -> bool:
        return name not in there or there[name] != listed.get(name)

    changed = {day for day in dates if is_news(summary_name(day))}
    # Only for a day without a summary is Markdown more than a view.
    old = {day for day in dates if summary_name(day) not in there}
    moved = {day for day in old if is_news(snapshot_name(day))}
    vanished = days_of(listed) - {*dates}
    foreign_pages = {day for day in dates if is_foreign(page_name(day))}
    foreign_texts = {day for day in dates if day not in old and is_foreign(snapshot_name(day))}
    return Stale(
        texts=sorted(changed | foreign_texts),
        pages=sorted(foreign_pages | touched_by(dates, changed | moved | vanished)),
    )


def days_of(names: Iterable[str]) -> set[date]:
    """Return the days that artifacts of these names belong to."""
    return {day for day in map(day_of_name, names) if day}


def touched_by(dates: Sequence[date], changed: Iterable[date]) -> set[date]:
    """Return the days whose pages show something of days that changed, came or went.

    Args:
        dates: The days of the folder, in order.
        changed: Some days, which need not be among them.
    """
    touched: set[date] = set()
    for day in changed:
        position = bisect_left(dates, day)
        touched |= {*dates[max(position - 1, 0) : position + 2]}
        touched |= {
            other
            for other in dates[position : position + ROLLING_DAYS]
            if other - day < timedelta(ROLLING_DAYS)
        }
    return touched
