"""Tests of `peaktrade_ops.telemetry.files.blocks`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.files.blocks import Block, Cutter, LongLine
from peaktrade_ops.telemetry.records.decode import BLANK
from peaktrade_ops.telemetry.records.utf8 import Utf8, check_utf8
from tests.support.examples import examples
from tests.support.reading import lines_of_block

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTENTS = st.lists(
    st.sampled_from(
        (b"\n", b"\n", b"a", b"bcd", b"\r\n", b" ", b"\xc3\xa9", b"\xff", b"\xc3", b"x" * 20)
    )
).map(b"".join)


def cut(pieces: Iterable[bytes], limit: int) -> list[Block | LongLine]:
    """Cut pieces of a file into blocks."""
    cutter = Cutter(limit)
    blocks = [block for piece in pieces for block in cutter.feed(piece)]
    return [*blocks, *cutter.finish()]


@settings(max_examples=examples(300))
@given(CONTENTS, st.lists(st.integers(0, 60), max_size=6), st.sampled_from((1, 3, 10, 1000)))
def test_no_line_is_lost_or_changed(content: bytes, positions: list[int], limit: int) -> None:
    """Every line is in a block, or it is over the limit and described correctly."""
    borders = [0, *sorted(min(position, len(content)) for position in positions), len(content)]
    pieces = [content[start:end] for start, end in pairwise(borders)]
    lines = content.split(b"\n")
    position = 0
    for block in cut(pieces, limit):
        if isinstance(block, Block):
            whole = lines_of_block(block, len(content))
            count = len(whole)
            assert [line.head for line in whole] == lines[position : position + count]
            position += count
            continue
        line = lines[position]
        assert len(line) > limit
        assert block == LongLine(
            head=line[:limit],
            utf8=check_utf8(line),
            blank=not line.strip(BLANK),
            terminated=position < len(lines) - 1,
        )
        position += 1
    assert lines[position:] in ([], [b""])


def test_a_block_is_as_big_as_the_bytes_allow() -> None:
    """All lines that end in the same piece are one block, with the bytes carried over to it."""
    assert cut([b"a\nb\nc", b"d\n", b"e"], 10) == [Block(b"a\nb\n"), Block(b"cd\n"), Block(b"e")]


def test_an_empty_file_has_no_blocks() -> None:
    """An empty file has no lines."""
    assert cut([], 10) == []
    assert cut([b""], 10) == []


def test_a_line_over_the_limit_is_not_kept() -> None:
    """Only the beginning is kept, and whether a line feed ends the line."""
    utf8 = Utf8(valid=True, cut=False)

    assert cut([b"abcd", b"e\nf"], 3) == [
        LongLine(b"abc", utf8, blank=False, terminated=True),
        Block(b"f"),
    ]
    assert cut([b"abc", b"d"], 3) == [LongLine(b"abc", utf8, blank=False, terminated=False)]


def test_a_line_that_ends_before_it_must_be_carried_over_is_whole() -> None:
    """The limit applies to the bytes that are carried over, not to a block."""
    assert cut([b"abcd\n"], 3) == [Block(b"abcd\n")]
    assert cut([b"abc", b"d\n"], 3) == [Block(b"abcd\n")]


@pytest.mark.parametrize(("pieces", "blank"), [([b" \t", b"\r "], True), ([b" \t", b"\rx"], False)])
def test_a_long_blank_line_is_known_as_blank(pieces: list[bytes], *, blank: bool) -> None:
    """A blank line over the limit is recognised as blank."""
    (line,) = cut(pieces, 1)

    assert isinstance(line, LongLine)
    assert line.blank is blank
