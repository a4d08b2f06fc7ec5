"""Read a file, or a byte range of it, as blocks of whole lines.

A range owns the lines that start in it, so that adjacent ranges yield each line exactly once.
Memory is bounded: only the beginning of a line over the limit is kept.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from peaktrade_ops.telemetry.files.blocks import Block, Cutter, LongLine
from peaktrade_ops.telemetry.files.compression import (
    MAGIC_BYTES,
    BrokenCompressionError,
    decompress,
    joined,
    opener_for,
)
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.names import is_compressed_name
from peaktrade_ops.telemetry.files.reasons import BROKEN_COMPRESSION, CHANGED, NOT_READABLE
from peaktrade_ops.telemetry.records.decode import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import OpenFile, Store

_CHUNK_BYTES: Final = 2**19
# Enough for the end of most lines.
_FIRST_BYTES: Final = 2**12
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class ReadProblemError(Exception):
    """A file cannot be read, or not to its end; the argument is the reason, one of `reasons`."""

    @property
    def reason(self) -> str:
        """The reason, as worded in reports."""
        return str(self.args[0])


def is_compressed(source: Source, store: Store = LOCAL) -> bool:
    """Return whether a file is compressed, by its first bytes.

    Raises:
        ReadProblemError: The file cannot be read.
    """
    with _opened(source, store) as file:
        return opener_for(_head(file)) is not None


def read_range(  # noqa: PLR0913 (a range, how to read it, and who else gets its bytes)
    source: Source,
    start: int,
    end: int,
    limit: int,
    store: Store = LOCAL,
    *,
    observe: Callable[[bytes], object] | None = None,
) -> Iterator[Block | LongLine]:
    """Read the lines that start in a byte range of a file.

    Args:
        source: The file; it is read up to the size that it had when it was found.
        start: The first byte. A compressed file is read only as a whole, from 0 to its size.
        end: The byte after the last.
        limit: A line up to this length, in bytes, is always whole in a block.
        store: The store of the file.
        observe: Called with all bytes of the lines, as they are in the file, in order.

    Yields:
        Blocks of about 512 KiB, and long lines one by one.

    Raises:
        ReadProblemError: The file cannot be opened, is not the same file any more, became shorter,
            or its compression is broken. Everything before the problem is yielded first.
    """
    with _opened(source, store) as file:
        head = _head(file) if start == 0 else b""
        compressed = opener_for(head) is not None
        chunks = _chunks(file, start, source.size if compressed else end, source.size)
        if observe is not None:
            chunks = _observed(chunks, observe)
        if start == 0:
            if compressed:
                chunks = joined(decompress(chunks))
            elif is_compressed_name(source.name) and not _may_begin_json_lines(head):
                chunks = _not_compressed(chunks)
            chunks = _without_mark(chunks)
        yield from _blocks(chunks, limit)


def read_bytes(
    source: Source, start: int, end: int, store: Store = LOCAL
) -> Iterator[tuple[int, bytes]]:
    """Read the bytes of the lines that start in a byte range, as they are in the file.

    Yields:
        The bytes that `read_range` observes for the same range, and the position of each piece.

    Raises:
        ReadProblemError: The file cannot be opened, is not the same file any more, or became
            shorter.
    """
    with _opened(source, store) as file:
        position = _line_start(file, start, end)
        for data in _chunks(file, position, end, source.size):
            yield position, data
            position += len(data)


def _observed(chunks: Iterator[bytes], observe: Callable[[bytes], object]) -> Iterator[bytes]:
    for chunk in chunks:
        observe(chunk)
        yield chunk


@contextlib.contextmanager
def _opened(source: Source, store: Store) -> Iterator[OpenFile]:
    """Open exactly the file that was found; raise broken compression as a read problem."""
    try:
        file = store.open_file(source.location)
    except FileNotFoundError:
        raise ReadProblemError(CHANGED) from None
    except OSError:
        raise ReadProblemError(NOT_READABLE) from None
    with _closing(file):
        now, found = file.identity, source.identity
        if now.file != found.file or now.size < found.size:
            raise ReadProblemError(CHANGED)
        try:
            yield file
        except BrokenCompressionError:
            raise ReadProblemError(BROKEN_COMPRESSION) from None


@contextlib.contextmanager
def _closing(file: OpenFile) -> Iterator[None]:
    """Close a file at the end; a failed close is a read problem, because reads may be wrong."""
    try:
        yield
    except BaseException:
        # The first error counts; an error while closing the file is ignored.
        with contextlib.suppress(OSError):
            file.close()
        raise
    try:
        file.close()
    except OSError:
        raise ReadProblemError(NOT_READABLE) from None


def _head(file: OpenFile) -> bytes:
    """Return the bytes that identify the compression; fewer if the file is shorter."""
    try:
        return file.read_at(0, MAGIC_BYTES)
    except OSError:
        raise ReadProblemError(NOT_READABLE) from None


def _read(file: OpenFile, position: int, size: int) -> bytes:
    """Return at least one byte from a position before the end of the file."""
    try:
        data = file.read_at(position, size)
    except OSError:
        raise ReadProblemError(NOT_READABLE) from None
    if not data:
        # The file was truncated while it was read.
        raise ReadProblemError(CHANGED)
    return data


def _chunks(file: OpenFile, start: int, end: int, size: int) -> Iterator[bytes]:
    """Yield the bytes of the lines that start in ``[start, end)``.

    Args:
        file: The file.
        start: The first byte of the range.
        end: The byte after the last.
        size: The size up to which the file is read, to finish the last line of the range.
    """
    position = _line_start(file, start, end)
    last = b"\n"
    while position < end:
        data = _read(file, position, min(_CHUNK_BYTES, end - position))
        position += len(data)
        yield data
        last = data[-1:]
    while last != b"\n" and position < size:
        data = _read(file, position, min(_CHUNK_BYTES, size - position))
        position += len(data)
        cut = data.find(b"\n")
        if cut >= 0:
            data = data[: cut + 1]
        yield data
        last = data[-1:]


def _line_start(file: OpenFile, start: int, end: int) -> int:
    """Return the position of the first line that starts in ``[start, end)``; `end` if none does.

    A line that crosses `start` belongs to the range before. The byte before `start` shows whether a
    line ends exactly there.
    """
    if start == 0:
        return 0
    position, wanted = start - 1, _FIRST_BYTES
    while position < end:
        data = _read(file, position, min(wanted, end - position))
        found = data.find(b"\n")
        if found >= 0:
            return position + found + 1
        position += len(data)
        wanted = _CHUNK_BYTES
    return end


def _may_begin_json_lines(head: bytes) -> bool:
    """Return whether uncompressed data with these first bytes can be JSON lines."""
    return head != b"" and head.lstrip(_BYTE_ORDER_MARK + BLANK + b"\n")[:1] in {b"", b"{"}


def _not_compressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a file that should be compressed but is not, then raise the problem."""
    yield from chunks
    raise BrokenCompressionError


def _without_mark(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Remove a byte-order mark from the beginning of a file."""
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
    """Cut chunks into blocks; after a failure, yield the bytes before it, then raise it."""
    cutter = Cutter(limit)
    failure: Exception | None = None
    try:
        for chunk in chunks:
            yield from cutter.feed(chunk)
    except (BrokenCompressionError, ReadProblemError) as error:
        failure = error
    yield from cutter.finish()
    if failure is not None:
        raise failure
