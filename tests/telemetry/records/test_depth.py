"""Tests of `peaktrade_ops.telemetry.records.depth`."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.records.depth import MAX_DEPTH, is_too_deep, may_be_too_deep
from tests.support import oracle
from tests.support.examples import examples
from tests.support.memory import traced_memory

# Pieces of lines. Each piece can come many times, so that lines reach the limit.
PIECES = st.sampled_from(
    (
        *(b"[", b"{", b"]", b"}", b"[]", b"[{", b"}]", b"][", b'"', b'"[["', b'"]"', b"\\", b'\\"'),
        *(b'"\\"["', b'"\\\\"', b'"\\\\\\"', b"\xe2\x82\xac", b",", b'{"a":', b'"' + b"\\" * 3),
    )
)
LINES = st.lists(
    st.builds(
        lambda piece, times: piece * times,
        PIECES,
        st.one_of(st.integers(1, 20), st.sampled_from((255, 256, 257, 511, 512, 513, 600))),
    ),
    max_size=8,
).map(b"".join)


@settings(max_examples=examples(500), deadline=None)
@given(LINES)
@example(b"[" * 500 + b"[]" * 5000 + b"[" * 12)
@example(b"[" * 500 + b"[]" * 5000 + b"[" * 13)
@example(b"]" * 7 + b"[" * 512)
@example(b"]" * 7 + b"[" * 513)
@example(b'\\"' + b"[" * 513)
@example(b'"\\')
def test_lines_are_too_deep_if_the_oracle_counts_too_many_brackets(line: bytes) -> None:
    """Depth does not depend on whether a line is JSON."""
    assert is_too_deep(line) == oracle.opens_too_deep(line)
    assert may_be_too_deep(line) >= is_too_deep(line)


@pytest.mark.parametrize(
    ("depth", "expected"), [(MAX_DEPTH - 1, False), (MAX_DEPTH, False), (MAX_DEPTH + 1, True)]
)
@pytest.mark.parametrize("opening", [b"[", b"{", b'{"a":', b'["[[]",', b"[][", b"{]{", b'"{"[\\'])
def test_512_open_brackets_are_allowed(opening: bytes, depth: int, *, expected: bool) -> None:
    """A line may have 512 open brackets of any kind, but not 513."""
    assert expected is is_too_deep(opening * depth)
    assert expected is is_too_deep(b"]}" * 700 + opening * depth)
    assert expected is is_too_deep(b"[]{}" * 700 + opening * depth + b"]" * 700)


def test_brackets_in_strings_do_not_count() -> None:
    """A string ends at a quote that is not escaped, or at the end of the line."""
    brackets = b"[" * 600

    assert is_too_deep(b'"' + brackets + b'"') is False
    assert is_too_deep(b'"' + brackets) is False
    assert is_too_deep(b'"\\"' + brackets) is False
    assert is_too_deep(b'"\\\\\\"' + brackets + b"\\") is False
    assert is_too_deep(b'"\\\\"' + brackets) is True


def test_a_backslash_outside_of_strings_escapes_nothing() -> None:
    """The quote after it starts a string."""
    assert is_too_deep(b'\\"' + b"[" * 600) is False
    assert is_too_deep(b'\\""' + b"[" * 600) is True


@pytest.mark.parametrize(
    "line",
    [
        b"[]" * 2**19,
        (b"[" * 500 + b"]" * 500) * 1000,
        b"[]" * 600 + b'"' + b'[{\\"\\\\' * 2**18 + b'"',
        b"[]" * 600 + b'"a",' * 2**18,
    ],
    ids=["side by side", "deep", "one string", "strings"],
)
def test_a_long_line_takes_little_memory(line: bytes) -> None:
    """Memory does not grow with the length of the line."""
    with traced_memory() as peak:
        too_deep = is_too_deep(line)

    assert too_deep is False
    assert peak.size < 2**20
