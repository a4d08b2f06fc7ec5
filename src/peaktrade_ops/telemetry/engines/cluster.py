"""An engine that scans parts on the workers of a Dask cluster.

A part of a large file is cut into pieces, which any workers scan, and the tallies of neighbouring
pieces are merged on the workers until one is left. Small parts are scanned several at a time. Dask
runs a task again if its worker is lost, so a task has no effect but its result.

The libraries are an optional extra of the package, and they are imported only when a scheduler is
given.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import pickle
import threading
import time
import warnings
from collections import deque
from contextlib import contextmanager
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from peaktrade_ops.errors import PeaktradeError, TelemetryError
from peaktrade_ops.telemetry.counting.counts import OutgrownError
from peaktrade_ops.telemetry.counting.kept import to_bytes
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.engines.cache import Name
from peaktrade_ops.telemetry.engines.caching import (
    CachingScanner,
    Digest,
    Scanned,
    context_of,
)
from peaktrade_ops.telemetry.files.local import LOCAL, SharedStore
from peaktrade_ops.telemetry.files.reader import ReadProblemError, is_compressed
from peaktrade_ops.telemetry.files.reasons import CHANGED, NOT_READABLE
from peaktrade_ops.telemetry.files.remote import EXTRA
from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from importlib.resources.abc import Traversable

    from distributed import Client, Future

    from peaktrade_ops.telemetry.counting.scan import Setup

_FAN_IN: Final = 4
_MOST_FILES: Final = 256
_LEAST_AHEAD: Final = 64
_AHEAD_OF_THREADS: Final = 4
_RETRIES: Final = 2
_CONNECT_SECONDS: Final = 15.0
_WORKER_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 5.0
_MOST_REASON: Final = 160

_SAME_EVERYWHERE: Final = "install the same version of the package everywhere"


class _Sent(NamedTuple):
    """What a worker sends: the tally of a part or piece as bytes.

    Attributes:
        body: The tally.
        name: The name of its bytes; `None` if it cannot be kept, or no name is wanted.
        missing: Why the worker does not find the file that this machine found; empty if it does.
    """

    body: bytes
    name: Name | None
    missing: str = ""


class _Submitted(NamedTuple):
    """Parts that the cluster scans.

    Attributes:
        parts: The parts.
        tasks: The number of their tasks.
        future: The future of the last task.
    """

    parts: Sequence[Part]
    tasks: int
    future: Future


class Cluster:
    """The engine that scans parts on a cluster, all with the setup of one scanner.

    Args:
        client: The client of the scheduler.
        scanner: The scanner of this process, for parts whose names exceed the memory limit.
        piece_bytes: The size of the pieces that a part is cut into, bytes.
    """

    def __init__(self, client: Client, scanner: CachingScanner, piece_bytes: int) -> None:
        """Send the setup to the scheduler, which passes it on to each worker that needs it."""
        self._client = client
        self._scanner = scanner
        self._piece_bytes = piece_bytes
        setup = scanner.setup
        self._is_shared = setup.store == LOCAL
        sent = setup._replace(store=SharedStore() if self._is_shared else setup.store, cache=None)
        # The result of a task, because Dask makes it again if all workers that have it are lost.
        self._job = client.submit(
            set_up,
            pickle.dumps(sent),
            digest_of_package(),
            has_names=setup.cache is not None,
            retries=_RETRIES,
            pure=False,
        )

    @classmethod
    @contextmanager
    def connected(
        cls, address: str, scanner: CachingScanner, piece_bytes: int
    ) -> Iterator[Cluster]:
        """Connect to a scheduler, and give up what it still does when the block ends.

        Args:
            address: The address of the scheduler.
            scanner: The scanner of this process.
            piece_bytes: The size of the pieces that a part is cut into, bytes.

        Raises:
            TelemetryError: The libraries are not installed, the scheduler does not answer, there is
                no worker, or they have other versions.
        """
        client = _connect(address)
        try:
            _check_versions(client)
            yield cls(client, scanner, piece_bytes)
        finally:
            client.close()

    def run(self, parts: Sequence[Part]) -> Iterator[Scanned]:
        """Yield the tally of each part, in order.

        Only some tasks for each thread are submitted at a time, because waiting tallies take
        memory.

        Raises:
            TelemetryError: The cluster is lost, or a worker cannot do its work.
        """
        threads = sum(self._client.nthreads().values())
        ahead = max(_LEAST_AHEAD, threads * _AHEAD_OF_THREADS)
        waiting: deque[_Submitted] = deque()
        for bundle in self._bundles(parts):
            waiting.append(self._submit(bundle))
            while sum(each.tasks for each in waiting) > ahead:
                yield from self._results(waiting.popleft())
        while waiting:
            yield from self._results(waiting.popleft())

    def _bundles(self, parts: Sequence[Part]) -> Iterator[list[Part]]:
        """Yield the parts, small ones several at a time."""
        bundle: list[Part] = []
        size = 0
        for part in parts:
            more = part.end - part.start
            if bundle and (size + more > self._piece_bytes or len(bundle) == _MOST_FILES):
                yield bundle
                bundle, size = [], 0
            bundle.append(part)
            size += more
        if bundle:
            yield bundle

    def _submit(self, bundle: Sequence[Part]) -> _Submitted:
        """Submit the tasks of some parts."""
        layer = [self._scan(pieces) for pieces in self._pieces(bundle)]
        tasks = len(layer)
        while len(layer) > 1:
            path = bundle[0].source.path
            layer = [
                self._client.submit(
                    merge_sent,
                    self._job,
                    path,
                    layer[start : start + _FAN_IN],
                    retries=_RETRIES,
                    pure=False,
                )
                for start in range(0, len(layer), _FAN_IN)
            ]
            tasks += len(layer)
        return _Submitted(bundle, tasks, layer[0])

    def _pieces(self, bundle: Sequence[Part]) -> list[Sequence[Part]]:
        """Return the parts of each task: all of them, or one piece of a large part."""
        part = bundle[0]
        if part.end - part.start <= self._piece_bytes or self._is_compressed(part):
            return [bundle]
        return [
            [Part(part.source, start, min(start + self._piece_bytes, part.end))]
            for start in range(part.start, part.end, self._piece_bytes)
        ]

    def _is_compressed(self, part: Part) -> bool:
        try:
            return part.start == 0 and is_compressed(part.source, self._scanner.setup.store)
        except ReadProblemError:
            # The scan reports the problem.
            return True

    def _scan(self, parts: Sequence[Part]) -> Future:
        if self._is_shared:
            parts = [
                part._replace(source=msgspec.structs.replace(part.source, device=0))
                for part in parts
            ]
        data = pickle.dumps(list(parts))
        return self._client.submit(scan_parts, self._job, data, retries=_RETRIES, pure=False)

    def _results(self, submitted: _Submitted) -> Iterator[Scanned]:
        sent = self._wait(submitted.future)
        for part, each in zip(submitted.parts, sent, strict=True):
            yield self._result(part, each)

    def _result(self, part: Part, sent: _Sent | None) -> Scanned:
        """Return the tally of a part, which this process scans if no worker can.

        Raises:
            TelemetryError: A worker does not find a file that is here.
        """
        path = part.source.path
        tally = sent and self._scanner.tally_of(sent.body, path)
        if sent is None or tally is None:
            return self._scanner.scan(part)
        if tally.files[path].problem in {CHANGED, NOT_READABLE}:
            here = self._scanner.scan(part)
            if sent.missing and not here.tally.files[path].problem:
                raise TelemetryError(
                    f"a worker cannot read {part.source.location}: {sent.missing}",
                    hint="mount the telemetry at the same path on each worker, or give it the"
                    " credentials of the store",
                )
            return here
        return Scanned(tally, sent.name, sent.body if sent.name else None)

    def _wait(self, future: Future) -> list[_Sent | None]:
        """Return the result of a task, while there are workers.

        Raises:
            TelemetryError: The cluster is lost, or a worker cannot do its work.
        """
        distributed = import_module("distributed")
        since = time.monotonic()
        while True:
            try:
                result: list[_Sent | None] = future.result(timeout=_LOOK_SECONDS)
            except TimeoutError:
                if self._client.nthreads():
                    since = time.monotonic()
                elif time.monotonic() - since > _WORKER_SECONDS:
                    raise _no_worker() from None
            except PeaktradeError:
                raise
            except distributed.KilledWorker as error:
                raise TelemetryError(
                    "several workers ended while they scanned the same part",
                    hint="give them more memory, and look at their logs",
                ) from error
            except distributed.client.FutureCancelledError as error:
                raise TelemetryError(
                    "the connection to the scheduler was lost", hint="run again when it is back"
                ) from error
            except Exception as error:
                raise TelemetryError(
                    f"a worker failed: {_first_line(error)}", hint=_SAME_EVERYWHERE
                ) from error
            else:
                return result


def _connect(address: str) -> Client:
    """Return a client of a scheduler that has at least one worker.

    Raises:
        TelemetryError: The libraries are not installed, the scheduler does not answer, or there is
            no worker.
    """
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise TelemetryError(
            "a scheduler is given, and Dask is not installed",
            hint=f"{EXTRA}, or leave out --scheduler and DASK_SCHEDULER_ADDRESS",
        ) from error
    # Errors are raised, and the log would tell them again.
    for name in ("distributed", *logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            # Versions are checked below, as errors.
            warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
            client = distributed.Client(
                address, timeout=_CONNECT_SECONDS, set_as_default=False, name="peaktrade-ops"
            )
    except (OSError, ValueError, TypeError) as error:
        raise TelemetryError(
            f"the scheduler at {printable(address)} does not answer",
            hint="check --scheduler and DASK_SCHEDULER_ADDRESS, and that `dask scheduler` runs",
        ) from error
    try:
        client.wait_for_workers(1, timeout=_WORKER_SECONDS)
    except TimeoutError:
        client.close()
        raise _no_worker() from None
    except BaseException:
        client.close()
        raise
    return client


def _no_worker() -> TelemetryError:
    return TelemetryError(
        "the cluster has no worker", hint="start one with `dask worker ADDRESS --nthreads 1`"
    )


def _check_versions(client: Client) -> None:
    """Check that all processes of a cluster have the package and Dask as they are here.

    Raises:
        TelemetryError: One of them does not, so it might count by other rules.
    """
    found = client.get_versions(check=False)
    here = found["client"]["packages"]["distributed"]
    others = {"the scheduler": found["scheduler"], **found["workers"]}
    for who, versions in others.items():
        there = versions["packages"]["distributed"] if versions else here
        if there != here:
            raise TelemetryError(
                f"{who} has version {there} of distributed, and this machine has {here}",
                hint="install the same version everywhere",
            )
    digests = {"the scheduler": _asked(client.run_on_scheduler)}
    digests |= _asked(client.run, on_error="return")
    for who, digest in digests.items():
        if isinstance(digest, ImportError | AttributeError | RuntimeError):
            raise TelemetryError(
                f"{who} cannot import the package peaktrade-ops", hint=_SAME_EVERYWHERE
            )
        # A worker that is lost meanwhile gives another error, and does no work.
        if isinstance(digest, str) and digest != digest_of_package():
            raise TelemetryError(
                f"{who} has another version of the package peaktrade-ops", hint=_SAME_EVERYWHERE
            )


def _asked(run: Callable[..., Any], **options: str) -> Any:  # noqa: ANN401 (of any function)
    # A lambda is sent as code and not by its name, so a process without the package answers too.
    module, name = __name__, digest_of_package.__name__
    try:
        return run(lambda: getattr(import_module(module), name)(), **options)  # noqa: PLW0108 (see above)
    except (ImportError, AttributeError, RuntimeError) as error:
        return error


@functools.cache
def digest_of_package() -> str:
    """Return a digest of all files of the package, which tells versions of it apart."""
    digest = hashlib.sha256()
    for named in _files_of(resources.files("peaktrade_ops"), ""):
        digest.update(named)
    return digest.hexdigest()


def _files_of(folder: Traversable, inside: str) -> Iterator[bytes]:
    """Yield the name, the size and the content of each file of a folder, in the order of names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{inside}/{entry.name}"
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files_of(entry, path)
        elif entry.is_file():
            data = entry.read_bytes()
            yield f"{path}:{len(data)}:".encode() + data


class Job:
    """The settings of a scan in a worker, with a scanner for each of its threads.

    Args:
        data: The settings as bytes, as they were sent.
        has_names: Whether parts are named, so that their tallies can be kept.
    """

    def __init__(self, data: bytes, *, has_names: bool) -> None:
        """Make a scanner when a thread needs one."""
        self.setup: Setup = pickle.loads(data)  # noqa: S301 (from our own client)
        self.has_names = has_names
        self._data = data
        self._local = threading.local()

    def __reduce__(self) -> tuple[Any, tuple[bytes, bool]]:
        """Send another worker only what was sent to this one, and nothing of what was scanned."""
        return _job_of, (self._data, self.has_names)

    @property
    def scanner(self) -> Scanner:
        """The scanner of this thread."""
        if not hasattr(self._local, "scanner"):
            self._local.scanner = Scanner(self.setup)
        scanner: Scanner = self._local.scanner
        return scanner


def _job_of(data: bytes, has_names: bool) -> Job:  # noqa: FBT001 (called by pickle)
    return Job(data, has_names=has_names)


def set_up(setup: bytes, digest: str, *, has_names: bool) -> Job:
    """Return the settings of a scan; run by a worker, as `scan_parts` and `merge_sent`.

    Raises:
        TelemetryError: The worker has another version of the package, so it might count by other
            rules.
    """
    if digest != digest_of_package():
        raise TelemetryError(
            "a worker has another version of the package peaktrade-ops", hint=_SAME_EVERYWHERE
        )
    return Job(setup, has_names=has_names)


def scan_parts(job: Job, data: bytes) -> list[_Sent | None]:
    """Scan parts; an item is `None` if the names of a part exceed the memory limit."""
    parts: list[Part] = pickle.loads(data)  # noqa: S301 (from our own client)
    return [_scanned(job, part) for part in parts]


def merge_sent(job: Job, path: str, sent: list[list[_Sent | None]]) -> list[_Sent | None]:
    """Merge the tallies of neighbouring pieces of a file, each a list with one item, in order.

    Returns:
        A list with one item; `None` if an item is, or the names exceed the memory limit.
    """
    scanner = CachingScanner(job.scanner, None)
    whole, names, missing = job.scanner.new_tally(), list[Name | None](), ""
    for [each] in sent:
        tally = each and scanner.tally_of(each.body, path)
        if each is None or tally is None:
            return [None]
        try:
            whole.absorb(tally)
        except OutgrownError:
            return [None]
        names.append(each.name)
        missing = missing or each.missing
    return [_Sent(to_bytes(whole, job.setup.cells), _merged(names), missing)]


def _merged(names: Sequence[Name | None]) -> Name | None:
    """Return the name of neighbouring pieces; `None` if one has no name."""
    known = [name for name in names if name is not None]
    if len(known) < len(names):
        return None
    digest, head = hashlib.sha256(b"merged"), hashlib.sha256(b"merged")
    for name in known:
        digest.update(name.key)
    head.update(known[0].head)
    # No part that is read as a whole begins like this.
    return Name(
        digest.digest(), head.digest()[: len(known[0].head)], sum(name.length for name in known)
    )


def _scanned(job: Job, part: Part) -> _Sent | None:
    digest = Digest(context_of(part, job.setup)) if job.has_names else None
    try:
        tally = job.scanner.scan(part, digest.update if digest else None)
    except OutgrownError:
        return None
    body = to_bytes(tally, job.setup.cells)
    problem = tally.files[part.source.path].problem
    if not problem:
        return _Sent(body, digest.name if digest else None)
    return _Sent(body, None, _missing(job, part) if problem in {CHANGED, NOT_READABLE} else "")


def _missing(job: Job, part: Part) -> str:
    """Return why a file that another machine found is not here; empty if it is."""
    try:
        now = job.setup.store.identity(part.source.location)
        job.setup.store.open_file(part.source.location).close()
    except OSError as error:
        return _first_line(error)
    except PeaktradeError as error:
        return str(error)
    return "" if now.file == part.source.identity.file else "another file is there"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return printable(f"{type(error).__name__}: {lines[0]}")[:_MOST_REASON]
