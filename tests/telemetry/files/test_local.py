"""Tests of `peaktrade_ops.telemetry.files.local`."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from peaktrade_ops.telemetry.files.local import LOCAL, SharedStore, leads_to_folder
from peaktrade_ops.telemetry.files.store import Entry, Identity, Kind
from tests.support.searching import write


def test_entries_are_listed_with_their_kinds(root: Path) -> None:
    """A link is not followed; a pipe is neither a file nor a folder."""
    write(root, "file", "folder/x")
    (root / "link").symlink_to("folder")
    os.mkfifo(root / "pipe")

    inodes = {name: (root / name).lstat().st_ino for name in ("file", "folder", "link", "pipe")}
    assert sorted(LOCAL.list_folder(str(root))) == [
        Entry("file", f"{root}/file", Kind.FILE, inodes["file"]),
        Entry("folder", f"{root}/folder", Kind.FOLDER, inodes["folder"]),
        Entry("link", f"{root}/link", Kind.LINK, inodes["link"]),
        Entry("pipe", f"{root}/pipe", Kind.OTHER, inodes["pipe"]),
    ]


def test_an_entry_that_cannot_be_examined_is_of_an_unknown_kind(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that cannot be examined has an unknown kind."""

    class UnknownEntry:
        name = path = "alerts.jsonl"

        def is_symlink(self) -> NoReturn:
            raise OSError(errno.EIO, "Input/output error")

        def inode(self) -> int:
            return 7

    entries = contextlib.nullcontext(iter([UnknownEntry()]))
    monkeypatch.setattr(os, "scandir", lambda _: entries)

    assert LOCAL.list_folder(str(root)) == [Entry("alerts.jsonl", "alerts.jsonl", Kind.UNKNOWN, 7)]


def test_an_identity_is_that_of_the_link_itself(root: Path) -> None:
    """A link is examined, not followed."""
    write(root, "file")
    (root / "link").symlink_to("file")
    status = (root / "link").lstat()

    assert LOCAL.identity(str(root / "link")) == Identity(
        status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, 1, status.st_ctime_ns
    )
    assert LOCAL.identity(str(root / "link")) != LOCAL.identity(str(root / "file"))


def test_a_folder_is_resolved_to_where_it_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links and relative paths lead to the same location."""
    (root.parent / "link").symlink_to(root)
    monkeypatch.chdir(root)
    location = str(root.resolve())

    assert LOCAL.resolve_folder(str(root.parent / "link")) == location
    assert LOCAL.resolve_folder(".") == location


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_cannot_be_listed_is_not_resolved(root: Path) -> None:
    """The permission is tested at once."""
    root.chmod(0o100)

    with pytest.raises(PermissionError):
        LOCAL.resolve_folder(str(root))

    root.chmod(0o755)


@pytest.mark.usefixtures("time_limit")
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_only_a_regular_file_is_opened(root: Path, kind: str) -> None:
    """Opening a pipe does not wait for a writer, and leaves no descriptor open."""
    if kind == "pipe":
        os.mkfifo(root / "a")
    else:
        (root / "a").mkdir()
    before = set(Path("/dev/fd").iterdir())

    with pytest.raises(FileNotFoundError):
        LOCAL.open_file(str(root / "a"))

    assert set(Path("/dev/fd").iterdir()) == before


def test_a_link_is_not_opened(root: Path) -> None:
    """A link that replaces a file cannot make the program read another file."""
    write(root, "file")
    (root / "link").symlink_to("file")

    with pytest.raises(OSError, match="symbolic links"):
        LOCAL.open_file(str(root / "link"))


def test_the_identity_of_an_open_file_is_that_of_the_file(root: Path) -> None:
    """An open file keeps its identity when its path is replaced."""
    write(root, "a", "b")
    expected = LOCAL.identity(str(root / "a"))
    with contextlib.closing(LOCAL.open_file(str(root / "a"))) as file:
        (root / "b").replace(root / "a")

        assert file.identity == expected
        assert file.read_at(0, 10) == b"{}\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".", True),
        ("to-folder", True),
        ("file", False),
        ("to-file", False),
        ("missing", False),
        ("file/below", False),
        ("loop", False),
    ],
)
def test_a_path_leads_to_a_folder_or_not(root: Path, path: str, *, expected: bool) -> None:
    """Links are followed; a path that leads nowhere does not lead to a folder."""
    write(root, "file")
    (root / "to-folder").symlink_to(".")
    (root / "to-file").symlink_to("file")
    (root / "loop").symlink_to("loop")

    assert leads_to_folder(str(root / path)) is expected


@pytest.mark.usefixtures("unprivileged")
def test_it_is_unknown_where_a_path_leads_that_may_not_be_examined(root: Path) -> None:
    """A missing permission is an error, because both answers could be wrong."""
    write(root, "closed/x")
    (root / "closed").chmod(0)

    with pytest.raises(PermissionError):
        leads_to_folder(str(root / "closed" / "x"))

    (root / "closed").chmod(0o755)


def test_a_shared_file_system_is_the_same_device_on_each_machine(root: Path) -> None:
    """Each machine gives a device that it mounts a number of its own."""
    write(root, "file")
    location = str(root / "file")
    found = LOCAL.identity(location)

    assert found.device != 0
    assert SharedStore().identity(location) == found._replace(device=0)
    with contextlib.closing(SharedStore().open_file(location)) as file:
        assert file.identity == found._replace(device=0)
