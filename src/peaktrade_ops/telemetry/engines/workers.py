"""Parts of files, scanned in this process or over several, and their tallies merged in order."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING, Final

from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.files.reader import ReadProblemError, is_compressed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from peaktrade_ops.config import Config
    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.window import Window

PART_BYTES: Final = 16 * 2**20
"""A part is big enough to hide what a process costs and small enough to share the work evenly."""

_WORTH_BYTES: Final = 24 * 2**20
_MOST_PROCESSES: Final = 8


def scan_sources(
    sources: Sequence[Source],
    *,
    config: Config,
    window: Window,
    legacy_regex: str,
    progress: Callable[[int], object] = lambda _: None,
) -> Tally:
    """Scan files, over several processes where that is worth it.

    Args:
        sources: The files.
        config: The key lists, sources and limits.
        window: The window that is counted.
        legacy_regex: The keyword search.
        progress: Called with the number of bytes of each part when it is done.

    Returns:
        The tally of all files, the same whatever the number of processes.

    Raises:
        UsageError: The keyword search is refused.
        TelemetryError: The counts outgrew their memory and there is no room for a temporary
            file, or a process died.
    """
    with contextlib.ExitStack() as stack:
        scratch = _scratch(stack)
        scanner = Scanner(config, window, legacy_regex, scratch)
        whole = scanner.new_tally()
        parts = _parts(sources)
        processes = min(_processes(config.limits.processes, sources), len(parts))
        # Closed before the scratch folder goes, or an interrupted scan would still write there.
        tallies = stack.enter_context(contextlib.closing(_tallies(scanner, parts, processes)))
        for part, tally in zip(parts, tallies, strict=True):
            whole.absorb(tally)
            progress(part.end - part.start)
        # The counts must outlive the scratch folder.
        whole.keep_top()
        return whole


def _scratch(stack: contextlib.ExitStack) -> str | None:
    """Make a folder for temporary files that goes with the scan, if any can be made."""
    try:
        return stack.enter_context(tempfile.TemporaryDirectory(prefix="peaktrade-ops-"))
    except OSError:
        # No temporary folder is writable. That matters only if the counts outgrow their memory.
        return None


def _parts(sources: Sequence[Source]) -> list[Part]:
    """Cut big files into parts; a compressed one can only be read from its beginning."""
    parts: list[Part] = []
    for source in sources:
        step = source.size
        if source.size > PART_BYTES:
            with contextlib.suppress(ReadProblemError):
                step = source.size if is_compressed(source) else PART_BYTES
        # An empty file is a part too: it is counted among the files.
        starts = range(0, max(source.size, 1), max(step, 1))
        parts += [Part(source, start, min(start + step, source.size)) for start in starts]
    return parts


def _processes(wanted: int, sources: Sequence[Source]) -> int:
    """Decide over how many processes the work goes; 1 is this one alone."""
    if wanted:
        return wanted
    if sum(source.size for source in sources) < _WORTH_BYTES:
        return 1
    usable = getattr(os, "sched_getaffinity", None)
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES)


def _tallies(
    scanner: Scanner, parts: Sequence[Part], processes: int
) -> Generator[Tally, None, None]:
    """Give the tally of each part, in order."""
    if processes > 1:
        from peaktrade_ops.telemetry.engines.pool import ScanningPool  # noqa: PLC0415 (slow to load)

        with ScanningPool.started(processes, scanner) as pool:
            if pool is not None:
                yield from pool.tallies(parts)
                return
    yield from map(scanner.scan, parts)
