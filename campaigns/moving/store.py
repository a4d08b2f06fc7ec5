"""The local file system, in which something happens before one of the accesses to it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from peaktrade_ops.telemetry.files.local import LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from peaktrade_ops.telemetry.files.store import Entry, Identity, OpenFile


class MovingStore:
    """A store that calls a function before each access.

    Args:
        happen: Called with the number of accesses so far.
        unreadable: The locations that may not be read.
    """

    def __init__(self, happen: Callable[[int], None], unreadable: Collection[str]) -> None:
        """Start to count."""
        self.accesses = 0
        self._happen = happen
        self._unreadable = unreadable

    def step(self, location: str = "") -> None:
        """Count an access; let happen what happens now.

        Raises:
            PermissionError: The location may not be read.
        """
        self._happen(self.accesses)
        self.accesses += 1
        if location in self._unreadable:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), location)

    def resolve_folder(self, path: str) -> str | None:
        """Return the absolute location of a folder with all links resolved."""
        self.step()
        return LOCAL.resolve_folder(path)

    def list_folder(self, location: str) -> Sequence[Entry]:
        """Return the entries of a folder."""
        self.step(location)
        return LOCAL.list_folder(location)

    def identity(self, location: str) -> Identity:
        """Return the identity of a file or folder, which takes no right to read it."""
        self.step()
        return LOCAL.identity(location)

    def open_file(self, location: str) -> OpenFile:
        """Open a regular file."""
        self.step(location)
        return _MovingFile(self, LOCAL.open_file(location))


class _MovingFile:
    """An open file."""

    def __init__(self, store: MovingStore, file: OpenFile) -> None:
        self._store = store
        self._file = file

    @property
    def identity(self) -> Identity:
        return self._file.identity

    def read_at(self, position: int, size: int) -> bytes:
        self._store.step()
        return self._file.read_at(position, size)

    def close(self) -> None:
        self._store.step()
        self._file.close()
