"""Tests of `peaktrade_ops.reports.store.lost`: what is left of a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.reports.store.lost import pages_about_decision, views_of_decision
from peaktrade_ops.stage1.stage import STAGE1, stage_of

if TYPE_CHECKING:
    from pathlib import Path

STAGE2 = stage_of("stage2")
LINK = '<a href="stage1_decision.html">Decision</a>'


def test_both_views_count_and_no_other_file() -> None:
    """The JSON is no view, and those of another stage are not of this one."""
    names = ["stage1_decision.md", "stage1_decision.html", "stage1_decision.json", "index.html"]

    assert views_of_decision(names, STAGE1) == ["stage1_decision.html", "stage1_decision.md"]
    assert views_of_decision(names, STAGE2) == []


@pytest.mark.parametrize("name", ["index.html", "stage1_trend.html"])
def test_a_page_that_links_it_tells_of_a_decision(tmp_path: Path, name: str) -> None:
    """The calendar and the page of the trend do so, and the pages of days never do."""
    for each in ("index.html", "stage1_trend.html"):
        (tmp_path / each).write_text("a quiet week")
    day = "2025-12-20_snapshot.html"
    (tmp_path / day).write_text(LINK)
    names = ["index.html", "stage1_trend.html", day]
    assert pages_about_decision(tmp_path, names, STAGE1) == []

    (tmp_path / name).write_text(LINK)

    assert pages_about_decision(tmp_path, names, STAGE1) == [name]
    assert pages_about_decision(tmp_path, names, STAGE2) == []


def test_a_page_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    """It is a finding of its own."""
    (tmp_path / "index.html").mkdir()

    assert pages_about_decision(tmp_path, ["index.html", "stage1_trend.html"], STAGE1) == []
