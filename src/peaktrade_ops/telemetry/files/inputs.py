"""Find exactly the files that ``--input`` names, on the local file system only."""

from __future__ import annotations

import fnmatch
import os
import stat
import unicodedata
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.errors import TelemetryError, reason_of
from peaktrade_ops.telemetry.files.listing import listed
from peaktrade_ops.telemetry.files.local import LOCAL, leads_to_folder
from peaktrade_ops.telemetry.files.pin import pin_sources, pinned
from peaktrade_ops.telemetry.files.reasons import FOLDER_NOT_READABLE, NOT_READABLE, ONLY_INPUT
from peaktrade_ops.telemetry.files.search import Discovery, in_path_order
from peaktrade_ops.telemetry.files.store import Kind
from peaktrade_ops.telemetry.files.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.telemetry.files.search import Search
    from peaktrade_ops.telemetry.files.store import Entry


_GLOB_MARKS: Final = frozenset("*?[")


def discover_inputs(inputs: Sequence[str], search: Search) -> Discovery:
    """Find exactly the files that the user named.

    Args:
        inputs: Files, folders and globs. A path that exists is never read as a glob.
        search: The rules for the folders among them: how deep to look, and what to ignore.

    Returns:
        The files in path order. A path is relative to the named folder or to the fixed part of the
        glob; a named file is shown by its name. A file that is named twice is scanned once. One
        left-out entry records that only these files were scanned.

    Raises:
        TelemetryError: A path is missing or cannot be read, or a glob has no match.
    """
    found = Discovery()
    named: set[str] = set()
    seen: dict[tuple[str, tuple[int, int]], set[str]] = {}
    for given in inputs:
        for path, base in _named_paths(given, found):
            location = os.path.realpath(path)
            if location in named:
                continue
            named.add(location)
            part = _named(path, base, search)
            found.left_out += part.left_out
            found.candidates += part.candidates
            for source in part.sources:
                known = (_spelled(source.location), source.identity.file)
                names = seen.setdefault(known, set())
                if not names or (
                    source.location not in names
                    and _is_listed(source.location)
                    and all(map(_is_listed, names))
                ):
                    names.add(source.location)
                    found.sources.append(source)
    found.merge_names(search.legacy)
    found.candidates += len(found.sources)
    found.leave_out(".", ONLY_INPUT, candidate=False)
    return found.in_order()


def _is_listed(location: str) -> bool:
    """Return whether a file has this name, as it is spelled, and not only a similar one."""
    folder, name = os.path.split(location)
    try:
        return name in os.listdir(folder or ".")  # noqa: PTH208 (text)
    except OSError:
        return False


def _spelled(location: str) -> str:
    """Return a location as file systems compare it that do not tell capitals from small letters.

    Those of macOS and Windows do not; and they take an accent for a part of its letter or not. Two
    files of one spelling differ in their identity.
    """
    return unicodedata.normalize("NFC", location).casefold()


def _named_paths(given: str, found: Discovery) -> list[tuple[str, str]]:
    """Resolve one ``--input`` to paths, each with the folder that it is shown relative to."""
    if os.path.lexists(given):
        return [(given, os.path.dirname(given))]  # noqa: PTH120 (text)
    fixed = given.split("/")
    while not _GLOB_MARKS.isdisjoint("/".join(fixed)):
        fixed.pop()
    pattern = given.split("/")[len(fixed) :]
    base = "/".join(fixed) or ("/" if given.startswith("/") else "")
    missed = Discovery()
    matches = sorted(set(_matches(base, "", pattern, missed))) if pattern else []
    found.left_out += in_path_order(set(missed.left_out))
    if not matches:
        is_url = "://" in given
        raise TelemetryError(
            f"--input {given}: " + ("the glob has no match" if pattern else "no such file"),
            hint="it names files of this machine; give the URL of a folder to --repo"
            if is_url
            else "check the path; a glob must be quoted against the shell",
        )
    return [(os.path.join(base, path), base) for path in matches]  # noqa: PTH118 (text)


def _matches(base: str, inside: str, parts: Sequence[str], found: Discovery) -> Iterator[str]:
    """Yield the matches of a glob in a folder, relative to its fixed part.

    A folder that cannot be read is left out. The globs of the standard library skip such a folder
    without a notice.

    Args:
        base: The fixed part of the glob.
        inside: The folder, relative to the fixed part.
        parts: The parts of the glob that are not matched yet.
        found: The result that records what is left out.
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
            found.leave_out(inside, FOLDER_NOT_READABLE, candidate=False)
            return
        yield from _matches(base, path, rest, found)
        return
    if part == "**":
        yield from _matches(base, inside, rest or ["*"], found)
    folder = os.path.join(base, inside) or os.curdir  # noqa: PTH118 (text)
    for entry in listed(LOCAL, folder, inside.rstrip("/"), found):
        path = os.path.join(inside, entry.name)  # noqa: PTH118 (text)
        if part == "**":
            if _is_folder(entry, path, found):
                yield from _matches(base, path, parts, found)
        elif fnmatch.fnmatchcase(entry.name, part) and (
            not rest or _continues_in(entry, path, found)
        ):
            yield from _matches(base, path, rest, found)


def _is_folder(entry: Entry, path: str, found: Discovery) -> bool:
    """Return whether an entry is a folder, and not a link to one."""
    if entry.kind is Kind.UNKNOWN:
        found.leave_out(path, NOT_READABLE)
    return entry.kind is Kind.FOLDER


def _continues_in(entry: Entry, path: str, found: Discovery) -> bool:
    """Return whether the rest of a glob is matched in an entry: a folder, or a link to one."""
    try:
        return leads_to_folder(entry.location)
    except OSError:
        found.leave_out(path, FOLDER_NOT_READABLE, candidate=False)
        return False


def _named(path: str, base: str, search: Search) -> Discovery:
    """Find the file, or the files of the folder, that the user named."""
    # Not Path.resolve, which raises an error of another type when links form a loop.
    location = Path(os.path.realpath(path))
    relative = os.path.relpath(path, base or os.curdir)
    name = relative if not relative.startswith("..") else location.name
    try:
        mode = location.stat().st_mode
        # Reading is the only reliable test of the permission to read.
        source = pinned(name, os.fspath(location)) if stat.S_ISREG(mode) else None
    except OSError as error:
        raise TelemetryError(
            f"--input {path} cannot be read: {reason_of(error)}",
            hint=f"check the path, and let the user with uid {os.geteuid()} read it",
        ) from error
    if stat.S_ISDIR(mode):
        # The user named this folder: no file in it is skipped because of its name.
        return walk(
            location,
            msgspec.structs.replace(search, takes_all=True),
            settle=partial(pin_sources, store=LOCAL),
        )
    if source is None:
        raise TelemetryError(
            f"--input {path} is not a regular file", hint="devices, sockets and pipes are not read"
        )
    return Discovery(sources=[source])
