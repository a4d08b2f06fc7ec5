"""Tests of `peaktrade_ops.reports.store.changes`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.reports.store.changes import Stale, days_of, stale_views
from peaktrade_ops.reports.store.names import (
    TREND_JSON,
    TREND_MARKDOWN,
    page_name,
    snapshot_name,
    summary_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2025, 12, 20)
NOTHING = Stale(texts=[], pages=[])


def before(days: int) -> date:
    """Return a day that lies so many days before the last."""
    return DAY - timedelta(days=days)


def folder_of(*days: date) -> dict[str, str | None]:
    """Return the digests of a folder with the trend and these days, each with its views."""
    names = [name(day) for day in days for name in (summary_name, page_name, snapshot_name)]
    return {name: f"digest of {name}" for name in (*names, TREND_JSON, TREND_MARKDOWN)}


def listed_of(digests: dict[str, str | None]) -> dict[str, str]:
    """Return the entries of the index for a folder."""
    return {name: digest for name, digest in digests.items() if digest}


def test_what_the_index_lists_is_not_stale() -> None:
    """The index takes its place after all views."""
    digests = folder_of(DAY, before(1))

    assert stale_views(digests, listed_of(digests), ()) == NOTHING


def test_a_fresh_artifact_makes_its_views_stale_even_with_the_same_digest() -> None:
    """A report that is written again has its views rendered again, in any version."""
    digests = folder_of(DAY)
    stale = stale_views(digests, listed_of(digests), {summary_name(DAY), TREND_JSON})

    assert stale == Stale(texts=[DAY], pages=[DAY])


def test_a_day_that_changed_makes_the_pages_beside_it_stale() -> None:
    """A changed day makes its neighbours stale, and the six days whose means include it."""
    days = [before(back) for back in (30, 12, 9, 8, 4, 3, 2, 1, 0)]
    digests = folder_of(*days)
    listed = listed_of(digests) | {summary_name(before(8)): "another"}

    stale = stale_views(digests, listed, ())

    assert stale.texts == [before(8)]
    assert stale.pages == [before(back) for back in (9, 8, 4, 3, 2)]


def test_a_day_that_came_makes_the_pages_beside_it_stale() -> None:
    """A new day makes the pages beside it stale, because their links change."""
    digests = folder_of(before(20), DAY)
    with_less = listed_of(folder_of(before(20)))

    assert stale_views(digests, with_less, ()).pages == [before(20), DAY]


def test_a_day_whose_report_is_gone_has_a_stale_page() -> None:
    """A missing report makes the page of its day and the pages beside it stale."""
    digests = folder_of(before(20), DAY)
    with_more = listed_of(folder_of(before(20), before(10), DAY))

    assert stale_views(digests, with_more, ()).pages == [before(20), before(10), DAY]


def test_a_day_that_was_taken_out_of_the_index_makes_the_pages_beside_it_stale() -> None:
    """A day without an entry, summary and views makes the pages beside it stale."""
    digests = folder_of(before(20), DAY)
    listed = listed_of(digests) | {page_name(before(10)): "page"}

    assert stale_views(digests, listed, ()).pages == [before(20), DAY]


@pytest.mark.parametrize("name", [page_name, snapshot_name])
def test_a_view_that_is_missing_is_stale(name: Callable[[date], str]) -> None:
    """A missing view is stale even if the JSON did not change."""
    digests = folder_of(DAY)
    listed = listed_of(digests)
    del digests[name(DAY)]

    stale = stale_views(digests, listed, ())

    assert stale == msgspec.structs.replace(
        NOTHING,
        texts=[DAY] if name is snapshot_name else [],
        pages=[DAY] if name is page_name else [],
    )


def test_old_markdown_that_changed_makes_pages_stale_and_is_no_text_to_render() -> None:
    """Old Markdown that changed makes pages stale and is not rendered itself."""
    digests = folder_of(DAY) | {page_name(before(1)): "page", snapshot_name(before(1)): "new"}
    listed = listed_of(digests) | {snapshot_name(before(1)): "old", page_name(before(1)): "page"}

    assert stale_views(digests, listed, ()) == Stale([], [before(1), DAY])


@pytest.mark.parametrize(("was_listed", "stale"), [(True, [DAY]), (False, [DAY])])
def test_json_that_cannot_be_read_is_stale(*, was_listed: bool, stale: list[date]) -> None:
    """A page is stale if its JSON cannot be read."""
    digests = folder_of(DAY) | {summary_name(DAY): None}
    listed = listed_of(folder_of(DAY))
    if not was_listed:
        del listed[summary_name(DAY)]

    assert stale_views(digests, listed, ()).pages == stale


def test_days_are_told_from_names() -> None:
    """Only the names of artifacts of a day have a day."""
    names = [summary_name(DAY), page_name(DAY), snapshot_name(before(1)), TREND_JSON, "x"]

    assert days_of(names) == {DAY, before(1)}
