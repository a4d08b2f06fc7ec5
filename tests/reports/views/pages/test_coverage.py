"""The coverage of a day on its page."""

from __future__ import annotations

from typing import Any

import pytest

from peaktrade_ops.reports.views.pages.coverage import OPEN_FILES
from peaktrade_ops.reports.views.pages.snapshot import Neighbours, snapshot_page
from peaktrade_ops.stage1.models import (
    LeftOut,
    RejectedLine,
    ScannedFile,
    ScannedFolder,
    Understanding,
)
from tests.support.artifacts import coverage, metrics, summary
from tests.support.html import check_rules, parse, rows, text_of, texts

pytestmark = pytest.mark.one_python


def page_of(**changes: Any) -> str:  # noqa: ANN401 (the fields have their own types)
    """Return the page of a day with changes, which follows the rules of all pages."""
    page = snapshot_page(summary(**changes), Neighbours())
    check_rules(page)
    return page


def test_coverage_adds_up() -> None:
    """The page has lines by outcome, events by time, and files."""
    page = page_of(
        coverage=coverage(
            complete=False,
            candidates=3,
            lines=10,
            blank=1,
            events=6,
            rejected=2,
            partial=1,
            naive=5,
        ),
        understanding=Understanding(unpacked=425),
    )

    assert "Incomplete: events of the window may be missing." in texts(page, "main p")
    assert rows(page, "Lines by outcome") == [
        ["Events", "6"],
        ["Rejected", "2"],
        ["Partial, still being written", "1"],
        ["Blank", "1"],
        ["All lines", "10"],
    ]
    assert ["Without a UTC offset, read as UTC", "5"] in rows(page, "Events by time")
    assert ["Unpacked from other events, of any age", "425"] in rows(page, "Events by time")
    assert rows(page, "Files scanned") == [
        ["telemetry/a.jsonl", "0", "1", "1", "0", "0", "0", "40"]
    ]


def test_many_files_fold_away_below_their_folders() -> None:
    """With many files, the folders are shown, and the files on demand."""
    files = tuple(ScannedFile(f"{i}.jsonl", 1, 1, 0, 1, 0, 0) for i in range(OPEN_FILES + 1))
    folders = (ScannedFolder("telemetry/*", 1_021, 7, 6, 5),)
    page = page_of(coverage=coverage(files=files, folders=folders))

    assert rows(page, "Folders scanned, a dated part as *") == [
        ["telemetry/*", "1,021", "5", "6", "7"]
    ]
    [fold] = [each for each in parse(page).css("details") if "Files scanned" in text_of(each)]
    assert text_of(fold.css_first("summary")) == "21 scanned files"
    assert text_of(fold.css_first("caption")) == "Files scanned, the first 21 of 1,021"
    assert "open" not in fold.attributes
    few = page_of(coverage=coverage(files=files[:OPEN_FILES], folders=None))
    assert "Folders scanned" not in few
    assert "scanned files" not in texts(few, "summary")


def test_paths_without_an_effect_stand_below() -> None:
    """Paths that were left out on purpose are no concern, and have the anchor if it is free."""
    ignored = LeftOut("lost+found", "ignored", "complete")
    missing = LeftOut("b.jsonl", "not readable", "incomplete")
    calm = page_of(coverage=coverage(left_out=(ignored,)))
    asking = page_of(coverage=coverage(complete=False, left_out=(ignored, missing)))

    assert text_of(parse(calm).css_first("#left-out h3")) == "Left out without an effect"
    assert rows(calm, "Left out, and why") == [["lost+found", "ignored"]]
    assert text_of(parse(asking).css_first("#left-out h3")) == "1 Left out, not read or cut off"
    assert texts(asking, "#left-out tbody tr > *") == ["b.jsonl", "not readable"]
    assert "lost+found" in asking


def test_rejected_records_of_other_days_are_no_concern() -> None:
    """Records outside of the window are listed with the coverage."""
    changes = {
        "rejected": (RejectedLine("a.jsonl", 1234, "not JSON"),),
        "coverage": coverage(lines=3, rejected=2),
    }
    calm = page_of(**changes)
    asking = page_of(**changes, metrics=metrics(parse_errors=1))

    for page, heading in (
        (calm, "Rejected records of other days"),
        (asking, "1 Rejected records"),
    ):
        assert texts(page, "#rejected h3") == [heading]
        assert rows(page, "The first 1 of 2 in all files, of any age") == [
            ["a.jsonl", "1,234", "not JSON"]
        ]
