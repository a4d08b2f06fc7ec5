"""Hold the lock of a reports folder, and count the processes that wait for it."""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.jobs import give_away

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def locked(folder: Path, owner: int) -> Iterator[Path]:
    """Create a folder of artifacts with an owner, and hold its lock.

    A program that wants to write there waits, and a test can act on it in the meantime.
    """
    folder.mkdir(parents=True, exist_ok=True)
    give_away(folder.parents[1], owner, owner)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(handle)


def waiters_for(path: Path) -> int:
    """Return how many processes of this kernel wait for a lock on a file or folder."""
    inode = path.stat().st_ino
    locks = Path("/proc/locks").read_text("utf-8")
    return len(re.findall(rf"-> FLOCK .*:{inode} ", locks))
