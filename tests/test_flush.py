"""Test flushing of the names in a folder."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from peaktrade_ops.flush import flush_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_the_folder_itself_is_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are on the disk afterwards."""
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.fstat(handle).st_mode))

    flush_folder(tmp_path)

    assert [stat.S_ISDIR(mode) for mode in flushed] == [True]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_do_it_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Network and desktop file systems flush files and refuse to flush a folder."""
    monkeypatch.setattr(os, "fsync", _failing(number))

    flush_folder(tmp_path)


def test_a_disk_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of the system is raised."""
    monkeypatch.setattr(os, "fsync", _failing(errno.EIO))

    with pytest.raises(OSError, match="Input/output error"):
        flush_folder(tmp_path)


def _failing(number: int) -> object:
    def fail(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    return fail
