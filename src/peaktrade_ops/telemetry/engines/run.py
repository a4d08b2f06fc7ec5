"""Cut files into parts, run an engine over them, and merge the tallies in order."""

from __future__ import annotations

import contextlib
import os
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.counting.spill import Table
from peaktrade_ops.telemetry.files.reader import ReadProblemError, is_compressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from peaktrade_ops.telemetry.counting.scan import Setup
    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Store

PART_BYTES: Final = 16 * 2**20
"""A part is big enough to hide what a process costs and small enough to share the work evenly."""

_WORTH_BYTES: Final = 24 * 2**20
_MOST_PROCESSES: Final = 8


class Engine(Protocol):
    """What runs parts of files through a scan, wherever it does."""

    def run(self, parts: Sequence[Part]) -> Iterator[Tally]:
        """Yield the tally of each part, in order.

        Raises:
            TelemetryError: A part could not be scanned.
        """


class InProcess:
    """The engine that scans in this process, one part after the other.

    Args:
        scanner: What scans a part.
    """

    def __init__(self, scanner: Scanner) -> None:
        """Use a scanner."""
        self._scanner = scanner

    def run(self, parts: Sequence[Part]) -> Iterator[Tally]:
        """Yield the tally of each part, in order."""
        return map(self._scanner.scan, parts)


@contextlib.contextmanager
def scanned(
    sources: Sequence[Source],
    setup: Setup,
    *,
    processes: int = 0,
    progress: Callable[[int], object] = lambda _: None,
) -> Iterator[Tally]:
    """Scan files, over several processes where that is worth it.

    Args:
        sources: The files.
        setup: What is counted, and how.
        processes: How many processes may scan; 0 is one for each core, 8 at the most.
        progress: Called with the number of bytes of each part when it is done.

    Yields:
        The tally of all files, the same whatever the number of processes. Names that outgrew
        their memory are in temporary files, which are removed at the end.

    Raises:
        UsageError: The keyword search is refused.
        TelemetryError: The names outgrew their memory and there is no room for a temporary file,
            or a process died.
    """
    with contextlib.ExitStack() as stack:
        scanner = Scanner(setup, partial(Table, _scratch(stack)))
        whole = scanner.new_tally()
        parts = _parts(sources, setup.store)
        # Closed before the scratch folder goes, or an interrupted scan would still write there.
        with contextlib.ExitStack() as running:
            engine = running.enter_context(
                _engine(scanner, min(_processes(processes, sources), len(parts)))
            )
            for part, tally in zip(parts, engine.run(parts), strict=True):
                whole.absorb(tally)
                progress(part.end - part.start)
        yield whole


def _scratch(stack: contextlib.ExitStack) -> str | None:
    """Make a folder for temporary files that goes with the scan, if any can be made."""
    try:
        return stack.enter_context(tempfile.TemporaryDirectory(prefix="peaktrade-ops-"))
    except OSError:
        # No temporary folder is writable. That matters only if the names outgrow their memory.
        return None


def _parts(sources: Sequence[Source], store: Store) -> list[Part]:
    """Cut big files into parts; a compressed one can only be read from its beginning."""
    parts: list[Part] = []
    for source in sources:
        step = source.size
        if source.size > PART_BYTES:
            with contextlib.suppress(ReadProblemError):
                step = source.size if is_compressed(source, store) else PART_BYTES
        # An empty file is a part too: it is counted among the files.
        starts = range(0, max(source.size, 1), max(step, 1))
        parts += [Part(source, start, min(start + step, source.size)) for start in starts]
    return parts


def _processes(wanted: int, sources: Sequence[Source]) -> int:
    """Return over how many processes the work goes; 1 is this one alone."""
    if wanted:
        return wanted
    if sum(source.size for source in sources) < _WORTH_BYTES:
        return 1
    usable = getattr(os, "sched_getaffinity", None)
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES)


@contextlib.contextmanager
def _engine(scanner: Scanner, processes: int) -> Iterator[Engine]:
    """Yield an engine over so many processes, or the one in this process."""
    if processes > 1:
        from peaktrade_ops.telemetry.engines.pool import ScanningPool  # noqa: PLC0415 (slow to load)

        with ScanningPool.started(processes, scanner) as pool:
            yield pool or InProcess(scanner)
            return
    yield InProcess(scanner)
