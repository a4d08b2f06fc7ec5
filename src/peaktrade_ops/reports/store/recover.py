"""Complete the renames of an interrupted run (section 11 of the contract).

A run writes all its artifacts to temporary files, the index last, and then renames them. The name
of each temporary file contains the name of its artifact. If a run is interrupted, the next writer
completes the renames if no temporary file is missing, else removes the files. Readers do neither.
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
    """Complete the renames of an interrupted run, or remove its temporary files.

    The caller must hold the lock. A temporary file that cannot be removed is harmless and raises
    no error.

    Returns:
        Whether artifacts were renamed.

    Raises:
        OSError: The folder cannot be read, or a file cannot be renamed.
    """
    names = [path.name for path in folder.iterdir() if is_temporary(path.name)]
    found = {name: staged for name in names if (staged := staged_of(name))}
    runs = {staged.run for staged in found.values()}
    # Every writer recovers first, so there are temporary files of at most one run.
    run = runs.pop() if len(runs) == 1 else None
    files = {staged.target: folder / name for name, staged in found.items() if staged.run == run}
    if files and _can_be_finished(folder, files):
        for target in in_order(files):
            files[target].replace(folder / target)
        return True
    for name in names:
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    return False


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
