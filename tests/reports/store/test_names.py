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
    is_artifact_of_any,
    is_trend,
    page_name,
    snapshot_name,
    stage_of_name,
    summary_name,
)
from peaktrade_ops.stage1.stage import stage_of

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


def test_every_stage_has_the_artifacts_of_its_days_and_its_own_trend() -> None:
    """The name of a trend says its stage; nothing else of a name does."""
    stage2 = stage_of("stage2")

    assert is_artifact("stage2_trend.json", stage2)
    assert not is_artifact("stage1_trend.json", stage2)
    assert not is_artifact("stage2_trend.json")
    assert is_artifact("2025-12-20_summary.json", stage2)
    assert is_artifact_of_any("stage2_trend.md")
    assert is_artifact_of_any("2025-12-20_summary.json")
    assert not is_artifact_of_any("index.json")
    assert not is_artifact_of_any("../x_trend.json")
    assert is_trend("stage2_trend.json")
    assert not is_trend("stage2_trend.md")
    assert stage_of_name("stage2_trend.html") == "stage2"
    assert stage_of_name("Stage2_trend.html") is None
