"""Find the files to scan below a telemetry root, and the reasons for the others (section 3)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from peaktrade_ops.errors import TelemetryError, reason_of
from peaktrade_ops.telemetry.files.links import judge_links
from peaktrade_ops.telemetry.files.listing import listed
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.reasons import (
    IGNORED,
    NOT_A_REGULAR_FILE,
    NOT_READABLE,
    TOO_DEEP,
    VANISHED,
)
from peaktrade_ops.telemetry.files.search import Discovery, Search
from peaktrade_ops.telemetry.files.source import shown, source_of
from peaktrade_ops.telemetry.files.store import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from peaktrade_ops.telemetry.files.store import Entry, Store


def discover(root: Path, search: Search, *, max_files: int, store: Store = LOCAL) -> Discovery:
    """Find the telemetry below a root.

    Args:
        root: The telemetry root.
        search: The rules of the search.
        max_files: The greatest number of files to scan, the newest; 0 means all.
        store: Where the root is.

    Raises:
        TelemetryError: The root is missing, is not a folder, or cannot be read.
    """
    found = walk(root, search, store)
    found.candidates += len(found.sources)
    if max_files:
        found.keep_newest(max_files)
    return found.in_order()


def walk(root: Path, search: Search, store: Store = LOCAL) -> Discovery:
    """Walk one folder, then decide about the links in it.

    Returns:
        The sources, sorted by location, and the paths that are left out. `candidates` counts only
        those paths, because the caller may drop sources that it already has.

    Raises:
        TelemetryError: The folder is missing, is not a folder, or cannot be read.
    """
    top = _resolved(root, store)
    found = Discovery()
    links: list[str] = []
    folders = [(top, "")]
    while folders:
        location, inside = folders.pop()
        for entry in listed(store, location, inside, found):
            path = f"{inside}/{entry.name}" if inside else entry.name
            if _is_closed(entry, path, search, store):
                continue
            if entry.kind is Kind.LINK:
                links.append(path)
            elif entry.kind is Kind.FOLDER:
                if search.ignore.match(shown(path)):
                    found.leave_out(path, IGNORED, candidate=False)
                else:
                    folders.append((entry.location, path))
            elif search.is_candidate(shown(path)):
                _judge_file(entry, path, search, store, found)
    judge_links(links, top, search, found)
    # Paths that are shown alike are numbered in this order, which must not depend on the walk.
    found.sources.sort(key=lambda source: source.location)
    return found


def _resolved(folder: Path, store: Store) -> str:
    """Return the location of a folder that can be listed, with all links resolved."""
    try:
        location = store.resolve_folder(os.fspath(folder))
    except OSError as error:
        raise TelemetryError(
            f"telemetry folder {folder} cannot be read: {reason_of(error)}"
            f" (running as uid {os.geteuid()})",
            hint="check --repo and PEAK_TELEMETRY_DIR",
        ) from error
    if location is None:
        raise TelemetryError(
            f"telemetry folder {folder} is not a folder", hint="name single files with --input"
        )
    return location


def _is_closed(entry: Entry, path: str, search: Search, store: Store) -> bool:
    """Return whether an entry is skipped: a closed folder, or a link or pipe with its name."""
    if entry.kind is Kind.FILE:
        return False
    if not search.enters(path):
        return True
    if entry.kind is not Kind.FOLDER:
        return False
    try:
        return store.identity(entry.location).file in search.closed
    except OSError:
        return False


def _judge_file(entry: Entry, path: str, search: Search, store: Store, found: Discovery) -> None:
    """Decide about an entry that has the name of a telemetry file and is not a folder or a link."""
    if search.ignore.match(shown(path)):
        found.leave_out(path, IGNORED)
    elif entry.kind is not Kind.FILE:
        found.leave_out(path, NOT_A_REGULAR_FILE)
    elif path.count("/") >= search.max_depth:
        found.leave_out(path, TOO_DEEP)
    else:
        try:
            identity = store.identity(entry.location)
        except FileNotFoundError:
            found.leave_out(path, VANISHED)
        except OSError:
            found.leave_out(path, NOT_READABLE)
        else:
            found.sources.append(source_of(path, entry.location, identity))
