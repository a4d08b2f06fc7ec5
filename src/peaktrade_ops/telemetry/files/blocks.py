"""Cut a stream of bytes into blocks of whole lines, in bounded memory, without disk access."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from peaktrade_ops.telemetry.records.decode import BLANK
from peaktrade_ops.telemetry.records.utf8 import Utf8, Utf8Check

if TYPE_CHECKING:
    from collections.abc import Iterator


class Block(NamedTuple):
    """Whole lines with their line feeds; only the last line of a file may lack one."""

    data: bytes


class LongLine(msgspec.Struct, frozen=True):
    """A line over the limit; only its beginning is kept.

    Attributes:
        head: The first bytes of the line, as many as the limit allows.
        utf8: Whether the whole line is UTF-8.
        blank: Whether the whole line is white space.
        terminated: Whether a line feed ends the line.
    """

    head: bytes
    utf8: Utf8
    blank: bool
    terminated: bool


class Cutter:
    """Cuts bytes at line ends and carries the rest over to the next bytes.

    Args:
        limit: The greatest number of bytes that are carried over. A line that exceeds it becomes a
            `LongLine`.
    """

    def __init__(self, limit: int) -> None:
        """Start with no bytes."""
        self._limit = limit
        self._carried: list[bytes] = []
        self._carried_bytes = 0
        self._long_line: _LongLineInProgress | None = None

    def feed(self, data: bytes) -> Iterator[Block | LongLine]:
        """Add the next bytes, and yield the lines that are now whole."""
        if self._long_line is not None:
            end = data.find(b"\n")
            self._long_line.feed(data if end < 0 else data[:end])
            if end < 0:
                return
            yield self._long_line.finish(terminated=True)
            self._long_line = None
            data = data[end + 1 :]
        cut = data.rfind(b"\n") + 1
        if cut:
            yield Block(b"".join((*self._carried, data[:cut])))
            self._carried, self._carried_bytes = [], 0
        self._carry(data[cut:])

    def finish(self) -> Iterator[Block | LongLine]:
        """Yield the last line if no line feed ends it."""
        if self._long_line is not None:
            yield self._long_line.finish(terminated=False)
        elif self._carried:
            yield Block(b"".join(self._carried))

    def _carry(self, data: bytes) -> None:
        if not data:
            return
        self._carried.append(data)
        self._carried_bytes += len(data)
        if self._carried_bytes > self._limit:
            self._long_line = _LongLineInProgress(self._limit)
            for piece in self._carried:
                self._long_line.feed(piece)
            self._carried, self._carried_bytes = [], 0


class _LongLineInProgress:
    """A line over the limit whose end is not read yet."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._head = bytearray()
        self._utf8 = Utf8Check()
        self._blank = True

    def feed(self, piece: bytes) -> None:
        """Add the next bytes of the line."""
        self._head += piece[: self._limit - len(self._head)]
        self._utf8.feed(piece)
        self._blank = self._blank and not piece.strip(BLANK)

    def finish(self, *, terminated: bool) -> LongLine:
        """Return the line, which ends here."""
        return LongLine(bytes(self._head), self._utf8.result(), self._blank, terminated)
