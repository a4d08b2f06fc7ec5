"""The local file system as a `Store`."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.telemetry.files.store import Entry, Identity, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.telemetry.files.store import Store


class LocalStore(msgspec.Struct, frozen=True):
    """The local file system. It has no state, so it can be sent to any process."""

    def resolve_folder(self, path: str) -> str | None:
        """Return the absolute location of a folder with all links resolved."""
        if not stat.S_ISDIR(os.stat(path).st_mode):  # noqa: PTH116 (text)
            return None
        # Listing is the only reliable test of the permission to list.
        with os.scandir(path):
            return os.path.realpath(path)

    def list_folder(self, location: str) -> list[Entry]:
        """Return the entries of a folder, in the order of the file system."""
        with os.scandir(location) as entries:
            return [
                Entry(entry.name, entry.path, _kind_of(entry), entry.inode()) for entry in entries
            ]

    def identity(self, location: str) -> Identity:
        """Return the identity of a file or folder; a link is not followed."""
        return _identity_of(os.lstat(location))

    def open_file(self, location: str) -> LocalFile:
        """Open a regular file without waiting; a link is not followed."""
        # O_NONBLOCK: opening a pipe that has replaced the file must not wait for a writer.
        descriptor = os.open(location, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), location)
        except OSError:
            with contextlib.suppress(OSError):
                os.close(descriptor)
            raise
        return LocalFile(_identity_of(status), descriptor)


class LocalFile(msgspec.Struct, frozen=True):
    """A regular file of the local file system, open for reading."""

    identity: Identity
    descriptor: int

    def read_at(self, position: int, size: int) -> bytes:
        """Return up to `size` bytes from `position` on; no bytes at or after the end."""
        return os.pread(self.descriptor, size, position)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.descriptor)


class SharedStore(msgspec.Struct, frozen=True):
    """A file system that several machines mount, each of which gives the device its own number.

    All devices have the number 0, so a file is known by its inode only.
    """

    def resolve_folder(self, path: str) -> str | None:
        """Return the absolute location of a folder with all links resolved."""
        return LOCAL.resolve_folder(path)

    def list_folder(self, location: str) -> Sequence[Entry]:
        """Return the entries of a folder, in the order of the file system."""
        return LOCAL.list_folder(location)

    def identity(self, location: str) -> Identity:
        """Return the identity of a file or folder; a link is not followed."""
        return LOCAL.identity(location)._replace(device=0)

    def open_file(self, location: str) -> LocalFile:
        """Open a regular file without waiting; a link is not followed."""
        file = LocalStore().open_file(location)
        return msgspec.structs.replace(file, identity=file.identity._replace(device=0))


LOCAL: Final[Store] = LocalStore()
"""The store that is used unless another one is given."""


def leads_to_folder(path: str) -> bool:
    """Return whether a path leads to a folder, links followed.

    Raises:
        OSError: The path cannot be examined, so the answer is unknown.
    """
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 (text)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            return False
        raise


def _kind_of(entry: os.DirEntry[str]) -> Kind:
    try:
        if entry.is_symlink():
            return Kind.LINK
        if entry.is_dir(follow_symlinks=False):
            return Kind.FOLDER
        return Kind.FILE if entry.is_file(follow_symlinks=False) else Kind.OTHER
    except OSError:
        # If the file system lists no kinds, the entry itself must be examined.
        return Kind.UNKNOWN


def _identity_of(status: os.stat_result) -> Identity:
    names = status.st_nlink if stat.S_ISREG(status.st_mode) else 1
    return Identity(
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        names,
        status.st_ctime_ns,
    )
