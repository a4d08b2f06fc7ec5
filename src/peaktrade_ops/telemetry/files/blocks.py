"""Cut a stream of bytes into blocks of whole lines, in bounded memory, without disk access."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.telemetry.records.decode import BLANK
from peaktrade_ops.telemetry.records.utf8 import Utf8, Utf8Check

if TYPE_CHECKING:
    from collections.abc import Iterator


# A longer line is a block of its own, so that it is in memory only once.
_LONG_BYTES: Final = 2**20
_PIECE_BYTES: Final = 2**19


class Block(NamedTuple):
    """Whole lines with their line feeds; only the last line of a file may lack one.

    Attributes:
        data: The bytes.
        is_ended: Whether the data is one long line without the line feed that ends it.
    """

    data: bytes
    is_ended: bool = False

    def lines(self) -> tuple[list[bytes], bool]:
        """Return the lines without their line feeds, and whether a line feed ends the last one."""
        lines = self.data.split(b"\n")
        if lines[-1] or self.is_ended:
            return lines, self.is_ended
        # There is no line after the last line end.
        lines.pop()
        return lines, True


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
        # It returns its bytes without a copy, which matters for long lines.
        self._carried = io.BytesIO()
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
        if cut and self._carried.tell() > _LONG_BYTES:
            end = data.find(b"\n")
            yield Block(self._joined(data[:end]), is_ended=True)
            if end + 1 < cut:
                yield Block(data[end + 1 : cut])
        elif cut:
            yield Block(self._joined(data[:cut]))
        self._carry(data[cut:])

    def finish(self) -> Iterator[Block | LongLine]:
        """Yield the last line if no line feed ends it."""
        if self._long_line is not None:
            yield self._long_line.finish(terminated=False)
        elif self._carried.tell():
            yield Block(self._joined(b""))

    def _joined(self, data: bytes) -> bytes:
        """Return the bytes that are carried over with those that follow, and forget them."""
        if not self._carried.tell():
            return data
        carried, self._carried = self._carried, io.BytesIO()
        carried.write(data)
        return carried.getvalue()

    def _carry(self, data: bytes) -> None:
        self._carried.write(data)
        if self._carried.tell() > self._limit:
            self._long_line = _LongLineInProgress(self._limit, self._carried)
            self._carried = io.BytesIO()


class _LongLineInProgress:
    """A line over the limit whose end is not read yet.

    Args:
        limit: The number of bytes that are kept.
        begun: The first bytes of the line, more than that.
    """

    def __init__(self, limit: int, begun: io.BytesIO) -> None:
        """Check the first bytes."""
        self._utf8 = Utf8Check()
        self._blank = True
        with begun.getbuffer() as view:
            for start in range(0, len(view), _PIECE_BYTES):
                self.feed(bytes(view[start : start + _PIECE_BYTES]))
        begun.truncate(limit)
        self._head = begun

    def feed(self, piece: bytes) -> None:
        """Check the next bytes of the line."""
        self._utf8.feed(piece)
        self._blank = self._blank and not piece.strip(BLANK)

    def finish(self, *, terminated: bool) -> LongLine:
        """Return the line, which ends here."""
        head = self._head.getvalue()
        return LongLine(head, self._utf8.result(), self._blank, terminated)
