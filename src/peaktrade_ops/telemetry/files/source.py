"""A file to scan: its location, its identity, and its name in reports."""

from __future__ import annotations

import msgspec

from peaktrade_ops.telemetry.files.store import Identity


class Source(msgspec.Struct, frozen=True):
    """A file to scan.

    Attributes:
        path: The name in reports: relative to the telemetry root, printable, and unique.
        location: The absolute location in the store.
        device: The device that it is on; with `inode` it identifies the file that was found.
        inode: Its number on the device.
        size: Its size in bytes when it was found; a scan reads no further.
        modified_ns: Its modification time, nanoseconds since 1970.
        names: The number of its names on the device.
        changed_ns: The time of the last change of its inode, nanoseconds since 1970; 0 if unknown.
        beginning: A digest of its first bytes when it was found; empty if it is not known.
        unnumbered: The path without the number that makes it unique; empty if it has none.
    """

    path: str
    location: str
    device: int
    inode: int
    size: int
    modified_ns: int
    names: int = 1
    changed_ns: int = 0
    beginning: bytes = b""
    unnumbered: str = ""

    @property
    def name(self) -> str:
        """The path that says how the file is read: patterns, endings and words are those of it."""
        return self.unnumbered or self.path

    @property
    def identity(self) -> Identity:
        """The identity and the state of the file when it was found."""
        return Identity(
            self.device, self.inode, self.size, self.modified_ns, self.names, self.changed_ns
        )


def shown(path: str) -> str:
    """Return a path of the file system as printable text; bytes that are not UTF-8 are escaped."""
    if path.isascii():
        return path
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def source_of(path: str, location: str, identity: Identity, beginning: bytes = b"") -> Source:
    """Return the source at a location.

    Args:
        path: The path below the root, as returned by the file system.
        location: The absolute location in the store.
        identity: The file that was found there.
        beginning: A digest of its first bytes.
    """
    return Source(shown(path), location, *identity, beginning)
