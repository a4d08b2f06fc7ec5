"""Record the state of each file when it is found, and find later changes (section 3)."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from typing import TYPE_CHECKING, Final

from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.reasons import CHANGED, NOT_READABLE
from peaktrade_ops.telemetry.files.search import Discovery, LeftOut
from peaktrade_ops.telemetry.files.source import Source, source_of

if TYPE_CHECKING:
    from peaktrade_ops.telemetry.files.store import OpenFile, Store

# Enough bytes for the time of the first event, which distinguishes a file from its successor.
# Reading them takes no longer than reading one byte.
_BEGINNING_BYTES: Final = 4096


def pinned(path: str, location: str, store: Store = LOCAL) -> Source:
    """Return the source at a location in its current state, with a digest of its beginning.

    Args:
        path: The path below the root, as returned by the file system.
        location: The absolute location in the store.
        store: The store of the file.

    Raises:
        FileNotFoundError: There is no regular file, or it becomes shorter during the call.
        OSError: The file cannot be read.
    """
    with contextlib.closing(store.open_file(location)) as file:
        beginning = _beginning(file, file.identity.size)
        return source_of(path, location, file.identity, beginning)


def pin_sources(found: Discovery, store: Store) -> None:
    """Record the state of the sources of a search; leave out changed or unreadable ones.

    A file that became shorter is left out as changed and read all the same: what is missing may
    have been copied to a name that was not there yet.
    """
    sources = []
    for source in found.sources:
        try:
            now = pinned(source.path, source.location, store)
        except FileNotFoundError:
            found.left_out.append(LeftOut(source.path, CHANGED))
        except OSError:
            found.left_out.append(LeftOut(source.path, NOT_READABLE))
        else:
            is_same = now.identity.file == source.identity.file
            if is_same:
                sources.append(now)
            if not is_same or now.size < source.size:
                found.left_out.append(LeftOut(source.path, CHANGED))
    found.sources = sources


def judged_again(found: Discovery, store: Store = LOCAL) -> Discovery:
    """Return the result of a search with the files that changed during the scan left out.

    A file that only grew has not changed. Events that were scanned in a changed file still count.
    """
    changes = [
        LeftOut(source.path, reason)
        for source in found.sources
        if (reason := _change_of(source, store))
    ]
    return Discovery(found.sources, [*found.left_out, *changes], found.candidates)


def _change_of(source: Source, store: Store) -> str:
    """Return the reason why a file is not the one that was found; empty if it is."""
    try:
        now = store.identity(source.location)
        if now.file != source.identity.file or now.size < source.size:
            return CHANGED
        if now[:4] == source.identity[:4]:
            # The file was not written. This is the usual case, and needs no second read.
            return ""
        with contextlib.closing(store.open_file(source.location)) as file:
            is_same = file.identity.file == source.identity.file
            if is_same and _beginning(file, source.size) == source.beginning:
                return ""
    except FileNotFoundError:
        return CHANGED
    except OSError:
        return NOT_READABLE
    return CHANGED


def _beginning(file: OpenFile, size: int) -> bytes:
    """Return a digest of the first bytes of a file.

    Args:
        file: The file.
        size: The size of the file when it was found, bytes.

    Raises:
        FileNotFoundError: The file is shorter now.
        OSError: The file cannot be read.
    """
    head = b""
    wanted = min(size, _BEGINNING_BYTES)
    while len(head) < wanted:
        data = file.read_at(len(head), wanted - len(head))
        if not data:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        head += data
    return hashlib.blake2b(head, digest_size=16).digest()
