"""Find exactly the files that ``--input`` names."""

from __future__ import annotations

import fnmatch
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import TelemetryError, reason_of
from peaktrade_ops.telemetry.files.links import is_folder
from peaktrade_ops.telemetry.files.search import Discovery, Search
from peaktrade_ops.telemetry.files.source import source_of
from peaktrade_ops.telemetry.files.walk import checked_folder, entries_of, in_order, search_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_GLOB_MARKS: Final = frozenset("*?[")


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
    return in_order(found)


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
    for entry in entries_of(folder, f"{inside}/", found):
        path = os.path.join(inside, entry.name)  # noqa: PTH118 (text)
        if part == "**":
            if entry.is_dir(follow_symlinks=False):
                yield from _matches(base, path, parts, found)
        elif fnmatch.fnmatchcase(entry.name, part) and (not rest or _goes_on(entry, path, found)):
            yield from _matches(base, path, rest, found)


def _goes_on(entry: os.DirEntry[str], path: str, found: Discovery) -> bool:
    """Say whether a glob can go on in an entry: in a folder, or in one that a link leads to."""
    try:
        return is_folder(entry.path)
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
        return search_folder(checked_folder(location), named)
    if not stat.S_ISREG(status.st_mode):
        raise TelemetryError(
            f"--input {path} is not a regular file", hint="devices, sockets and pipes are not read"
        )
    relative = os.path.relpath(path, base or os.curdir)
    name = relative if not relative.startswith("..") else location.name
    return Discovery(sources=[source_of(name, os.fspath(location), status)])
