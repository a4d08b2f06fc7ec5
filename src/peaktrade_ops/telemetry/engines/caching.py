"""Scan parts with the help of a cache: what is known by content is not scanned again.

The bytes of a part are hashed before they are scanned if the cache knows a part that begins like
it, and while they are scanned otherwise. So a tally is always kept under the digest of exactly the
bytes that it counts, even if the file changes meanwhile. If lines were added to a known part, only
these are scanned.
"""

from __future__ import annotations

import copy
import hashlib
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.telemetry.counting.kept import Recut, from_bytes, to_bytes
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.engines.cache import Cache, Name
from peaktrade_ops.telemetry.engines.program import program_digest
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.names import is_compressed_name, is_finished_name
from peaktrade_ops.telemetry.files.reader import ReadProblemError, is_compressed, read_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from peaktrade_ops.telemetry.counting.cells import Cells
    from peaktrade_ops.telemetry.counting.scan import Setup
    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Store

_HEAD_BYTES: Final = 4096
_HEAD_DIGEST_BYTES: Final = 16
# A part with more names costs more to keep than it saves.
_MOST_NAME_BYTES: Final = 4 * 2**20
# The tallies of so many bytes wait in memory until they are merged.
_MOST_WAITING: Final = 8 * 2**20
# About what a tally takes besides its names.
_TALLY_BYTES: Final = 2**15
_EXHIBIT_BYTES: Final = 2**11
# The times of a file system are coarse: a file that was written just before may be written again
# without a sign of it.
_SETTLED_NS: Final = 2 * 10**9


class Scanned(NamedTuple):
    """The tally of a part.

    Attributes:
        tally: The tally.
        name: The name of its bytes; `None` if the part cannot be kept.
        body: The tally as bytes if it is to be kept; else `None`.
    """

    tally: Tally
    name: Name | None = None
    body: bytes | None = None


class Digest:
    """Names bytes that come in pieces, by BLAKE3.

    Telemetry comes from outside, and nobody can write other bytes with the digest of known ones.

    Args:
        context: A digest of what else the tally of the bytes depends on.
    """

    def __init__(self, context: bytes) -> None:
        """Start without bytes."""
        from blake3 import blake3  # noqa: PLC0415 (slow to load)

        self._hash = blake3(context)
        self._head = blake3(context)
        self._length = 0

    def update(self, data: bytes) -> None:
        """Add the next bytes."""
        if self._length < _HEAD_BYTES:
            self._head.update(data[: _HEAD_BYTES - self._length])
        self._hash.update(data)
        self._length += len(data)

    def copy(self) -> Digest:
        """Return an object with the same bytes, to which others can be added."""
        new = copy.copy(self)
        new._hash, new._head = self._hash.copy(), self._head.copy()  # noqa: SLF001 (the same class)
        return new

    @property
    def name(self) -> Name:
        """The name of the bytes so far."""
        return Name(self._hash.digest(), self._head.digest()[:_HEAD_DIGEST_BYTES], self._length)


class Begun(NamedTuple):
    """A part whose first bytes are those of parts that the cache knows.

    Attributes:
        part: The part.
        context: A digest of what else its tally depends on.
        lengths: The lengths of those parts, bytes; empty if there are none.
    """

    part: Part
    context: bytes
    lengths: Collection[int]

    @property
    def rest(self) -> Part:
        """What is new at least, if the part continues like the longest of those parts."""
        known = self.part.start + max(self.lengths, default=0)
        # The last line of a part may be longer than the part.
        return self.part._replace(start=min(known, self.part.end))


class Hashed(NamedTuple):
    """The digests of a part.

    Attributes:
        part: The part.
        start: The position of its first byte in the file.
        digest: The digest of all its bytes.
        shorter: The digests of its first lines, as many as parts that the cache knows have; the
            longest first.
    """

    part: Part
    start: int
    digest: Digest
    shorter: Sequence[Digest]


class Known(NamedTuple):
    """What the cache knows of a part.

    Attributes:
        tally: The tally of its first bytes.
        digest: The digest of these bytes.
        rest: The lines that follow them; `None` if all bytes are known.
    """

    tally: Tally
    digest: Digest
    rest: Part | None


class CachingScanner:
    """Scans the parts that the cache does not know.

    Args:
        scanner: Scans a part.
        cache: The cache; `None` to scan all parts.

    Attributes:
        setup: The settings of the scan.
    """

    def __init__(self, scanner: Scanner, cache: Cache | None) -> None:
        """Store the scanner and the cache."""
        self.setup = scanner.setup
        self._scanner = scanner
        self._cache = cache
        self._recut = Recut(scanner.setup.cells, scanner.new_tally)

    @property
    def can_resume(self) -> bool:
        """Whether something may be known, and several threads may read the store."""
        return self._cache is not None and self.setup.store == LOCAL

    def known(self, key: bytes, path: str) -> Tally | None:
        """Return the tally of a part that the cache knows; `None` if it does not.

        Args:
            key: The key of its bytes.
            path: The file in reports.
        """
        bodies = self._cache.bodies(key) if self._cache else ()
        return next(filter(None, (self.tally_of(body, path) for body in bodies)), None)

    def tally_of(self, body: bytes, path: str) -> Tally | None:
        """Return a tally that was kept as bytes; `None` if it does not fit."""
        try:
            return self._recut.tally(from_bytes(body), path)
        except msgspec.MsgspecError:
            return None

    def scan(self, part: Part) -> Scanned:
        """Return the tally of a part, counted now or earlier.

        Raises:
            OutgrownError: The names exceed their memory limit, and no table is allowed.
            TelemetryError: The names exceed their memory limit, and the temporary file cannot be
                written.
        """
        return self.finish(part, self.look_up(hash_of(self.begin(part), self.setup.store)))

    def begin(self, part: Part) -> Begun:
        """Return what the cache may know of a part, by its first bytes."""
        if self._cache is None:
            return Begun(part, b"", ())
        first = Digest(context := context_of(part, self.setup))
        try:
            _, data = next(read_bytes(*part, self.setup.store), (0, b""))
        except ReadProblemError:
            # The scan reports the problem.
            return Begun(part, context, ())
        first.update(data[:_HEAD_BYTES])
        return Begun(part, context, self._cache.lengths(first.name.head))

    def look_up(self, hashed: Hashed | None) -> Known | None:
        """Return what the cache knows of a part; `None` if that is nothing."""
        if hashed is None:
            return None
        part, path = hashed.part, hashed.part.source.path
        if tally := self.known(hashed.digest.name.key, path):
            return Known(tally, hashed.digest, None)
        try:
            if part.start == 0 and is_compressed(part.source, self.setup.store):
                return None
        except ReadProblemError:
            # The scan reports the problem.
            return None
        for digest in hashed.shorter:
            if tally := self.known(digest.name.key, path):
                rest = part._replace(start=hashed.start + digest.name.length)
                return Known(tally, digest, rest)
        return None

    def finish(self, part: Part, known: Known | None) -> Scanned:
        """Return the tally of a part of which some may be known.

        Raises:
            OutgrownError: The names exceed their memory limit, and no table is allowed.
            TelemetryError: The names exceed their memory limit, and the temporary file cannot be
                written.
        """
        if self._cache is None:
            return Scanned(self._scanner.scan(part))
        if known is not None and known.rest is None:
            return Scanned(known.tally, known.digest.name)
        if known is None or known.rest is None:
            digest = Digest(context_of(part, self.setup))
            tally = self._scanner.scan(part, digest.update)
        else:
            digest, tally = known.digest, known.tally
            tally.absorb(self._scanner.scan(known.rest, digest.update))
        if tally.files[part.source.path].problem or not _is_small(tally):
            return Scanned(tally)
        return Scanned(tally, digest.name, to_bytes(tally, self.setup.cells))


def hash_of(begun: Begun, store: Store) -> Hashed | None:
    """Return the digests of a part; `None` if the cache knows no part that begins like it.

    Args:
        begun: The part.
        store: The store of its file.
    """
    if not begun.lengths:
        return None
    digest = Digest(begun.context)
    shorter: list[Digest] = []
    start, before = begun.part.end, 0
    try:
        for position, piece in read_bytes(*begun.part, store):
            start = min(start, position)
            after = before + len(piece)
            for length in sorted(begun.lengths):
                if (
                    before < length <= after
                    and piece[length - before - 1 : length - before] == b"\n"
                ):
                    shorter.insert(0, digest.copy())
                    shorter[0].update(piece[: length - before])
            digest.update(piece)
            before = after
    except ReadProblemError:
        # The scan reports the problem.
        return None
    return Hashed(begun.part, start, digest, shorter)


class Memory:
    """What earlier scans counted, for the process that merges the tallies.

    Args:
        scanner: The scanner of this process.
    """

    def __init__(self, scanner: Scanner) -> None:
        """Open the cache, if there is one."""
        self._setup = scanner.setup
        self._cache = Cache(scanner.setup.cache) if scanner.setup.cache else None
        self._began_ns = time.time_ns()
        self._room: float = _MOST_WAITING
        self._cells = cells_digest(scanner.setup.cells)
        self.scanner = CachingScanner(scanner, self._cache)

    @property
    def problem(self) -> str:
        """Why the cache cannot be used; empty if it can, or if there is none."""
        return self._cache.problem if self._cache else ""

    def recalled(self, source: Source, parts: Sequence[Part]) -> Iterable[Tally] | None:
        """Return the tallies of a file that has not changed.

        Usually that is one tally of the whole file. It is kept when the file has not changed for
        the first time, so that the next run looks up one tally in place of many.

        Args:
            source: The file.
            parts: Its parts.

        Returns:
            The tallies, in order, which can be used once; `None` if the file must be read.
        """
        if self._cache is None:
            return None
        keys = self._cache.file(context_of(parts[0], self._setup), source.identity)
        if len(keys) != len(parts):
            return None
        joined = hashlib.sha256(b"joined" + b"".join(keys)).digest()
        choices: list[tuple[Sequence[Part], Sequence[bytes]]] = [(parts, keys)]
        if len(parts) > 1:
            choices.insert(0, ([Part(source, 0, source.size)], [joined]))
        for some, names in choices:
            is_known, tally = self._recalled(names, source.path)
            if tally is not None:
                if len(some) > 1 and _is_small(tally):
                    # No part that is read begins like this.
                    name = Name(joined, joined[:_HEAD_DIGEST_BYTES], source.size)
                    self._cache.keep(name, self._cells, to_bytes(tally, self._setup.cells))
                return [tally]
            if is_known:
                return map(self._recalled_again, some, names)
        return None

    def _recalled(self, keys: Sequence[bytes], path: str) -> tuple[bool, Tally | None]:
        """Return whether neighbouring parts are known, and their tally if there is room for it.

        A tally waits in memory until those of the files before it are merged.
        """
        merged, has_room = None, True
        for key in keys:
            tally = self.scanner.known(key, path)
            if tally is None:
                return False, None
            if has_room:
                if merged is None:
                    merged = tally
                else:
                    merged.absorb(tally)
                has_room = _bytes_of(merged) <= self._room
        if merged is None or not has_room:
            return True, None
        self._room -= _bytes_of(merged)
        return True, merged

    def _recalled_again(self, part: Part, key: bytes) -> Tally:
        tally = self.scanner.known(key, part.source.path)
        # The cache may be deleted during the scan.
        return self.scanner.scan(part).tally if tally is None else tally

    def kept(self, source: Source, results: Iterable[Scanned]) -> Iterator[Tally]:
        """Yield the tallies of a file, and keep what is new."""
        keys = []
        for tally, name, body in results:
            if self._cache and name and body:
                self._cache.keep(name, self._cells, body)
            keys.append(name.key if name else None)
            yield tally
        known = [key for key in keys if key is not None]
        if self._cache and len(known) == len(keys) and self._has_settled(source):
            context = context_of(Part(source, 0, source.size), self._setup)
            self._cache.keep_file(context, source.identity, known)

    def close(self, most_bytes: int) -> None:
        """Write what is new, and remove the oldest if the cache is too large."""
        if self._cache is not None:
            self._cache.close(most_bytes)

    def _has_settled(self, source: Source) -> bool:
        """Return whether a later change of a file will show in its identity."""
        if not source.changed_ns:
            return False
        if max(source.modified_ns, source.changed_ns) + _SETTLED_NS > self._began_ns:
            return False
        try:
            return self._setup.store.identity(source.location) == source.identity
        except OSError:
            return False


def cells_digest(cells: Cells) -> bytes:
    """Return a digest of the windows and the clock that cells are made from."""
    return hashlib.sha256(msgspec.msgpack.encode((cells.ends, cells.ahead))).digest()[:16]


def _bytes_of(tally: Tally) -> float:
    """Return about how much memory a tally takes, bytes."""
    names = sum(counts.held_bytes for counts in tally.names.values())
    exhibits = sum(file.exhibits.size for file in tally.files.values())
    return _TALLY_BYTES + names + exhibits * _EXHIBIT_BYTES


def _is_small(tally: Tally) -> bool:
    return all(counts.held_bytes < _MOST_NAME_BYTES for counts in tally.names.values())


def context_of(part: Part, setup: Setup) -> bytes:
    """Return a digest of what the tally of a part depends on besides its bytes and the cells."""
    name = part.source.name
    return hashlib.sha256(
        msgspec.msgpack.encode(
            (
                program_digest(),
                setup.classifier.kind_of(name).fingerprint,
                setup.keywords,
                setup.record_bytes,
                is_finished_name(name),
                is_compressed_name(name),
                # A byte-order mark and compression are only at the beginning.
                part.start == 0,
            )
        )
    ).digest()
