"""Tests of `peaktrade_ops.telemetry.files.compression`."""

from __future__ import annotations

import functools
import lzma
import random
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peaktrade_ops.telemetry.files import compression
from peaktrade_ops.telemetry.files.compression import (
    MAGIC_BYTES,
    BrokenCompressionError,
    decompress,
    joined,
    opener_for,
)
from tests.support.compressing import COMPRESS, bzip2_bytes, gzip_bytes, xz_bytes, zstd_bytes
from tests.support.examples import examples
from tests.support.memory import traced_memory

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SKIPPABLE = b"\x5a\x2a\x4d\x18\x03\x00\x00\x00abc"


EACH = pytest.mark.parametrize("compress", COMPRESS, ids=["gzip", "zstd", "bzip2", "xz"])


def noise(size: int) -> bytes:
    """Return lines that compress badly, always the same."""
    letters = random.Random(20251220)  # noqa: S311 (no secret)
    return b"".join(b"%032x\n" % letters.getrandbits(128) for _ in range(size // 33 + 1))[:size]


def noise_for(compress: Callable[[bytes], bytes]) -> bytes:
    """Return lines of several blocks: bzip2 decodes blocks of 900 kB as a whole."""
    return noise(2_000_000 if compress is bzip2_bytes else 600_000)


def decoded(pieces: Iterable[bytes]) -> tuple[bytes, bool]:
    """Return the decoded bytes, and whether an error followed."""
    found = bytearray()
    try:
        for piece in decompress(iter(pieces)):
            found += piece
    except BrokenCompressionError:
        return bytes(found), True
    return bytes(found), False


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Cut bytes into pieces."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


@EACH
def test_compression_is_recognised_by_the_first_bytes(compress: Callable[[bytes], bytes]) -> None:
    """Compression is recognised by the content, not by the name."""
    assert opener_for(compress(b"x")[:MAGIC_BYTES]) is not None


@pytest.mark.parametrize("low", range(16))
def test_a_skippable_frame_can_be_the_first(low: int) -> None:
    """All sixteen magic numbers of skippable frames belong to Zstandard."""
    assert opener_for(bytes([0x50 + low]) + b"\x2a\x4d\x18") is not None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x1f",
        b"{}\n",
        b"\x28\xb5\x2f",
        b"\x60\x2a\x4d\x18",
        b"BZh",
        b"BZh0",
        b"BZhx",
        b"\xfd7zXZ",
    ],
)
def test_other_beginnings_are_not_compressed(head: bytes) -> None:
    """A file that is too short, or has other first bytes, is not decoded."""
    assert opener_for(head) is None


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(COMPRESS),
            st.one_of(st.binary(max_size=50), st.integers(0, 5000).map(noise)),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from((1, 2, 3, 7, 1000, 2**19)),
)
def test_members_and_frames_are_concatenated(
    parts: list[tuple[Callable[[bytes], bytes], bytes]], size: int
) -> None:
    """Several members or frames are one text, however the bytes are cut."""
    data = b"".join(compress(part) for compress, part in parts)

    assert decoded(in_pieces(data, size)) == (b"".join(part for _, part in parts), False)


@EACH
@pytest.mark.parametrize("size", [3, 1000, 2**19])
def test_the_beginning_of_a_truncated_file_is_decoded(
    compress: Callable[[bytes], bytes], size: int
) -> None:
    """Everything that can be decoded is yielded before the error."""
    text = noise_for(compress)
    data = compress(text)
    found, broken = decoded(in_pieces(data[: len(data) // 2], size))

    assert broken
    assert text.startswith(found)
    assert len(found) > len(text) // 4


@pytest.mark.parametrize(
    ("compress", "lost"),
    [*((gzip_bytes, lost) for lost in range(1, 9)), *((zstd_bytes, lost) for lost in range(1, 5))],
)
def test_a_missing_checksum_loses_no_text(compress: Callable[[bytes], bytes], lost: int) -> None:
    """A file that ends after the text and before its own end yields all text, then an error."""
    assert decoded([compress(b"line\n" * 50)[:-lost]]) == (b"line\n" * 50, True)


@EACH
@pytest.mark.parametrize("size", [7, 1000, 2**19])
def test_the_text_before_damage_is_decoded(compress: Callable[[bytes], bytes], size: int) -> None:
    """Damaged bytes end the text only where they are reached."""
    text = noise_for(compress)
    data = bytearray(compress(text))
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(byte ^ 0x55 for byte in data[middle : middle + 300])
    found, broken = decoded(in_pieces(bytes(data), size))

    assert broken
    assert found[: len(text) // 5] == text[: len(text) // 5]


def test_a_bad_checksum_of_a_gzip_member_is_an_error_after_the_text() -> None:
    """The checksum is checked, and all text is yielded before."""
    data = bytearray(gzip_bytes(b"line\n" * 1000))
    data[-8] ^= 1

    assert decoded([bytes(data)]) == (b"line\n" * 1000, True)


def test_a_bad_checksum_of_a_frame_is_an_error_after_all_but_the_last_block() -> None:
    """The checksum is checked; only the output of the call that fails is lost."""
    text = noise(600_000)
    data = bytearray(zstd_bytes(text))
    data[-1] ^= 1
    found, broken = decoded([bytes(data)])

    assert broken
    assert text.startswith(found)
    assert len(found) >= len(text) - 2**17


@pytest.mark.parametrize("size", [1000, 2**19])
def test_a_bad_checksum_of_an_xz_stream_is_an_error_after_nearly_all_text(size: int) -> None:
    """A bad checksum of an xz stream is an error after nearly all of the text."""
    text = noise(600_000)
    data = bytearray(xz_bytes(text))
    # The checksum of the block is followed by the index and the footer, 36 bytes.
    data[-40] ^= 1
    found, broken = decoded(in_pieces(bytes(data), size))

    assert broken
    assert text.startswith(found)
    assert len(found) >= len(text) - 2**10


def test_a_bad_checksum_of_a_bzip2_block_keeps_the_blocks_before() -> None:
    """A block is checked when its text is decoded."""
    text = noise(2_000_000)
    data = bytearray(bzip2_bytes(text))
    # The checksum of a block follows the six bytes of its mark, which only the first is sure to
    # have at a whole byte.
    data[10] ^= 1

    assert decoded([bytes(data)])[1]
    assert decoded([bzip2_bytes(text[:900_000]) + bytes(data)])[0][:900_000] == text[:900_000]


def test_an_xz_stream_that_needs_too_much_memory_is_an_error() -> None:
    """A dictionary of a gigabyte is refused, not allocated."""
    small = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**26}]

    assert decoded([lzma.compress(b"line\n", filters=small)]) == (b"line\n", False)
    huge = bytearray(lzma.compress(b"line\n", filters=small))
    # The size of the dictionary is one byte of the header, which ends with a checksum: 36 is 1 GiB.
    position = huge.index(bytes([0x21, 0x01])) + 2
    huge[position] = 36
    header = huge[12 : 12 + (huge[12] + 1) * 4]
    huge[12 + len(header) - 4 : 12 + len(header)] = zlib.crc32(header[:-4]).to_bytes(4, "little")

    assert decoded([bytes(huge)]) == (b"", True)


def test_a_bad_length_of_a_gzip_member_is_broken() -> None:
    """The length after the checksum is checked too."""
    data = bytearray(gzip_bytes(b"line\n"))
    data[-1] ^= 1

    assert decoded([bytes(data)]) == (b"line\n", True)


@pytest.mark.parametrize("compress", [gzip_bytes, zstd_bytes])
def test_what_many_small_members_hold_is_joined(compress: Callable[[bytes], bytes]) -> None:
    """Each block of lines takes as long as hundreds of lines."""
    members = [compress(b"%d\n" % k) for k in range(3000)]
    pieces = list(joined(decompress(iter([b"".join(members)]))))

    assert b"".join(pieces) == b"".join(b"%d\n" % k for k in range(3000))
    assert len(pieces) == 1
    assert list(map(len, joined(iter([bytes(2**19 - 1)] * 3 + [b"x"])))) == [2**19 - 1] * 3 + [1]
    assert list(map(len, joined(iter([b"x"] + [bytes(2**20)] * 2)))) == [1, 2**20, 2**20]
    assert list(joined(iter([b"", bytes(2**21), b""]))) == [bytes(2**21)]


def test_what_was_decoded_comes_before_an_error_of_the_pieces() -> None:
    """A file may become unreadable while it is decoded."""

    def pieces() -> Iterator[bytes]:
        yield gzip_bytes(b"a\n")
        raise OSError("gone")

    found = joined(decompress(pieces()))

    assert next(found) == b"a\n"
    with pytest.raises(OSError, match="gone"):
        next(found)


def test_the_bytes_behind_a_small_member_are_not_copied_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A decoder gets few bytes first, so that the time grows only with the number of members."""
    given: list[int] = []
    decode = compression._GzipMember.decode  # noqa: SLF001 (what a decoder gets shows only there)

    def counting(self: compression._GzipMember, piece: bytes) -> Iterator[bytes]:
        given.append(len(piece))
        return decode(self, piece)

    monkeypatch.setattr(compression._GzipMember, "decode", counting)  # noqa: SLF001 (the calls are counted)
    data = gzip_bytes(b"{}\n") * 2000

    assert decoded([data]) == (b"{}\n" * 2000, False)
    assert sum(given) < 2000 * 600


def test_damage_in_the_second_member_keeps_the_first() -> None:
    """Each member is decoded on its own."""
    second = gzip_bytes(b"second\n")

    assert decoded([gzip_bytes(b"first\n") + second[:2] + b"\xff" + second[3:]]) == (
        b"first\n",
        True,
    )


@EACH
@pytest.mark.parametrize("garbage", [b"x", b"xy", b"{}\n", b"garbage", b"\0x", b"\0\0\0\0\0x"])
@pytest.mark.parametrize("size", [1, 2**19])
def test_garbage_after_the_end_is_an_error(
    compress: Callable[[bytes], bytes], garbage: bytes, size: int
) -> None:
    """All text is yielded, but other data after it is an error."""
    assert decoded(in_pieces(compress(b"line\n") + garbage, size)) == (b"line\n", True)


@pytest.mark.parametrize(
    ("compress", "unit"),
    [(gzip_bytes, 1), (xz_bytes, 4), (zstd_bytes, None), (bzip2_bytes, None)],
    ids=["gzip", "xz", "zstd", "bzip2"],
)
@pytest.mark.parametrize("zeros", [1, 2, 3, 4, 6, 512, 600_000, 600_001])
@pytest.mark.parametrize("size", [3, 2**19])
def test_zero_bytes_after_the_end_are_padding_where_the_format_has_it(
    compress: Callable[[bytes], bytes], unit: int | None, zeros: int, size: int
) -> None:
    """Padding of gzip has any length, of xz a multiple of four; elsewhere it is a lost frame."""
    data = compress(b"first\n") + compress(b"line\n") + b"\0" * zeros
    broken = unit is None or zeros % unit > 0

    assert decoded(in_pieces(data, size)) == (b"first\nline\n", broken)


@pytest.mark.parametrize("last", COMPRESS, ids=["gzip", "zstd", "bzip2", "xz"])
@EACH
@pytest.mark.parametrize("zeros", [1, 4, 512])
@pytest.mark.parametrize("size", [1, 2**19])
def test_zero_bytes_between_members_are_a_lost_member(
    compress: Callable[[bytes], bytes], last: Callable[[bytes], bytes], zeros: int, size: int
) -> None:
    """What follows the hole is decoded all the same, and the file is broken."""
    data = compress(b"a\n") + b"\0" * zeros + last(b"b\n")

    assert decoded(in_pieces(data, size)) == (b"a\nb\n", True)
    assert decoded(in_pieces(data + last(b"c\n"), size)) == (b"a\nb\nc\n", True)
    if last is gzip_bytes:
        assert decoded(in_pieces(data + b"\0" * zeros, size)) == (b"a\nb\n", True)


def test_zero_bytes_behind_a_skippable_frame_are_no_padding() -> None:
    """Such frames belong to Zstandard, which knows no padding."""
    assert decoded([zstd_bytes(b"a\n") + SKIPPABLE + b"\0"]) == (b"a\n", True)


def test_what_was_decoded_behind_a_hole_comes_before_more_damage() -> None:
    """A hole changes nothing about other data that follows."""
    data = gzip_bytes(b"a\n") + b"\0" * 9 + gzip_bytes(b"b\n") + b"garbage" + gzip_bytes(b"c\n")

    assert decoded([data]) == (b"a\nb\n", True)


@pytest.mark.parametrize("size", [1, 5, 2**19])
def test_skippable_frames_are_skipped(size: int) -> None:
    """Frames for other programs have no text, wherever they are."""
    data = SKIPPABLE + zstd_bytes(b"a\n") + SKIPPABLE + SKIPPABLE + zstd_bytes(b"b\n") + SKIPPABLE

    assert decoded(in_pieces(data, size)) == (b"a\nb\n", False)
    for end in range(1, len(SKIPPABLE)):
        cut_off = zstd_bytes(b"a\n") + SKIPPABLE[:end]
        assert decoded(in_pieces(cut_off, size)) == (b"a\n", True)
    assert decoded(in_pieces(SKIPPABLE, size)) == (b"", False)
    assert decoded(in_pieces(data[:-1], size)) == (b"a\nb\n", True)


def test_frames_without_checksum_or_length_are_read() -> None:
    """Frames of a streaming writer have neither a length nor a checksum."""
    writer = zstd.ZstdCompressor()
    data = writer.compress(b"line\n") + writer.flush()

    assert decoded([data]) == (b"line\n", False)


def test_a_gzip_header_with_all_its_fields_is_read() -> None:
    """Name, comment, extra field and header checksum of a member are not text."""
    header = b"\x1f\x8b\x08\x1e\0\0\0\0\0\x03" + b"\x02\0ab" + b"name\0" + b"comment\0"
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little")
    body = gzip_bytes(b"line\n")[10:]

    assert decoded([header + body]) == (b"line\n", False)


@EACH
def test_a_frame_header_that_is_cut_off_is_broken(compress: Callable[[bytes], bytes]) -> None:
    """A file that has only the first bytes of an archive has no text."""
    assert decoded([compress(b"line\n")[:5]]) == (b"", True)


@functools.cache
def bomb_of(compress: Callable[[bytes], bytes]) -> bytes:
    """Return a small archive of 32 MiB."""
    return compress(bytes(32 * 2**20))


@EACH
@pytest.mark.parametrize("size", [1000, 2**19])
def test_a_bomb_is_decoded_in_bounded_memory(compress: Callable[[bytes], bytes], size: int) -> None:
    """A small file with a lot of text needs no more memory than any other."""
    bomb = bomb_of(compress)
    total = largest = 0
    with traced_memory() as peak:
        for piece in decompress(in_pieces(bomb, size)):
            total += len(piece)
            largest = max(largest, len(piece))

    assert total == 32 * 2**20
    assert largest <= 2**20
    assert peak.size < 8 * 2**20


def test_a_bomb_with_a_bad_end_is_decoded_in_bounded_memory() -> None:
    """Finding the end of the text of a damaged member needs no more memory either."""
    bomb = bytearray(gzip_bytes(bytes(32 * 2**20)))
    bomb[-8] ^= 1
    pieces = decompress(in_pieces(bytes(bomb), 2**19))
    total = 0
    broken = False
    with traced_memory() as peak:
        while not broken:
            try:
                total += len(next(pieces))
            except BrokenCompressionError:
                broken = True

    assert total == 32 * 2**20
    assert peak.size < 8 * 2**20


def test_a_frame_that_needs_too_much_memory_is_an_error() -> None:
    """A window over the default limit of decoders is refused, not allocated."""
    # Magic number, no length and no checksum, a window of 2 GiB, and a last block of five bytes.
    frame = b"\x28\xb5\x2f\xfd" + b"\x00" + b"\xa8" + b"\x29\x00\x00" + b"line\n"
    usual = frame.replace(b"\xa8", b"\x50")

    assert decoded([frame]) == (b"", True)
    assert decoded([usual]) == (b"line\n", False)
