"""Flush files and the names in folders to the disk."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# The errors of network and desktop file systems that cannot flush a folder.
_CANNOT_FLUSH: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
# On macOS, fsync leaves the data in the memory of the disk; this command empties that too.
_FLUSH_DISK: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to disk, if the file system supports this.

    Raises:
        OSError: The file system supports this, but the flush failed.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
        if _FLUSH_DISK is not None:
            fcntl.fcntl(handle, _FLUSH_DISK)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise
    finally:
        os.close(handle)
