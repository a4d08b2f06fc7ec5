"""Fixtures that more than one test module uses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOBODY = 65534


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[int]:
    """Run the test as an ordinary user who owns `tmp_path`; gives that user's id.

    Permissions do not bind root, so a test that runs as root puts its rights down for a while.
    """
    if os.geteuid() != 0:
        yield os.geteuid()
        return
    closed = {folder: folder.stat().st_mode for folder in tmp_path.parents}
    closed = {folder: mode for folder, mode in closed.items() if not mode & 0o001}
    groups = os.getgroups()
    for folder, mode in closed.items():
        folder.chmod(mode | 0o001)
    os.chown(tmp_path, _NOBODY, _NOBODY)
    os.setgroups([])
    os.setegid(_NOBODY)
    os.seteuid(_NOBODY)
    try:
        yield _NOBODY
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        for folder, mode in closed.items():
            folder.chmod(mode)
