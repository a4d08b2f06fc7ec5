"""Write artifacts whole or not at all, one run at a time (section 11 of the contract)."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.report_paths import cannot_use, ensure_dir
from peaktrade_ops.reports.store.names import INDEX, is_artifact
from peaktrade_ops.reports.store.reading import MOST_BYTES
from peaktrade_ops.reports.store.recover import is_temporary, recover, staged_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Waiting = Callable[["Path"], object]
"""Called with a folder whose lock another run has held for a while."""

_QUIET_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.05

# What network and desktop file systems answer that cannot flush a folder.
_CANNOT_FLUSH: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


def wait_silently(_folder: Path) -> None:
    """Say nothing."""


def is_own_name(name: str) -> bool:
    """Return whether the program writes a file of this name into a reports folder."""
    return name == INDEX or is_artifact(name) or is_temporary(name)


def check_writable(folder: Path) -> None:
    """Make a reports folder if it is missing, and check that it can be written.

    Raises:
        ReportsError: It is a file, cannot be made or cannot be written.
    """
    ensure_dir(folder)
    probe = folder / staged_name(secrets.token_hex(8), "probe")
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise cannot_use(folder, "cannot be written", error) from error
    probe.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(
    folder: Path, *, shared: bool = False, waiting: Waiting = wait_silently
) -> Iterator[None]:
    """Hold the lock of a reports folder; other runs on this kernel wait for it.

    The folder itself is locked: that needs no extra file, and every container that mounts it sees
    the same lock. The kernel releases it when the process ends, however it does. A writer first
    finishes what a run that was cut off has begun.

    Args:
        folder: The folder.
        shared: Only wait for writers, not for other readers; nothing will be written.
        waiting: Called if the lock is not free after two seconds.

    Raises:
        ReportsError: The folder cannot be opened or locked, or what another run has begun cannot
            be finished.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise cannot_use(folder, "cannot be read", error) from error
    try:
        try:
            _lock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, lambda: waiting(folder))
        except OSError as error:
            raise cannot_use(folder, "cannot be locked", error) from error
        if not shared:
            _finish(folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, kind: int, waiting: Callable[[], object]) -> None:
    """Take a lock; call `waiting` once if it is not free for a while.

    Raises:
        OSError: The file system has no locks.
    """
    deadline = time.monotonic() + _QUIET_SECONDS
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                break
            time.sleep(_POLL_SECONDS)
        else:
            return
    waiting()
    fcntl.flock(handle, kind)


def _finish(folder: Path) -> None:
    """Finish what a run that was cut off has begun, or remove what it left.

    Raises:
        ReportsError: It cannot be finished.
    """
    try:
        if recover(folder):
            _flush_folder(folder)
    except OSError as error:
        raise ReportsError(
            f"reports folder {folder}: what an earlier run has begun to put in place cannot be"
            f" finished: {reason_of(error)}",
            hint="make room or check the permissions, and run again",
        ) from error


def publish(folder: Path, artifacts: Mapping[str, bytes]) -> None:
    """Write artifacts, each whole or not at all. The lock must be held.

    All are written to temporary files and flushed to disk before the first is renamed, so that a
    full disk changes nothing. The index is written last: its temporary file shows that all others
    are there. From the first rename on, whatever happens leaves the rest to the next run.

    Args:
        folder: The reports folder.
        artifacts: The bytes of each by name, in the order in which they are renamed.

    Raises:
        ReportsError: An artifact is over the size that readers take, or something cannot be
            written; the message says whether the old artifacts are untouched.
    """
    _check_readable(folder, artifacts)
    run = secrets.token_hex(8)
    staged = {name: folder / staged_name(run, name) for name in artifacts}
    try:
        for name in sorted(artifacts, key=INDEX.__eq__):
            _check_replaceable(folder / name)
            _write(staged[name], artifacts[name])
        _flush_folder(folder)
    except OSError as error:
        _remove(staged.values())
        raise ReportsError(
            f"reports folder {folder} cannot be written: {reason_of(error)}",
            hint="the earlier artifacts are kept; make room or check the permissions",
        ) from error
    except BaseException:
        _remove(staged.values())
        raise
    _put_in_place(folder, staged)


def _put_in_place(folder: Path, staged: Mapping[str, Path]) -> None:
    """Rename all temporary files.

    Raises:
        ReportsError: A file cannot be renamed, or the folder cannot be flushed.
    """
    what = "not all new artifacts of this run are in place"
    hint = "run again, which puts the rest in place; make room or check the permissions before"
    try:
        for name, temporary in staged.items():
            temporary.replace(folder / name)
        what = "the new artifacts are in place, but may not outlast a loss of power"
        hint = "check the disk, and run again"
        _flush_folder(folder)
    except OSError as error:
        raise ReportsError(
            f"reports folder {folder} cannot be written: {reason_of(error)}; {what}", hint=hint
        ) from error
    except BaseException:
        # A signal: the little that is left is done at once. What fails is left to the next run.
        with contextlib.suppress(OSError):
            recover(folder)
        raise


def _remove(paths: Iterable[Path]) -> None:
    """Remove temporary files; one that cannot be removed does no harm."""
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _check_readable(folder: Path, artifacts: Mapping[str, bytes]) -> None:
    """Raise an error if no reader would take an artifact (section 11 of the contract).

    Raises:
        ReportsError: An artifact is too large.
    """
    for name, data in artifacts.items():
        if len(data) > MOST_BYTES:
            raise ReportsError(
                f"reports folder {folder}: {name} would have {len(data):,} bytes, more than the"
                f" {MOST_BYTES:,} that can be read back; nothing is written",
                hint="name folders that hold no telemetry in ignore under [sources], so that the"
                " report lists fewer paths",
            )


def _check_replaceable(path: Path) -> None:
    """Raise an error if a folder has the name of an artifact, before any file is replaced."""
    if path.is_dir() and not path.is_symlink():
        raise IsADirectoryError(errno.EISDIR, f"{path.name} is a folder")


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Flush the names in a folder to disk, where its file system can.

    Raises:
        OSError: The file system can, and did not.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise
    finally:
        os.close(handle)
