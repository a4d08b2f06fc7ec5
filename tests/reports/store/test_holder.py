"""Test what is said about the holder of a lock."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import msgspec
import pytest

from peaktrade_ops.reports.store import holder as holder_module
from peaktrade_ops.reports.store.holder import (
    Holder,
    Note,
    has_access_list,
    holder_of,
    may_write,
    own_note,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATUS = "Uid:\t{0}\t{0}\t{0}\t{0}\nGid:\t{1}\t{1}\t{1}\t{1}\nGroups:\t{2}\nCapEff:\t{3}\n"


@pytest.fixture
def handle(tmp_path: Path) -> Iterator[int]:
    """Open a file whose lock this process holds."""
    opened = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(opened, fcntl.LOCK_EX)
    yield opened
    os.close(opened)


def test_the_kernel_names_the_holder(handle: int) -> None:
    """Nobody needs to have written a note."""
    assert holder_of(handle, has_note=False) == Holder(os.getpid())


def test_a_lock_that_nobody_holds_has_no_holder(handle: int) -> None:
    """A lock that is given free in the meantime is no error."""
    fcntl.flock(handle, fcntl.LOCK_UN)

    assert holder_of(handle, has_note=False) == Holder(None)
    assert str(Holder(None)) == "a process that is not seen from here"


def test_the_note_names_the_holder_where_the_kernel_does_not(
    handle: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder of the same namespace is named by the number that it wrote."""
    monkeypatch.setattr(holder_module, "_LOCKS", tmp_path / "none")
    os.pwrite(handle, own_note(), 0)

    found = holder_of(handle, has_note=True)

    assert str(found) == f"process {os.getpid()}"
    assert found.ending == f"end it if it is stuck (kill {os.getpid()})"


@pytest.mark.parametrize("other", ["host", "boot"])
def test_a_holder_on_another_machine_is_never_one_to_kill_here(
    handle: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """The first namespace of process ids has the same name there, and the host may have it too."""
    note = msgspec.json.decode(own_note(), type=Note)
    if other == "host":
        note = msgspec.structs.replace(note, host="elsewhere")
    else:
        (tmp_path / "boot").write_text("of another start\n")
        monkeypatch.setattr(holder_module, "_BOOT", tmp_path / "boot")
    monkeypatch.setattr(holder_module, "_LOCKS", tmp_path / "none")
    os.pwrite(handle, msgspec.json.encode(note), 0)

    found = holder_of(handle, has_note=True)

    assert str(found) == f"process {os.getpid()} of {note.host}"
    assert found.ending == f"end it on {note.host} if it is stuck"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff", b"x" * 10_000])
def test_a_note_that_is_none_is_passed_over(
    handle: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    """Whoever can write there can write anything there."""
    monkeypatch.setattr(holder_module, "_LOCKS", tmp_path / "none")
    os.pwrite(handle, data, 0)

    assert holder_of(handle, has_note=True) == Holder(None)


def test_a_holder_that_is_not_seen_is_named_with_its_host() -> None:
    """A process id of another container means nothing here, and is never one to kill here."""
    found = Holder(None, Note(7, "0a1b2c", "pid:[1]"))

    assert str(found) == "process 7 of 0a1b2c"
    assert found.ending == "end it on 0a1b2c if it is stuck"


@pytest.mark.parametrize(
    ("ids", "mode", "expected"),
    [
        ((1000, 1000, "", "0"), 0o755, True),
        ((1000, 1000, "", "0"), 0o555, False),
        ((2000, 1001, "", "0"), 0o775, True),
        ((2000, 2000, "5 1001", "0"), 0o775, True),
        ((2000, 2000, "5", "0"), 0o775, False),
        ((2000, 2000, "5", "0"), 0o777, True),
        ((0, 0, "", "2"), 0o700, True),
        ((0, 0, "", "4"), 0o700, False),
        # As in a user namespace of its own.
        ((2000, 2000, "5", "1ffffffffff"), 0o755, False),
        # The kernel looks at the first that fits.
        ((1000, 1001, "", "0"), 0o077, False),
    ],
)
def test_who_may_write_is_told_by_ids_and_mode(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ids: tuple[int, int, str, str],
    mode: int,
    *,
    expected: bool,
) -> None:
    """Owner, group and others, as the kernel looks at them, and whoever ignores permissions."""
    (tmp_path / "7").write_text("Name:\ta: b\n" + STATUS.format(*ids))
    monkeypatch.setattr(holder_module, "_STATUS", f"{tmp_path}/{{}}")
    folder = os.stat_result((0o040000 | mode, 1, 1, 1, 1000, 1001, 0, 0, 0, 0))

    assert may_write(7, folder) is expected


def test_a_process_that_is_not_known_may_write(tmp_path: Path) -> None:
    """What is not known is taken for a run."""
    assert may_write(2**30, tmp_path.stat())


def test_this_process_may_write_into_its_own_folder(tmp_path: Path) -> None:
    """The status of a real process is understood."""
    assert may_write(os.getpid(), tmp_path.stat())


@pytest.mark.usefixtures("unprivileged")
def test_this_process_may_not_write_into_a_closed_folder(tmp_path: Path) -> None:
    """The user that files are opened by counts, not the one who started the process."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)

    assert not may_write(os.getpid(), folder.stat())


def test_a_folder_without_an_access_list_has_none(tmp_path: Path) -> None:
    """Most folders are open to those whom the mode names, and to nobody else."""
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        assert not has_access_list(handle)
    finally:
        os.close(handle)
