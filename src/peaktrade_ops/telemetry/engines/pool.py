"""An engine that scans parts in worker processes, which end with their parent.

If the system allows no more processes (no shared memory, or a limit), there is no pool, and the
parts are scanned in this process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops import signals
from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.steps import warn
from peaktrade_ops.telemetry.counting.counts import OutgrownError
from peaktrade_ops.telemetry.counting.kept import to_bytes
from peaktrade_ops.telemetry.counting.scan import Scanner
from peaktrade_ops.telemetry.engines.cache import Cache
from peaktrade_ops.telemetry.engines.caching import CachingScanner, Scanned
from peaktrade_ops.telemetry.engines.stuck import halted, leave
from peaktrade_ops.telemetry.files.local import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from multiprocessing.process import BaseProcess

    from peaktrade_ops.telemetry.counting.scan import Part, Setup
    from peaktrade_ops.telemetry.engines.cache import Name

_PARTS_AHEAD: Final = 2
_LIVENESS_SECONDS: Final = 5.0
_STALLED_SECONDS: Final = 60.0
_ENDING_SECONDS: Final = 2.0

_scanner: CachingScanner | None = None


class _Sent(NamedTuple):
    """What a worker sends: the tally of a part as bytes.

    Attributes:
        body: The tally.
        name: The name of the bytes of the part; `None` if it cannot be kept.
        is_new: Whether it is to be kept.
    """

    body: bytes
    name: Name | None
    is_new: bool


class _Submitted(NamedTuple):
    """A part that a worker scans.

    Attributes:
        part: The part.
        future: Its result.
        done: Has an item when the result is there.
    """

    part: Part
    future: Future[_Sent | None]
    done: SimpleQueue[None]


class ScanningPool:
    """The engine that scans parts in worker processes, all with the setup of one scanner.

    A worker sends its tallies to this process as bytes, so it must keep names in memory. If the
    names of a part exceed the memory limit, this process scans the part again. It can move the
    names to a temporary file.
    """

    def __init__(
        self, executor: ProcessPoolExecutor, processes: int, scanner: CachingScanner
    ) -> None:
        """Use worker processes that already run."""
        self._executor = executor
        self._ahead = processes * _PARTS_AHEAD
        self._scanner = scanner

    @classmethod
    @contextmanager
    def started(cls, processes: int, scanner: CachingScanner) -> Iterator[ScanningPool | None]:
        """Start worker processes, and end them when the block ends for any reason.

        Args:
            processes: The number of worker processes.
            scanner: The scanner of this process; each worker makes one with the same setup.

        Yields:
            The pool; `None` if the system does not allow more processes.
        """
        executor: ProcessPoolExecutor | None = None
        try:
            with signals.held():
                executor = _start(processes, scanner.setup)
            yield cls(executor, processes, scanner) if executor else None
        finally:
            if executor:
                _stop(executor)

    def run(self, parts: Sequence[Part]) -> Iterator[Scanned]:
        """Yield the tally of each part, in order.

        Only a few parts per worker are submitted at a time, because waiting tallies take memory.

        Raises:
            TelemetryError: A worker was killed from outside, or a scan failed.
        """
        waiting: deque[_Submitted] = deque()
        try:
            for part in parts:
                waiting.append(self._submit(part))
                if len(waiting) > self._ahead:
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        except BrokenProcessPool as error:
            raise TelemetryError(
                "a scanning process was killed from outside",
                hint="if memory is short, set processes = 1 under [limits] in the configuration",
            ) from error

    def _submit(self, part: Part) -> _Submitted:
        done: SimpleQueue[None] = SimpleQueue()
        # The error of a signal inside of the executor could leave one of its locks taken, and its
        # thread would wait for the lock forever.
        with signals.held():
            future = self._executor.submit(_scan_part, part)
            future.add_done_callback(lambda _: done.put(None))
        return _Submitted(part, future, done)

    def _result(self, submitted: _Submitted) -> Scanned:
        """Wait for the tally of a part while all workers are alive, and return it.

        The executor alone waits forever if a worker is killed while it writes a result.

        Raises:
            BrokenProcessPool: A worker ended before the result was complete.
        """
        part, future, done = submitted
        began, is_told = time.monotonic(), False
        while True:
            # Not the wait of the executor, which takes a lock that its thread needs (see above).
            with suppress(Empty):
                done.get(timeout=_LIVENESS_SECONDS)
                break
            processes = list((self._executor._processes or {}).values())  # noqa: SLF001 (no public way)
            if not all(process.is_alive() for process in processes):
                raise BrokenProcessPool("a process ended in the middle of a result")
            waited = time.monotonic() - began
            if waited >= _STALLED_SECONDS and not is_told:
                reasons = halted(process.pid for process in processes if process.pid)
                is_told = bool(reasons)
                if reasons:
                    warn(
                        f"the scan of {part.source.path} has not ended within {waited:.0f} seconds:"
                        f" {'; '.join(reasons)}"
                    )
        with signals.held():
            sent = future.result()
        tally = sent and self._scanner.tally_of(sent.body, part.source.path)
        if sent is None or tally is None:
            return self._scanner.scan(part)
        return Scanned(tally, sent.name, sent.body if sent.is_new else None)


def _start(processes: int, setup: Setup) -> ProcessPoolExecutor | None:
    """Start the workers of an executor; return `None` if the system refuses."""
    # A fork is the fastest start, but only the system libraries of Linux support it reliably.
    # The drivers of remote stores have threads and connections, which do not survive it.
    is_safe = sys.platform == "linux" and setup.store == LOCAL
    method = "fork" if is_safe else "spawn"
    try:
        executor = ProcessPoolExecutor(
            processes, multiprocessing.get_context(method), _set_up_worker, (setup,)
        )
    except (OSError, ImportError):
        return None
    try:
        # The first task starts the workers, so it shows whether they can start.
        executor.submit(os.getpid).result()
    except (OSError, RuntimeError):
        # There is a limit on processes or threads, or a worker ended at its start.
        _stop(executor)
        return None
    return executor


def _stop(executor: ProcessPoolExecutor) -> None:
    """End the workers, even during a part, and wait for them for a limited time.

    A worker that is stopped takes no SIGTERM. One that reads from a dead mount takes no signal at
    all, so nobody waits for it.
    """
    with signals.held():
        children = multiprocessing.active_children()
        for child in children:
            child.terminate()
        # If a worker is killed while it writes, the reader blocks until every write end is closed.
        # Close the write end of this process.
        executor._result_queue._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001 (no public way)
        if _unended(children):
            for child in children:
                child.kill()
        stuck = _unended(children)
        leave([child.pid for child in stuck if child.pid])
        # A limit may have prevented the thread that watches the workers. Then do not wait for it.
        with suppress(RuntimeError):
            # This waits for that thread, which waits for all workers; a second call would not.
            executor.shutdown(wait=not stuck, cancel_futures=True)
        for child in children:
            if child not in stuck:
                child.join()


def _unended(children: Sequence[BaseProcess]) -> list[BaseProcess]:
    """Wait a moment for child processes, and return those that have not ended."""
    deadline = time.monotonic() + _ENDING_SECONDS
    running = list(children)
    while running and (left := deadline - time.monotonic()) > 0:
        # Not `join`, because the thread of the executor may call it at the same time.
        ended = wait([child.sentinel for child in running], left)
        running = [child for child in running if child.sentinel not in ended]
    return running


def _set_up_worker(setup: Setup) -> None:
    """Set up a new worker process."""
    # Ctrl-C and a terminal that closes reach all processes, but only the parent handles them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.ENDING_SIGNALS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    global _scanner  # noqa: PLW0603 (the one state of a worker process, set once)
    cache = None if setup.cache is None else Cache(setup.cache, is_read_only=True)
    _scanner = CachingScanner(Scanner(setup), cache)


def _end_with_parent() -> None:
    """End this process when its parent ends for any reason."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _scan_part(part: Part) -> _Sent | None:
    """Scan a part in a worker; return `None` if its names exceed the memory limit."""
    if _scanner is None:
        raise RuntimeError("this process was not set up")
    try:
        tally, name, body = _scanner.scan(part)
        return _Sent(body or to_bytes(tally, _scanner.setup.cells), name, body is not None)
    except OutgrownError:
        return None
