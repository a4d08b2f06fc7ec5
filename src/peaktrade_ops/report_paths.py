"""Where reports go: the reports root, from the command line, the environment or the repo.

Priority (section 2 of the contract): an explicit override, then ``PEAK_REPORTS_DIR``, then
``reports`` under the repo root.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from peaktrade_ops.errors import ReportsError, reason_of

__all__ = ["ensure_dir", "get_repo_root", "get_reports_root"]

REPORTS_DIR_VARIABLE = "PEAK_REPORTS_DIR"

_REPO_MARKERS = ("pyproject.toml", "uv.lock", ".git")


def get_repo_root(start: str | os.PathLike[str] | None = None) -> Path:
    """Find the root of the repo that the program works for.

    Args:
        start: Where to begin; the current directory if not given.

    Returns:
        The absolute path of the nearest folder upward from `start` that holds
        ``pyproject.toml``, ``uv.lock`` or ``.git`` (a folder, or the file of a worktree); else
        of the nearest such folder above this module; else of the current directory.

    Raises:
        ReportsError: The current directory is needed and no longer exists, or links lead in a
            circle.
    """
    begin = _current_directory() if start is None else _resolved(_absolute(Path(start)))
    return _nearest_repo(begin) or get_program_root() or _current_directory()


def get_program_root() -> Path | None:
    """Find the root of the repo that holds the program itself; none where it lies in no repo."""
    return _nearest_repo(Path(__file__).resolve())


def get_reports_root(
    default_rel: str = "reports", *, override: str | os.PathLike[str] | None = None
) -> Path:
    """Decide which folder the reports are written under.

    Args:
        default_rel: The folder under the repo root that is used where nothing else is said.
        override: The value of ``--reports-root``; relative to the current directory.

    Returns:
        The absolute path of the reports root, which need not exist yet. A blank `override` or
        ``PEAK_REPORTS_DIR`` counts as not given, ``~`` is expanded, and a relative
        ``PEAK_REPORTS_DIR`` is relative to the repo root.

    Raises:
        ReportsError: ``~`` names no known home, or links lead in a circle.
    """
    return _resolved(named_reports_root(default_rel, override=override))


def named_reports_root(
    default_rel: str = "reports", *, override: str | os.PathLike[str] | None = None
) -> Path:
    """Decide like `get_reports_root`, but give the absolute path as it is called: links and all.

    Raises:
        ReportsError: ``~`` names no known home.
    """
    chosen = os.fspath(override) if override is not None else ""
    if chosen.strip():
        return _absolute(_expanded(chosen))
    variable = os.environ.get(REPORTS_DIR_VARIABLE, "")
    relative = _expanded(variable) if variable.strip() else Path(default_rel)
    # An absolute path takes the place of what stands before the slash operator.
    return relative if relative.is_absolute() else get_repo_root() / relative


def ensure_dir(path: str | os.PathLike[str]) -> Path:
    """Make a folder and its parents where they are missing.

    Args:
        path: The folder.

    Returns:
        The same path.

    Raises:
        ReportsError: It is a file or cannot be made; the message names the path, the user id
            that the program runs as, and the owner of the nearest folder that is there.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_use(folder, "cannot be made", error) from error
    return folder


def cannot_use(folder: Path, what: str, error: OSError) -> ReportsError:
    """Describe a reports folder that cannot be used, with who asked and whose it is.

    Args:
        folder: The folder.
        what: What cannot be done with it, such as ``cannot be written``.
        error: Why.

    Returns:
        The error to raise.
    """
    # os.path.isfile, because it takes a place that may not be looked at for none.
    places = (folder, *folder.parents)
    blocker = next((place for place in places if os.path.isfile(place)), None)  # noqa: PTH113
    if blocker is not None:
        return ReportsError(
            f"reports folder {folder} {what}: {blocker} is a file, not a folder"
            f" (running as uid {os.geteuid()}{_owner(blocker)})",
            hint="choose another reports root",
        )
    return ReportsError(
        f"reports folder {folder} {what}: {reason_of(error)}"
        f" (running as uid {os.geteuid()}{_owner(folder)})",
        hint="choose another reports root, or make this folder writable for this user",
    )


def _owner(path: Path) -> str:
    """Say who owns the nearest existing place upward of `path`."""
    for place in (path, *path.parents):
        try:
            owner = place.stat().st_uid
        except OSError:
            continue
        return f", {place} belongs to uid {owner}"
    return ""


def _nearest_repo(begin: Path) -> Path | None:
    return next((folder for folder in (begin, *begin.parents) if is_repo_root(folder)), None)


def is_repo_root(folder: Path) -> bool:
    """Say whether a folder holds one of the marks of a repo."""
    # os.path.exists, because it takes a folder that may not be looked into for empty.
    return any(os.path.exists(folder / marker) for marker in _REPO_MARKERS)  # noqa: PTH110


def _expanded(text: str) -> Path:
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        raise ReportsError(
            f"the home folder of {text!r} is not known", hint="give the path without ~"
        ) from None


def _resolved(path: Path) -> Path:
    # Not Path.resolve, which treats a circle differently in each version of Python.
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
