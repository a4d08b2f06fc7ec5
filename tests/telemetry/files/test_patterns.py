"""Tests of `peaktrade_ops.telemetry.files.patterns`."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peaktrade_ops.telemetry.files.patterns import Patterns
from tests.support import oracle


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
def test_globs_match_whole_relative_paths(pattern: str, path: str, *, expected: bool) -> None:
    """`*` and `?` stay in one part, `**` crosses parts; other characters match themselves."""
    assert Patterns([pattern]).match(path) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("old", "old", True),
        ("old/**", "old", True),
        ("old/**", "older", False),
        ("old/**", "old/x", True),
        ("**/old/**", "x/y/old", True),
        ("**/old/**", "old", True),
        ("o*/**", "old", True),
        ("old/*", "old", False),
        ("old/**/x", "old", False),
        ("old/**x", "old", False),
        ("old/", "old", False),
        ("old**", "older", True),
        ("o*", "old", False),
        ("?ld", "old", False),
        ("**/*.bak", "alerts.bak", False),
    ],
)
def test_a_pattern_of_all_below_a_folder_matches_the_folder(
    pattern: str, path: str, *, expected: bool
) -> None:
    """A folder is matched only by its name, or by a pattern that matches everything below it."""
    assert Patterns([pattern]).match_folder(path) is expected
    assert Patterns(["x", pattern]).match_folder(path) is expected


@pytest.mark.usefixtures("time_limit")
@pytest.mark.parametrize(
    ("pattern", "path", "ending"),
    [
        ("*" * 60 + "c", "a" * 400, "c"),
        ("*a" * 60 + "c", "a" * 400, "c"),
        ("**a" * 60 + "c", "a" * 400, "c"),
        ("**/*a*" * 20 + "c", "a/" * 200, "ac"),
        ("**/" * 60 + "c", "a/" * 200, "c"),
        ("*a**" * 40 + "/c", "aa/" * 100, "c"),
    ],
)
def test_a_pattern_of_many_stars_takes_no_time(pattern: str, path: str, ending: str) -> None:
    """A path that matches almost would be divided among them in more ways than can be tried."""
    assert not Patterns([pattern]).match(path)
    assert Patterns([pattern]).match(path + ending)


@given(st.text("*?/ab.", max_size=6), st.text("/ab.", min_size=1, max_size=5), st.text("/ab."))
def test_everything_below_a_folder_that_matches_is_matched(
    pattern: str, folder: str, below: str
) -> None:
    """A folder matches only if every path below it matches."""
    patterns = Patterns([f"{pattern}/**"])

    if patterns.match_folder(folder):
        assert patterns.match(f"{folder}/{below}")


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
