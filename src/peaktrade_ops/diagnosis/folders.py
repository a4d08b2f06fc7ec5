"""Checks of folders: how they are mounted, who may read and write them, how much room is left."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peaktrade_ops.container import mount_of, mounts_of_process
from peaktrade_ops.diagnosis.findings import error, ok, warning
from peaktrade_ops.diagnosis.subject import existing
from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.hosting import stand_in
from peaktrade_ops.report_paths import how_to_open
from peaktrade_ops.reports.store.publish import is_own_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject

_MIB: Final = 2**20
_LEAST_BYTES: Final = 16 * _MIB
_FEW_BYTES: Final = 256 * _MIB
_LEAST_FILES: Final = 64
_FEW_FILES: Final = 1024
_NETWORK: Final = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse.sshfs", "glusterfs", "lustre", "nfs", "nfs4", "smb3"}
)
# A kernel or a file system without unnamed temporary files.
_NO_UNNAMED: Final = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})


def check_mounts(subject: Subject) -> Iterator[Finding]:
    """Find mounts on which reports do not last, are not written, or are not locked."""
    for refusal in subject.refusals:
        if isinstance(refusal, ReportsError):
            yield error("mounts", subject.place.folder, refusal.message, refusal.hint)
    try:
        mounts = mounts_of_process()
    except OSError:
        yield ok("mounts", "system", "does not say what is mounted")
        return
    folders = [("reports", subject.place.folder), ("telemetry", subject.root)]
    for name, folder in folders:
        if folder is None or (name == "telemetry" and not folder.is_dir()):
            # The check of the telemetry tells it.
            continue
        place = existing(Path(os.path.realpath(folder)))
        mount = mount_of(place, mounts)
        is_locked = bool(os.statvfs(place).f_flag & os.ST_RDONLY)
        kind = mount.kind if mount else "unknown"
        what = f"{name}: {kind} at {mount.place if mount else '/'}"
        if name == "telemetry":
            yield ok("mounts", folder, what + (", read-only" if is_locked else ""))
        elif is_locked:
            yield error("mounts", folder, f"{what}, read-only", "mount it so that it is writable")
        elif mount and mount.is_memory:
            yield warning(
                "mounts",
                folder,
                f"{what}, which is lost when the machine stops",
                "use a folder on a disk",
            )
        elif kind in _NETWORK:
            yield warning(
                "mounts",
                folder,
                f"{what}, where locks between machines are not guaranteed",
                "let one machine write there",
            )
        else:
            yield ok("mounts", folder, what)


def check_telemetry(subject: Subject) -> Iterator[Finding]:
    """Find that the telemetry root cannot be read."""
    root = subject.root
    if root is None:
        yield ok("telemetry", subject.telemetry.root, "a URL, which a run lists")
        return
    try:
        mode = root.stat().st_mode
        with os.scandir(root):
            pass
    except FileNotFoundError:
        yield error("telemetry", root, "is missing", "check --repo, PEAK_TELEMETRY_DIR and mounts")
    except NotADirectoryError:
        yield error("telemetry", root, "is not a folder", "name single files with --input")
    except OSError as problem:
        yield error(
            "telemetry",
            root,
            f"cannot be read by uid {os.geteuid()}: {reason_of(problem)}{_owner_of(root)}",
            "give this user the right to read it, or run as a user who has it",
        )
    else:
        yield ok(
            "telemetry", root, f"readable by uid {os.geteuid()}, mode {stat.S_IMODE(mode):04o}"
        )


def check_reports(subject: Subject) -> Iterator[Finding]:
    """Find that the reports folder cannot be written, or holds files of other users."""
    folder = subject.place.folder
    there = existing(folder)
    if not there.is_dir():
        yield error("reports", there, "is a file, not a folder", "choose another --reports-root")
        return
    if problem := refusal_to_write(there):
        yield error(
            "reports",
            there,
            f"cannot be written by uid {os.geteuid()}: {reason_of(problem)}{_owner_of(there)}",
            f"{how_to_open(problem)}, or run as its owner"
            if problem.errno in {errno.EACCES, errno.EPERM}
            else how_to_open(problem),
        )
    elif there != folder:
        yield warning(
            "reports", folder, "is missing; a run makes it", "check --reports-root and --dir"
        )
        return
    else:
        yield ok("reports", folder, f"writable by uid {os.geteuid()}{_owner_of(folder)}")
    if there == folder:
        yield from _of_others(folder)


def check_room(subject: Subject) -> Iterator[Finding]:
    """Find file systems without room for the files of a run."""
    folder = subject.place.folder
    places = [("reports", existing(folder), _size_of(folder))]
    if subject.telemetry.cache is not None:
        places.append(("the cache", existing(subject.telemetry.cache), 0))
    # Another check tells that there is none.
    if temporary := temporary_folder():
        places.append(("temporary files", temporary, 0))
    seen: set[int] = set()
    for name, place, needed in places:
        device = place.stat().st_dev
        if device not in seen:
            seen.add(device)
            yield _room_of(name, place, needed)


def temporary_folder() -> Path | None:
    """Return the folder that Python takes for temporary files; `None` if it finds none.

    Python itself would try each folder by a file that it writes and removes.
    """
    named = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
    usual = ["/tmp", "/var/tmp", "/usr/tmp"]  # noqa: S108 (they are looked at only)
    folders = [Path(text).absolute() for text in (*named, *usual) if text]
    return next((each for each in folders if refusal_to_write(each) is None), None)


def refusal_to_write(folder: Path) -> OSError | None:
    """Return why this process cannot make files in a folder; `None` if it can.

    Nothing is left behind, whenever the process ends: the file that is tried has no name.
    """
    unnamed = getattr(os, "O_TMPFILE", None)
    if unnamed is not None:
        try:
            os.close(os.open(folder, os.O_WRONLY | unnamed, 0o600))
        except OSError as problem:
            if problem.errno not in _NO_UNNAMED:
                return problem
        else:
            return None
    try:
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return OSError(errno.EROFS, os.strerror(errno.EROFS))
    except OSError as problem:
        return problem
    by_effect = os.access in os.supports_effective_ids
    if os.access(folder, os.W_OK | os.X_OK, effective_ids=by_effect):
        return None
    return OSError(errno.EACCES, os.strerror(errno.EACCES))


def _of_others(folder: Path) -> Iterator[Finding]:
    """Yield that some artifacts belong to another user than the folder."""
    owner = folder.stat().st_uid
    try:
        names = sorted(path.name for path in folder.iterdir() if is_own_name(path.name))
    except OSError as problem:
        yield error(
            "reports",
            folder,
            f"cannot be listed by uid {os.geteuid()}: {reason_of(problem)}",
            "make it readable for this user, or run as its owner",
        )
        return
    others = [name for name in names if (folder / name).lstat().st_uid != owner]
    if others:
        uid = (folder / others[0]).lstat().st_uid
        yield warning(
            "reports",
            folder / others[0],
            f"belongs to uid {uid}, the folder to uid {owner}, as {len(others)} of {len(names)}"
            " files do not",
            f"give all to one user: chown -R {owner} {folder}",
        )


def _size_of(folder: Path) -> int:
    """Return the size of the artifacts of a folder in bytes; 0 if it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return sum(
                entry.stat(follow_symlinks=False).st_size
                for entry in entries
                if is_own_name(entry.name)
            )
    except OSError:
        return 0


def _room_of(name: str, place: Path, needed: int) -> Finding:
    status = os.statvfs(place)
    free, files = status.f_bavail * status.f_frsize, status.f_favail
    # Some file systems do not limit the number of files, and say 0.
    is_limited = status.f_files > 0
    what = f"{free // _MIB:,} MiB" + (f" and {files:,} files" if is_limited else "")
    what = f"room for {what} more ({name})"
    advice = "remove what is not needed from this file system, or make it larger"
    if free < max(_LEAST_BYTES, needed) or (is_limited and files < _LEAST_FILES):
        return error("room", place, what, advice)
    if free < _FEW_BYTES or (is_limited and files < _FEW_FILES):
        return warning("room", place, what, advice)
    return ok("room", place, what)


def _owner_of(path: Path) -> str:
    """Return a phrase with the owner of a path; empty if it is not known."""
    try:
        uid = path.stat().st_uid
    except OSError:
        return ""
    return f", it belongs to uid {uid}{stand_in(uid)}"
