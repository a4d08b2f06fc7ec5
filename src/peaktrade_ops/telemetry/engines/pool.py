"""The engine over processes, which are started together, fed in order, and end with their parent.

On a system that allows no more processes (no shared memory, a limit) there is no pool, and the
parts are scanned in this process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.counting.counts import OutgrownError
from peaktrade_ops.telemetry.counting.scan import Scanner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from peaktrade_ops.telemetry.counting.scan import Part, Setup
    from peaktrade_ops.telemetry.counting.tally import Tally

_PARTS_AHEAD: Final = 2
_PATIENCE_SECONDS: Final = 5.0
_ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_scanner: Scanner | None = None


class ScanningPool:
    """The engine that scans parts over processes, all by the rules of one scanner.

    A process sends its tallies back, so its names stay in memory. A part whose names outgrow that
    is scanned again in this process, where they can move to a temporary file.
    """

    def __init__(self, executor: ProcessPoolExecutor, processes: int, scanner: Scanner) -> None:
        """Use processes that run already."""
        self._executor = executor
        self._ahead = processes * _PARTS_AHEAD
        self._scanner = scanner

    @classmethod
    @contextmanager
    def started(cls, processes: int, scanner: Scanner) -> Iterator[ScanningPool | None]:
        """Start processes, and end them however the block is left.

        Args:
            processes: How many.
            scanner: What scans a part; each process makes one of the same setup.

        Yields:
            The pool; `None` if the system does not allow more processes.
        """
        executor: ProcessPoolExecutor | None = None
        try:
            with _signals_held():
                executor = _start(processes, scanner)
            yield cls(executor, processes, scanner) if executor else None
        finally:
            if executor:
                _stop(executor)

    def run(self, parts: Sequence[Part]) -> Iterator[Tally]:
        """Yield the tally of each part, in order.

        Only a few parts per process are under way at a time: tallies that wait take memory.

        Raises:
            TelemetryError: A process was killed from outside, or a scan failed.
        """
        waiting: deque[tuple[Part, Future[Tally | None]]] = deque()
        try:
            for part in parts:
                waiting.append((part, self._executor.submit(_scan_part, part)))
                if len(waiting) > self._ahead:
                    yield self._result(*waiting.popleft())
            while waiting:
                yield self._result(*waiting.popleft())
        except BrokenProcessPool as error:
            raise TelemetryError(
                "a scanning process was killed from outside",
                hint="if memory is short, set processes = 1 under [limits] in the configuration",
            ) from error

    def _result(self, part: Part, future: Future[Tally | None]) -> Tally:
        """Wait for the tally of a part, as long as all processes live.

        The executor waits forever for the rest of a result whose process was killed mid-write.
        """
        while not wait([future], timeout=_PATIENCE_SECONDS).done:
            processes = list((self._executor._processes or {}).values())  # noqa: SLF001 (no public way)
            if not all(process.is_alive() for process in processes):
                raise BrokenProcessPool("a process ended in the middle of a result")
        tally = future.result()
        return self._scanner.scan(part) if tally is None else tally


def _start(processes: int, scanner: Scanner) -> ProcessPoolExecutor | None:
    """Start the processes of an executor; return `None` if the system refuses."""
    # A forked process starts fastest, but only Linux's system libraries survive a fork.
    method = "fork" if sys.platform == "linux" else "spawn"
    try:
        executor = ProcessPoolExecutor(
            processes, multiprocessing.get_context(method), _begin, (scanner.setup,)
        )
    except (OSError, ImportError):
        return None
    try:
        # The first task starts the processes, so it shows whether that is possible.
        executor.submit(os.getpid).result()
    except (OSError, RuntimeError):
        # A limit on processes or threads, or a process that ended at its start.
        _stop(executor)
        return None
    return executor


def _stop(executor: ProcessPoolExecutor) -> None:
    """End the processes, even in the middle of a part."""
    with _signals_held():
        children = multiprocessing.active_children()
        for child in children:
            child.terminate()
        # A worker killed mid-write leaves the reader blocked until every write end closes, so
        # close ours.
        executor._result_queue._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001 (no public way)
        # Without that thread, which a limit may have prevented, there is nothing to wait for.
        with suppress(RuntimeError):
            # Waits for the thread that watches the processes; a second call would not.
            executor.shutdown(wait=True, cancel_futures=True)
        for child in children:
            child.join()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Block the ending signals while processes start or end; they are delivered afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(setup: Setup) -> None:
    """Set up a new process."""
    # Ctrl-C reaches the whole process group, but only the parent handles it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING_SIGNALS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    global _scanner  # noqa: PLW0603 (the one state of a worker process, set once)
    _scanner = Scanner(setup)


def _end_with_parent() -> None:
    """End this process when its parent ends, however it does."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _scan_part(part: Part) -> Tally | None:
    """Scan a part in a worker; `None` if its names outgrow the memory of a worker."""
    if _scanner is None:
        raise RuntimeError("this process was not set up")
    try:
        return _scanner.scan(part)
    except OutgrownError:
        return None
