"""Write artifacts whole or not at all (section 11 of the contract)."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from peaktrade_ops import signals
from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.flush import flush_folder
from peaktrade_ops.report_paths import cannot_use, ensure_dir
from peaktrade_ops.reports.store.names import INDEX, LOCK, is_artifact_of_any
from peaktrade_ops.reports.store.reading import MOST_BYTES
from peaktrade_ops.reports.store.recover import (
    is_temporary,
    recover,
    removal_name,
    remove_listed,
    staged_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def is_own_name(name: str) -> bool:
    """Return whether the program writes a file of this name into a reports folder."""
    return name in {INDEX, LOCK} or is_artifact_of_any(name) or is_temporary(name)


def check_writable(folder: Path) -> None:
    """Create a reports folder if it is missing, and check that it can be written.

    Raises:
        ReportsError: The path is a file, cannot be created or cannot be written.
    """
    ensure_dir(folder)
    probe = folder / staged_name(os.urandom(8).hex(), "probe")
    with signals.held():
        try:
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise cannot_use(folder, "cannot be written", error) from error
        try:
            probe.unlink(missing_ok=True)
        except OSError as error:
            # Then no artifact can be replaced either. A run that can removes the file.
            what = f"cannot be written ({probe.name} in it cannot be removed)"
            raise cannot_use(folder, what, error) from error


def publish(folder: Path, artifacts: Mapping[str, bytes], removed: bytes | None = None) -> None:
    """Write artifacts, each whole or not at all. The caller must hold the lock.

    All artifacts are written to temporary files and flushed to disk before the first is renamed,
    so a full disk changes nothing. The index is written last: its temporary file shows that all
    others exist. If the run stops after the first rename, the next run completes the others.

    Args:
        folder: The reports folder.
        artifacts: The bytes of each artifact by name, in the order of the renames.
        removed: An index of the artifacts to remove after the renames; the index among `artifacts`
            does not list them. `None` to remove nothing.

    Raises:
        ReportsError: An artifact exceeds the size limit of readers, or a write fails. The message
            states whether the old artifacts are unchanged.
    """
    _check_readable(folder, artifacts)
    for name in artifacts:
        _check_replaceable(folder / name)
    run = os.urandom(8).hex()
    staged = {name: folder / staged_name(run, name) for name in artifacts}
    removal = folder / removal_name(run)
    try:
        if removed is not None:
            _write(removal, removed)
        for name in sorted(artifacts, key=INDEX.__eq__):
            _write(staged[name], artifacts[name])
        flush_folder(folder)
    except OSError as error:
        _remove([*staged.values(), removal])
        raise ReportsError(
            f"reports folder {folder} cannot be written: {reason_of(error)}",
            hint="the earlier artifacts are kept; make room or check the permissions",
        ) from error
    except BaseException:
        _remove([*staged.values(), removal])
        raise
    _put_in_place(folder, staged, None if removed is None else removal)


def _put_in_place(folder: Path, staged: Mapping[str, Path], removal: Path | None) -> None:
    """Rename all temporary files, then remove what one of them lists.

    Raises:
        ReportsError: A file cannot be renamed or removed, or the folder cannot be flushed.
    """
    what = "not all new artifacts of this run are in place"
    hint = "run again, which puts the rest in place; make room or check the permissions before"
    try:
        for name, temporary in staged.items():
            temporary.replace(folder / name)
        if removal is not None:
            what = "not all pruned reports are removed"
            # Otherwise a loss of power could leave an index that lists what is gone.
            flush_folder(folder)
            remove_listed(removal)
        what = "the new artifacts are in place, but may not outlast a loss of power"
        hint = "check the disk, and run again"
        flush_folder(folder)
    except OSError as error:
        raise ReportsError(
            f"reports folder {folder} cannot be written: {reason_of(error)}; {what}", hint=hint
        ) from error
    except BaseException:
        # After a signal, complete the few remaining renames. The next run repeats those that fail.
        with contextlib.suppress(OSError):
            recover(folder)
        raise


def _remove(paths: Iterable[Path]) -> None:
    """Remove temporary files; ignore those that cannot be removed, because they are harmless."""
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _check_readable(folder: Path, artifacts: Mapping[str, bytes]) -> None:
    """Raise an error if an artifact is too large for readers (section 11 of the contract).

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
    """Raise an error if a folder has the name of an artifact.

    Raises:
        ReportsError: It has.
    """
    try:
        is_folder = stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        # Then the write says what is wrong.
        return
    if is_folder:
        raise ReportsError(
            f"reports folder {path.parent} cannot be written: {path.name} is a folder",
            hint="move it away; the earlier artifacts are kept",
        )


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
