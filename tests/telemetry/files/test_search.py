"""Tests of `peaktrade_ops.telemetry.files.search`."""

from __future__ import annotations

import os

import msgspec
import pytest

from peaktrade_ops.telemetry.files.names import Claim
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.search import NOT_ENTERED, Discovery, LeftOut
from peaktrade_ops.telemetry.files.source import Source
from peaktrade_ops.telemetry.files.store import Identity
from tests.support.scanning import search_for
from tests.support.searching import SECOND, paths_of


def source(path: str, location: str = "", modified_ns: int = 0, names: int = 1) -> Source:
    """Return a source without a file."""
    return Source(path, location or f"/store/{path}", 1, 1, 1, modified_ns, names)


def numbered(path: str, location: str, unnumbered: str) -> Source:
    """Return a source whose path has a number."""
    return msgspec.structs.replace(source(path, location), unnumbered=unnumbered)


@pytest.mark.parametrize("name", sorted(NOT_ENTERED))
def test_folders_of_tools_are_not_entered(name: str) -> None:
    """A folder of a tool is recognised by its whole name, at any depth."""
    search = search_for()

    assert not search.enters(name)
    assert not search.enters(f"x/{name}")
    assert search.enters(f"{name}x")
    assert search.enters(f"{name}/x")


def test_the_folder_of_repaired_files_is_not_entered_at_the_top() -> None:
    """`lost+found` belongs to the volume; a deeper folder of that name belongs to its owner."""
    assert not search_for().enters("lost+found")
    assert search_for().enters("x/lost+found")
    assert search_for().enters("reports")


@pytest.mark.parametrize("changes", [{"takes_all": True}, {"include": Patterns(["a/**"])}])
def test_what_is_included_claims_a_scan_whatever_its_name(changes: dict[str, object]) -> None:
    """A pattern, or the user who names the folder, goes before the name."""
    assert search_for().claim("a/b.zip") is Claim.NOTHING
    assert search_for(**changes).claim("a/b.zip") is Claim.SCAN


def test_what_is_left_out_has_a_printable_path_and_its_time() -> None:
    """An entry remembers which file it is only where the file has other names."""
    found = Discovery()
    found.leave_out(os.fsdecode(b"a\xff"), "archive", identity=Identity(1, 2, 3, 4, 1))
    found.leave_out("b", "archive", identity=Identity(1, 2, 3, 4, 2))
    found.leave_out("c", "too deep")

    assert found.left_out == [
        LeftOut("a\\xff", "archive", 4, None),
        LeftOut("b", "archive", 4, (1, 2)),
        LeftOut("c", "too deep", None, None),
    ]


def test_a_file_with_several_names_is_scanned_under_the_first() -> None:
    """The other names are the same file, unless the name is left out without an effect."""
    found = Discovery(
        [source("c", names=3), source("a", names=3), source("b"), source("d")],
        [
            LeftOut("a.old", "name not recognised", 0, (1, 1)),
            LeftOut("b.old", "name not recognised", 0, (1, 7)),
            LeftOut("c.old", "ignored", 0, (1, 1)),
        ],
        3,
    )
    found.merge_names()

    assert paths_of(found) == ["a", "b", "d"]
    assert sorted((entry.path, entry.reason) for entry in found.left_out) == [
        ("a.old", "the same file"),
        ("b.old", "name not recognised"),
        ("c", "the same file"),
        ("c.old", "ignored"),
    ]
    assert found.candidates == 4


def test_a_name_of_a_legacy_source_comes_last() -> None:
    """A second name there would take the events of a file out of the numbers."""
    found = Discovery([source("a/x", names=2), source("b/x", names=2), source("a/y")])
    found.merge_names(Patterns(["a/**"]))

    assert sorted(paths_of(found)) == ["a/y", "b/x"]
    assert found.left_out == [LeftOut("a/x", "the same file")]


def test_only_candidates_are_counted_as_such() -> None:
    """A folder that is left out is listed, but is not a file that could have been scanned."""
    found = Discovery()
    found.leave_out("file", "ignored")
    found.leave_out("folder", "ignored", candidate=False)

    assert found.candidates == 1
    assert [entry.path for entry in found.left_out] == ["file", "folder"]


@pytest.mark.parametrize(
    ("count", "kept", "left_out"),
    [
        (1, ["3"], ["2", "4", "1"]),
        (2, ["3", "2"], ["4", "1"]),
        (3, ["3", "2", "4"], ["1"]),
        (4, ["3", "2", "4", "1"], []),
    ],
)
def test_the_newest_sources_are_kept(count: int, kept: list[str], left_out: list[str]) -> None:
    """The newest files by modification time are kept; the others are listed with their times."""
    times = {"1": 99, "2": 100, "3": 200, "4": 100}
    found = Discovery([source(path, modified_ns=time * SECOND) for path, time in times.items()])
    found.keep_newest(count)

    assert paths_of(found) == kept
    assert found.left_out == [
        LeftOut(path, "over --max-files", times[path] * SECOND) for path in left_out
    ]


def test_a_result_is_sorted_by_path() -> None:
    """Sources and what is left out are sorted; the number of candidates stays."""
    left_out = [LeftOut("d", "ignored"), LeftOut("c", "too deep")]
    found = Discovery([source("b"), source("a")], left_out, 5)

    assert found.in_order() == Discovery([source("a"), source("b")], left_out[::-1], 5)


def test_sources_that_are_shown_alike_receive_a_number() -> None:
    """Each source has a path of its own; the order in which they were found decides."""
    alike = [source("a", "/x"), source("b"), source("a", "/w"), source("a", "/y")]

    assert Discovery(alike).in_order().sources == [
        source("a", "/x"),
        numbered("a (2)", "/w", "a"),
        numbered("a (3)", "/y", "a"),
        source("b"),
    ]


def test_a_number_does_not_take_the_path_of_another_source() -> None:
    """A source whose own path ends with a number receives a number itself."""
    found = Discovery([source("a", "/1"), source("a", "/2"), source("a (2)", "/3")])

    assert [(found.path, found.location, found.name) for found in found.in_order().sources] == [
        ("a", "/1", "a"),
        ("a (2)", "/2", "a"),
        ("a (2) (2)", "/3", "a (2)"),
    ]
