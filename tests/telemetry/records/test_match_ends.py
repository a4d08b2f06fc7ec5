"""Tests of `peaktrade_ops.telemetry.records.match_ends`."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.stage1.nets import NAMED, SUSPICIOUS
from peaktrade_ops.telemetry.records.keywords import Hits, Keywords, LinePattern
from peaktrade_ops.telemetry.records.match_ends import MatchEnds, Pattern, is_simple
from tests.support.examples import examples
from tests.support.oracle import DEFAULT_LEGACY_REGEX

# Blocks are searched with Hyperscan from 64 KiB on.
_FILLER = (b"." * 99 + b"\n") * 700

_WORDS = ("legacy", "V1", "risk_limit", "old-alert", "ri\u017fk limit", "ris\u212a limit", "v")
_SEVERE = (
    *('"critical', '"FATAL\\\\"', "level=", "lvl=[", "panic", "PANIC", "dpanic", '"', "x"),
    *("\\u0022fatal\\u0022", "\\u0022"),
)
_LINES = st.lists(
    st.one_of(
        st.sampled_from((*_WORDS, *_SEVERE, "\n", "\n", " ", "é", "|")), st.text("a1=", max_size=3)
    ),
    max_size=12,
).map("".join)
_SIMPLE = st.sampled_from(
    (DEFAULT_LEGACY_REGEX, "k", "s", "risk", "ab|", "()v1", "(a|(b))x", "v[ 1-]?", "[_ ]limit|-")
)


@settings(max_examples=examples(300), deadline=None)
@given(_SIMPLE, _LINES)
@example("risk", "ri\u017fk\nrisk\nRIS\u212a")
@example("ab|", "ab\n\n")
@example("v1", "v1v1\nv1\n\nxV1")
@example("s", "level=\ncritical\nlevel=1critical")
def test_a_large_block_has_the_hits_and_suspects_of_its_lines(pattern: str, text: str) -> None:
    """They are those that RE2 finds in each line, wherever the block ends."""
    data = _FILLER + text.encode()
    lines = data.removesuffix(b"\n").split(b"\n")
    keywords = Keywords(pattern, SUSPICIOUS)
    hits = sum(map(keywords.found_in, lines))
    suspects = [k for k, line in enumerate(lines) if keywords.is_suspect(line)]

    assert is_simple(pattern)
    assert keywords.count(data, lines) == hits
    assert keywords.search(data, lines) == Hits(hits, suspects)


@pytest.mark.parametrize(
    "pattern",
    [
        "a.b",
        "^a",
        "a$",
        "a*",
        "a+",
        "a?",
        r"\bv1",
        "(?i:a)",
        "[^a]",
        "[a-z]",
        "[a-b-c]",
        "a{2}",
        "é",
    ],
)
def test_a_pattern_that_may_mean_something_else_is_not_simple(pattern: str) -> None:
    """RE2 searches for it."""
    assert not is_simple(pattern)


def test_the_ends_of_all_matches_are_found_in_order() -> None:
    """Case matters for each pattern on its own."""
    ends = MatchEnds([Pattern("ab|b1", ignores_case=True), Pattern("B1|b")])
    data = b"aB1 ab" + b" " * 200

    assert ends.find(data, 1) == [(2, 0), (3, 0), (3, 1), (6, 0), (6, 1)]
    assert ends.find(b"", 0) == []


@pytest.mark.parametrize("text", ["ri\u017fk", "ris\u212a", "a\u017f", "\u212a"])
def test_a_character_that_is_like_a_letter_has_no_answer(text: str) -> None:
    """RE2 takes it for the letter if case does not matter."""
    assert re.search("[SK]", text, re.IGNORECASE)
    assert MatchEnds([Pattern("x")]).find(text.encode(), 1) is None


def test_too_many_matches_have_no_answer() -> None:
    """Each costs more than RE2 needs, which goes on behind the line."""
    ends = MatchEnds([Pattern("v1")])

    assert ends.find(b"v1" * 10_000, 1) is None
    lines = b"v1v1\n" * 5_000
    assert len(ends.find(lines, 5_000) or ()) == 10_000
    assert ends.find(lines, 1) is None
    assert ends.find(b"v1" + b" " * 10_000, 1) == [(2, 0)]
    assert Keywords("v1").count(b"v1" * 50_000, [b"v1" * 50_000]) == 1


def test_a_pattern_that_matches_the_empty_text_has_no_answer() -> None:
    """Hyperscan refuses it."""
    assert MatchEnds([Pattern("a|")]).find(b"a", 1) is None


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                (
                    '"level"',
                    ":",
                    '"sev',
                    '_x" :',
                    "\u017fev",
                    '"',
                    "\\",
                    "prio",
                    "LVL",
                    "é",
                    "l_v-l",
                )
            ),
            max_size=8,
        ).map("".join),
        max_size=6,
    )
)
@example(['"lev', 'el":'])
@example(['"level":', '"\u017fev":', '"sev":"prio":'])
def test_lines_of_a_large_text_are_those_that_match_alone(texts: list[str]) -> None:
    """No match goes on in the next line."""
    lines = [*_FILLER.split(b"\n")[:-1], *(text.encode() for text in texts)]
    pattern = LinePattern(NAMED)
    expected = [k for k, line in enumerate(lines) if pattern.finds(line)]

    assert pattern.positions(lines) == expected
    assert pattern.finds(b"\n".join(lines)) is bool(expected)
