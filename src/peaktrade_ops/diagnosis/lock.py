"""The check of the lock of a reports folder, and of what a run that was cut off has left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from typing import TYPE_CHECKING

from peaktrade_ops.diagnosis.findings import error, ok, warning
from peaktrade_ops.errors import reason_of
from peaktrade_ops.reports.store.holder import Holder, holder_of
from peaktrade_ops.reports.store.names import LOCK
from peaktrade_ops.reports.store.recover import is_temporary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject


def check_lock(subject: Subject) -> Iterator[Finding]:
    """Find who holds the lock of the reports, and what was left behind."""
    folder = subject.place.folder
    if not folder.is_dir():
        yield ok("lock", folder, "nobody holds it: there is no folder")
        return
    holder = _holder_of(folder, has_note=False)
    noted = None
    file = folder / LOCK
    is_file = True
    try:
        is_file = stat.S_ISREG(file.lstat().st_mode)
        noted = _holder_of(file, has_note=True) if is_file else None
    except FileNotFoundError:
        pass
    except PermissionError as problem:
        yield error(
            "lock",
            file,
            f"cannot be opened by uid {os.geteuid()}: {reason_of(problem)}; a run would wait for it"
            " and fail",
            "remove it if no run is going on; give the folder to a common group of its users",
        )
    else:
        if not is_file:
            yield error("lock", file, "is not a regular file, so that every run fails", "remove it")
        elif noted is None:
            yield warning(
                "lock",
                file,
                "was left behind by a run that was killed, and locks nothing",
                "nothing: the next run removes it",
            )
    if held := noted or holder:
        yield warning(
            "lock",
            folder,
            f"is held by {held}",
            f"wait until it has ended, or {held.ending}",
        )
    else:
        yield ok("lock", folder, "nobody holds it")
    with contextlib.suppress(OSError):
        left = sorted(path.name for path in folder.iterdir() if is_temporary(path.name))
        if left and not (noted or holder):
            yield warning(
                "lock",
                folder / left[0],
                "was left behind by a run that was cut off"
                + (f", as {len(left) - 1} more" if left[1:] else ""),
                "nothing: the next run finishes or removes it",
            )


def _holder_of(path: Path, *, has_note: bool) -> Holder | None:
    """Return who holds a lock on a file or folder that keeps readers out; `None` if nobody does.

    The lock is only taken for a moment, and shared, so that a run does not notice it.

    Raises:
        OSError: It cannot be opened, or the file system does not support locks.
    """
    handle = os.open(path, os.O_RDONLY | (os.O_NOFOLLOW | os.O_NONBLOCK if has_note else 0))
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return holder_of(handle, has_note=has_note)
    finally:
        os.close(handle)
    return None
