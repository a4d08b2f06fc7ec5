"""Tests of `peaktrade_ops.telemetry.files.blocks`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.files import blocks
from peaktrade_ops.telemetry.files.blocks import Block, Cutter, LongLine
from peaktrade_ops.telemetry.records.utf8 import Utf8
from tests.support.examples import examples
from tests.support.memory import traced_memory
from tests.support.reading import lines_of_block, long_line

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
@given(
    CONTENTS,
    st.lists(st.integers(0, 60), max_size=6),
    st.sampled_from((1, 3, 10, 1000)),
    st.sampled_from((2, blocks._LONG_BYTES)),  # noqa: SLF001 (so that a few bytes are long)
)
def test_no_line_is_lost_or_changed(
    content: bytes, positions: list[int], limit: int, long: int
) -> None:
    """Every line is in a block, or it is over the limit and described correctly."""
    borders = [0, *sorted(min(position, len(content)) for position in positions), len(content)]
    pieces = [content[start:end] for start, end in pairwise(borders)]
    lines = content.split(b"\n")
    position = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_LONG_BYTES", long)
        found = cut(pieces, limit)
    for block in found:
        if isinstance(block, Block):
            whole = lines_of_block(block, len(content))
            count = len(whole)
            assert [line.head for line in whole] == lines[position : position + count]
            position += count
            continue
        is_last = position == len(lines) - 1
        assert block == long_line(lines[position], limit, terminated=not is_last)
        position += 1
    assert lines[position:] in ([], [b""])


def test_a_block_is_as_big_as_the_bytes_allow() -> None:
    """All lines that end in the same piece are one block, with the bytes carried over to it."""
    assert cut([b"a\nb\nc", b"d\n", b"e"], 10) == [Block(b"a\nb\n"), Block(b"cd\n"), Block(b"e")]


def test_a_long_line_is_a_block_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lacks its line feed, and is the only line of its block, so that it is never copied."""
    monkeypatch.setattr(blocks, "_LONG_BYTES", 2)

    found = cut([b"abc", b"def\ng\nh"], 10)

    assert found == [Block(b"abcdef", is_ended=True), Block(b"g\n"), Block(b"h")]
    [long, *others] = [block for block in found if isinstance(block, Block)]
    assert long.lines() == ([long.data], True)
    assert long.lines()[0][0] is long.data
    assert [each.lines() for each in others] == [([b"g"], True), ([b"h"], False)]


def test_a_long_line_is_in_memory_once() -> None:
    """Neither the pieces of a line nor its block are copied when it is whole."""
    piece = b"x" * 2**19
    cutter = Cutter(2**26)
    with traced_memory() as peak:
        for _ in range(32):
            list(cutter.feed(piece))
        [block] = cutter.feed(b"\n")
        assert isinstance(block, Block)
        lines, _ = block.lines()

    assert list(map(len, lines)) == [2**24]
    assert peak.size < 1.4 * 2**24


def test_the_beginning_of_a_line_over_the_limit_is_in_memory_once() -> None:
    """The bytes that are kept of it are those that were carried over."""
    piece = b"x" * 2**19
    cutter = Cutter(2**24)
    with traced_memory() as peak:
        for _ in range(40):
            list(cutter.feed(piece))
        [line] = cutter.feed(b"\n")

    assert isinstance(line, LongLine)
    assert len(line.head) == 2**24
    assert peak.size < 1.4 * 2**24


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
