"""Which files are scanned, and which are not and why (section 3 of the contract).

Nothing that looks like telemetry is passed over in silence: it is a source, or it is left out
with a reason.
"""

from __future__ import annotations

import errno
import fnmatch
import functools
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.errors import TelemetryError, reason_of
from peaktrade_ops.telemetry.patterns import (
    NOT_ENTERED,
    Patterns,
    is_telemetry_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

OVER_MAX_FILES: Final = "over --max-files"
BROKEN_COMPRESSION: Final = "broken compression"

_HARMLESS: Final = frozenset({"not a regular file", "ignored"})
# As many as Linux follows, see path_resolution(7).
_MOST_LINKS: Final = 40
_REPORTS: Final = "reports"
_GLOB_MARKS: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to scan.

    Attributes:
        path: How it is shown: relative to the telemetry root, printable.
        location: Where it is, absolute.
        device: The device that it is on, and its `inode` there: a scan reads this very file.
        size: Its size in bytes when it was found; a scan reads no further.
        modified_ns: Its modification time, nanoseconds since 1970.
    """

    path: str
    location: str
    device: int
    inode: int
    size: int
    modified_ns: int


class LeftOut(NamedTuple):
    """Something that is not scanned.

    Attributes:
        path: How it is shown.
        reason: Why, in the words of the contract.
        harmless: Whether no event of the window can be missing for it.
    """

    path: str
    reason: str
    harmless: bool


@dataclass(slots=True)
class Discovery:
    """What was found: the sources in path order, what is left out, and how many candidates."""

    sources: list[Source] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    candidates: int = 0

    def leave_out(self, path: str, reason: str, *, candidate: bool = True) -> None:
        """Record that something is not scanned."""
        self.left_out.append(LeftOut(shown(path), reason, harmless=reason in _HARMLESS))
        self.candidates += candidate


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for.

    Attributes:
        max_depth: How many parts a path may have.
        ignore: Patterns of paths that are left out.
        closed: Device and inode of folders that are not entered: where the reports are.
        is_candidate: Whether a relative path is one of a file to scan.
        is_named: Whether somebody named the folder, so that ``reports`` in it is entered too.
    """

    max_depth: int
    ignore: Patterns
    closed: frozenset[tuple[int, int]]
    is_candidate: Callable[[str], bool] = is_telemetry_path
    is_named: bool = False


def discover(root: Path, search: Search, *, max_files: int, since_ns: int) -> Discovery:
    """Find the telemetry below a root.

    Args:
        root: The telemetry root.
        search: What to look for.
        max_files: Scan only this many, the newest; 0 is all.
        since_ns: The start of the window, nanoseconds since 1970: an older file that is over
            `max_files` cannot hold an event of the window.

    Raises:
        TelemetryError: The root is missing, no folder, or cannot be read.
    """
    found = _search_folder(_checked_folder(root), search)
    found.candidates += len(found.sources)
    if max_files:
        newest = sorted(found.sources, key=lambda source: (-source.modified_ns, source.path))
        for source in newest[max_files:]:
            harmless = source.modified_ns < since_ns
            found.left_out.append(LeftOut(source.path, OVER_MAX_FILES, harmless))
        found.sources = newest[:max_files]
    return _in_order(found)


def discover_inputs(inputs: Sequence[str], search: Search) -> Discovery:
    """Find exactly the files that somebody named.

    Args:
        inputs: Files, folders and globs. A path that exists is never taken for a glob.
        search: For the folders among them: how deep to look, and what is ignored.

    Returns:
        The files in path order, relative to the folder or to the fixed part of the glob that gave
        them, or by name; a file that is given twice is scanned once.

    Raises:
        TelemetryError: A path is missing or cannot be read, or a glob has no match.
    """
    found = Discovery()
    named: set[str] = set()
    seen: set[str] = set()
    for given in inputs:
        for path, base in _named_paths(given, found):
            place = os.path.realpath(path)
            if place in named:
                continue
            named.add(place)
            part = _named(path, base, search)
            found.left_out += part.left_out
            found.candidates += part.candidates
            for source in part.sources:
                if source.location not in seen:
                    seen.add(source.location)
                    found.sources.append(source)
    found.candidates += len(found.sources)
    return _in_order(found)


def shown(path: str) -> str:
    """Make a path printable that the file system gave; bytes that are no UTF-8 become escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _in_order(found: Discovery) -> Discovery:
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


def _checked_folder(folder: Path) -> Path:
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


def _search_folder(root: Path, search: Search) -> Discovery:
    """Walk one folder, then decide about the links that were met."""
    found = Discovery()
    links: list[str] = []
    folders = [(os.fspath(root), "", 1)]
    while folders:
        folder, prefix, depth = folders.pop()
        for entry in _entries(folder, prefix, found):
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
    _judge_links(links, root, search, found)
    # Files that are shown alike differ in their bytes, not in the order of the listing.
    found.sources.sort(key=lambda source: source.location)
    return found


def _entries(folder: str, prefix: str, found: Discovery) -> Iterator[os.DirEntry[str]]:
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
            found.sources.append(_source(path, entry.path, entry.stat(follow_symlinks=False)))
        except FileNotFoundError:
            found.leave_out(path, "vanished")
        except OSError:
            found.leave_out(path, "not readable")


def _judge_links(links: Iterable[str], root: Path, search: Search, found: Discovery) -> None:
    """Decide about links: what they point to inside the root counts under its own name.

    A link out of the root is left out whatever it points to, because what is there cannot be told
    from inside a container that mounts the root alone, and under another name.
    """
    known = {source.location for source in found.sources}
    known |= {os.path.join(root, entry.path) for entry in found.left_out}  # noqa: PTH118 (text)
    met = known | {os.path.join(root, path) for path in links}  # noqa: PTH118 (text)
    contents = functools.cache(_contents)
    for path in links:
        target = _target(path, root)
        if search.ignore.match(shown(path)):
            found.leave_out(path, "ignored", candidate=search.is_candidate(shown(path)))
        elif target is None:
            found.leave_out(path, "link leaves the root")
        # A link that leads to itself has been met, but leads to nothing that is known.
        elif any(
            place not in (known if place == target else met)
            for place in _targets(path, target, search, contents)
        ):
            found.leave_out(path, "link to a file that is not scanned")


def _target(path: str, root: Path) -> str | None:
    """Follow a link step by step.

    Args:
        path: The link, relative to the root.
        root: The folder that must not be left, not even to come back: what lies outside of it, and
            what it is called there, depends on where it is mounted.

    Returns:
        The absolute place that the link leads to, which need not exist; that of the link itself
        where links lead in a circle; none where it leaves the root.
    """
    trail: list[str] = []
    ahead = path.split("/")[::-1]
    followed = 0
    while ahead:
        step = ahead.pop()
        if step == "..":
            if not trail:
                return None
            trail.pop()
        elif step not in {"", "."}:
            trail.append(step)
            try:
                target = os.readlink(os.path.join(root, *trail))  # noqa: PTH115, PTH118 (text)
            except OSError:
                # No link, or nothing at all.
                continue
            followed += 1
            if target.startswith("/"):
                return None
            if followed > _MOST_LINKS:
                return os.path.join(root, path)  # noqa: PTH118 (text)
            trail.pop()
            ahead += target.split("/")[::-1]
    return os.path.join(root, *trail)  # noqa: PTH118 (text)


def _targets(
    path: str, target: str, search: Search, contents: Callable[[str], tuple[_Content, ...]]
) -> Iterator[str]:
    """Give the places that would be scanned if the link `path` were what it points to."""
    try:
        is_folder = _is_folder(target)
    except OSError:
        # Whatever it is, it cannot have been scanned by who may not look at it.
        yield target
        return
    if not is_folder:
        if search.is_candidate(shown(path)):
            yield target
        return
    for content in contents(target):
        if content.is_hidden or search.is_candidate(shown(path + content.path)):
            yield target + content.path


class _Content(NamedTuple):
    """What lies below a folder.

    Attributes:
        path: Where, from the folder on, with a leading slash; empty for the folder itself.
        is_hidden: Whether it may hide telemetry whatever its name is: a folder that cannot be
            listed, or a link.
    """

    path: str
    is_hidden: bool


def _contents(folder: str) -> tuple[_Content, ...]:
    """List the files and links below a folder, and the folders that cannot be listed."""
    found: list[_Content] = []

    def add(place: str, *, is_hidden: bool) -> None:
        found.append(_Content(place[len(folder) :], is_hidden))

    def closed(error: OSError) -> None:
        add(os.fspath(error.filename), is_hidden=True)

    for inside, folders, names in os.walk(folder, onerror=closed):
        folders[:] = [name for name in folders if name not in NOT_ENTERED]
        for name in (*names, *folders):
            place = os.path.join(inside, name)  # noqa: PTH118 (text)
            is_link = os.path.islink(place)  # noqa: PTH114 (text)
            if is_link or name in names:
                add(place, is_hidden=is_link)
    return tuple(found)


def _is_folder(path: str) -> bool:
    """Say whether a path leads to a folder.

    Raises:
        OSError: It may not be looked at.
    """
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 (text)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            return False
        raise


def _source(path: str, location: str, status: os.stat_result) -> Source:
    return Source(
        path=shown(path),
        location=location,
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
    )


def _named_paths(given: str, found: Discovery) -> list[tuple[str, str]]:
    """Resolve one ``--input`` to paths, each with the folder that it is shown relative to."""
    if os.path.lexists(given):
        return [(given, os.path.dirname(given))]  # noqa: PTH120 (text)
    fixed = given.split("/")
    while not _GLOB_MARKS.isdisjoint("/".join(fixed)):
        fixed.pop()
    moving = given.split("/")[len(fixed) :]
    base = "/".join(fixed) or ("/" if given.startswith("/") else "")
    missed = Discovery()
    matches = sorted(set(_matches(base, "", moving, missed))) if moving else []
    found.left_out += sorted(set(missed.left_out))
    if not matches:
        raise TelemetryError(
            f"--input {given}: " + ("the glob has no match" if moving else "no such file"),
            hint="check the path; a glob must be quoted against the shell",
        )
    return [(os.path.join(base, path), base) for path in matches]  # noqa: PTH118 (text)


def _matches(base: str, inside: str, parts: Sequence[str], found: Discovery) -> Iterator[str]:
    """Give what a glob matches in a folder below its fixed part, relative to that.

    A folder that cannot be read is left out. The standard library's own globs pass over such a
    folder in silence.
    """
    if not parts:
        yield inside
        return
    part, *rest = parts
    if _GLOB_MARKS.isdisjoint(part):
        path = os.path.join(inside, part)  # noqa: PTH118 (text)
        try:
            os.lstat(os.path.join(base, path))  # noqa: PTH118 (text)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            found.leave_out(inside, "folder not readable", candidate=False)
            return
        yield from _matches(base, path, rest, found)
        return
    if part == "**":
        yield from _matches(base, inside, rest or ["*"], found)
    folder = os.path.join(base, inside) or os.curdir  # noqa: PTH118 (text)
    for entry in _entries(folder, f"{inside}/", found):
        path = os.path.join(inside, entry.name)  # noqa: PTH118 (text)
        if part == "**":
            if entry.is_dir(follow_symlinks=False):
                yield from _matches(base, path, parts, found)
        elif fnmatch.fnmatchcase(entry.name, part) and (not rest or _goes_on(entry, path, found)):
            yield from _matches(base, path, rest, found)


def _goes_on(entry: os.DirEntry[str], path: str, found: Discovery) -> bool:
    """Say whether a glob can go on in an entry: in a folder, or in one that a link leads to."""
    try:
        return _is_folder(entry.path)
    except OSError:
        found.leave_out(path, "folder not readable", candidate=False)
        return False


def _named(path: str, base: str, search: Search) -> Discovery:
    """Find the file, or the files of the folder, that somebody named."""
    # Not Path.resolve, which fails in its own way on links that lead in a circle.
    location = Path(os.path.realpath(path))
    try:
        status = location.stat()
        if stat.S_ISREG(status.st_mode):
            # Opening it is the one sure way to know whether it may be read.
            os.close(os.open(location, os.O_RDONLY | os.O_NONBLOCK))
    except OSError as error:
        raise TelemetryError(f"--input {path} cannot be read: {reason_of(error)}") from error
    if stat.S_ISDIR(status.st_mode):
        # Exactly this folder: no file of it is passed over for its name.
        named = Search(
            search.max_depth, search.ignore, search.closed, lambda _path: True, is_named=True
        )
        return _search_folder(_checked_folder(location), named)
    if not stat.S_ISREG(status.st_mode):
        raise TelemetryError(
            f"--input {path} is not a regular file", hint="devices, sockets and pipes are not read"
        )
    relative = os.path.relpath(path, base or os.curdir)
    name = relative if not relative.startswith("..") else location.name
    return Discovery(sources=[_source(name, os.fspath(location), status)])
