"""From a file or a byte range of it to blocks of whole lines, with nothing lost.

A range owns the lines that start in it, so ranges that touch give each line once. Memory stays
bounded: of a line longer than the limit only the beginning is kept.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.files.compression import (
    MAGIC_BYTES,
    BrokenCompressionError,
    decompress,
    opener_for,
)
from peaktrade_ops.telemetry.files.patterns import is_compressed_name
from peaktrade_ops.telemetry.records.decode import BLANK
from peaktrade_ops.telemetry.records.utf8 import Utf8, Utf8Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.telemetry.files.source import Source

_CHUNK_BYTES: Final = 2**19
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class ReadProblemError(Exception):
    """A file could not be read, or not to its end; the argument is the reason, in fixed words."""

    @property
    def reason(self) -> str:
        """The reason, as it stands in a report."""
        return str(self.args[0])


class Block(NamedTuple):
    """Whole lines with their line feeds; only the last line of a file may have none."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line over the limit: its beginning, and what is known of the whole.

    Attributes:
        head: As many of its first bytes as the limit allows.
        utf8: Whether all of it is UTF-8.
        blank: Whether all of it is white space.
        terminated: Whether a line feed ended it.
    """

    head: bytes
    utf8: Utf8
    blank: bool
    terminated: bool


def is_compressed(source: Source) -> bool:
    """Tell from its first bytes whether a file is compressed.

    Raises:
        ReadProblemError: The file cannot be read.
    """
    with _opened(source) as descriptor:
        return opener_for(_head(descriptor)) is not None


def read_range(source: Source, start: int, end: int, limit: int) -> Iterator[Block | LongLine]:
    """Read the lines that start in a byte range of a file.

    Args:
        source: The file; read up to the size that it had when it was found.
        start: The first byte. A compressed file is only read as a whole, from 0 to its size.
        end: The byte behind the last.
        limit: The greatest length of a line that is given whole, bytes.

    Yields:
        Blocks of about 512 KiB, or of one long line.

    Raises:
        ReadProblemError: The file cannot be opened, is another one by now, became shorter, or its
            compression is broken; everything before that was given.
    """
    with _opened(source) as descriptor:
        chunks = _chunks(descriptor, start, end, source.size)
        if start == 0:
            head = _head(descriptor)
            if opener_for(head) is not None:
                chunks = decompress(_chunks(descriptor, 0, source.size, source.size))
            elif is_compressed_name(source.path) and not _may_begin_json_lines(head):
                chunks = _not_compressed(chunks)
            chunks = _without_mark(chunks)
        yield from _blocks(chunks, limit)


@contextlib.contextmanager
def _opened(source: Source) -> Iterator[int]:
    """Open the very file that was found, without waiting for it and without following a link."""
    try:
        # O_NONBLOCK: a pipe that took the place of the file must not hold the program.
        descriptor = os.open(source.location, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise ReadProblemError("vanished") from None
    except OSError:
        raise ReadProblemError("not readable") from None
    try:
        now = os.fstat(descriptor)
        same = (now.st_dev, now.st_ino) == (source.device, source.inode)
        if not same or not stat.S_ISREG(now.st_mode) or now.st_size < source.size:
            raise ReadProblemError("vanished")
        try:
            yield descriptor
        except BrokenCompressionError:
            raise ReadProblemError("broken compression") from None
    finally:
        os.close(descriptor)


def _head(descriptor: int) -> bytes:
    """Read the bytes that tell how a file is compressed; fewer where it is shorter."""
    try:
        return os.pread(descriptor, MAGIC_BYTES, 0)
    except OSError:
        raise ReadProblemError("not readable") from None


def _read(descriptor: int, size: int, position: int) -> bytes:
    """Read at a position of a file that is known to be longer than that."""
    try:
        data = os.pread(descriptor, size, position)
    except OSError:
        raise ReadProblemError("not readable") from None
    if not data:
        # Somebody cut the file off while it was read.
        raise ReadProblemError("vanished")
    return data


def _chunks(descriptor: int, start: int, end: int, size: int) -> Iterator[bytes]:
    """Read the bytes of the lines that start in ``[start, end)``."""
    position = start
    last = b"\n"
    if start > 0:
        # The line that goes on at `start` belongs to the range before, unless it ended just there.
        position = start - 1
        data = b""
        skipped = -1
        while skipped < 0:
            if position >= end:
                return
            data = _read(descriptor, min(_CHUNK_BYTES, end - position), position)
            skipped = data.find(b"\n")
            position += len(data)
        rest = data[skipped + 1 :]
        if rest:
            yield rest
            last = rest[-1:]
    while position < end:
        data = _read(descriptor, min(_CHUNK_BYTES, end - position), position)
        position += len(data)
        yield data
        last = data[-1:]
    while last != b"\n" and position < size:
        data = _read(descriptor, min(_CHUNK_BYTES, size - position), position)
        position += len(data)
        cut = data.find(b"\n")
        if cut >= 0:
            data = data[: cut + 1]
        yield data
        last = data[-1:]


def _may_begin_json_lines(head: bytes) -> bool:
    """Say whether a file that is no archive can be plain JSON lines by its first bytes."""
    return not head or head.lstrip(_BYTE_ORDER_MARK + BLANK + b"\n")[:1] in {b"", b"{"}


def _not_compressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Read what should be an archive and is none as it stands, and say that it is broken."""
    yield from chunks
    raise BrokenCompressionError


def _without_mark(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Take a byte-order mark away from the beginning of a file."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= len(_BYTE_ORDER_MARK):
            yield head.removeprefix(_BYTE_ORDER_MARK)
            break
    else:
        if head:
            yield head
    yield from chunks


def _blocks(chunks: Iterator[bytes], limit: int) -> Iterator[Block | LongLine]:
    """Cut chunks at line ends; what was read before a failure is given before it is raised."""
    cutter = _Cutter(limit)
    failure: Exception | None = None
    try:
        for chunk in chunks:
            yield from cutter.feed(chunk)
    except (BrokenCompressionError, ReadProblemError) as error:
        failure = error
    yield from cutter.finish()
    if failure is not None:
        raise failure


class _Cutter:
    """Cuts bytes at line ends and carries what is left over to the next."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._carried: list[bytes] = []
        self._carried_bytes = 0
        self._long_line: _LongLineInProgress | None = None

    def feed(self, data: bytes) -> Iterator[Block | LongLine]:
        """Take the next bytes, and give what is whole by now."""
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
        """Give the line that no line feed ended, if there is one."""
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
    """What is kept of a line over the limit while it is read."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._head = bytearray()
        self._utf8 = Utf8Check()
        self._blank = True

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes of the line."""
        self._head += piece[: self._limit - len(self._head)]
        self._utf8.feed(piece)
        self._blank = self._blank and not piece.strip(BLANK)

    def finish(self, *, terminated: bool) -> LongLine:
        """Say what the line was."""
        return LongLine(bytes(self._head), self._utf8.result(), self._blank, terminated)
