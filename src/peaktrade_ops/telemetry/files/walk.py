"""Find the files to scan below a telemetry root, and the reasons for the others (section 3)."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.errors import TelemetryError, reason_of
from peaktrade_ops.hosting import in_pod
from peaktrade_ops.telemetry.files.links import judge_links
from peaktrade_ops.telemetry.files.listing import listed
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.names import Claim, is_scanned_path
from peaktrade_ops.telemetry.files.pin import pin_sources
from peaktrade_ops.telemetry.files.reasons import (
    ARCHIVE,
    CHANGED,
    IGNORED,
    NAME_NOT_RECOGNISED,
    NOT_A_REGULAR_FILE,
    NOT_DATA,
    NOT_NAMED,
    NOT_READABLE,
    NOT_SUPPORTED,
    PATH_NOT_SELECTED,
    TOO_DEEP,
)
from peaktrade_ops.telemetry.files.search import Discovery, Search
from peaktrade_ops.telemetry.files.sniff import Sniffer
from peaktrade_ops.telemetry.files.source import shown, source_of
from peaktrade_ops.telemetry.files.store import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from peaktrade_ops.locations import Location
    from peaktrade_ops.telemetry.files.store import Entry, Identity, Store

_MOST_ROUNDS: Final = 6

_REASONS: Final = {
    Claim.NOT_DATA: NOT_DATA,
    Claim.ARCHIVE: ARCHIVE,
    Claim.NOT_SUPPORTED: NOT_SUPPORTED,
    Claim.NOT_RECOGNISED: NAME_NOT_RECOGNISED,
}
"""The reasons for which a file is left out because of its name alone."""


def discover(root: Location, search: Search, *, max_files: int, store: Store = LOCAL) -> Discovery:
    """Find the telemetry below a root.

    Args:
        root: The telemetry root.
        search: The rules of the search.
        max_files: The greatest number of files to scan, the newest; 0 means all.
        store: The store of the root.

    Raises:
        TelemetryError: The root is missing, is not a folder, or cannot be read.
    """

    def settle(found: Discovery) -> None:
        found.candidates += len(found.sources)
        if max_files:
            found.keep_newest(max_files)
        pin_sources(found, store)

    return walk(root, search, store, settle=settle).in_order()


def walk(
    root: Location,
    search: Search,
    store: Store = LOCAL,
    *,
    settle: Callable[[Discovery], object] = lambda _: None,
) -> Discovery:
    """Walk one folder until two walks find the same files, and decide about its links.

    A walk may miss a file that is renamed meanwhile, under both its old and its new name. Two
    consecutive walks must therefore find the same files. Between the two, the state of the files is
    recorded: what was copied from a file before that has a name that the second walk finds.

    Args:
        root: The folder.
        search: The rules of the search.
        store: The store of the folder.
        settle: Records the state of the sources that a walk found; those that it leaves are taken
            if the next walk finds the same files.

    Returns:
        The sources, sorted by location unless `settle` sorts them, and the paths that are left out.
        Before `settle`, `candidates` counts only those paths, because the caller may drop sources
        that it already has.

    Raises:
        TelemetryError: The folder is missing, is not a folder, or cannot be read.
    """
    top = _resolved(root, store)
    rules = _Rules(search, functools.cache(search.claim), Sniffer(search.time_keys, store), store)
    last = _Round(top, rules)
    unsettled: set[str] = set()
    for _ in range(_MOST_ROUNDS - 1):
        found = _judged(last, top, search)
        settle(found)
        before, last = last, _Round(top, rules)
        unsettled = {path for path, _ in before.met ^ last.met}
        if not unsettled:
            return found
    found = _judged(last, top, search)
    known = {(entry.path, entry.reason) for entry in found.left_out}
    for path in sorted(unsettled):
        if (path, CHANGED) not in known:
            found.leave_out(path, CHANGED, candidate=False)
    settle(found)
    return found


def _judged(walked: _Round, top: str, search: Search) -> Discovery:
    """Return what a walk found, with its links, and one name for each file."""
    found = walked.found
    judge_links(walked.links, top, search, found)
    found.merge_names(search.legacy)
    # Equal printable paths are numbered in this order, which must not depend on the walk.
    found.sources.sort(key=lambda source: source.location)
    return found


def _resolved(folder: Location, store: Store) -> str:
    """Return the location of a folder that can be listed, with all links resolved."""
    try:
        location = store.resolve_folder(str(folder))
    except OSError as error:
        raise TelemetryError(
            f"telemetry folder {folder} cannot be read: {reason_of(error)}"
            f" (running as uid {os.geteuid()})",
            hint="check --repo and PEAK_TELEMETRY_DIR"
            + (", and supplementalGroups in the securityContext of the pod" if in_pod() else ""),
        ) from error
    if location is None:
        raise TelemetryError(
            f"telemetry folder {folder} is not a folder", hint="name single files with --input"
        )
    return location


class _Rules(NamedTuple):
    """The parameters that all walks through a root share.

    Attributes:
        search: The rules of the search.
        claim: Returns the claim of a path.
        sniffer: Examines the first bytes of files.
        store: The store of the root.
    """

    search: Search
    claim: Callable[[str], Claim]
    sniffer: Sniffer
    store: Store


class _Round:
    """One walk through all folders.

    Attributes:
        found: The result of the walk.
        links: The links that it finds, relative to the root.
        met: The entries that the next walk must find again: printable path and identity.
    """

    def __init__(self, top: str, rules: _Rules) -> None:
        """Walk through all folders below a root.

        Args:
            top: The location of the root.
            rules: The parameters of the walk.
        """
        self.found = Discovery()
        self.links: list[str] = []
        self.met: set[tuple[str, object]] = set()
        self._rules = rules
        self._folders = [(top, "")]
        while self._folders:
            location, inside = self._folders.pop()
            for entry in listed(rules.store, location, inside, self.found):
                self._judge(entry, f"{inside}/{entry.name}" if inside else entry.name, location)
        self.met |= {(entry.path, entry.reason) for entry in self.found.left_out}

    def _judge(self, entry: Entry, path: str, folder: str) -> None:
        if entry.kind is Kind.FOLDER:
            self._judge_folder(entry, path)
        elif entry.kind is Kind.LINK and self._rules.search.enters(path):
            self.met.add((shown(path), entry.inode))
            self.links.append(path)
        elif entry.kind is Kind.LINK:
            self.found.leave_out(path, IGNORED, candidate=False)
        elif entry.kind is Kind.UNKNOWN:
            self.found.leave_out(path, NOT_READABLE)
        elif not self._is_own(entry, folder):
            self._judge_file(entry, path)

    def _judge_folder(self, entry: Entry, path: str) -> None:
        search = self._rules.search
        if not search.enters(path) or search.ignore.match_folder(shown(path)):
            self.found.leave_out(path, IGNORED, candidate=False)
        elif path.count("/") + 1 >= search.max_depth:
            self.found.leave_out(path, TOO_DEEP, candidate=False)
        else:
            self.met.add((shown(path), entry.inode))
            self._folders.append((entry.location, path))

    def _is_own(self, entry: Entry, folder: str) -> bool:
        """Return whether a file is one that the program itself writes."""
        folders = {own.folder for own in self._rules.search.own if own.is_name(entry.name)}
        if not folders:
            return False
        try:
            return self._rules.store.identity(folder).file in folders
        except OSError:
            return False

    def _judge_file(self, entry: Entry, path: str) -> None:
        """Decide about an entry that is not a folder or a link."""
        claim = self._rules.claim(shown(path))
        if claim is Claim.NOTHING:
            return
        if self._rules.search.ignore.match(shown(path)):
            self.found.leave_out(path, IGNORED)
        elif entry.kind is Kind.FILE:
            self._examine(entry, path, claim)
        elif claim is Claim.SCAN:
            self.found.leave_out(path, NOT_A_REGULAR_FILE)

    def _examine(self, entry: Entry, path: str, claim: Claim) -> None:
        """Examine a file, and also its first bytes if its name is not sufficient."""
        try:
            identity = self._rules.store.identity(entry.location)
            reason = self._reason(entry.location, path, claim, identity)
        except FileNotFoundError:
            self.found.leave_out(path, CHANGED)
            return
        except OSError:
            self.found.leave_out(path, NOT_READABLE)
            return
        if reason is None:
            return
        self.met.add((shown(path), (entry.inode, identity.file)))
        if reason:
            self.found.leave_out(path, reason, identity=identity)
        else:
            self.found.sources.append(source_of(path, entry.location, identity))

    def _reason(self, location: str, path: str, claim: Claim, identity: Identity) -> str | None:
        """Return why a file is left out; empty if it is scanned, `None` if it is not data."""
        if claim is Claim.SCAN:
            return ""
        if claim in _REASONS:
            return _REASONS[claim]
        sniffed = self._rules.sniffer.look(location, identity)
        if claim is Claim.ELSEWHERE:
            return PATH_NOT_SELECTED if sniffed.has_time else None
        is_data = sniffed.has_lines and (sniffed.has_time or is_scanned_path(shown(path)))
        return NOT_NAMED if is_data else None
