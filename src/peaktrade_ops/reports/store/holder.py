"""Who holds a lock: what the kernel says about it, and what the holder wrote about itself."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import Final

import msgspec

from peaktrade_ops.text import printable

_LOCKS: Final = Path("/proc/locks")
_STATUS: Final = "/proc/{}/status"
_NAMESPACE: Final = Path("/proc/self/ns/pid")
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_MOST_BYTES: Final = 1000
_MOST_HOST: Final = 64
# The bit of the capability that ignores permissions, from capabilities(7).
_IGNORES_PERMISSIONS: Final = 1
_ACCESS_LIST: Final = "system.posix_acl_access"


class Note(msgspec.Struct, frozen=True):
    """What a run writes into its lock file.

    Attributes:
        pid: Its process id, in its own namespace of process ids.
        host: The name of its host, or of its container.
        namespace: The name of the namespace, and of the start of its kernel: the first namespace
            has the same name on all machines. Empty on a system without them.
    """

    pid: int
    host: str
    namespace: str

    @property
    def is_from_here(self) -> bool:
        """Whether its process id is one here: not of another container, nor of another machine."""
        return (self.host, self.namespace) == (os.uname().nodename, _namespace())


class Holder(msgspec.Struct, frozen=True):
    """The holder of a lock, as far as it is known.

    Attributes:
        pid: Its process id as this process sees it; `None` if it is not seen from here.
        note: What it wrote about itself; `None` if there is nothing, or nothing that is valid.
    """

    pid: int | None
    note: Note | None = None

    def __str__(self) -> str:
        """Return who it is, in a few words."""
        there = ""
        if self.note and not self.note.is_from_here:
            there = f"process {self.note.pid} of {self._host()}"
        if self.pid is None:
            return there or "a process that is not seen from here"
        return f"process {self.pid}" + (f" ({there})" if there else "")

    @property
    def ending(self) -> str:
        """How to end it if it is stuck."""
        if self.pid is not None:
            return f"end it if it is stuck (kill {self.pid})"
        if self.note:
            return f"end it on {self._host()} if it is stuck"
        return "end it if it is stuck: look for it on the host and in the other containers"

    def _host(self) -> str:
        return printable(self.note.host[:_MOST_HOST]) if self.note else ""


def own_note() -> bytes:
    """Return the note of this process."""
    return msgspec.json.encode(Note(os.getpid(), os.uname().nodename, _namespace()))


def holder_of(handle: int, *, has_note: bool) -> Holder:
    """Return who holds the lock of an open file or folder.

    Args:
        handle: The file or folder.
        has_note: Whether it is a file into which its holder writes a note.
    """
    note = None
    if has_note:
        with contextlib.suppress(OSError, ValueError):
            note = msgspec.json.decode(os.pread(handle, _MOST_BYTES, 0), type=Note)
    pid = next(iter(_pids_of(os.fstat(handle))), None)
    if pid is None and note and note.is_from_here:
        pid = note.pid
    return Holder(pid, note)


def shown_holder(status: os.stat_result) -> Holder:
    """Return who holds the lock of a file that cannot be opened, as far as the kernel shows it."""
    return Holder(next(iter(_pids_of(status)), None))


def may_write(pid: int, folder: os.stat_result) -> bool:
    """Return whether a process may write into a folder, by its ids and the mode of the folder.

    Args:
        pid: The process.
        folder: The status of the folder.

    Returns:
        Whether it may; `True` if this is not known.
    """
    try:
        status = Path(_STATUS.format(pid)).read_text("utf-8", "replace")
    except OSError:
        return True
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    try:
        uid = int(fields["Uid"].split()[3])
        groups = {int(fields["Gid"].split()[3]), *map(int, fields["Groups"].split())}
        powers = int(fields["CapEff"], 16)
    except (KeyError, ValueError, IndexError):
        return True
    # Everybody has all capabilities in a user namespace of their own, where they count for nothing.
    if uid == 0 and powers >> _IGNORES_PERMISSIONS & 1:
        return True
    if uid == folder.st_uid:
        return bool(folder.st_mode & stat.S_IWUSR)
    if folder.st_gid in groups:
        return bool(folder.st_mode & stat.S_IWGRP)
    return bool(folder.st_mode & stat.S_IWOTH)


def has_access_list(handle: int) -> bool:
    """Return whether a folder has a list of users besides its mode."""
    with contextlib.suppress(AttributeError, OSError):
        return _ACCESS_LIST in os.listxattr(handle)
    return False


def _pids_of(status: os.stat_result) -> list[int]:
    """Return the processes that hold a lock on a file, as far as the kernel shows them.

    On some file systems the kernel names another device than `stat` does. Then none is found.
    """
    try:
        locks = _LOCKS.read_text("utf-8")
    except OSError:
        return []
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    held = rf"^\d+: FLOCK +\S+ +\S+ +(\d+) {device}:{status.st_ino} "
    return [int(pid) for pid in re.findall(held, locks, re.MULTILINE) if int(pid) > 0]


def _namespace() -> str:
    try:
        boot = _BOOT.read_text("ascii").strip()
        return f"{boot} {os.readlink(_NAMESPACE)}"  # noqa: PTH115 (the target is a name, not a path)
    except OSError:
        return ""
