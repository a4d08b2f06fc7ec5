"""Hold the lock of a reports folder, and see whether a process waits for it."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from peaktrade_ops.reports.store.names import LOCK
from tests.integration.jobs import give_away

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def is_waited_for(folder: Path) -> bool:
    """Return whether a program waits for a folder that is locked.

    Its file is there from the moment at which it waits for the lock of the folder itself.
    """
    return (folder / LOCK).exists()
