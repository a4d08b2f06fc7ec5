"""Scan parts with the help of a cache: what is known by content is not scanned again.

The bytes of a part are hashed before they are scanned if the cache knows a part that begins like
it, and while they are scanned otherwise. So a tally is always kept under the digest of exactly the
bytes that it counts, even if the file changes meanwhile. If lines were added to a known part, only
these are scanned.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.telemetry.counting.kept import Recut, from_bytes, to_bytes
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.engines.cache import Cache, Name
from peaktrade_ops.telemetry.files.names import is_compressed_name, is_finished_name
from peaktrade_ops.telemetry.files.reader import ReadProblemError, is_compressed, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from peaktrade_ops.telemetry.counting.cells import Cells
    from peaktrade_ops.telemetry.counting.scan import Setup
    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Store

_HEAD_BYTES: Final = 4096
_HEAD_DIGEST_BYTES: Final = 16
# A part with more names costs more to keep than it saves.
_MOST_NAME_BYTES: Final = 4 * 2**20
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


class _Known(NamedTuple):
    """What the cache knows of a part.

    Attributes:
        tally: The tally of its first bytes.
        digest: The digest of these bytes.
        rest: The position of the next byte in the file; `None` if all bytes are known.
    """

    tally: Tally
    digest: Digest
    rest: int | None


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
        if self._cache is None:
            return Scanned(self._scanner.scan(part))
        context = context_of(part, self.setup)
        try:
            known = self._known_of(self._cache, part, context)
        except ReadProblemError:
            # The scan reports the problem.
            known = None
        if known is not None and known.rest is None:
            return Scanned(known.tally, known.digest.name)
        if known is None:
            digest = Digest(context)
            tally = self._scanner.scan(part, digest.update)
        else:
            digest, tally = known.digest, known.tally
            rest = Part(part.source, known.rest or 0, part.end)
            tally.absorb(self._scanner.scan(rest, digest.update))
        if tally.files[part.source.path].problem or not _is_small(tally):
            return Scanned(tally)
        return Scanned(tally, digest.name, to_bytes(tally, self.setup.cells))

    def _known_of(self, cache: Cache, part: Part, context: bytes) -> _Known | None:
        """Return what the cache knows of a part.

        Raises:
            ReadProblemError: The part cannot be read.
        """
        source, store = part.source, self.setup.store
        hashed = _hash(part, store, context, cache)
        if hashed is None:
            return None
        if tally := self.known(hashed.digest.name.key, source.path):
            return _Known(tally, hashed.digest, None)
        if part.start == 0 and is_compressed(source, store):
            return None
        for digest in hashed.shorter:
            if tally := self.known(digest.name.key, source.path):
                return _Known(tally, digest, hashed.start + digest.name.length)
        return None


class _Hashed(NamedTuple):
    """The digests of a part.

    Attributes:
        start: The position of its first byte in the file.
        digest: The digest of all its bytes.
        shorter: The digests of its first lines, as many as parts that the cache knows have; the
            longest first.
    """

    start: int
    digest: Digest
    shorter: list[Digest]


def _hash(part: Part, store: Store, context: bytes, cache: Cache) -> _Hashed | None:
    """Hash a part; return `None` if the cache knows no part that begins like it.

    Raises:
        ReadProblemError: The part cannot be read.
    """
    pieces = read_bytes(*part, store)
    start, data = next(pieces, (part.end, b""))
    first = Digest(context)
    first.update(data[:_HEAD_BYTES])
    lengths = cache.lengths(first.name.head)
    if not lengths:
        return None
    digest = Digest(context)
    shorter: list[Digest] = []
    before = 0
    for _, piece in itertools.chain([(start, data)], pieces):
        after = before + len(piece)
        for length in sorted(lengths):
            if before < length <= after and piece[length - before - 1 : length - before] == b"\n":
                shorter.insert(0, digest.copy())
                shorter[0].update(piece[: length - before])
        digest.update(piece)
        before = after
    return _Hashed(start, digest, shorter)


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
        self._cells = cells_digest(scanner.setup.cells)
        self.scanner = CachingScanner(scanner, self._cache)

    def keys_of(self, source: Source, parts: Sequence[Part]) -> tuple[bytes, ...]:
        """Return the keys of the parts of a file that has not changed; none if it must be read.

        Args:
            source: The file.
            parts: Its parts.
        """
        if self._cache is None:
            return ()
        keys = self._cache.file(context_of(parts[0], self._setup), source.identity)
        is_known = len(keys) == len(parts) and all(
            self.scanner.known(key, source.path) for key in keys
        )
        return keys if is_known else ()

    def recalled(self, part: Part, key: bytes) -> Scanned:
        """Return the tally of a part that is known."""
        tally = self.scanner.known(key, part.source.path)
        # The cache may be deleted during the scan.
        return self.scanner.scan(part) if tally is None else Scanned(tally)

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


def _is_small(tally: Tally) -> bool:
    return all(counts.held_bytes < _MOST_NAME_BYTES for counts in tally.names.values())


def context_of(part: Part, setup: Setup) -> bytes:
    """Return a digest of what the tally of a part depends on besides its bytes and the cells."""
    path = part.source.path
    return hashlib.sha256(
        msgspec.msgpack.encode(
            (
                setup.classifier.kind_of(path).fingerprint,
                setup.keywords,
                setup.record_bytes,
                is_finished_name(path),
                is_compressed_name(path),
                # A byte-order mark and compression are only at the beginning.
                part.start == 0,
            )
        )
    ).digest()
