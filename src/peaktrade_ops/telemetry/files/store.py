"""The interface through which files are found and read: `Store`.

The walk and the reader use no other access to files, so that an object store can be added.
Symbolic links and ``--input`` exist on the local file system only; `links` and `inputs` access it
directly.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(Enum):
    """The kind of an entry. Only the local file system has links.

    `UNKNOWN` is an entry whose kind cannot be determined, so it may be any of the others.
    """

    FILE = auto()
    FOLDER = auto()
    LINK = auto()
    OTHER = auto()
    UNKNOWN = auto()


class Entry(NamedTuple):
    """An entry of a folder.

    Attributes:
        name: Its name in the folder.
        location: Its location in the store, absolute if the location of the folder is.
        kind: Its kind; a link is not followed.
        inode: Its number in the listing. It may differ from that of its `Identity` at a mount point
            or in a store without inodes. It changes only if the entry changes.
    """

    name: str
    location: str
    kind: Kind
    inode: int = 0


class Identity(NamedTuple):
    """The identity and the state of a file or folder.

    Attributes:
        device: The device that it is on.
        inode: Its number on the device. A store without inodes derives one from the name.
        size: Its size in bytes.
        modified_ns: Its modification time, nanoseconds since 1970.
        names: The number of its names on the device; 1 if the store does not count them.
        changed_ns: The time of the last change of its inode, nanoseconds since 1970; 0 if the store
            does not tell it.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    names: int = 1
    changed_ns: int = 0

    @property
    def file(self) -> tuple[int, int]:
        """The device and the inode, which are constant for the same file."""
        return self.device, self.inode


class OpenFile(Protocol):
    """A regular file, open for reading."""

    @property
    def identity(self) -> Identity:
        """The file that was opened, as it was at that time."""
        ...

    def read_at(self, position: int, size: int) -> bytes:
        """Return up to `size` bytes from `position` on; no bytes at or after the end.

        Raises:
            OSError: The bytes cannot be read.
        """
        ...

    def close(self) -> None:
        """Release the file.

        Raises:
            OSError: The store reports an error of the file only when it is closed.
        """
        ...


class Store(Protocol):
    """A store of files. It must be possible to pickle it: worker processes receive a copy."""

    def resolve_folder(self, path: str) -> str | None:
        """Return the absolute location of a folder with all links resolved.

        Returns:
            `None` if the path leads to something that is not a folder.

        Raises:
            OSError: The folder is missing or cannot be listed.
        """
        ...

    def list_folder(self, location: str) -> Sequence[Entry]:
        """Return the entries of a folder, in any order.

        Raises:
            FileNotFoundError: The folder does not exist (any more).
            OSError: The folder cannot be listed.
        """
        ...

    def identity(self, location: str) -> Identity:
        """Return the identity of a file or folder; a link is not followed.

        Raises:
            FileNotFoundError: It does not exist (any more).
            OSError: It cannot be examined.
        """
        ...

    def open_file(self, location: str) -> OpenFile:
        """Open a regular file without waiting; a link is not followed.

        Raises:
            FileNotFoundError: No regular file is at the location (any more).
            OSError: The file cannot be opened.
        """
        ...
