"""Tests of `peaktrade_ops.telemetry.files.search`."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from peaktrade_ops.telemetry.files.search import NOT_ENTERED, Discovery, LeftOut
from peaktrade_ops.telemetry.files.source import Source
from peaktrade_ops.window import EPOCH
from tests.support.scanning import search_for
from tests.support.searching import SECOND, paths_of, window_from


def source(path: str, location: str = "", modified_ns: int = 0) -> Source:
    """Return a source without a file."""
    return Source(path, location or f"/store/{path}", 1, 1, 1, modified_ns)


@pytest.mark.parametrize("name", sorted(NOT_ENTERED))
def test_folders_of_tools_are_not_entered(name: str) -> None:
    """The whole name of the folder decides, at any depth."""
    search = search_for()

    assert not search.enters(name)
    assert not search.enters(f"x/{name}")
    assert search.enters(f"{name}x")
    assert search.enters(f"{name}/x")


def test_reports_is_entered_only_in_a_folder_that_the_user_named() -> None:
    """`reports` directly below the telemetry root is not entered; deeper folders are."""
    assert not search_for().enters("reports")
    assert search_for().enters("x/reports")
    assert search_for(is_named=True).enters("reports")


@pytest.mark.parametrize(("reason", "harmless"), [("ignored", True), ("too deep", False)])
def test_the_reason_decides_what_is_harmless(reason: str, *, harmless: bool) -> None:
    """An entry has a printable path, its reason, and whether the reason is harmless."""
    found = Discovery()
    found.leave_out(os.fsdecode(b"a\xff"), reason)

    assert found.left_out == [LeftOut("a\\xff", reason, harmless)]


def test_only_candidates_are_counted_as_such() -> None:
    """A folder that is left out is listed, but is not a file that could have been scanned."""
    found = Discovery()
    found.leave_out("file", "ignored")
    found.leave_out("folder", "ignored", candidate=False)

    assert found.candidates == 1
    assert [entry.path for entry in found.left_out] == ["file", "folder"]


@pytest.mark.parametrize(
    ("count", "kept", "harmful"),
    [
        (1, ["3"], ["2", "4"]),
        (2, ["3", "2"], ["4"]),
        (3, ["3", "2", "4"], []),
        (4, ["3", "2", "4", "1"], []),
    ],
)
def test_the_newest_sources_are_kept(count: int, kept: list[str], harmful: list[str]) -> None:
    """The newest by modification time, then by path; a file older than the window is harmless."""
    times = {"1": 99, "2": 100, "3": 200, "4": 100}
    found = Discovery([source(path, modified_ns=time * SECOND) for path, time in times.items()])
    found.keep_newest(count)
    window = window_from(EPOCH + timedelta(seconds=100))

    assert paths_of(found) == kept
    assert {entry.reason for entry in found.left_out} <= {"over --max-files"}
    assert len(found.left_out) == 4 - count
    assert [entry.path for entry in found.left_out if not entry.is_harmless(window)] == harmful


def test_a_result_is_sorted_by_path() -> None:
    """Sources and what is left out are sorted; the number of candidates stays."""
    left_out = [LeftOut("d", "ignored", harmless=True), LeftOut("c", "too deep", harmless=False)]
    found = Discovery([source("b"), source("a")], left_out, 5)

    assert found.in_order() == Discovery([source("a"), source("b")], left_out[::-1], 5)


def test_sources_that_are_shown_alike_receive_a_number() -> None:
    """Each source has a path of its own; the order in which they were found decides."""
    alike = [source("a", "/x"), source("b"), source("a", "/w"), source("a", "/y")]

    assert Discovery(alike).in_order().sources == [
        source("a", "/x"),
        source("a (2)", "/w"),
        source("a (3)", "/y"),
        source("b"),
    ]


def test_a_number_does_not_take_the_path_of_another_source() -> None:
    """A source whose own path ends with a number receives a number itself."""
    found = Discovery([source("a", "/1"), source("a", "/2"), source("a (2)", "/3")])

    assert [(found.path, found.location) for found in found.in_order().sources] == [
        ("a", "/1"),
        ("a (2)", "/2"),
        ("a (2) (2)", "/3"),
    ]
