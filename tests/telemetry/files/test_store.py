"""Tests of `peaktrade_ops.telemetry.files.store`: every store behaves like the file system."""

from __future__ import annotations

import contextlib
import pickle
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.telemetry.files.blocks import Block
from peaktrade_ops.telemetry.files.local import LOCAL, SharedStore
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.reader import ReadProblemError, is_compressed, read_range
from peaktrade_ops.telemetry.files.search import OwnFiles
from peaktrade_ops.telemetry.files.source import source_of
from peaktrade_ops.telemetry.files.store import Kind
from tests.support.compressing import COMPRESS, gzip_bytes
from tests.support.memory_store import MemoryStore
from tests.support.scanning import cut_at, search_for, write_files
from tests.support.searching import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from peaktrade_ops.telemetry.files.blocks import LongLine
    from peaktrade_ops.telemetry.files.search import Discovery
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Store

FILES = {
    "alerts.jsonl": b"one\ntwo\n",
    "obs/a.jsonl": b"three\n",
    "obs/deep/b.jsonl": b"",
}


def in_memory(root: Path, files: Mapping[str, bytes]) -> MemoryStore:
    """Return a store in memory with files at the locations that they have on disk."""
    return MemoryStore({f"{root}/{path}": content for path, content in files.items()})


@pytest.fixture(params=["local", "memory", "shared"])
def store(request: pytest.FixtureRequest, root: Path) -> Store:
    """Return a store with the files of these tests."""
    if request.param == "memory":
        return in_memory(root, FILES)
    write_files(root, FILES)
    return SharedStore() if request.param == "shared" else LOCAL


def source_in(store: Store, location: Path, path: str = "telemetry/a.jsonl") -> Source:
    """Return the source at a location of a store."""
    return source_of(path, str(location), store.identity(str(location)))


def test_a_copy_of_a_store_reads_the_same(store: Store, root: Path) -> None:
    """A store can be sent to another process."""
    source = source_in(store, root / "alerts.jsonl")
    copy: Store = pickle.loads(pickle.dumps(store))  # noqa: S301 (our own bytes)

    assert list(read_range(source, 0, source.size, 100, copy)) == [Block(b"one\ntwo\n")]


def entries(store: Store, location: str) -> list[tuple[str, str, Kind]]:
    """Return the entries of a folder by name, without data that only the local file system has."""
    return [(each.name, each.location, each.kind) for each in sorted(store.list_folder(location))]


def test_a_folder_has_entries(store: Store, root: Path) -> None:
    """Files and folders are listed with their locations."""
    assert entries(store, str(root)) == [
        ("alerts.jsonl", f"{root}/alerts.jsonl", Kind.FILE),
        ("obs", f"{root}/obs", Kind.FOLDER),
    ]
    assert entries(store, f"{root}/obs") == [
        ("a.jsonl", f"{root}/obs/a.jsonl", Kind.FILE),
        ("deep", f"{root}/obs/deep", Kind.FOLDER),
    ]


def test_a_root_is_a_folder(store: Store, root: Path) -> None:
    """The walk starts at a folder; a file is not a root."""
    assert store.resolve_folder(str(root)) == str(root.resolve())
    assert store.resolve_folder(f"{root}/alerts.jsonl") is None


def test_files_and_folders_have_an_identity(store: Store, root: Path) -> None:
    """The identity is stable, differs between files, and contains the size."""
    paths = ["alerts.jsonl", "obs", "obs/a.jsonl", "obs/deep/b.jsonl"]
    identities = [store.identity(f"{root}/{path}") for path in paths]

    assert [store.identity(f"{root}/{path}") for path in paths] == identities
    assert len({identity.file for identity in identities}) == 4
    assert [identities[0].size, identities[2].size, identities[3].size] == [8, 6, 0]


def test_an_open_file_is_read_at_any_position(store: Store, root: Path) -> None:
    """A read returns up to the requested bytes, fewer at the end, and none after it."""
    location = f"{root}/alerts.jsonl"
    with contextlib.closing(store.open_file(location)) as file:
        assert file.identity == store.identity(location)
        assert file.read_at(0, 3) == b"one"
        assert file.read_at(4, 100) == b"two\n"
        assert file.read_at(8, 1) == b""
        assert file.read_at(9, 1) == b""


def test_what_does_not_exist_is_not_found(store: Store, root: Path) -> None:
    """Every question about a missing file or folder has the same answer."""
    for ask in (store.resolve_folder, store.list_folder, store.identity, store.open_file):
        with pytest.raises(FileNotFoundError):
            ask(f"{root}/missing")


def test_a_folder_is_not_opened(store: Store, root: Path) -> None:
    """Only a regular file can be read."""
    with pytest.raises(FileNotFoundError):
        store.open_file(f"{root}/obs")


NAMES = st.sampled_from(("alerts", "x", "reports", ".git", "old", "obs"))
PATHS = st.builds(
    lambda folders, name: "/".join((*folders, name)),
    st.lists(NAMES, max_size=3),
    st.sampled_from(
        ("a.jsonl", "events.jsonl", "history.ndjson.gz", "readme.md", "a.log", "events.jsonl.old")
    ),
)


def outcome(found: Discovery) -> tuple[object, ...]:
    """Return the result of a search without the data that only the local file system has."""
    sources = [(source.path, source.location, source.size) for source in found.sources]
    left_out = [(entry.path, entry.reason) for entry in found.left_out]
    return sources, left_out, found.candidates


CONTENTS_TO_FIND = st.one_of(
    st.binary(max_size=5),
    st.sampled_from((b"{}\n{}\n", b'{"ts": 1766000000}\n', gzip_bytes(b'{"ts": 1766000000}\n'))),
)


@given(st.dictionaries(PATHS, CONTENTS_TO_FIND, min_size=1, max_size=12))
def test_the_walk_finds_the_same_in_every_store(files: dict[str, bytes]) -> None:
    """The store has no effect on what is found, left out and counted."""
    search = search_for(max_depth=3, ignore=Patterns(["old/**", "x/*.jsonl"]))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write_files(root, files)

        assert outcome(find(root, search, store=in_memory(root, files))) == outcome(
            find(root, search)
        )


def test_own_files_are_not_telemetry_in_any_store(store: Store, root: Path) -> None:
    """The folder that the program writes to is recognised by its identity."""
    own = OwnFiles(store.identity(f"{root}/obs").file, {"a.jsonl", "b.jsonl"}.__contains__)

    assert [source.path for source in find(root, search_for(own=(own,)), store=store).sources] == [
        "alerts.jsonl",
        "obs/deep/b.jsonl",
    ]


def read_parts(
    source: Source, borders: list[int], store: Store
) -> tuple[list[Block | LongLine], str]:
    """Read the parts of a file, up to the first problem."""
    pieces: list[Block | LongLine] = []
    try:
        parts = cut_at(source, [] if is_compressed(source, store) else borders)
        for part in parts:
            pieces += read_range(part.source, part.start, part.end, 20, store)
    except ReadProblemError as problem:
        return pieces, problem.reason
    return pieces, ""


CONTENTS = st.lists(
    st.sampled_from((b"\n", b"{}\n", b"\xef\xbb\xbf", b"x" * 30, b"\xff", b" \r\n"))
).map(b"".join)


@given(
    CONTENTS,
    st.sampled_from((bytes, *COMPRESS, lambda data: gzip_bytes(data)[:-3])),
    st.lists(st.integers(0, 60), max_size=3),
    st.sampled_from(("a.jsonl", "a.jsonl.gz")),
)
def test_the_reader_reads_the_same_from_every_store(
    content: bytes, compress: Callable[[bytes], bytes], borders: list[int], name: str
) -> None:
    """The store has no effect on the lines of a file, its ranges and its problems."""
    content = compress(content)
    with tempfile.TemporaryDirectory() as folder:
        location = Path(folder) / "a"
        location.write_bytes(content)
        memory = MemoryStore({str(location): content})
        local_source = source_in(LOCAL, location, name)
        memory_source = source_in(memory, location, name)

        assert read_parts(memory_source, borders, memory) == read_parts(
            local_source, borders, LOCAL
        )


@pytest.mark.parametrize(
    "change", [{"location": "/missing"}, {"device": -1}, {"inode": -1}, {"size": 9}]
)
def test_only_the_file_that_was_found_is_read(
    store: Store, root: Path, change: dict[str, str | int]
) -> None:
    """A file that is missing, replaced or shorter has changed, in every store."""
    source = replace(source_in(store, root / "alerts.jsonl"), **change)

    with pytest.raises(ReadProblemError, match="changed while it was read"):
        is_compressed(source, store)
    with pytest.raises(ReadProblemError, match="changed while it was read"):
        list(read_range(source, 0, 8, 100, store))
