"""A file to scan: where it is, and how it is shown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


@dataclass(frozen=True, slots=True)
class Source:
    """A file to scan.

    Attributes:
        path: How it is shown: relative to the telemetry root, printable.
        location: Where it is, absolute.
        device: The device that it is on, and its `inode` there: a scan reads this very file.
        size: Its size in bytes when it was found; a scan reads no further.
        modified_ns: Its modification time, nanoseconds since 1970.
    """

    path: str
    location: str
    device: int
    inode: int
    size: int
    modified_ns: int


def shown(path: str) -> str:
    """Make a path printable that the file system gave; bytes that are no UTF-8 become escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def source_of(path: str, location: str, status: os.stat_result) -> Source:
    """Describe a file by its path below the root, its absolute location and its status."""
    return Source(
        path=shown(path),
        location=location,
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
    )
