"""Complete the renames of an interrupted run (section 11 of the contract).

A run writes all its artifacts to temporary files, the index last, and then renames them. The name
of each temporary file contains the name of its artifact. If a run is interrupted, the next writer
completes the renames if no temporary file is missing, else removes the files. Readers do neither.

A run that prunes reports also writes a temporary file with their digests. Once the index no longer
lists a report, it is removed; then the temporary file is. So a report is never listed and gone.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.reports.store.listed import digest_of
from peaktrade_ops.reports.store.names import INDEX, is_artifact_of_any, is_trend
from peaktrade_ops.reports.store.reading import UnreadableError, decoded, read_bytes
from peaktrade_ops.stage1.models import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_PREFIX: Final = ".peaktrade-ops-"
_SUFFIX: Final = ".tmp"
_REMOVAL: Final = "removal"
_STAGED = re.compile(re.escape(_PREFIX) + r"([0-9a-f]{16})-(.+)" + re.escape(_SUFFIX))


class Staged(msgspec.Struct, frozen=True):
    """A temporary file: the run that wrote it, and the artifact that it becomes."""

    run: str
    target: str


def staged_name(run: str, target: str) -> str:
    """Return the name of the temporary file of an artifact.

    Args:
        run: 16 hexadecimal digits, different for each run.
        target: The name of the artifact.
    """
    return f"{_PREFIX}{run}-{target}{_SUFFIX}"


def staged_of(name: str) -> Staged | None:
    """Return the run and the target of a temporary file; `None` for other names."""
    match = _STAGED.fullmatch(name)
    if match is None or not (match[2] == INDEX or is_artifact_of_any(match[2])):
        return None
    return Staged(match[1], match[2])


def removal_name(run: str) -> str:
    """Return the name of the temporary file that lists what a run removes."""
    return staged_name(run, _REMOVAL)


def is_temporary(name: str) -> bool:
    """Return whether a file of this name is the temporary file of an interrupted write."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def is_complete(
    staged: Mapping[str, str | None],
    new: Mapping[str, str],
    old: Mapping[str, str],
    digest: Callable[[str], str | None],
) -> bool:
    """Return whether the temporary files of a run are all remaining files to rename.

    Args:
        staged: The SHA-256 of each temporary file by its target, except the index; `None` if it
            cannot be read.
        new: The SHA-256 of each artifact in the index of that run.
        old: The SHA-256 of each artifact in the index of the folder.
        digest: Returns the SHA-256 of an artifact in the folder; `None` if it cannot be read.
    """
    if any(new.get(name) != sha256 for name, sha256 in staged.items()):
        return False
    # All other artifacts are already renamed, or that run did not write them.
    rest = (name for name in new if name not in staged and new[name] != old.get(name))
    return all(digest(name) == new[name] for name in rest)


def in_order(names: Iterable[str]) -> list[str]:
    """Return names in the order of the renames: the index after all others but the trend.

    The earlier trend matches its entry until the index is renamed.
    """
    return sorted(names, key=lambda name: (is_trend(name), name == INDEX, name))


def recover(folder: Path) -> bool:
    """Complete the renames and the removals of an interrupted run, or remove its temporary files.

    The caller must hold the lock. A temporary file that cannot be removed is harmless and raises
    no error.

    Returns:
        Whether artifacts were renamed or removed.

    Raises:
        OSError: The folder cannot be read, or a file cannot be renamed or removed.
    """
    names = [path.name for path in folder.iterdir() if is_temporary(path.name)]
    lists = [name for name in names if _is_removal(name)]
    is_renamed = _finish_renames(folder, [name for name in names if name not in lists])
    are_removed = [remove_listed(folder / name) for name in lists]
    return is_renamed or any(are_removed)


def _finish_renames(folder: Path, names: Iterable[str]) -> bool:
    """Complete the renames of a run, or remove its temporary files; see `recover`."""
    found = {name: staged for name in names if (staged := staged_of(name))}
    runs = {staged.run for staged in found.values()}
    # Every writer recovers first, so there are temporary files of at most one run.
    run = runs.pop() if len(runs) == 1 else None
    files = {staged.target: folder / name for name, staged in found.items() if staged.run == run}
    is_finished = bool(files) and _can_be_finished(folder, files)
    if is_finished:
        for target in in_order(files):
            files[target].replace(folder / target)
    # Also beside a run that is finished there may be some, such as the probe of another one.
    for name in names:
        with contextlib.suppress(OSError):
            (folder / name).unlink(missing_ok=True)
    return is_finished


def remove_listed(removal: Path) -> bool:
    """Remove the artifacts that a temporary file lists, then the file.

    An artifact stays if the index still lists it, because the run that was to prune it ended
    before, and if it is another one than was to be removed.

    Args:
        removal: The temporary file. One that cannot be read lists nothing.

    Returns:
        Whether artifacts were removed.

    Raises:
        OSError: An artifact cannot be removed.
    """
    folder = removal.parent
    listed = _listed(folder / INDEX)
    old = _listed(removal) or {}
    is_removed = False
    for name, sha256 in old.items():
        if listed is None or name in listed or not is_artifact_of_any(name):
            continue
        if _digest(folder / name) == sha256:
            (folder / name).unlink()
            is_removed = True
    with contextlib.suppress(OSError):
        removal.unlink()
    return is_removed


def _is_removal(name: str) -> bool:
    match = _STAGED.fullmatch(name)
    return match is not None and match[2] == _REMOVAL


def _can_be_finished(folder: Path, files: Mapping[str, Path]) -> bool:
    """Return whether temporary files, by their target, are all remaining files to rename."""
    old = _listed(folder / INDEX)
    # An index without a temporary file is already renamed.
    new = _listed(files[INDEX]) if INDEX in files else old
    if new is None:
        return False
    staged = {target: _digest(path) for target, path in files.items() if target != INDEX}
    return is_complete(staged, new, old or {}, lambda name: _digest(folder / name))


def _listed(path: Path) -> dict[str, str] | None:
    """Return the digests in an index by name; `None` if there is no readable index."""
    try:
        index = decoded(read_bytes(path), Index)
    except (FileNotFoundError, UnreadableError):
        return None
    return {entry.path: entry.sha256 for entry in index.entries}


def _digest(path: Path) -> str | None:
    try:
        return digest_of(read_bytes(path))
    except (FileNotFoundError, UnreadableError):
        return None
