"""Write artifacts whole or not at all, one run at a time (section 11 of the contract)."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.report_paths import cannot_use, ensure_dir
from peaktrade_ops.reports.store.names import INDEX, is_artifact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PREFIX: Final = ".peaktrade-ops-"
_SUFFIX: Final = ".tmp"


def is_temporary(name: str) -> bool:
    """Return whether a file is one that an unfinished write left behind."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def is_own_name(name: str) -> bool:
    """Return whether the program writes a file of this name into a reports folder."""
    return name == INDEX or is_artifact(name) or is_temporary(name)


def check_writable(folder: Path) -> None:
    """Make a reports folder if it is missing, and check that it can be written.

    Raises:
        ReportsError: It is a file, cannot be made or cannot be written.
    """
    ensure_dir(folder)
    probe = _temporary(folder)
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise cannot_use(folder, "cannot be written", error) from error
    probe.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of a reports folder; other runs on this kernel wait for it.

    The folder itself is locked: that needs no extra file, and every container that mounts it sees
    the same lock. The kernel releases it when the process ends, however it does.

    Args:
        folder: The folder.
        shared: Only wait for writers, not for other readers.

    Raises:
        ReportsError: The folder cannot be opened or locked.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise cannot_use(folder, "cannot be read", error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        except OSError as error:
            raise cannot_use(folder, "cannot be locked", error) from error
        yield
    finally:
        os.close(handle)


def publish(folder: Path, artifacts: Mapping[str, bytes]) -> None:
    """Write artifacts, each whole or not at all. The lock must be held.

    All are written to temporary files and flushed to disk before the first is renamed, so that a
    full disk changes nothing.

    Args:
        folder: The reports folder.
        artifacts: The bytes of each by name, in the order in which they are renamed.

    Raises:
        ReportsError: Something cannot be written; the old artifacts are untouched.
    """
    staged: dict[str, Path] = {}
    try:
        _remove_leftovers(folder)
        for name, data in artifacts.items():
            _check_replaceable(folder / name)
            staged[name] = _temporary(folder)
            _write(staged[name], data)
        for name, temporary in staged.items():
            temporary.replace(folder / name)
        _flush_folder(folder)
    except OSError as error:
        raise ReportsError(
            f"reports folder {folder} cannot be written: {reason_of(error)}",
            hint="the earlier artifacts are kept; make room or check the permissions",
        ) from error
    finally:
        for temporary in staged.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _check_replaceable(path: Path) -> None:
    """Raise an error if a folder has the name of an artifact, before any file is replaced."""
    if path.is_dir() and not path.is_symlink():
        raise IsADirectoryError(errno.EISDIR, f"{path.name} is a folder")


def _temporary(folder: Path) -> Path:
    return folder / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of a run that was cut off; only the holder of the lock writes."""
    for path in folder.iterdir():
        if is_temporary(path.name):
            # A temporary file that cannot be removed does no harm.
            with contextlib.suppress(OSError):
                path.unlink()
