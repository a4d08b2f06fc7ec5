"""Parts of files over processes, and their tallies merged in order.

Processes are started only where the work is worth it, and where they cannot be (no shared
memory, no room for another process) the same parts are scanned in this one.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.reader import ReadProblemError, is_compressed
from peaktrade_ops.telemetry.scan import Part, Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor

    from peaktrade_ops.config import Config
    from peaktrade_ops.telemetry.discovery import Source
    from peaktrade_ops.telemetry.tally import Tally
    from peaktrade_ops.window import Window

PART_BYTES: Final = 16 * 2**20
"""A part is big enough to hide what a process costs and small enough to share the work evenly."""

_WORTH_BYTES: Final = 24 * 2**20
_MOST_PROCESSES: Final = 8
_PARTS_AHEAD: Final = 2
_ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_scanner: Scanner | None = None


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
        tallies = stack.enter_context(
            contextlib.closing(
                _tallies(scanner, parts, processes, (config, window, legacy_regex, scratch))
            )
        )
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


_Setup = tuple["Config", "Window", str, "str | None"]


def _tallies(
    scanner: Scanner, parts: Sequence[Part], processes: int, setup: _Setup
) -> Generator[Tally]:
    """Give the tally of each part, in order."""
    with contextlib.ExitStack() as stack:
        pool = _start(stack, processes, setup) if processes > 1 else None
        if pool is None:
            yield from map(scanner.scan, parts)
            return
        yield from _pooled(pool, parts, ahead=processes * _PARTS_AHEAD)


def _pooled(pool: ProcessPoolExecutor, parts: Sequence[Part], ahead: int) -> Iterator[Tally]:
    """Keep the processes busy, but no further ahead than memory allows."""
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 (slow to load)

    waiting: deque[Future[Tally]] = deque()
    try:
        for part in parts:
            waiting.append(pool.submit(_scan_part, part))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise TelemetryError(
            "a scanning process was killed from outside",
            hint="if memory is short, set processes = 1 under [limits] in the configuration",
        ) from error


def _start(
    stack: contextlib.ExitStack, processes: int, setup: _Setup
) -> ProcessPoolExecutor | None:
    """Start the processes; none: this system does not allow it."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 (slow to load)

    # A forked process is ready at once. Elsewhere than on Linux, system libraries do not bear it.
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    with _signals_held():
        try:
            pool = ProcessPoolExecutor(processes, context, _begin, setup)
            stack.callback(_stop, pool)
            # The first task starts the processes, and shows whether that is possible.
            pool.submit(os.getpid).result()
        except (OSError, ImportError):
            return None
    return pool


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the processes, in the middle of their work if need be."""
    with _signals_held():
        children = multiprocessing.active_children()
        for child in children:
            child.terminate()
        # Waits for the thread that looks after the processes; a second call would not.
        pool.shutdown(wait=True, cancel_futures=True)
        for child in children:
            child.join()


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Keep a signal from cutting the start or the end of processes in two; it comes afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(config: Config, window: Window, regex: str, scratch: str | None) -> None:
    """Set a new process up."""
    # Ctrl-C reaches the whole group: the parent decides. Its own handlers are not for children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING_SIGNALS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    global _scanner  # noqa: PLW0603 (the one state of a worker process, set once)
    _scanner = Scanner(config, window, regex, scratch)


def _end_with_parent() -> None:
    """End this process when its parent is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _scan_part(part: Part) -> Tally:
    if _scanner is None:
        raise RuntimeError("this process was not set up")
    return _scanner.scan(part)
