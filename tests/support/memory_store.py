"""A store of files that is not a file system."""

from __future__ import annotations

import errno
import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from peaktrade_ops.telemetry.files.store import Entry, Identity, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class MemoryStore:
    """A store in memory. Like an object store it has no links, no devices and no empty folders.

    Attributes:
        files: The contents of the files by their absolute locations.
    """

    files: Mapping[str, bytes]

    def resolve_folder(self, path: str) -> str | None:
        """Return the path of a folder; `None` if it is the path of a file."""
        if path in self.files:
            return None
        self.list_folder(path)
        return path

    def list_folder(self, location: str) -> list[Entry]:
        """Return the entries of a folder, the last one first."""
        kinds: dict[str, Kind] = {}
        for path in self.files:
            if path.startswith(f"{location}/"):
                name, *below = path.removeprefix(f"{location}/").split("/")
                kinds[name] = Kind.FOLDER if below else Kind.FILE
        if not kinds:
            raise _missing(location)
        return [
            Entry(name, f"{location}/{name}", kinds[name]) for name in sorted(kinds, reverse=True)
        ]

    def identity(self, location: str) -> Identity:
        """Return the identity of a file or folder; its number is derived from the location."""
        if location not in self.files:
            self.list_folder(location)
        size = len(self.files.get(location, b""))
        return Identity(0, zlib.crc32(os.fsencode(location)), size, 0)

    def open_file(self, location: str) -> MemoryFile:
        """Open a file."""
        if location not in self.files:
            raise _missing(location)
        return MemoryFile(self.identity(location), self.files[location])


@dataclass(frozen=True)
class MemoryFile:
    """A file of a `MemoryStore`, open for reading."""

    identity: Identity
    content: bytes

    def read_at(self, position: int, size: int) -> bytes:
        """Return up to `size` bytes from `position` on."""
        return self.content[position : position + size]

    def close(self) -> None:
        """Release nothing."""


def _missing(location: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), location)
