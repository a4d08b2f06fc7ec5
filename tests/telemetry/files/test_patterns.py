"""Tests of `peaktrade_ops.telemetry.files.patterns`."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peaktrade_ops.telemetry.files.patterns import (
    Patterns,
    is_compressed_name,
    is_json_lines_name,
    is_telemetry_path,
)
from tests.support import oracle

ROTATIONS = ("", ".1", ".20251220", "-20251220", ".2025-12-20")
COMPRESSIONS = ("", ".gz", ".zst")
WHOLE_NAMES = [
    f"events{extension}{suffix}"
    for extension in (".jsonl", ".ndjson")
    for rotation in ROTATIONS
    for compression in COMPRESSIONS
    for suffix in (f"{rotation}{compression}", f"{compression}{rotation}")
]


@pytest.mark.parametrize("name", sorted(set(WHOLE_NAMES)))
def test_rotated_and_compressed_names_are_json_lines(name: str) -> None:
    """A rotation suffix and a compression suffix may follow in either order, in any case."""
    assert is_json_lines_name(name)
    assert is_json_lines_name(name.upper())
    assert is_json_lines_name("folder.gz/" + name.title())


@pytest.mark.parametrize(
    "name",
    [
        "events.json",
        "events.jsonlx",
        "events.jsonl.",
        "events.jsonl.bak",
        "events.jsonl.tmp",
        "events.jsonl.1.2",
        "events.jsonl.gz.gz",
        "events.jsonl.gz.zst",
        "events.jsonl.1.gz.1",
        "events.jsonl.bz2",
        "events.jsonl-2025122",
        "events.jsonl-1",
        "events.jsonl.2025-12-2",
        "events.jsonl.gz ",
        "events.jsonl\n",
        "events.jsonl/readme.txt",
        "eventsjsonl",
        "events.j\u017fonl",
        "events.jsonl.z\u017ft",
        "events.jsonl.\u0661",
        "",
    ],
)
def test_other_names_are_not_json_lines(name: str) -> None:
    """Other endings, doubled suffixes and letters that only look like ASCII do not match."""
    assert not is_json_lines_name(name)


@pytest.mark.parametrize("name", sorted(set(WHOLE_NAMES)))
def test_the_suffix_is_the_name_of_a_compressed_file(name: str) -> None:
    """The suffix of a compression counts with a rotation before or after it, in any case."""
    compressed = ".gz" in name or ".zst" in name

    assert is_compressed_name(f"obs.gz/{name}") is compressed
    assert is_compressed_name(name.upper()) is compressed


def test_a_name_may_consist_of_its_ending() -> None:
    """The ending alone, or two endings, is a name."""
    assert is_json_lines_name(".jsonl")
    assert is_json_lines_name("a.jsonl.ndjson.gz")


@pytest.mark.parametrize(
    "path",
    [
        "alerts.jsonl",
        "x/myALERTs.jsonl",
        "Telemetry/a.jsonl",
        "a/eventful/b.ndjson.gz",
        "history.jsonl.1",
        "obs/a.jsonl",
        "logs/live-OBS.jsonl",
        "logs/myObs/a.jsonl",
        "logs/obs1.jsonl",
    ],
)
def test_paths_with_a_keyword_are_telemetry(path: str) -> None:
    """Keywords count anywhere in the relative path, `obs` only as a word."""
    assert is_telemetry_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.jsonl",
        "jobs/a.jsonl",
        "observations/a.jsonl",
        "blobs.jsonl",
        "trades/fills.ndjson",
        "alerts/readme.md",
        "events.json",
    ],
)
def test_other_paths_are_not_telemetry(path: str) -> None:
    """`obs` is not found in `jobs`, and a keyword does not make JSON lines of other files."""
    assert not is_telemetry_path(path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("live_runs/alerts/**", "live_runs/alerts/a.jsonl", True),
        ("live_runs/alerts/**", "live_runs/alerts/2024/a.jsonl", True),
        ("live_runs/alerts/**", "live_runs/alerts_new/a.jsonl", False),
        ("live_runs/alerts/**", "old/live_runs/alerts/a.jsonl", False),
        ("./live/*.jsonl", "live/a.jsonl", True),
        ("live/*.jsonl", "live/x/a.jsonl", False),
        ("**/a.jsonl", "a.jsonl", True),
        ("**/a.jsonl", "x/y/a.jsonl", True),
        ("**/a.jsonl", "xa.jsonl", False),
        ("x/**/a", "x/a", True),
        ("x/**/a", "x/y/z/a", True),
        ("x**/a", "xy/z/a", True),
        ("x**/a", "x/a", True),
        ("?.jsonl", "a.jsonl", True),
        ("?.jsonl", "/.jsonl", False),
        ("[ab].jsonl", "[ab].jsonl", True),
        ("[ab].jsonl", "a.jsonl", False),
        ("A.jsonl", "a.jsonl", False),
        ("*", "line\nend", True),
        ("a.jsonl", "a_jsonl", False),
    ],
)
def test_globs_match_whole_relative_paths(pattern: str, path: str, expected: bool) -> None:  # noqa: FBT001 (a column of the table)
    """`*` and `?` stay in one part, `**` crosses parts; other characters match themselves."""
    assert Patterns([pattern]).match(path) is expected


def test_no_patterns_match_nothing() -> None:
    """Without patterns, not even the empty path matches."""
    assert not Patterns([]).match("")
    assert not Patterns([]).match("a")


def test_one_of_several_patterns_is_enough() -> None:
    """A path matches if any pattern matches the whole path."""
    patterns = Patterns(["a*", "b"])

    assert patterns.match("ax")
    assert patterns.match("b")
    assert not patterns.match("bx")


@given(st.text("*?/ab.", min_size=1, max_size=8), st.text("/ab.", min_size=1, max_size=8))
@example("**/**/a", "a")
@example("a/**", "a/")
@example("***/a", "b/a")
def test_globs_match_like_those_of_the_oracle(pattern: str, path: str) -> None:
    """Any pattern matches the same paths as an independent implementation."""
    assert Patterns([pattern]).match(path) is oracle.matches_glob(pattern.removeprefix("./"), path)
