"""Recognise compressed data by its first bytes, and decode it with its checksums.

Everything that can be decoded is yielded before the error about the rest is raised, so that the
critical events of a truncated archive are still counted. Each decoder imports its library, because
most telemetry is not compressed.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import bz2
    import lzma
    import zlib
    from collections.abc import Callable, Iterator

MAGIC_BYTES: Final = 6
"""The number of bytes at the beginning of a file that identify its compression."""

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)
_ZSTD_BYTES: Final = 4
_SKIPPABLE_HEAD_BYTES: Final = 8
_ZEROS: Final = re.compile(rb"\0*+")
_BZIP2: Final = tuple(b"BZh%d" % size for size in range(1, 10))
_XZ: Final = b"\xfd7zXZ\0"
_GZIP_WINDOW_BITS: Final = 31
_OUT_BYTES: Final = 2**20
# A file may consist of very many small members. The decoder of each gets few bytes first, because
# it returns a copy of those that follow its end, and what they hold is joined.
_FIRST_IN_BYTES: Final = 2**9
_JOINED_BYTES: Final = 2**18
# Small, because the output of a call that raises an error is lost.
_ZSTD_IN_BYTES: Final = 1024
_SLOW_OUT_BYTES: Final = 1024
# The memory limit of xz decoders in bytes; files of the highest level need half of it.
_XZ_MEMORY: Final = 2**27


class BrokenCompressionError(Exception):
    """The rest of the compressed data cannot be decoded."""


class _Stream(Protocol):
    """A decoder of one gzip member, Zstandard frame, bzip2 stream or xz stream."""

    def decode(self, piece: bytes) -> Iterator[bytes]:
        """Yield the decoded bytes of the next piece."""
        ...

    def drain(self) -> bytes:
        """Return the decoded bytes that the decoder still holds."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the decoder has reached the end of the member or frame."""
        ...

    @property
    def unused(self) -> bytes:
        """The bytes of the last piece that follow the end."""
        ...

    @property
    def padding(self) -> int:
        """The length of padding is a multiple of this; 0 where the format has no padding."""
        ...


def opener_for(head: bytes) -> Callable[[], _Stream] | None:
    """Return the decoder for data that begins with `head`; `None` if it is not compressed.

    Args:
        head: The first `MAGIC_BYTES` of a file, fewer if it is shorter.
    """
    if head.startswith(_GZIP):
        return _GzipMember
    if head.startswith(_BZIP2):
        return _Bzip2Stream
    if head.startswith(_XZ):
        return _XzStream
    if head.startswith(_ZSTD):
        return _ZstdFrame
    return _SkippableFrame if _ZSTD_SKIPPABLE.match(head) else None


def decompress(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decode all members or frames of a compressed file.

    Args:
        pieces: The compressed bytes, cut anywhere.

    Yields:
        Decoded bytes, at most about 1 MiB at a time.

    Raises:
        BrokenCompressionError: The file is truncated or damaged, or other data follows its end.
            Zero bytes are padding only behind the last member, where the format has it; elsewhere
            they stand where a member was lost. Everything that can be decoded is yielded first,
            also what follows such a hole.
    """
    stream: _Stream | None = None
    held = b""
    step = zeros = padding = 0
    has_hole = False
    for new in pieces:
        piece = held + new
        held = b""
        start = 0
        while start < len(piece):
            if stream is None:
                if not piece[start]:
                    zeros -= start
                    start = _after_zeros(piece, start)
                    zeros += start
                head = piece[start : start + MAGIC_BYTES]
                if len(head) < MAGIC_BYTES:
                    held = head
                    break
                opener = opener_for(head)
                if opener is None:
                    raise BrokenCompressionError
                has_hole = has_hole or zeros > 0
                stream, step, zeros = opener(), _FIRST_IN_BYTES, 0
            part = piece[start : start + step]
            yield from stream.decode(part)
            start += len(part)
            step *= 2
            if stream.finished:
                start -= len(stream.unused)
                padding = stream.padding
                stream = None
    if stream is not None:
        yield stream.drain()
    is_padded = not zeros or (padding > 0 and zeros % padding == 0)
    if stream is not None or held or has_hole or not is_padded:
        raise BrokenCompressionError


def joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in larger pieces, at most 1 MiB if no piece is larger.

    An error of the pieces is raised behind what came before it.
    """
    held: list[bytes] = []
    size = 0
    failure: Exception | None = None
    try:
        for piece in pieces:
            if held and size + len(piece) > _OUT_BYTES:
                yield b"".join(held)
                held, size = [], 0
            if piece:
                held.append(piece)
                size += len(piece)
            if size >= _JOINED_BYTES:
                yield b"".join(held)
                held, size = [], 0
    except Exception as error:  # noqa: BLE001 (it is raised again)
        failure = error
    if held:
        yield b"".join(held)
    if failure is not None:
        raise failure


def _after_zeros(data: bytes, start: int) -> int:
    """Return the position of the first byte that is not zero, from a position on."""
    found = _ZEROS.match(data, start)
    return found.end() if found else start


class _GzipMember:
    padding = 1

    def __init__(self) -> None:
        import zlib  # noqa: PLC0415 (see the top)

        self._error = zlib.error
        self._new = zlib.decompressobj
        self._inflate = self._new(_GZIP_WINDOW_BITS)
        self._is_new = True

    def decode(self, piece: bytes) -> Iterator[bytes]:
        while piece and not self._inflate.eof:
            # A copy takes as long as a small member.
            before = None if self._is_new else self._inflate.copy()
            self._is_new = False
            try:
                yield self._inflate.decompress(piece, _OUT_BYTES)
            except self._error:
                yield from self._up_to_error(before or self._new(_GZIP_WINDOW_BITS), piece)
                raise BrokenCompressionError from None
            piece = self._inflate.unconsumed_tail

    def drain(self) -> bytes:
        try:
            return self._inflate.flush()
        except self._error:
            return b""

    @property
    def finished(self) -> bool:
        return self._inflate.eof

    @property
    def unused(self) -> bytes:
        return self._inflate.unused_data

    def _up_to_error(self, inflate: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
        """Yield the output of a piece whose decoding failed; decode it again byte by byte."""
        for i in range(len(piece)):
            try:
                yield inflate.decompress(piece[i : i + 1])
            except self._error:
                return


class _SlowStream:
    """A stream of a slow decoder, for which the cost of many small calls does not matter.

    The output of a call that raises an error is lost, so each call decodes only a small part.
    """

    padding = 0

    def __init__(
        self, decoder: bz2.BZ2Decompressor | lzma.LZMADecompressor, error: type[Exception]
    ) -> None:
        self._decoder = decoder
        self._errors = (error, EOFError, ValueError)

    def decode(self, piece: bytes) -> Iterator[bytes]:
        found = bytearray()
        try:
            while not self._decoder.eof and (piece or not self._decoder.needs_input):
                found += self._decoder.decompress(piece, _SLOW_OUT_BYTES)
                piece = b""
                if len(found) >= _OUT_BYTES - _SLOW_OUT_BYTES:
                    yield bytes(found)
                    found.clear()
        except self._errors:
            yield bytes(found)
            raise BrokenCompressionError from None
        yield bytes(found)

    def drain(self) -> bytes:
        # `decode` returns all output of a piece, so no output is left.
        return b""

    @property
    def finished(self) -> bool:
        return self._decoder.eof

    @property
    def unused(self) -> bytes:
        return self._decoder.unused_data


class _Bzip2Stream(_SlowStream):
    def __init__(self) -> None:
        import bz2  # noqa: PLC0415 (see the top)

        # This decoder raises an OSError for damaged data.
        super().__init__(bz2.BZ2Decompressor(), OSError)


class _XzStream(_SlowStream):
    padding = 4

    def __init__(self) -> None:
        import lzma  # noqa: PLC0415 (see the top)

        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        super().__init__(decoder, lzma.LZMAError)


class _SkippableFrame:
    """A frame of Zstandard without content: its mark, the length of the rest, and the rest."""

    padding = 0

    def __init__(self) -> None:
        self._head = b""
        self._left = -1
        self.unused = b""

    def decode(self, piece: bytes) -> Iterator[bytes]:
        if self._left < 0:
            piece = self._head + piece
            self._head = piece[:_SKIPPABLE_HEAD_BYTES]
            if len(self._head) < _SKIPPABLE_HEAD_BYTES:
                return iter(())
            self._left = int.from_bytes(self._head[_ZSTD_BYTES:], "little")
            piece = piece[_SKIPPABLE_HEAD_BYTES:]
        self.unused = piece[self._left :]
        self._left -= len(piece) - len(self.unused)
        return iter(())

    def drain(self) -> bytes:
        return b""

    @property
    def finished(self) -> bool:
        return self._left == 0


class _ZstdFrame:
    padding = 0

    def __init__(self) -> None:
        if sys.version_info >= (3, 14):  # pragma: no cover (the version of Python selects it)
            from compression import zstd  # noqa: PLC0415 (see the top)
        else:
            from backports import zstd  # noqa: PLC0415 (the same)

        self._error = zstd.ZstdError
        self._decoder = zstd.ZstdDecompressor()
        self._rest = b""

    def decode(self, piece: bytes) -> Iterator[bytes]:
        for start in range(0, len(piece), _ZSTD_IN_BYTES):
            if self._decoder.eof:
                # The frame has ended; the rest belongs to the next one.
                self._rest = piece[start:]
                return
            part = piece[start : start + _ZSTD_IN_BYTES]
            try:
                yield self._decoder.decompress(part, _OUT_BYTES)
                while not self._decoder.needs_input and not self._decoder.eof:
                    yield self._decoder.decompress(b"", _OUT_BYTES)
            except self._error:
                raise BrokenCompressionError from None

    def drain(self) -> bytes:
        # The decoder buffers no output: each block is returned as soon as it is decoded.
        return b""

    @property
    def finished(self) -> bool:
        return self._decoder.eof

    @property
    def unused(self) -> bytes:
        return self._decoder.unused_data + self._rest
