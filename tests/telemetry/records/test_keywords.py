"""Tests of `peaktrade_ops.telemetry.records.keywords`."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.errors import UsageError
from peaktrade_ops.telemetry.records.keywords import Hits, Keywords, LinePattern
from tests.support.examples import examples
from tests.support.oracle import DEFAULT_LEGACY_REGEX


def lines_of(data: bytes) -> list[bytes]:
    """Return the lines of data; the last line may have no line feed."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def count(pattern: str, data: bytes) -> int:
    """Return the number of lines that match a pattern."""
    return Keywords(pattern).count(data, lines_of(data))


# Pieces of patterns with the same meaning in RE2 and in Python's `re`.
ATOMS = st.sampled_from(
    ("a", "b", "v1", ".", "[ab]", "[^a]", r"\w", r"\W", r"\d", r"[\s]", " ", "_", r"\x41", r"\.")
)
ENDS = st.sampled_from(("^", "$", r"\A", r"\b"))
QUANTIFIERS = st.sampled_from(("", "", "", "*", "+", "?", "*?", "{2}", "{0,1}"))
PATTERNS = st.recursive(
    st.one_of(st.builds("{}{}".format, ATOMS, QUANTIFIERS), ENDS, st.just("")),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("(?-m:{})".format, inner),
        st.builds("(?s:{})".format, inner),
        st.builds("({})".format, inner),
    ),
    max_leaves=6,
)
DATA = st.one_of(
    st.text("aAbBvV1_ .x\t\r\n\n\n", min_size=1, max_size=30),
    st.text("ab\n", min_size=1, max_size=12),
).map(str.encode)


@settings(max_examples=examples(300), deadline=None)
@given(PATTERNS, DATA)
@example("", b"\n\n")
@example("$", b"a\n\nb")
@example("^", b"a\n\nb\n")
@example("^$", b"\n\na\n\n")
@example(r"\A", b"a\nb\n")
@example("(?-m:^b)", b"a\nb\n")
@example("(?-m:a$)", b"a\nb\n")
@example("[^x]*", b"a\nb\n\n")
@example(r"a\Wb", b"a\nb")
@example(r"a[\s]b", b"a\nb\na b\n")
@example("(?s:a.b)", b"a\nb\naxb\n")
@example("x*", b"a")
@example("a|$", b"a\nb\n")
def test_a_block_has_as_many_hits_as_its_lines(pattern: str, data: bytes) -> None:
    """The hits are those of a search with Python's `re` in each line."""
    each = re.compile(pattern.encode(), re.IGNORECASE)
    expected = [each.search(line) is not None for line in lines_of(data)]

    assert list(map(Keywords(pattern).found_in, lines_of(data))) == expected
    assert count(pattern, data) == sum(expected)


@settings(max_examples=examples(200), deadline=None)
@given(
    st.sampled_from(("legacy", "", "^", "$", "x$", "^x", ".", "[^x]", "x*", r"\b", r"\PN", "é")),
    st.lists(
        st.sampled_from((b"\xff", b"x", b"legacy", b"\xc3\xa9", b"\xc3", b"\n", b"\0")), min_size=1
    ).map(b"".join),
)
def test_bytes_that_are_not_utf_8_do_not_change_a_count(pattern: str, data: bytes) -> None:
    """Each line counts at most once, and as if it was the only one."""
    keywords = Keywords(pattern)
    lines = lines_of(data)

    assert keywords.count(data, lines) == sum(map(keywords.found_in, lines))


@pytest.mark.parametrize(
    "pattern", [r"a\Cb", r"a\n*b", r"[\n]", r"a[\x00-\xff]b", r"(?s)a.b", r"a\pCb", r"a$.^b"]
)
def test_no_match_includes_a_line_feed(pattern: str) -> None:
    """A match never includes a line feed, even if the pattern allows it."""
    assert count(pattern, b"a\nb\n") == 0


def test_a_line_with_several_matches_counts_once() -> None:
    """A line with several matches counts once."""
    assert count("legacy", b"legacy legacy LEGACY\nlegac\nLegacy legacy") == 2


def test_case_is_ignored() -> None:
    """Upper and lower case are the same, unless the pattern has a flag."""
    assert count("legacy", b"LEGACY\nlegacy\n") == 2
    assert count("(?-i:legacy)", b"LEGACY\nlegacy\n") == 1


@pytest.mark.parametrize("line", [b"legacy", b"Risk Limit", b"risklimit", b"OLD-ALERT", b"v1"])
def test_the_default_pattern_matches_its_keywords(line: bytes) -> None:
    """Case and separators do not matter."""
    assert count(DEFAULT_LEGACY_REGEX, b"x\n" + line + b"\nrisk__limit\n") == 1


def test_the_last_line_needs_no_line_feed() -> None:
    """The ends of a line match there, too."""
    assert count("b$", b"ab\nb") == 2
    assert count("^$", b"a\n\nb") == 1


@pytest.mark.parametrize(
    "pattern",
    ["(", "a)|(b", "[", "(?=a)", "(?<!a)b", r"(a)\1", "*", "a{1001}", "(?P<n>a", "\\", "\udcff"],
)
def test_a_pattern_that_re2_refuses_is_wrong_usage(pattern: str) -> None:
    """The exit code is 64, and the message has the pattern in printable form."""
    with pytest.raises(UsageError) as refusal:
        Keywords(pattern)

    assert refusal.value.exit_code == 64
    assert repr(pattern) in refusal.value.message
    assert refusal.value.message.isprintable()
    assert refusal.value.hint


def test_no_pattern_needs_exponential_time() -> None:
    """A backtracking engine would not end with this pattern."""
    assert count("(a*)*(a|b*)*c", b"a" * 100_000 + b"\n") == 0


SUSPICIOUS = st.sampled_from(("", "", "a", "b ", "[^a]b", "A|V1", r"x\t", "(?i:legacy)"))


@settings(max_examples=examples(300), deadline=None)
@given(PATTERNS, SUSPICIOUS, DATA)
@example("^", "a", b"a\n\nb\n")
@example("$", "b ", b"a\nb \n")
@example("a|$", "A|V1", b"a\nV1")
@example("x", "a", b"xa\nax\na\nx\n")
def test_a_block_is_searched_like_its_lines(pattern: str, suspicious: str, data: bytes) -> None:
    """Both patterns together find what each finds in each line; the second one has its case."""
    lines = lines_of(data)
    suspects = [
        position
        for position, line in enumerate(lines)
        if suspicious and re.search(suspicious.encode(), line)
    ]

    hits = Keywords(pattern, suspicious).search(data, lines)
    assert hits == Hits(count(pattern, data), suspects)


@settings(max_examples=examples(200), deadline=None)
@given(
    st.sampled_from(("a", "b+", "[^a]", "a.b", "(?i:a)x", r"\t")),
    st.lists(st.text("abA x\t", max_size=6).map(str.encode), max_size=6),
)
def test_a_pattern_of_lines_finds_each_line_once(pattern: str, lines: list[bytes]) -> None:
    """The positions are those of a search in each line, in order."""
    expected = [k for k, line in enumerate(lines) if re.search(pattern.encode(), line)]

    assert LinePattern(pattern).positions(lines) == expected
