"""Helpers for tests that read lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from peaktrade_ops.telemetry.files.blocks import LongLine
from peaktrade_ops.telemetry.records.decode import BLANK
from peaktrade_ops.telemetry.records.utf8 import check_utf8

if TYPE_CHECKING:
    from peaktrade_ops.telemetry.files.blocks import Block

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line that was read.

    Attributes:
        head: The first bytes, up to a limit.
        is_longer: Whether the line is longer than the limit.
        terminated: Whether a line feed ends the line.
    """

    head: bytes
    is_longer: bool
    terminated: bool


def lines_of_block(block: Block, limit: int) -> list[Line]:
    """Split a block into lines."""
    pieces, is_ended = block.lines()
    return [
        Line(piece[:limit], len(piece) > limit, terminated=is_ended or k < len(pieces) - 1)
        for k, piece in enumerate(pieces)
    ]


def long_line(line: bytes, limit: int, *, terminated: bool) -> LongLine:
    """Return what a line over the limit is reduced to, without its line feed."""
    assert len(line) > limit
    return LongLine(
        head=line[:limit],
        utf8=check_utf8(line),
        blank=not line.strip(BLANK),
        terminated=terminated,
    )
