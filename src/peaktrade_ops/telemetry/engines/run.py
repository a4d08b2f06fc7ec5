"""Cut files into parts, run an engine over them, and merge the tallies in order."""

from __future__ import annotations

import contextlib
import os
import time
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from peaktrade_ops.steps import Stopwatch, took
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.counting.spill import Table
from peaktrade_ops.telemetry.engines.caching import Memory
from peaktrade_ops.telemetry.engines.resuming import Resuming, text_bytes
from peaktrade_ops.telemetry.files.reader import ReadProblemError, is_compressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from peaktrade_ops.telemetry.counting.scan import Setup
    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.engines.caching import CachingScanner, Scanned
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Store

PART_BYTES: Final = 16 * 2**20
"""A part is large enough to outweigh the cost of a process, and small enough for even shares."""

PIECES_OF_A_PART: Final = 16
"""A cluster gets larger parts, whose pieces its workers scan and merge."""

_MIN_POOL_BYTES: Final = 24 * 2**20
# New lines are mostly in a window, where they cost up to three times as much as others.
_MOST_NEW_BYTES: Final = 8 * 2**20
_MAX_PROCESSES: Final = 8


class Engine(Protocol):
    """Scans parts of files, in this process or elsewhere."""

    def run(self, parts: Sequence[Part]) -> Iterator[Scanned]:
        """Yield the tally of each part, in order.

        Raises:
            TelemetryError: A part could not be scanned.
        """


class InProcess:
    """The engine that scans the parts in this process, one after the other.

    Args:
        scanner: Scans a part.
    """

    def __init__(self, scanner: CachingScanner) -> None:
        """Store the scanner."""
        self._scanner = scanner

    def run(self, parts: Sequence[Part]) -> Iterator[Scanned]:
        """Yield the tally of each part, in order."""
        return map(self._scanner.scan, parts)


@contextlib.contextmanager
def scanned(  # noqa: PLR0913 (an engine, what it may use, and who is told)
    sources: Sequence[Source],
    setup: Setup,
    *,
    processes: int = 0,
    scheduler: str = "",
    cache_bytes: int = 0,
    progress: Callable[[int], object] = lambda _: None,
    tell: Callable[[str], object] = str,
) -> Iterator[Tally]:
    """Scan files, in several processes if much must be read.

    Args:
        sources: The files.
        setup: The settings of the scan.
        processes: The maximum number of processes; 0 means one per core, at most 8.
        scheduler: The address of the scheduler of a cluster; empty for this machine.
        cache_bytes: The size that the tallies in the cache may have, bytes.
        progress: Called with the number of bytes of each part when the part is done.
        tell: Called with a sentence if the cache cannot be used, which costs time only.

    Yields:
        The tally of all files, which depends neither on the number of processes nor on the cache.
        Names that exceed their memory limit are in temporary files without a name.

    Raises:
        UsageError: RE2 refuses the keyword search.
        TelemetryError: The names exceed their memory limit and no temporary file can be written, or
            a process was killed.
    """
    with contextlib.ExitStack() as stack:
        began, merging = time.perf_counter(), Stopwatch()
        scanner = Scanner(setup, Table)
        whole = scanner.new_tally()
        memory = Memory(scanner)
        stack.callback(memory.close, cache_bytes)
        part_bytes = PART_BYTES * PIECES_OF_A_PART if scheduler else PART_BYTES
        files = [(source, _parts(source, setup.store, part_bytes)) for source in sources]
        recalled = [memory.recalled(source, parts) for source, parts in files]
        unknown = [
            part
            for (_, parts), known in zip(files, recalled, strict=True)
            if known is None
            for part in parts
        ]
        with contextlib.ExitStack() as running:
            engine = running.enter_context(
                _cluster(memory.scanner, scheduler)
                if scheduler and unknown
                else _engine(
                    memory.scanner,
                    min(_processes(processes, unknown), len(unknown)),
                    most_new=0 if processes else _MOST_NEW_BYTES,
                )
            )
            results = engine.run(unknown)
            for (source, parts), known in zip(files, recalled, strict=True):
                if known is None:
                    found = memory.kept(source, islice(results, len(parts)))
                    for part, tally in zip(parts, found, strict=True):
                        with merging:
                            whole.absorb(tally)
                        progress(part.end - part.start)
                else:
                    with merging:
                        for tally in known:
                            whole.absorb(tally)
                    progress(source.size)
                with merging:
                    whole.collect(source.path)
        seconds = time.perf_counter() - began
        figures = {"files": len(files), "known": sum(each is not None for each in recalled)}
        took("scan", seconds - merging.seconds, bytes=sum(map(_size, sources)), **figures)
        took("merge", merging.seconds)
        if memory.problem:
            tell(
                f"the cache {setup.cache} cannot be used, so all bytes were scanned:"
                f" {memory.problem}; name another with --cache, or none with --no-cache"
            )
        yield whole


def _size(source: Source) -> int:
    return source.size


def _parts(source: Source, store: Store, part_bytes: int) -> list[Part]:
    """Cut a large file into parts; a compressed file is one part, readable only from its start."""
    step = source.size
    if source.size > part_bytes:
        with contextlib.suppress(ReadProblemError):
            step = source.size if is_compressed(source, store) else part_bytes
    # An empty file has one part too, so that it is counted among the files.
    starts = range(0, max(source.size, 1), max(step, 1))
    return [Part(source, start, min(start + step, source.size)) for start in starts]


def _processes(wanted: int, parts: Sequence[Part]) -> int:
    """Return the number of processes that scan; 1 means this process only."""
    if wanted:
        return wanted
    if sum(map(text_bytes, parts)) < _MIN_POOL_BYTES:
        return 1
    usable = getattr(os, "sched_getaffinity", None)
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    return min(cores, _MAX_PROCESSES)


@contextlib.contextmanager
def _engine(scanner: CachingScanner, processes: int, most_new: int) -> Iterator[Engine]:
    """Yield an engine with this number of processes; without a pool, the engine in this process.

    Args:
        scanner: The scanner of this process.
        processes: The number of processes.
        most_new: The size of text that is scanned without a pool if the rest is known, bytes.
    """
    if processes <= 1:
        yield InProcess(scanner)
        return
    with contextlib.ExitStack() as running:
        pool = partial(_pool, running, scanner, processes)
        if scanner.can_resume:
            yield Resuming(scanner, processes, most_new, lambda parts: pool().run(parts))
        else:
            yield pool()


def _pool(running: contextlib.ExitStack, scanner: CachingScanner, processes: int) -> Engine:
    """Return a pool that ends with the stack; the engine in this process if there is none."""
    from peaktrade_ops.telemetry.engines.pool import ScanningPool  # noqa: PLC0415 (slow to load)

    pool = running.enter_context(ScanningPool.started(processes, scanner))
    return pool or InProcess(scanner)


@contextlib.contextmanager
def _cluster(scanner: CachingScanner, scheduler: str) -> Iterator[Engine]:
    """Yield the engine of a cluster.

    Raises:
        TelemetryError: The cluster cannot be used.
    """
    from peaktrade_ops.telemetry.engines.cluster import Cluster  # noqa: PLC0415 (slow to load)

    with Cluster.connected(scheduler, scanner, PART_BYTES) as cluster:
        yield cluster
