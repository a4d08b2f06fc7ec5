"""Recognise compressed data by its first bytes, and decode it with its checksums.

Everything that can be decoded is yielded before the error about the rest is raised, so that the
critical events of a truncated archive are still counted. Each decoder imports its library, because
most telemetry is not compressed.
"""

from __future__ import annotations

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
_ZSTD_SKIPPABLE_MASK: Final = (0xFFFFFFF0, 0x184D2A50)
_ZSTD_BYTES: Final = 4
_BZIP2: Final = tuple(b"BZh%d" % size for size in range(1, 10))
_XZ: Final = b"\xfd7zXZ\0"
_GZIP_WINDOW_BITS: Final = 31
_OUT_BYTES: Final = 2**20
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
    mask, value = _ZSTD_SKIPPABLE_MASK
    number = int.from_bytes(head[:_ZSTD_BYTES], "little")
    if head.startswith(_ZSTD) or (len(head) >= _ZSTD_BYTES and number & mask == value):
        return _ZstdFrame
    return None


def decompress(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decode all members or frames of a compressed file.

    Args:
        pieces: The compressed bytes, cut anywhere.

    Yields:
        Decoded bytes, at most about 1 MiB at a time.

    Raises:
        BrokenCompressionError: The file is truncated or damaged, or other data follows its end.
            Everything that can be decoded is yielded first.
    """
    stream: _Stream | None = None
    held = b""
    for new in pieces:
        piece = held + new
        held = b""
        while piece:
            if stream is None:
                # gzip files may be padded with zero bytes, and another member may follow them.
                piece = piece.lstrip(b"\0")
                if len(piece) < MAGIC_BYTES:
                    held = piece
                    break
                opener = opener_for(piece[:MAGIC_BYTES])
                if opener is None:
                    raise BrokenCompressionError
                stream = opener()
            yield from stream.decode(piece)
            piece = b""
            if stream.finished:
                piece, stream = stream.unused, None
    if stream is not None:
        yield stream.drain()
    if stream is not None or held:
        raise BrokenCompressionError


class _GzipMember:
    def __init__(self) -> None:
        import zlib  # noqa: PLC0415 (see the top)

        self._error = zlib.error
        self._inflate = zlib.decompressobj(_GZIP_WINDOW_BITS)

    def decode(self, piece: bytes) -> Iterator[bytes]:
        while piece and not self._inflate.eof:
            before = self._inflate.copy()
            try:
                yield self._inflate.decompress(piece, _OUT_BYTES)
            except self._error:
                yield from self._up_to_error(before, piece)
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
    def __init__(self) -> None:
        import lzma  # noqa: PLC0415 (see the top)

        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        super().__init__(decoder, lzma.LZMAError)


class _ZstdFrame:
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
