"""Find the stale views of a reports folder: a pure function of the index and the digests."""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from peaktrade_ops.reports.store.names import (
    day_of_name,
    page_name,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.stage1.trend import ROLLING_DAYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date


class Stale(NamedTuple):
    """The views to render again.

    Attributes:
        texts: The days whose Markdown is stale, in order.
        pages: The days whose page is stale, in order.
    """

    texts: list[date]
    pages: list[date]


def stale_views(
    digests: Mapping[str, str | None], listed: Mapping[str, str], fresh: Collection[str]
) -> Stale:
    """Return the views that do not match the JSON of a folder.

    The index is written after all views, so every artifact that it lists has its views. A
    difference from the index shows an interrupted run or a foreign file, and the next run renders
    the views again. A page also shows neighbouring days, so a day that is added, changed or removed
    makes their pages stale. A view that differs from its entry in the index is stale too.

    Args:
        digests: The SHA-256 of every existing or fresh artifact, by name; `None` if it cannot be
            read.
        listed: The SHA-256 of every artifact in the index, by name.
        fresh: The names of the artifacts that will be written.
    """
    gone = {day for day in days_of(listed) if summary_name(day) in listed.keys() - digests.keys()}
    dates = sorted(days_of(digests) | gone)

    def is_news(name: str) -> bool:
        moved = (name in digests) != (name in listed)
        return name in fresh or moved or digests.get(name) != listed.get(name)

    def is_foreign(name: str) -> bool:
        return name not in digests or digests[name] != listed.get(name)

    changed = {day for day in dates if is_news(summary_name(day))}
    # The Markdown of a day without a summary is its report; otherwise it is a view.
    old = {day for day in dates if summary_name(day) not in digests}
    moved = {day for day in old if is_news(snapshot_name(day))}
    vanished = days_of(listed) - {*dates}
    foreign_pages = {day for day in dates if is_foreign(page_name(day))}
    foreign_texts = {day for day in dates if day not in old and is_foreign(snapshot_name(day))}
    return Stale(
        texts=sorted(changed | foreign_texts),
        pages=sorted(foreign_pages | _touched(dates, changed | moved | vanished)),
    )


def days_of(names: Iterable[str]) -> set[date]:
    """Return the days of artifacts with these names."""
    return {day for day in map(day_of_name, names) if day}


def _touched(dates: Sequence[date], changed: Iterable[date]) -> set[date]:
    """Return the days whose pages show data of a changed, added or removed day."""
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
