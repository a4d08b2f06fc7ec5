"""Tests of `peaktrade_ops.telemetry.files.pin`."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.telemetry.files.local import LocalFile, LocalStore
from peaktrade_ops.telemetry.files.pin import judged_again, pin_sources, pinned
from peaktrade_ops.telemetry.files.search import Discovery
from tests.support.memory_store import MemoryStore
from tests.support.searching import reasons_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peaktrade_ops.telemetry.files.store import Identity

CONTENT = b'{"ts": "2025-12-15T12:00:00Z"}\n' * 300
CHANGED = "changed while it was read"


@pytest.fixture
def file(root: Path) -> Path:
    """Write a file of some events."""
    location = root / "alerts.jsonl"
    location.write_bytes(CONTENT)
    os.utime(location, ns=(0, 10**18))
    return location


def found_at(file: Path) -> Discovery:
    """Return a search that found a file."""
    return Discovery([pinned("alerts.jsonl", str(file))], [], 1)


def replace_file(file: Path) -> None:
    """Put another file of the same bytes in the place of a file."""
    other = file.with_name("other")
    other.write_bytes(file.read_bytes())
    other.replace(file)


def rewrite(file: Path, content: bytes) -> None:
    """Write other bytes into the same file, as a program that truncates it first."""
    file.write_bytes(content)


def replace_by_folder(file: Path) -> None:
    """Put a folder in the place of a file."""
    file.unlink()
    file.mkdir()


def replace_by_link(file: Path) -> None:
    """Put a link to a file in its place."""
    file.rename(f"{file}.1")
    file.symlink_to(f"{file}.1")


CHANGES: dict[str, Callable[[Path], object]] = {
    "gone": lambda file: file.unlink(),
    "moved": lambda file: file.rename(file.with_name("alerts.jsonl.1")),
    "shorter": lambda file: os.truncate(file, len(CONTENT) - 1),
    "empty": lambda file: os.truncate(file, 0),
    "another file": replace_file,
    "another beginning": lambda file: rewrite(file, b"x" + CONTENT[1:]),
    "another beginning and longer": lambda file: rewrite(file, b"x" + CONTENT),
    "regrown": lambda file: rewrite(file, CONTENT[:20] + b"9" + CONTENT[21:] * 2),
    "a folder": replace_by_folder,
    "a link": replace_by_link,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_is_another_one_after_the_scan_has_changed(
    file: Path, change: Callable[[Path], object]
) -> None:
    """A file that is missing, shorter, replaced or has another beginning has changed."""
    found = found_at(file)
    change(file)
    again = judged_again(found)

    assert reasons_of(again) == {"alerts.jsonl": CHANGED}
    assert again.sources == found.sources
    assert again.candidates == 1


@pytest.mark.parametrize("added", [b"", b"more\n", CONTENT])
def test_a_file_that_only_grew_has_not_changed(file: Path, added: bytes) -> None:
    """A writer may append to a file, or touch it, at any time."""
    found = found_at(file)
    with file.open("ab") as end:
        end.write(added)
    os.utime(file)

    assert judged_again(found) == found


@pytest.mark.parametrize("before", [b"", b"x", b"xy"])
def test_a_small_file_may_grow_over_its_beginning(file: Path, before: bytes) -> None:
    """Only the bytes that were there are compared."""
    file.write_bytes(before)
    found = found_at(file)
    file.write_bytes(before + CONTENT)

    assert judged_again(found) == found


def test_a_file_that_was_not_written_to_is_not_read_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was not written to is not read again."""
    found = found_at(file)
    monkeypatch.delattr(os, "pread")

    assert judged_again(found) == found


def test_what_was_left_out_stays_left_out(file: Path) -> None:
    """The changes are added to the result of the search, which is not touched."""
    found = found_at(file)
    found.leave_out("x", "archive")
    file.unlink()

    assert reasons_of(judged_again(found)) == {"x": "archive", "alerts.jsonl": CHANGED}
    assert reasons_of(found) == {"x": "archive"}


class FailingStore(LocalStore, frozen=True):
    """The local file system, in which one call fails."""

    call: str
    error: OSError

    def identity(self, location: str) -> Identity:
        """Return the identity of a file."""
        if self.call == "identity":
            raise self.error
        return LocalStore.identity(self, location)

    def open_file(self, location: str) -> LocalFile:
        """Open a file."""
        if self.call == "open":
            raise self.error
        file = LocalStore.open_file(self, location)
        return FailingFile(file.identity, file.descriptor, self.call, self.error)


class FailingFile(LocalFile, frozen=True):
    """A file of which one call fails."""

    call: str
    error: OSError

    def read_at(self, position: int, size: int) -> bytes:
        """Read."""
        if self.call == "read":
            raise self.error
        return LocalFile.read_at(self, position, size)

    def close(self) -> None:
        """Close."""
        LocalFile.close(self)
        if self.call == "close":
            raise self.error


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.EACCES])
@pytest.mark.parametrize("call", ["identity", "open", "read", "close"])
def test_a_failure_is_not_absence(file: Path, call: str, code: int) -> None:
    """Any error except a missing file makes the file not readable, before and after the scan."""
    found = found_at(file)
    os.utime(file)
    store = FailingStore(call, OSError(code, os.strerror(code)))

    assert reasons_of(judged_again(found, store)) == {"alerts.jsonl": "not readable"}
    if call != "identity":
        pin_sources(found, store)
        assert found.sources == []
        assert reasons_of(found) == {"alerts.jsonl": "not readable"}


@pytest.mark.parametrize("call", ["identity", "open"])
def test_a_missing_file_has_changed(file: Path, call: str) -> None:
    """Only a file that is not there is absent."""
    found = found_at(file)
    os.utime(file)

    assert reasons_of(judged_again(found, FailingStore(call, FileNotFoundError()))) == {
        "alerts.jsonl": CHANGED
    }


def test_sources_are_pinned_as_they_are_now(file: Path) -> None:
    """The size is that of the moment at which the beginning is read; the path stays."""
    found = found_at(file)
    with file.open("ab") as end:
        end.write(b"more\n")
    pin_sources(found, LocalStore())

    assert [(source.path, source.size) for source in found.sources] == [
        ("alerts.jsonl", len(CONTENT) + 5)
    ]


def test_a_file_that_is_shorter_is_pinned_and_has_changed(file: Path) -> None:
    """What is left of it is read."""
    found = found_at(file)
    os.truncate(file, 3)
    pin_sources(found, LocalStore())

    assert [source.size for source in found.sources] == [3]
    assert reasons_of(found) == {"alerts.jsonl": CHANGED}


def test_another_file_is_not_pinned(file: Path) -> None:
    """A file that was replaced after the search is not pinned."""
    found = found_at(file)
    replace_file(file)
    pin_sources(found, LocalStore())

    assert found.sources == []
    assert reasons_of(found) == {"alerts.jsonl": CHANGED}


def test_files_of_any_store_are_pinned() -> None:
    """The beginning is read through the store."""
    files = {"/store/a": CONTENT, "/store/b": b""}
    store = MemoryStore(files)
    found = Discovery([pinned(path, f"/store/{path}", store) for path in ("a", "b")], [], 2)
    assert judged_again(found, store) == found
    files["/store/a"] = b"x" + CONTENT

    assert reasons_of(judged_again(found, store)) == {"a": CHANGED}
