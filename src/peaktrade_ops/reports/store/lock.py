"""One writer of a reports folder at a time (section 11 of the contract).

A writer holds two locks. The first is on a file in the folder, which only those can open who can
write into the folder, and which says who holds it. The second is on the folder itself, where
readers and runs of version 0.1.0 look. Everybody who can read the folder can hold that one, so a
process that cannot write there keeps nobody waiting for more than a minute.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops import signals
from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.flush import flush_folder
from peaktrade_ops.report_paths import cannot_use
from peaktrade_ops.reports.store.holder import (
    Holder,
    has_access_list,
    holder_of,
    may_write,
    own_note,
    shown_holder,
)
from peaktrade_ops.reports.store.names import LOCK
from peaktrade_ops.reports.store.recover import recover
from peaktrade_ops.steps import warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOCK_SECONDS: Final = 600
"""How long a lock is waited for if nothing else is said, seconds."""

_QUIET_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.05
# A run of version 0.1.0, or a reader, holds the lock of the folder for less than this.
_DOUBTFUL_SECONDS: Final = 60.0

# The errors of a folder, a link and a socket, or a device without a driver.
_OF_NO_FILE: Final = frozenset({errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.ENODEV})

_OPEN_FILE: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK


class InUseError(ReportsError):
    """Another process has not given the lock of a folder free in time.

    Attributes:
        remedy: What to do about it, as the beginning of a hint.
    """

    def __init__(self, message: str, holder: Holder) -> None:
        """Build the hint from the holder of the lock."""
        self.remedy = f"wait until it has ended, or {holder.ending}"
        super().__init__(message, hint=f"{self.remedy}; --lock-timeout says how long to wait")


class Waiting(NamedTuple):
    """How a lock is waited for.

    Attributes:
        seconds: How long; then the command fails.
        tell: Called with a sentence for the operator, as if the lock is not free after two seconds.
    """

    seconds: float = LOCK_SECONDS
    tell: Callable[[str], object] = str


IN_SILENCE: Final = Waiting()
"""Waits as long as nothing else is said, and tells nobody."""


@contextlib.contextmanager
def locked(folder: Path, *, shared: bool = False, waiting: Waiting = IN_SILENCE) -> Iterator[None]:
    """Hold the lock of a reports folder; other runs on this kernel wait for it.

    All containers that mount the folder share the lock. The kernel releases it when the process
    ends for any reason. A writer first completes the writes of an interrupted run.

    Args:
        folder: The folder.
        shared: Whether the lock is for reading: it waits for writers, not for other readers.
        waiting: How long it is waited for, and who is told.

    Raises:
        ReportsError: The folder cannot be opened or locked, another process holds its lock for too
            long, or the writes of an interrupted run cannot be completed.
    """
    patience = _Patience(folder, waiting)
    with contextlib.ExitStack() as stack:
        while True:
            with contextlib.ExitStack() as trying:
                handle = _open_folder(folder)
                trying.callback(os.close, handle)
                try:
                    if not shared:
                        _lock_file(handle, patience, trying)
                    _lock_folder(handle, patience, shared=shared)
                except OSError as error:
                    if isinstance(error, ReportsError):
                        raise
                    raise cannot_use(folder, "cannot be locked", error) from error
                if _is_still_there(folder, handle):
                    stack.push(trying.pop_all())
                    break
        if not shared:
            _finish(folder)
        yield


class _Patience:
    """The time that is left, over all that is waited for.

    Args:
        folder: The folder, for messages.
        waiting: How long, and who is told.
    """

    def __init__(self, folder: Path, waiting: Waiting) -> None:
        self._folder = folder
        self._waiting = waiting
        self.began = time.monotonic()
        self._is_told = False

    @property
    def waited(self) -> float:
        """How long it has been waited, seconds."""
        return time.monotonic() - self.began

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.waited >= self._waiting.seconds

    def wait(self, holder: Callable[[], Holder], what: str = "") -> None:
        """Wait for a moment; tell once who is waited for.

        Args:
            holder: Returns who holds the lock.
            what: What else is in the way, as part of a sentence.

        Raises:
            ReportsError: No time is left.
        """
        if self.is_over:
            raise self._error(holder(), what)
        if not self._is_told and self.waited >= _QUIET_SECONDS:
            self._is_told = True
            self._waiting.tell(
                f"waiting for another run that uses {self._folder}: {holder()}{what}"
            )
        time.sleep(_POLL_SECONDS)

    def pass_over(self, holder: Holder) -> None:
        """Warn that a lock is not waited for any longer."""
        warn(
            f"{self._folder} is locked by {holder}, not known to be a run that writes there: going"
            " on without that lock"
        )

    @property
    def blocked(self) -> ReportsError:
        """The error for something else in the place of the file."""
        return ReportsError(
            f"reports folder {self._folder} cannot be locked: {LOCK} in it is not a regular file",
            hint="remove it",
        )

    def _error(self, holder: Holder, what: str) -> ReportsError:
        return InUseError(
            f"reports folder {self._folder} is in use: {holder} has not given its lock free within"
            f" {self._waiting.seconds:g} seconds{what}",
            holder,
        )


def _open_folder(folder: Path) -> int:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise cannot_use(folder, "cannot be read", error) from error


def _is_still_there(folder: Path, handle: int) -> bool:
    """Return whether a path still leads to the folder that was opened."""
    with contextlib.suppress(OSError):
        return os.path.samestat(folder.stat(), os.fstat(handle))
    return False


def _lock_file(folder: int, patience: _Patience, stack: contextlib.ExitStack) -> None:
    """Take the lock of the file in an open folder, until the stack ends.

    Whoever holds the lock removes the file before it gives the lock free, so the file is only
    there while it is needed. A file that is not at its place any more counts for nothing.

    Raises:
        OSError: The file cannot be made, or the file system does not support locks.
        ReportsError: No time is left, or something else is in the place of the file.
    """
    while True:
        # So that no file is left that nobody knows of.
        with signals.held():
            if _is_taken(folder, patience, stack):
                return


def _is_taken(folder: int, patience: _Patience, stack: contextlib.ExitStack) -> bool:
    """Try to take the lock of the file once; return whether it is taken, or else wait a moment."""
    try:
        handle = _open_file(folder)
    except PermissionError as error:
        blocker = _status_of(folder)
        if blocker is None:
            # There is none, so it is the folder that must not be written.
            raise
        patience.wait(
            partial(shown_holder, blocker),
            f" ({LOCK} there belongs to uid {blocker.st_uid} and cannot be opened:"
            f" {reason_of(error)}; remove it if no run is going on)",
        )
        return False
    except OSError as error:
        if error.errno in _OF_NO_FILE:
            raise patience.blocked from error
        raise
    with contextlib.ExitStack() as trying:
        trying.callback(os.close, handle)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise patience.blocked
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            patience.wait(partial(holder_of, handle, has_note=True))
            return False
        status = _status_of(folder)
        if status is None or not os.path.samestat(status, os.fstat(handle)):
            return False
        stack.push(trying.pop_all())
        stack.callback(_remove_file, folder, handle)
        # The note is for messages only: without room, there is none.
        with contextlib.suppress(OSError):
            os.truncate(handle, 0)
            os.pwrite(handle, own_note(), 0)
        return True


def _open_file(folder: int) -> int:
    """Open the lock file of a folder; make it if it is not there."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            return os.open(LOCK, _OPEN_FILE, dir_fd=folder)
        with contextlib.suppress(FileExistsError):
            handle = os.open(LOCK, _OPEN_FILE | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
            # Some file systems have no owners.
            with contextlib.suppress(OSError):
                _open_to_writers(folder, handle)
            return handle


def _open_to_writers(folder: int, handle: int) -> None:
    """Let exactly those open a file who can write into its folder, as far as this user may."""
    status = os.fstat(folder)
    mode = stat.S_IRUSR | stat.S_IWUSR
    if status.st_mode & stat.S_IWOTH:
        mode |= stat.S_IROTH | stat.S_IWOTH
    # Those in another group than that of the folder are others there.
    is_same = _has_group(handle, status.st_gid)
    if status.st_mode & (stat.S_IWGRP if is_same else stat.S_IWOTH):
        mode |= stat.S_IRGRP | stat.S_IWGRP
    os.fchmod(handle, mode)
    if os.fstat(handle).st_uid != status.st_uid:
        # Only root may, whose file would keep the owner of the folder out if root is killed.
        os.fchown(handle, status.st_uid, -1)


def _has_group(handle: int, group: int) -> bool:
    """Return whether a file has a group, after an attempt to give it to that group."""
    # Only a member may. Whoever is none may write there as the owner, or as everybody else.
    with contextlib.suppress(OSError):
        if os.fstat(handle).st_gid != group:
            os.fchown(handle, -1, group)
    return os.fstat(handle).st_gid == group


def _status_of(folder: int) -> os.stat_result | None:
    """Return the status of the lock file of a folder; `None` if there is none."""
    try:
        return os.stat(LOCK, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _remove_file(folder: int, handle: int) -> None:
    """Remove the lock file of a folder, if it is still the open one."""
    with signals.held(), contextlib.suppress(OSError):
        status = _status_of(folder)
        if status is not None and os.path.samestat(status, os.fstat(handle)):
            os.unlink(LOCK, dir_fd=folder)


def _lock_folder(folder: int, patience: _Patience, *, shared: bool) -> None:
    """Take the lock of an open folder, unless whoever holds it is not known to write there.

    Raises:
        OSError: The file system does not support locks.
        ReportsError: No time is left.
    """
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(folder, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - began >= _DOUBTFUL_SECONDS and not _may_be_run(
                folder, is_writing=not shared
            ):
                patience.pass_over(holder_of(folder, has_note=False))
                return
            patience.wait(partial(_holder_in, folder))
        else:
            return


def _may_be_run(folder: int, *, is_writing: bool) -> bool:
    """Return whether the holder of the lock of a folder may be a run that writes there.

    Args:
        folder: The open folder.
        is_writing: Whether this process holds the lock of the file, so that no other does.
    """
    if not is_writing and _status_of(folder) is not None:
        return True
    holder = holder_of(folder, has_note=False)
    if holder.pid is None:
        return False
    return has_access_list(folder) or may_write(holder.pid, os.fstat(folder))


def _holder_in(folder: int) -> Holder:
    """Return who holds the lock of a folder, by the folder and by the note in its file."""
    holder = holder_of(folder, has_note=False)
    with contextlib.suppress(OSError):
        handle = os.open(LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        try:
            noted = holder_of(handle, has_note=True)
        finally:
            os.close(handle)
        if noted.pid != os.getpid():
            return Holder(holder.pid or noted.pid, noted.note)
    return holder


def _finish(folder: Path) -> None:
    """Complete the writes of an interrupted run, or remove its temporary files.

    Raises:
        ReportsError: The writes cannot be completed.
    """
    try:
        if recover(folder):
            flush_folder(folder)
    except OSError as error:
        raise ReportsError(
            f"reports folder {folder}: what an earlier run has begun to put in place cannot be"
            f" finished: {reason_of(error)}",
            hint="make room or check the permissions, and run again",
        ) from error
