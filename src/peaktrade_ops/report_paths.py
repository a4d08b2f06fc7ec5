"""The reports root, from the command line, the environment or the repo.

The order (section 2 of the contract) is: an explicit override, ``PEAK_REPORTS_DIR``, ``reports``
under the repo root. The functions in ``__all__`` are public; the others belong to the program.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.flush import flush_folder
from peaktrade_ops.hosting import in_pod, stand_in
from peaktrade_ops.text import quoted

__all__ = ["ensure_dir", "get_repo_root", "get_reports_root"]

REPORTS_DIR_VARIABLE = "PEAK_REPORTS_DIR"

_UNREAD = "cannot be read"
_REPO_MARKERS = ("pyproject.toml", "uv.lock", ".git")


def get_repo_root(start: str | os.PathLike[str] | None = None) -> Path:
    """Return the root of the repo in use.

    Args:
        start: The folder where the search begins; `None` for the current directory.

    Returns:
        The absolute path of the nearest folder upward from `start` that contains
        ``pyproject.toml``, ``uv.lock`` or ``.git`` (a folder, or the file of a worktree); else
        of the nearest such folder above this module; else of the current directory.

    Raises:
        ReportsError: The current directory is needed and no longer exists, or symbolic links form
            a loop.
    """
    begin = _current_directory() if start is None else _resolved(_absolute(Path(start)))
    return _nearest_repo(begin) or get_program_root() or _current_directory()


def get_program_root() -> Path | None:
    """Return the root of the repo that contains this module; `None` if no repo does."""
    return _nearest_repo(Path(__file__).resolve())


def get_reports_root(
    default_rel: str = "reports", *, override: str | os.PathLike[str] | None = None
) -> Path:
    """Return the folder that reports are written under.

    Args:
        default_rel: The default, relative to the repo root.
        override: The value of ``--reports-root``; relative to the current directory.

    Returns:
        The absolute path of the reports root with symbolic links resolved. It need not exist.
        A blank `override` or ``PEAK_REPORTS_DIR`` counts as not given, ``~`` is expanded, and a
        relative ``PEAK_REPORTS_DIR`` is relative to the repo root.

    Raises:
        ReportsError: ``~`` names no known home folder, or symbolic links form a loop.
    """
    return _resolved(named_reports_root(default_rel, override=override))


def named_reports_root(
    default_rel: str = "reports", *, override: str | os.PathLike[str] | None = None
) -> Path:
    """Return the same path as `get_reports_root`, but with symbolic links unresolved.

    Raises:
        ReportsError: ``~`` names no known home folder.
    """
    chosen = os.fspath(override) if override is not None else ""
    if chosen.strip():
        return _absolute(_expanded(chosen))
    variable = os.environ.get(REPORTS_DIR_VARIABLE, "")
    relative = _expanded(variable) if variable.strip() else Path(default_rel)
    # An absolute path must not be joined.
    return relative if relative.is_absolute() else get_repo_root() / relative


def ensure_dir(path: str | os.PathLike[str]) -> Path:
    """Create a folder and its parents if they are missing, and flush their names to the disk.

    Args:
        path: The folder.

    Returns:
        The same path.

    Raises:
        ReportsError: The path is a file or cannot be created; the message names the path, the user
            id of the process, and the owner of the nearest existing folder.
    """
    folder = Path(path)
    # os.path.lexists, because it returns false for a path without permission.
    missing = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in missing:
            # Its name is in the folder around it, which some users may not read.
            with contextlib.suppress(PermissionError):
                flush_folder(each.parent)
    except OSError as error:
        raise cannot_use(folder, "cannot be made", error) from error
    return folder


def cannot_use(folder: Path, what: str, error: OSError) -> ReportsError:
    """Return the error for a reports folder that cannot be used.

    Args:
        folder: The folder.
        what: The operation that failed, such as ``cannot be written``.
        error: The error of the operating system.

    Returns:
        An error that names the folder, the cause, the user id of the process, and the owner.
    """
    places = (folder, *folder.parents)
    blocker = next((place for place in places if _is_no_folder(place)), None)
    if blocker is not None:
        return ReportsError(
            f"reports folder {folder} {what}: {blocker} is a file, not a folder"
            f" (running as uid {os.geteuid()}{_owner(blocker)})",
            hint="choose another reports root",
        )
    for place in places:
        if where := _way_of(place):
            return ReportsError(
                f"reports folder {folder} {what}: {place} is a symbolic link that leads {where}"
                f" (running as uid {os.geteuid()}{_owner(place.parent)})",
                hint="repair or remove the link, or choose another reports root",
            )
    return ReportsError(
        f"reports folder {folder} {what}: {reason_of(error)}"
        f" (running as uid {os.geteuid()}{_owner(folder)})",
        hint=f"choose another reports root, or {how_to_open(error, to_read=what == _UNREAD)}",
    )


def _is_no_folder(path: Path) -> bool:
    """Return whether a path is something else than a folder; false without permission."""
    return os.path.exists(path) and not os.path.isdir(path)  # noqa: PTH110, PTH112 (see above)


def _way_of(path: Path) -> str:
    """Return where a symbolic link leads if that is no place; empty for any other path."""
    if not os.path.islink(path):  # noqa: PTH114 (false without permission)
        return ""
    try:
        path.stat()
    except OSError as error:
        return {errno.ELOOP: "in a circle", errno.ENOENT: "nowhere"}.get(error.errno or 0, "")
    return ""


def how_to_open(error: OSError, *, to_read: bool = False) -> str:
    """Return how to make a folder usable, for a reader or for a writer."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "make room"
    if in_pod() and error.errno == errno.EROFS:
        return "mount its volume without readOnly"
    if in_pod() and error.errno in {errno.EACCES, errno.EPERM}:
        return "set fsGroup, or runAsUser to its owner, in the securityContext of the pod"
    if error.errno == errno.EROFS:
        return "mount its file system for writing"
    return f"make this folder {'readable' if to_read else 'writable'} for this user"


def _owner(path: Path) -> str:
    """Return a phrase with the owner of the nearest existing path upward from `path`."""
    for place in (path, *path.parents):
        try:
            owner = place.stat().st_uid
        except OSError:
            continue
        return f", {place} belongs to uid {owner}{stand_in(owner)}"
    return ""


def _nearest_repo(begin: Path) -> Path | None:
    return next((folder for folder in (begin, *begin.parents) if is_repo_root(folder)), None)


def is_repo_root(folder: Path) -> bool:
    """Return whether a folder contains one of the markers of a repo."""
    return any(os.path.exists(folder / marker) for marker in _REPO_MARKERS)  # noqa: PTH110 (false without permission)


def _expanded(text: str) -> Path:
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        raise ReportsError(
            f"the home folder of {quoted(text)} is not known", hint="give the path without ~"
        ) from None


def _resolved(path: Path) -> Path:
    # Not Path.resolve, which treats a loop of links differently in each version of Python.
    resolved = Path(os.path.realpath(path))
    try:
        resolved.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ReportsError(
                f"{path} cannot be resolved", hint="its symbolic links lead in a circle"
            ) from None
    return resolved


def _absolute(path: Path) -> Path:
    return path if path.is_absolute() else _current_directory() / path


def _current_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise ReportsError(
            "the current directory no longer exists", hint="change to one that does"
        ) from None
