"""Tests of `peaktrade_ops.telemetry.files.sniff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.config import Config
from peaktrade_ops.telemetry.files.sniff import SNIFFED_BYTES, Sniffed, Sniffer
from tests.support.compressing import COMPRESS, gzip_bytes
from tests.support.memory_store import MemoryFile, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

TIMED = b'{"ts": "2025-12-15T12:00:00Z"}\n'
NEITHER = Sniffed(has_lines=False, has_time=False)
BOTH = Sniffed(has_lines=True, has_time=True)


def sniffed(content: bytes, *time_keys: str) -> Sniffed:
    """Return the result of sniffing a file with this content."""
    store = MemoryStore({"/a": content})
    return Sniffer(time_keys or Config().fields.time, store).look("/a", store.identity("/a"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", NEITHER),
        (b"plain text\nof two lines\n", NEITHER),
        (b'{\n  "a": 1\n}\n', NEITHER),
        (b'[{"ts": "2025-12-15T12:00:00Z"}]\n', NEITHER),
        (b"{}\n", NEITHER),
        (b"{}\n{}\n", Sniffed(has_lines=True, has_time=False)),
        (b"text\n{}\n\nmore\n{}", Sniffed(has_lines=True, has_time=False)),
        (TIMED, Sniffed(has_lines=False, has_time=True)),
        (TIMED[:-1], Sniffed(has_lines=False, has_time=True)),
        (b"\xef\xbb\xbf" + TIMED, Sniffed(has_lines=False, has_time=True)),
        (b'{"ts": "soon"}\n{"t": 1766000000}\n', Sniffed(has_lines=True, has_time=False)),
        (b"{}\n" + TIMED, BOTH),
        (b" \t{} \r\n\t" + TIMED, BOTH),
        (b"{}x\nx{}\n{}}\n{{}\n", NEITHER),
        (b"\xff\xfe\n" + TIMED * 2, BOTH),
    ],
)
def test_lines_that_are_objects_and_their_times_are_found(
    content: bytes, expected: Sniffed
) -> None:
    """Objects and times are recognised as in a scan."""
    assert sniffed(content) == expected


def test_the_keys_of_the_time_are_those_of_the_configuration() -> None:
    """A key that the configuration names is a time, another one is not."""
    assert sniffed(TIMED, "when") == NEITHER
    assert sniffed(b'{"when": 1766000000}\n', "when").has_time


@pytest.mark.parametrize("compress", [bytes, *COMPRESS])
def test_only_the_beginning_of_the_text_is_looked_at(compress: Callable[[bytes], bytes]) -> None:
    """Only lines that begin in the first 64 KiB of the decompressed text count."""
    filler = b"x" * 63 + b"\n"
    room = SNIFFED_BYTES // len(filler) - 1

    assert sniffed(compress(filler * room + TIMED * 2)) == BOTH
    assert sniffed(compress(filler * (room + 1) + TIMED * 2)) == NEITHER


@pytest.mark.parametrize("compress", COMPRESS)
def test_the_text_before_damage_is_looked_at(compress: Callable[[bytes], bytes]) -> None:
    """The text before the damage in an archive is examined."""
    assert sniffed(compress(TIMED * 2)[:-4]) == BOTH


def test_only_so_much_of_a_large_file_is_read() -> None:
    """Only a limited part of a large file is read."""
    read: list[int] = []

    class CountedFile(MemoryFile):
        def read_at(self, position: int, size: int) -> bytes:
            read.append(size)
            return MemoryFile.read_at(self, position, size)

    class CountedStore(MemoryStore):
        def open_file(self, location: str) -> MemoryFile:
            return CountedFile(self.identity(location), self.files[location])

    store = CountedStore({"/a": TIMED * 100_000})
    sniffer = Sniffer(Config().fields.time, store)

    assert sniffer.look("/a", store.identity("/a")) == BOTH
    assert sum(read) < 2 * SNIFFED_BYTES


def test_a_file_is_looked_into_once_as_long_as_it_does_not_change() -> None:
    """The same file has the same answer; another one is looked into again."""
    files = {"/a": TIMED * 2}
    store = MemoryStore(files)
    sniffer = Sniffer(Config().fields.time, store)
    before = store.identity("/a")
    assert sniffer.look("/a", before) == BOTH
    files["/a"] = b"another text that is longer than the two lines of the telemetry before it\n"

    assert sniffer.look("/a", before) == BOTH
    assert sniffer.look("/a", store.identity("/a")) == NEITHER


def test_a_file_that_is_gone_is_an_error() -> None:
    """A missing file is an error."""
    store = MemoryStore({"/a": gzip_bytes(b"")})

    with pytest.raises(FileNotFoundError):
        Sniffer(Config().fields.time, store).look("/b", store.identity("/a"))
