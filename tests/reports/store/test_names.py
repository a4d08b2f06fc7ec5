"""The names of artifacts."""

from __future__ import annotations

from datetime import date

import pytest

from peaktrade_ops.reports.store.names import (
    CALENDAR,
    INDEX,
    OF_A_DAY,
    TREND_HTML,
    TREND_JSON,
    TREND_MARKDOWN,
    day_of_name,
    is_artifact,
    page_name,
    snapshot_name,
    summary_name,
)

DAY = date(2025, 12, 20)


def test_the_names_are_those_of_the_contract() -> None:
    """Section 6 of the contract fixes every name."""
    assert summary_name(DAY) == "2025-12-20_summary.json"
    assert snapshot_name(DAY) == "2025-12-20_snapshot.md"
    assert page_name(DAY) == "2025-12-20_snapshot.html"
    assert (TREND_MARKDOWN, TREND_HTML, TREND_JSON, CALENDAR, INDEX) == (
        "stage1_trend.md",
        "stage1_trend.html",
        "stage1_trend.json",
        "index.html",
        "index.json",
    )


def test_a_name_says_its_day() -> None:
    """The name of an artifact of a day contains its day."""
    assert [day_of_name(name(DAY)) for name in OF_A_DAY] == [DAY, DAY, DAY]
    assert len({name(DAY) for name in OF_A_DAY}) == 3


@pytest.mark.parametrize(
    "name",
    [
        "2025-12-20_snapshot.html",
        "2025-12-20_snapshot.md",
        "2025-12-20_summary.json",
        "index.html",
        "stage1_trend.html",
        "stage1_trend.json",
        "stage1_trend.md",
    ],
)
def test_each_kind_is_an_artifact(name: str) -> None:
    """An artifact is recognised by its name alone."""
    assert is_artifact(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "index.json",
        "2025-12-20_summary.md",
        "2025-12-20_summary.html",
        "2025-12-20_snapshot_html",
        "index.htm",
        "2025-12-20_snapshot.json",
        "2025-12-20_summary.json.bak",
        "2025-12-20_summary.json\n",
        "x2025-12-20_summary.json",
        "a/2025-12-20_summary.json",
        "2025-13-20_summary.json",
        "2025-02-29_snapshot.md",
        "0000-01-01_snapshot.md",
        "25-12-20_summary.json",
        "２０２５-12-20_summary.json",  # noqa: RUF001 (digits that are no ASCII)
        "Stage1_trend.json",
        ".stage1_trend.json",
    ],
)
def test_nothing_else_is_an_artifact(name: str) -> None:
    """Other files, days that do not exist and the index itself are not listed."""
    assert not is_artifact(name)
    assert day_of_name(name) is None
