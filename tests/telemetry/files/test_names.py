"""Tests of `peaktrade_ops.telemetry.files.names`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peaktrade_ops.telemetry.files.names import (
    Claim,
    claim_of,
    is_compressed_name,
    is_finished_name,
    is_json_lines_name,
    is_scanned_path,
)

ROTATIONS = (
    ".1",
    "-1",
    "_2",
    ".1.2",
    ".20251220",
    "-20251220",
    ".2025-12-20",
    "-2025-12-20",
    ".2025-12-15_12",
    ".2025-12-15_12-30-00",
    "-2025121512",
    "-1765801800",
    ".20251220T100000",
    ".2025-12-20T10:00:00Z",
    ".2025-12-20T10:00:00+01:00",
    ".1.",
    ".1Z",
)
COMPRESSIONS = (".gz", ".zst", ".zstd", ".bz2", ".xz")

TAILS = st.lists(st.sampled_from((*ROTATIONS, *COMPRESSIONS)), max_size=5).map("".join)


@given(st.sampled_from((".jsonl", ".ndjson")), TAILS)
def test_marks_and_endings_may_follow_in_any_order(ending: str, tail: str) -> None:
    """A name may have any number of rotation marks and compression endings, in any case."""
    name = f"events{ending}{tail}"

    assert is_json_lines_name(name)
    assert is_json_lines_name(name.upper())
    assert is_json_lines_name(f"folder.gz/{name.title()}")
    assert claim_of(name.upper()) is Claim.SCAN


@given(TAILS)
def test_a_compression_ending_is_the_name_of_a_compressed_file(tail: str) -> None:
    """A compression ending counts with rotation marks before and after it."""
    compressed = any(ending in tail for ending in COMPRESSIONS)

    assert is_compressed_name(f"obs.gz/events.jsonl{tail}") is compressed
    assert is_compressed_name(f"events.log{tail}".upper()) is compressed


@given(st.sampled_from((".jsonl", ".ndjson", ".log", ".dat")), TAILS)
def test_a_rotated_or_compressed_name_is_that_of_a_finished_file(ending: str, tail: str) -> None:
    """A rotated or compressed name is that of a finished file; a bare name is not."""
    assert is_finished_name(f"a.gz/events{ending}{tail}") is bool(tail)
    assert is_finished_name(f"events{ending}{tail}".upper()) is bool(tail)


@pytest.mark.parametrize(
    ("name", "is_finished"),
    [
        ("events.gz", True),
        ("events.gz.1", True),
        ("a.log.3", True),
        ("events-7", False),
        ("a", False),
    ],
)
def test_a_file_that_include_names_may_be_finished_too(name: str, *, is_finished: bool) -> None:
    """A mark of rotation follows an ending; an ending of compression may be the only one."""
    assert is_finished_name(name) is is_finished


@pytest.mark.parametrize(
    "name",
    [
        "events.json",
        "events.jsonlx",
        "events.jsonl.",
        "events.jsonl~",
        "events.jsonl.bak",
        "events.jsonl.old",
        "events.jsonl.tmp",
        "events.jsonl.part",
        "events.jsonl.1.old",
        "events.jsonl.lz4",
        "events.jsonl.T1",
        "events.jsonl.Z",
        "events.jsonl1",
        "events.jsonl.1a",
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
    """Other endings and letters that only look like ASCII do not match."""
    assert not is_json_lines_name(name)


@given(
    st.text(st.characters(exclude_characters="/"), max_size=5),
    st.sampled_from((".jsonl", ".ndjson", ".JsonL")),
    st.one_of(TAILS, st.text(st.characters(exclude_characters="/"), max_size=8)),
    st.sampled_from(("", "x/", "alerts/")),
)
def test_no_name_of_json_lines_is_passed_over(
    stem: str, ending: str, tail: str, folder: str
) -> None:
    """A name with an ending of JSON lines is never ignored, with any prefix and suffix."""
    claim = claim_of(f"{folder}{stem}{ending}{tail}")

    assert claim not in {Claim.TEXT, Claim.NOTHING}
    assert claim is not Claim.ELSEWHERE or folder != "alerts/"


def test_a_name_may_consist_of_its_ending() -> None:
    """The ending alone, or two endings, is a name."""
    assert is_json_lines_name(".jsonl")
    assert is_json_lines_name("a.jsonl.ndjson.gz")


@pytest.mark.usefixtures("time_limit")
@pytest.mark.parametrize("tail", [".1" * 1000 + "x", ".1.gz" * 1000 + "x", ".1-" * 1000 + "x"])
def test_a_long_name_is_judged_fast(tail: str) -> None:
    """No name makes the comparison run forever, many times longer than a system allows."""
    assert claim_of(f"alerts.jsonl{tail}") is Claim.NOT_RECOGNISED
    assert not is_finished_name(f"alerts.jsonl{tail}")


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
        "alerts.jsonl.2025-12-15_12",
        "alerts.jsonl.1.bz2",
    ],
)
def test_json_lines_in_a_path_with_a_keyword_claim_a_scan(path: str) -> None:
    """Keywords count anywhere in the relative path, `obs` only as a word."""
    assert claim_of(path) is Claim.SCAN
    assert is_scanned_path(path)


@pytest.mark.parametrize(
    ("path", "claim"),
    [
        ("a.jsonl", Claim.ELSEWHERE),
        ("jobs/a.jsonl", Claim.ELSEWHERE),
        ("observations/a.jsonl.gz", Claim.ELSEWHERE),
        ("blobs.jsonl", Claim.ELSEWHERE),
        ("trades/fills.ndjson", Claim.ELSEWHERE),
        ("alerts/readme.md", Claim.NOTHING),
        ("alerts/jsonl", Claim.NOTHING),
        ("alerts/json.d", Claim.NOTHING),
        *(
            (f"x/a.jsonl.{ending}", Claim.NOT_DATA)
            for ending in (
                "lock",
                "pid",
                "idx",
                "offset",
                "pos",
                "swp",
                "sha256",
                "md5",
                "asc",
                "sig",
                "LOCK",
            )
        ),
        ("x/a.jsonl.1.gz.sha256", Claim.NOT_DATA),
        (".alerts.jsonl.swp", Claim.NOT_DATA),
        ("alerts/a.lock", Claim.NOTHING),
        ("alerts/a.jsonl.old.lock", Claim.NOT_RECOGNISED),
        *(
            (f"alerts/a.{ending}", Claim.ARCHIVE)
            for ending in (
                "tar",
                "tar.gz",
                "tar.zst",
                "tar.bz2",
                "tar.xz",
                "tar.lz4",
                "tar.Z",
                "tgz",
                "txz",
                "tbz2",
                "zip",
                "7z",
                "ZIP",
                "zip.1",
                "tar.gz-20251220",
            )
        ),
        ("jobs/a.zip", Claim.NOTHING),
        ("jobs/a.tar.gz", Claim.NOTHING),
        ("jobs/a.jsonl.zip", Claim.ARCHIVE),
        ("jobs/a.jsonl.1.tar.gz", Claim.ARCHIVE),
        ("jobs/a.jsonl.old.zip", Claim.NOT_RECOGNISED),
        *(
            (f"jobs/a.jsonl.{ending}", Claim.NOT_SUPPORTED)
            for ending in ("lz4", "br", "Z", "1.lz4", "lz4.1", "gz.br")
        ),
        ("alerts/a.lz4", Claim.NOT_SUPPORTED),
        ("jobs/a.lz4", Claim.NOTHING),
        *(
            (f"jobs/a.jsonl{ending}", Claim.NOT_RECOGNISED)
            for ending in (".old", ".bak", "~", ".tmp", ".part", "x", ".txt", ".json", ".log", ".")
        ),
        *(
            (f"jobs/a{ending}", Claim.TEXT)
            for ending in (".json", ".log", ".txt", ".LOG", ".log.1", ".log.1.gz", ".txt.bz2-1")
        ),
        ("alerts/a.log", Claim.TEXT),
        ("jobs/a.log.old", Claim.NOTHING),
        ("jobs/log", Claim.NOTHING),
    ],
)
def test_other_names_claim_something_else(path: str, claim: Claim) -> None:
    """The first matching claim counts; a claim without a scan depends on the name only."""
    assert claim_of(path) is claim
