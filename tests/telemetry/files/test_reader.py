"""Tests of `peaktrade_ops.telemetry.files.reader`."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.telemetry.files import reader
from peaktrade_ops.telemetry.files.blocks import Block, LongLine
from peaktrade_ops.telemetry.files.reader import ReadProblemError, is_compressed, read_range
from tests.support.compressing import COMPRESS, gzip_bytes, zstd_bytes
from tests.support.examples import examples
from tests.support.memory import traced_memory
from tests.support.reading import BYTE_ORDER_MARK, Line, lines_of_block, long_line
from tests.support.scanning import cut_at, source_of, written_source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peaktrade_ops.telemetry.files.source import Source


def read_lines(parts: Iterable[tuple[Source, int, int]], limit: int = 2**20) -> list[Line]:
    """Read parts of a file one after the other."""
    lines: list[Line] = []
    for source, start, end in parts:
        for piece in read_range(source, start, end, limit):
            if isinstance(piece, Block):
                lines += lines_of_block(piece, limit)
            else:
                lines.append(Line(piece.head, is_longer=True, terminated=piece.terminated))
    return lines


def expected_lines(content: bytes, limit: int = 2**20) -> list[Line]:
    """Return the expected lines of a complete file."""
    return lines_of_block(Block(content.removeprefix(BYTE_ORDER_MARK)), limit)


def read_whole(source: Source) -> list[bytes]:
    """Read a whole file, without its line ends."""
    return [line.head for line in read_lines([(source, 0, source.size)])]


def begin_and_leave(source: Source) -> None:
    """Read the first lines of a file and leave the rest."""
    unfinished = read_range(source, 0, source.size, 1000)
    assert isinstance(unfinished, Generator)
    next(unfinished)
    unfinished.close()


def problem_of(source: Source) -> str:
    """Return why a file cannot be read."""
    with pytest.raises(ReadProblemError) as problem:
        list(read_range(source, 0, source.size, 1000))
    return problem.value.reason


def read_to_the_problem(pieces: Iterable[Block | LongLine]) -> tuple[list[bytes], str]:
    """Return the lines before the problem, and the reason; an empty reason if there is none."""
    heads: list[bytes] = []
    try:
        for piece in pieces:
            assert isinstance(piece, Block)
            heads += (line.head for line in lines_of_block(piece, 1000))
    except ReadProblemError as problem:
        return heads, problem.reason
    return heads, ""


CONTENTS = st.lists(
    st.sampled_from(
        (
            b"\n",
            b"\n",
            b"a",
            b"bcd",
            b"\r\n",
            b" ",
            b"\xc3\xa9",
            b"\xff",
            BYTE_ORDER_MARK,
            b"x" * 20,
        )
    )
).map(b"".join)


@settings(max_examples=examples(200), deadline=None)
@given(
    CONTENTS,
    st.lists(st.integers(0, 60), max_size=5),
    st.sampled_from((1, 2, 5, 16, 1000)),
    st.sampled_from((1, 2, 3, 7, 19, 2**19)),
)
@example(BYTE_ORDER_MARK + b"\n", [1, 2, 3], 1000, 1)
@example(BYTE_ORDER_MARK, [0, 3], 1000, 2)
@example(b"a\nb", [1, 2, 2], 1000, 2)
@example(b"a" * 50, [1, 20], 5, 3)
def test_adjacent_ranges_yield_each_line_once(
    content: bytes, borders: list[int], limit: int, chunk: int
) -> None:
    """A line belongs to the range in which it starts."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_CHUNK_BYTES", chunk)
        source = written_source(Path(folder), content)

        assert read_lines(cut_at(source, borders), limit) == expected_lines(content, limit)


@settings(max_examples=examples(100), deadline=None)
@given(CONTENTS, st.sampled_from((1, 3, 10)), st.sampled_from((1, 2, 7)))
def test_a_long_line_is_described_without_being_kept(
    content: bytes, limit: int, chunk: int
) -> None:
    """A line over the limit is reduced to its beginning and the properties of the whole line."""
    lines = content.removeprefix(BYTE_ORDER_MARK).split(b"\n")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_CHUNK_BYTES", chunk)
        source = written_source(Path(folder), content)
        pieces = list(read_range(source, 0, source.size, limit))

    position = 0
    for piece in pieces:
        if isinstance(piece, Block):
            position += len(lines_of_block(piece, limit))
            continue
        is_last = position == len(lines) - 1
        assert piece == long_line(lines[position], limit, terminated=not is_last)
        position += 1
    assert all(len(p.data) <= limit + 1 + chunk for p in pieces if isinstance(p, Block))


def test_a_very_long_line_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """A file that is one line needs little more memory than the limit."""
    location = tmp_path / "a.jsonl"
    with location.open("wb") as file:
        file.truncate(64 * 2**20)
    source = source_of(location)
    with traced_memory() as peak:
        (line,) = read_range(source, 0, source.size, 2**20)

    assert isinstance(line, LongLine)
    assert line.head == bytes(2**20)
    assert peak.size < 8 * 2**20


@pytest.mark.parametrize("compress", COMPRESS)
def test_a_bomb_of_one_line_is_read_in_bounded_memory(tmp_path: Path, compress: object) -> None:
    """A small archive of one very long line needs little more memory either."""
    assert callable(compress)
    source = written_source(tmp_path, compress(bytes(32 * 2**20)))
    with traced_memory() as peak:
        (line,) = read_range(source, 0, source.size, 2**20)

    assert isinstance(line, LongLine)
    assert not line.blank
    assert peak.size < 10 * 2**20


def test_a_long_blank_line_is_known_as_blank(tmp_path: Path) -> None:
    """A blank line over the limit is recognised as blank."""
    source = written_source(tmp_path, b" \t\r" * 300_000)
    (line,) = read_range(source, 0, source.size, 1000)

    assert isinstance(line, LongLine)
    assert line.blank


def test_a_byte_order_mark_is_not_part_of_the_first_line(tmp_path: Path) -> None:
    """Exactly one mark is removed, and only at the beginning of the file."""
    mark = BYTE_ORDER_MARK
    source = written_source(tmp_path, mark + mark + b"a\n" + mark + b"b\n")

    assert read_whole(source) == [mark + b"a", mark + b"b"]


@pytest.mark.parametrize("content", [b"", BYTE_ORDER_MARK])
def test_an_empty_file_has_no_lines(tmp_path: Path, content: bytes) -> None:
    """A file that is empty, or only a mark, has no line."""
    assert read_whole(written_source(tmp_path, content)) == []


@pytest.mark.parametrize("compress", COMPRESS)
def test_compression_is_recognised_by_content_and_not_by_name(
    tmp_path: Path, compress: object
) -> None:
    """An archive without a suffix is decoded, and a text with one is read as it is."""
    assert callable(compress)
    archive = written_source(tmp_path, compress(BYTE_ORDER_MARK + b"a\nb"))
    text_path = tmp_path / "b.jsonl.gz"
    text_path.write_bytes(b"a\nb")
    text = source_of(text_path)

    assert is_compressed(archive)
    assert read_whole(archive) == [b"a", b"b"]
    assert not is_compressed(text)
    assert read_whole(text) == [b"a", b"b"]


@pytest.mark.parametrize("content", [b"\n", b'{"a":1}\n', b" \r\n{", b"\xef\xbb\xbf{}\n"])
def test_json_lines_with_the_name_of_an_archive_are_read(tmp_path: Path, content: bytes) -> None:
    """The name of a compressed file does not hide plain lines."""
    location = tmp_path / "a"
    location.write_bytes(content)
    source = source_of(location, "alerts.jsonl.gz")

    assert read_lines([(source, 0, source.size)]) == expected_lines(content)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.1.GZ", "a.ndjson.zst-20251220"])
def test_an_archive_of_another_kind_is_broken(tmp_path: Path, name: str) -> None:
    """A file with the name of an archive must be compressed or JSON lines."""
    location = tmp_path / "a"
    location.write_bytes(b"LZIP\nx\n")
    source = source_of(location, name)

    assert read_to_the_problem(read_range(source, 0, source.size, 1000)) == (
        [b"LZIP", b"x"],
        "broken compression",
    )


def test_lines_continue_across_members(tmp_path: Path) -> None:
    """All members of an archive are one text."""
    source = written_source(tmp_path, gzip_bytes(b"a\nb") + zstd_bytes(b"c\nd"))

    assert read_whole(source) == [b"a", b"bc", b"d"]


@pytest.mark.parametrize("chunk", [5, 2**19])
def test_lines_before_broken_compression_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """The lines before the damage are read first, also the incomplete one, then it is raised."""
    monkeypatch.setattr(reader, "_CHUNK_BYTES", chunk)
    source = written_source(tmp_path, gzip.compress(b"one\ntwo\nthr")[:-8])
    pieces = read_range(source, 0, source.size, 1000)

    assert read_to_the_problem(pieces) == ([b"one", b"two", b"thr"], "broken compression")


def test_a_file_is_read_only_up_to_its_size_when_it_was_found(tmp_path: Path) -> None:
    """Bytes that a writer appends later belong to the next report."""
    source = written_source(tmp_path, b"a\nb")
    with Path(source.location).open("ab") as file:
        file.write(b"c\nd\n")

    assert read_lines([(source, 0, source.size)]) == expected_lines(b"a\nb")
    assert read_lines(cut_at(source, [1, 2])) == expected_lines(b"a\nb")


def test_a_file_that_is_removed_has_changed(tmp_path: Path) -> None:
    """A file may be rotated between the search and the scan."""
    source = written_source(tmp_path, b"a\n")
    Path(source.location).unlink()

    assert problem_of(source) == "changed while it was read"


def test_a_file_that_became_shorter_has_changed(tmp_path: Path) -> None:
    """A shorter file is not the file that was found."""
    source = written_source(tmp_path, b"a\nb\n")
    os.truncate(source.location, 2)

    assert problem_of(source) == "changed while it was read"


def test_another_file_under_the_same_name_is_not_read(tmp_path: Path) -> None:
    """A file that replaced the found one is not read, even if it is longer."""
    source = written_source(tmp_path, b"a\n")
    other = tmp_path / "other"
    other.write_bytes(b"longer\n")
    other.replace(source.location)

    assert problem_of(source) == "changed while it was read"
    with pytest.raises(ReadProblemError, match="changed while it was read"):
        is_compressed(source)


def test_a_link_that_replaces_a_file_is_not_followed(tmp_path: Path) -> None:
    """A link cannot make the program read another file."""
    source = written_source(tmp_path, b"a\n")
    moved = tmp_path / "moved"
    Path(source.location).rename(moved)
    Path(source.location).symlink_to(moved)

    assert problem_of(source) == "not readable"


@pytest.mark.usefixtures("time_limit")
def test_a_pipe_that_replaces_a_file_does_not_block(tmp_path: Path) -> None:
    """Opening the pipe does not wait for a writer."""
    source = written_source(tmp_path, b"a\n")
    Path(source.location).unlink()
    os.mkfifo(source.location)

    assert problem_of(source) == "changed while it was read"
    pipe = replace(source, inode=Path(source.location).stat().st_ino, size=0)
    assert problem_of(pipe) == "changed while it was read"


def test_a_folder_that_replaces_a_file_is_not_read(tmp_path: Path) -> None:
    """A folder that replaces a file is not read."""
    source = written_source(tmp_path, b"a\n")
    Path(source.location).unlink()
    Path(source.location).mkdir()
    folder = replace(source, inode=Path(source.location).stat().st_ino, size=0)

    assert problem_of(folder) == "changed while it was read"


@pytest.mark.usefixtures("unprivileged")
def test_a_file_without_permission_is_not_readable(tmp_path: Path) -> None:
    """A missing permission is a reason to leave the file out, not an error of the program."""
    source = written_source(tmp_path, b"a\n")
    Path(source.location).chmod(0)

    assert problem_of(source) == "not readable"
    with pytest.raises(ReadProblemError, match="not readable"):
        is_compressed(source)


@pytest.mark.parametrize(
    ("start", "end", "reads", "before"),
    [
        (0, 19, 2, [b"one"]),
        (0, 5, 3, [b"one", b"t"]),
        (4, 19, 2, [b"two"]),
        (9, 19, 1, []),
    ],
    ids=["between chunks", "in the last line", "after a line end", "in a line of another range"],
)
def test_a_file_that_shrinks_while_it_is_read_has_changed(  # noqa: PLR0913 (a table and fixtures)
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    start: int,
    end: int,
    reads: int,
    before: list[bytes],
) -> None:
    """The lines before the missing part of a shrinking file are read first."""
    source = written_source(tmp_path, b"one\ntwo\nthree\nfour\n")
    pread = os.pread
    done: list[int] = []

    def shrink(descriptor: int, size: int, position: int) -> bytes:
        if len(done) == reads:
            os.truncate(source.location, 0)
        done.append(position)
        return pread(descriptor, size, position)

    monkeypatch.setattr(reader, "_CHUNK_BYTES", 4)
    monkeypatch.setattr(os, "pread", shrink)
    pieces = read_range(source, start, end, 1000)

    assert read_to_the_problem(pieces) == (before, "changed while it was read")


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_a_file_on_a_failing_disk_is_not_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """An error of the device is a reason like a missing permission, also at the first byte."""
    monkeypatch.setattr(reader, "_CHUNK_BYTES", 4)
    source = written_source(tmp_path, b"one\ntwo\nthree\n")
    pread = os.pread
    done: list[int] = []

    def fail(descriptor: int, size: int, position: int) -> bytes:
        if len(done) == calls:
            raise OSError(5, "Input/output error")
        done.append(position)
        return pread(descriptor, size, position)

    monkeypatch.setattr(os, "pread", fail)

    assert problem_of(source) == "not readable"


@pytest.mark.parametrize("call", ["fstat", "close"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE])
def test_a_file_that_cannot_be_opened_or_closed_properly_is_not_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    """A file that fails to open or close is not readable, and the lines read before count."""
    source = written_source(tmp_path, b"one\ntwo\n")
    real = getattr(os, call)

    def fail(descriptor: int) -> NoReturn:
        real(descriptor)
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        found = read_to_the_problem(read_range(source, 0, source.size, 1000))
        with contextlib.suppress(ReadProblemError):
            pytest.fail(f"compressed: {is_compressed(source)}")

    assert found == ([b"one", b"two"] if call == "close" else [], "not readable")


def test_how_a_broken_file_is_closed_does_not_hide_that_it_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first problem of a file is the reason, and an error in closing it is not."""
    source = written_source(tmp_path, gzip_bytes(b"one\n")[:-4])
    close = os.close

    def fail(descriptor: int) -> NoReturn:
        close(descriptor)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "close", fail)
    begin_and_leave(source)

    assert problem_of(source) == "broken compression"


def test_reading_leaves_no_file_open(tmp_path: Path) -> None:
    """A file is closed, whether it was read to its end or not."""
    source = written_source(tmp_path, b"a\n" * 10)
    before = set(Path("/dev/fd").iterdir())
    list(read_range(source, 0, source.size, 1000))
    begin_and_leave(source)

    assert set(Path("/dev/fd").iterdir()) == before


@pytest.mark.parametrize("ending", ["gz", "zst", "zstd", "bz2", "xz"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(5000),
        b"\x1f",
        b"\x28\xb5\x2f",
        b"BZ",
        b"\xfd7zX",
        b"\xfd7zXZ\0",
        b"abc",
        b"not an archive\n{}\n",
    ],
)
def test_a_file_that_is_not_the_archive_of_its_name_is_broken(
    tmp_path: Path, content: bytes, ending: str
) -> None:
    """An archive that is empty, has only the beginning of its mark or none, has lost its events."""
    (tmp_path / "a").write_bytes(content)
    source = source_of(tmp_path / "a", f"alerts.jsonl.{ending}")

    with pytest.raises(ReadProblemError, match="broken compression"):
        list(read_range(source, 0, source.size, 2**20))


def test_a_number_behind_a_path_does_not_hide_its_ending(tmp_path: Path) -> None:
    """An archive that has lost its mark is broken, whatever other file is shown alike."""
    (tmp_path / "a").write_bytes(bytes(5000))
    source = source_of(tmp_path / "a", "alerts.jsonl.gz (2)")
    source = msgspec.structs.replace(source, unnumbered="alerts.jsonl.gz")

    with pytest.raises(ReadProblemError, match="broken compression"):
        list(read_range(source, 0, source.size, 2**20))
