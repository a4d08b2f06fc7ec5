"""Walk a telemetry root: which of its files are scanned, which are not and why (section 3)."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import TelemetryError, reason_of
from peaktrade_ops.telemetry.files.links import judge_links
from peaktrade_ops.telemetry.files.patterns import NOT_ENTERED
from peaktrade_ops.telemetry.files.search import OVER_MAX_FILES, Discovery, LeftOut, Search
from peaktrade_ops.telemetry.files.source import Source, shown, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_REPORTS: Final = "reports"


def discover(root: Path, search: Search, *, max_files: int) -> Discovery:
    """Find the telemetry below a root.

    Args:
        root: The telemetry root.
        search: What to look for.
        max_files: Scan only this many, the newest; 0 is all.

    Raises:
        TelemetryError: The root is missing, no folder, or cannot be read.
    """
    found = search_folder(checked_folder(root), search)
    found.candidates += len(found.sources)
    if max_files:
        newest = sorted(found.sources, key=lambda source: (-source.modified_ns, source.path))
        for source in newest[max_files:]:
            found.left_out.append(
                LeftOut(source.path, OVER_MAX_FILES, harmless=False, modified_ns=source.modified_ns)
            )
        found.sources = newest[:max_files]
    return in_order(found)


def in_order(found: Discovery) -> Discovery:
    """Sort by path, and give files that are shown alike a number, so that each has a name."""
    taken: set[str] = set()
    sources = []
    for source in sorted(found.sources, key=lambda source: source.path):
        path, number = source.path, 1
        while path in taken:
            number += 1
            path = f"{source.path} ({number})"
        taken.add(path)
        sources.append(
            Source(
                path,
                source.location,
                source.device,
                source.inode,
                source.size,
                source.modified_ns,
            )
        )
    return Discovery(sources, sorted(found.left_out), found.candidates)


def checked_folder(folder: Path) -> Path:
    """Return a folder with all links resolved.

    Raises:
        TelemetryError: It is missing, no folder, or cannot be read.
    """
    try:
        mode = folder.stat().st_mode
        if stat.S_ISDIR(mode):
            # Looking inside shows whether the folder may be read.
            os.scandir(folder).close()
            return folder.resolve()
    except OSError as error:
        raise TelemetryError(
            f"telemetry folder {folder} cannot be read: {reason_of(error)}"
            f" (running as uid {os.geteuid()})",
            hint="check --repo and PEAK_TELEMETRY_DIR",
        ) from error
    raise TelemetryError(
        f"telemetry folder {folder} is not a folder", hint="name single files with --input"
    )


def search_folder(root: Path, search: Search) -> Discovery:
    """Walk one folder, then decide about the links that were met."""
    found = Discovery()
    links: list[str] = []
    folders = [(os.fspath(root), "", 1)]
    while folders:
        folder, prefix, depth = folders.pop()
        for entry in entries_of(folder, prefix, found):
            path = prefix + entry.name
            if _is_closed(entry, path, search):
                continue
            if entry.is_symlink():
                links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                if search.ignore.match(shown(path)):
                    found.leave_out(path, "ignored", candidate=False)
                else:
                    folders.append((entry.path, f"{path}/", depth + 1))
            elif search.is_candidate(shown(path)):
                _judge_file(entry, path, depth, search, found)
    judge_links(links, root, search, found)
    # Files that are shown alike differ in their bytes, not in the order of the listing.
    found.sources.sort(key=lambda source: source.location)
    return found


def entries_of(folder: str, prefix: str, found: Discovery) -> Iterator[os.DirEntry[str]]:
    """Yield the entries of a folder by name; record a folder that cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            # In order, because paths that are shown alike are told apart by it.
            yield from sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        found.leave_out(prefix.rstrip("/"), "vanished", candidate=False)
    except OSError:
        found.leave_out(prefix.rstrip("/"), "folder not readable", candidate=False)


def _is_closed(entry: os.DirEntry[str], path: str, search: Search) -> bool:
    """Say whether an entry is a folder (or a link in the place of one) that is not entered."""
    if entry.is_file(follow_symlinks=False):
        return False
    if entry.name in NOT_ENTERED or (path == _REPORTS and not search.is_named):
        return True
    if entry.is_symlink() or not entry.is_dir(follow_symlinks=False):
        return False
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return (status.st_dev, status.st_ino) in search.closed


def _judge_file(
    entry: os.DirEntry[str], path: str, depth: int, search: Search, found: Discovery
) -> None:
    """Decide about an entry whose name is one of a telemetry file."""
    if search.ignore.match(shown(path)):
        found.leave_out(path, "ignored")
    elif not entry.is_file(follow_symlinks=False):
        found.leave_out(path, "not a regular file")
    elif depth > search.max_depth:
        found.leave_out(path, "too deep")
    else:
        try:
            found.sources.append(source_of(path, entry.path, entry.stat(follow_symlinks=False)))
        except FileNotFoundError:
            found.leave_out(path, "vanished")
        except OSError:
            found.leave_out(path, "not readable")
