"""Tests of `peaktrade_ops.telemetry.engines.cluster`, with a stand-in for Dask.

`tests/cluster` holds the same engine to real schedulers and workers.
"""

from __future__ import annotations

import contextlib
import importlib.resources
import pickle
import sqlite3
import sys
from concurrent.futures import CancelledError
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.engines import cluster, run
from peaktrade_ops.telemetry.engines.caching import CachingScanner
from peaktrade_ops.telemetry.engines.cluster import Cluster, digest_of_package, set_up
from peaktrade_ops.telemetry.engines.run import scanned
from peaktrade_ops.telemetry.files.local import LOCAL, SharedStore
from peaktrade_ops.telemetry.files.reasons import CHANGED
from tests.support.examples import examples
from tests.support.scanning import (
    HOSTILE_FILES,
    WINDOW,
    Counted,
    as_expected,
    content_of,
    setup_for,
    written_source,
)
from tests.support.sharing import EXPECTED, FILES, sources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from peaktrade_ops.telemetry.counting.scan import Setup
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Identity, OpenFile
    from tests.support.oracle import Expected

pytestmark = pytest.mark.usefixtures("own_temporary_folder")


class KilledWorker(Exception):  # noqa: N818 (the name of Dask)
    """The error of Dask for a task that ended several workers."""


class FutureCancelledError(CancelledError):
    """The error of Dask for a task that nobody knows any more."""


class Future:
    """A task that runs when its result is asked for, as if in a process of its own."""

    def __init__(
        self, client: Client, work: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> None:
        """Take note of the task."""
        self._client = client
        self._work = work
        self._arguments = arguments
        self._result: Any = None

    def result(self, timeout: float | None = None) -> Any:  # noqa: ANN401 (of any task)
        """Run the task once, with copies of its inputs, and return a copy of its result."""
        assert timeout is None or timeout > 0
        if self._client.failures:
            raise self._client.failures.pop(0)
        if self._result is None:
            self._result = [pickle.dumps(self._work(*map(_value_of, self._arguments)))]
        return pickle.loads(self._result[0])  # noqa: S301 (our own bytes)


def _value_of(argument: Any) -> Any:  # noqa: ANN401 (of any task)
    if isinstance(argument, list):
        return [_value_of(each) for each in argument]
    return argument.result() if isinstance(argument, Future) else argument


class Client:
    """A client of a cluster that runs its tasks in this process.

    Attributes:
        tasks: The names of the submitted functions, in order.
        failures: Errors that the next results raise.
        threads: The threads of each worker.
        digests: What the processes of the cluster say about the package.
        versions: The versions of Dask there.
    """

    def __init__(self) -> None:
        """Start without tasks."""
        self.tasks: list[str] = []
        self.failures: list[Exception] = []
        self.threads = {"tcp://one": 1}
        self.digests: dict[str, object] = {}
        self.versions: dict[str, str] = {}
        self.is_closed = False

    def submit(
        self,
        work: Callable[..., Any],
        *arguments: object,
        retries: int,
        pure: bool,
        **options: bool,
    ) -> Future:
        """Submit a task."""
        assert (retries > 0, pure) == (True, False)
        self.tasks.append(work.__name__)
        called = (lambda *given: work(*given, **options)) if options else work
        return Future(self, called, arguments)

    def nthreads(self) -> dict[str, int]:
        """Return the threads of each worker."""
        return self.threads

    def wait_for_workers(self, count: int, timeout: float) -> None:
        """Wait for nothing."""
        assert (count, timeout) == (1, cluster._WORKER_SECONDS)  # noqa: SLF001 (the limit)
        if not self.threads:
            raise TimeoutError

    def get_versions(self, *, check: bool) -> dict[str, Any]:
        """Return the versions of Dask, the same everywhere but for what a test says."""
        assert not check

        def told(who: str) -> dict[str, Any]:
            return {"packages": {"distributed": self.versions.get(who, "1")}}

        workers = {worker: told(worker) for worker in self.threads}
        return {"client": told("client"), "scheduler": told("scheduler"), "workers": workers}

    def run(self, ask: Callable[[], str], *, on_error: str) -> dict[str, object]:
        """Ask all workers."""
        assert on_error == "return"
        return {worker: self.digests.get(worker, ask()) for worker in self.threads}

    def run_on_scheduler(self, ask: Callable[[], str]) -> object:
        """Ask the scheduler."""
        answer = self.digests.get("scheduler", ask())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Forget all tasks."""
        self.is_closed = True


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Put the stand-in in place of Dask."""
    return installed(monkeypatch)


def installed(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Put the stand-in in place of Dask, and return its only client."""
    client = Client()
    stand_in: Any = ModuleType("distributed")

    def connect(address: str, **options: object) -> Client:
        assert options["set_as_default"] is False
        if address != "tcp://there:8786":
            raise OSError(f"Timed out\ntrying to connect to {address}")
        return client

    stand_in.Client = connect
    stand_in.KilledWorker = KilledWorker
    stand_in.client = SimpleNamespace(FutureCancelledError=FutureCancelledError)
    stand_in.versions = SimpleNamespace(VersionMismatchWarning=UserWarning)
    monkeypatch.setitem(sys.modules, "distributed", stand_in)
    return client


def scan(
    sources: Sequence[Source], setup: Setup | None = None, address: str = "tcp://there:8786"
) -> Expected:
    """Scan files on the stand-in, as the program does."""
    setup = setup or setup_for()
    with scanned(sources, setup, scheduler=address, cache_bytes=2**20) as tally:
        return as_expected(Counted(tally, setup.cells))


@pytest.mark.usefixtures("small_parts")
def test_a_cluster_counts_what_this_machine_counts(client: Client, sources: list[Source]) -> None:
    """Files are cut into pieces and merged, small ones come together, and archives are whole."""
    assert scan(sources) == EXPECTED
    assert {"set_up", "scan_parts", "merge_sent"} == set(client.tasks)
    assert client.is_closed


@settings(max_examples=examples(30), deadline=None)
@given(files=HOSTILE_FILES, piece=st.integers(50, 400), pieces=st.integers(1, 9))
def test_a_tree_of_any_shape_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory, files: Mapping[str, bytes], piece: int, pieces: int
) -> None:
    """Neighbours are merged in the order of their pieces, however many there are."""
    sources = sources_of(tmp_path_factory.mktemp("root"), files)
    setup = setup_for()
    with scanned(sources, setup) as tally:
        expected = as_expected(Counted(tally, setup.cells))
        exhibits = tally.exhibits_of("alerts", setup.cells.spans_of(WINDOW))
    whole = Scanner(setup).new_tally()
    parts = [
        Part(source, start, min(start + piece * pieces, source.size))
        for source in sources
        for start in range(0, max(source.size, 1), piece * pieces)
    ]
    with pytest.MonkeyPatch.context() as patch:
        engine = Cluster(installed(patch), CachingScanner(Scanner(setup), None), piece)
        for part, each in zip(parts, engine.run(parts), strict=True):
            whole.absorb(each.tally)
            if part.end == part.source.size:
                whole.collect(part.source.path)

    assert as_expected(Counted(whole, setup.cells)) == expected
    assert whole.exhibits_of("alerts", setup.cells.spans_of(WINDOW)) == exhibits


def test_only_some_tasks_are_submitted_ahead(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tallies that wait take memory on the workers."""
    monkeypatch.setattr(cluster, "_LEAST_AHEAD", 4)
    source = written_source(tmp_path, content_of(*({"a": k} for k in range(99))))
    engine = Cluster(client, CachingScanner(Scanner(setup_for()), None), 10)
    parts = [Part(source, start, start + 10) for start in range(0, 500, 10)]

    next(engine.run(parts))

    assert client.tasks.count("scan_parts") <= 6


def test_names_that_outgrow_a_worker_are_counted_here(
    client: Client, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only this machine has a temporary file for them."""
    monkeypatch.setattr(run, "PART_BYTES", 97)

    assert scan(sources, setup_for()._replace(memory_bytes=900)) == EXPECTED
    assert "merge_sent" in client.tasks


@pytest.mark.usefixtures("small_parts")
def test_a_second_scan_with_a_cache_asks_no_cluster(
    client: Client, sources: list[Source], tmp_path: Path
) -> None:
    """What a cluster counted is kept, and a file that has not changed is not scanned again."""
    setup = setup_for()._replace(cache=tmp_path / "cache")
    sources = [replace(source, changed_ns=1) for source in sources]
    identities = {source.location: source.identity for source in sources}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LOCAL.__class__, "identity", lambda _, location: identities[location])
        assert scan(sources, setup) == EXPECTED
        client.tasks.clear()
        assert scan(sources, setup) == EXPECTED

    assert client.tasks == []


def test_a_small_file_has_the_same_name_in_the_cache_as_without_a_cluster(
    client: Client, sources: list[Source], tmp_path: Path
) -> None:
    """So a run on this machine knows what a run on a cluster counted."""
    here, there = (setup_for()._replace(cache=tmp_path / name) for name in ("here", "there"))
    with scanned(sources, here, processes=1, cache_bytes=2**20):
        pass
    scan(sources, there)
    assert "scan_parts" in client.tasks

    def keys(folder: Path) -> set[bytes]:
        with contextlib.closing(sqlite3.connect(folder / "scans.sqlite")) as connection:
            return {key for (key,) in connection.execute("SELECT key FROM parts")}

    assert keys(tmp_path / "here") == keys(tmp_path / "there") != set()


@contextlib.contextmanager
def hidden_from_workers(monkeypatch: pytest.MonkeyPatch, error: OSError | None) -> Iterator[None]:
    """Let workers see no file, or another one."""

    def refuse(_store: SharedStore, location: str) -> Identity:
        if error is not None:
            raise error
        return LOCAL.identity(location)._replace(inode=0)

    with monkeypatch.context() as patch:
        patch.setattr(SharedStore, "identity", refuse)
        patch.setattr(SharedStore, "open_file", _opener(error))
        yield


def _opener(error: OSError | None) -> Callable[[SharedStore, str], OpenFile]:
    def open_file(_store: SharedStore, location: str) -> OpenFile:
        if error is not None:
            raise error
        file: Any = LOCAL.open_file(location)
        other: OpenFile = replace(file, identity=file.identity._replace(device=0, inode=0))
        return other

    return open_file


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (FileNotFoundError(2, "No such file"), "FileNotFoundError: [Errno 2] No such file"),
        (PermissionError(13, "Permission denied"), "PermissionError"),
        (None, "another file is there"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("client", "small_parts")
def test_a_worker_that_cannot_read_what_is_here_is_an_error(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch, error: OSError | None, told: str
) -> None:
    """The reports would say that the telemetry is incomplete, and it is not."""
    with (
        hidden_from_workers(monkeypatch, error),
        pytest.raises(TelemetryError, match=r"a worker cannot read .*; mount the telemetry") as got,
    ):
        scan(sources)
    assert told in str(got.value)


@pytest.mark.usefixtures("client")
def test_a_file_that_is_gone_everywhere_is_a_problem_of_that_file(tmp_path: Path) -> None:
    """It is the same in the reports as without a cluster."""
    source = written_source(tmp_path, b"{}\n")
    Path(source.location).unlink()
    setup = setup_for()
    with scanned([source], setup, scheduler="tcp://there:8786") as tally:
        assert tally.files[source.path].problem == CHANGED


def test_devices_of_other_machines_have_other_numbers(client: Client, tmp_path: Path) -> None:
    """A shared file system is another device on each machine, so its number does not count."""
    source = replace(written_source(tmp_path, b"{}\n"), device=123_456)

    # This machine itself would take the file for another one.
    engine = Cluster(client, CachingScanner(Scanner(setup_for()), None), 10**6)
    [found] = engine.run([Part(source, 0, source.size)])

    assert found.tally.files[source.path].problem == ""


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (KilledWorker("x"), "several workers ended while they scanned the same part; give them"),
        (FutureCancelledError("x"), "the connection to the scheduler was lost; run again"),
        (RuntimeError("boom\nmore"), "a worker failed: RuntimeError: boom; install the same"),
        (TelemetryError("as it is"), "as it is"),
    ],
    ids=repr,
)
def test_a_cluster_that_fails_is_an_error_of_one_line(
    client: Client, sources: list[Source], failure: Exception, told: str
) -> None:
    """It says what happened, and what to try."""
    client.failures = [failure]

    with pytest.raises(TelemetryError) as caught:
        scan(sources)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
    assert client.is_closed


def test_a_slow_result_is_waited_for_while_there_are_workers(
    client: Client, sources: list[Source]
) -> None:
    """A part may take longer than any limit."""
    client.failures = [TimeoutError(), TimeoutError()]

    assert scan(sources) == EXPECTED


def test_a_cluster_whose_workers_are_all_gone_is_an_error(
    client: Client, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would ever finish the scan."""
    monkeypatch.setattr(cluster, "_WORKER_SECONDS", -1.0)
    answers = iter([{"tcp://one": 1}, {}])
    monkeypatch.setattr(client, "nthreads", lambda: next(answers))
    client.failures = [TimeoutError()]

    with pytest.raises(TelemetryError, match="the cluster has no worker; start one with"):
        scan(sources)


def test_a_cluster_without_workers_is_an_error(client: Client, sources: list[Source]) -> None:
    """The error names the command that starts one."""
    client.threads = {}

    with pytest.raises(TelemetryError, match="the cluster has no worker; start one with"):
        scan(sources)
    assert client.is_closed


@pytest.mark.usefixtures("client")
def test_a_scheduler_that_does_not_answer_is_an_error(sources: list[Source]) -> None:
    """The error names the address, the option and the variable."""
    told = "the scheduler at tcp://nowhere:1 does not answer; check --scheduler and DASK_SCHED"
    with pytest.raises(TelemetryError, match=told):
        scan(sources, address="tcp://nowhere:1")


def test_without_the_extra_a_scheduler_is_an_error(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the command that installs it."""
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(TelemetryError, match=r"pip install 'peaktrade-ops\[cluster\]', or leave"):
        scan(sources)


@pytest.mark.parametrize("who", ["scheduler", "tcp://one"])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("other", "has another version of the package peaktrade-ops; install the same version"),
        (ModuleNotFoundError("x"), "cannot import the package peaktrade-ops; install the same"),
        (RuntimeError("x"), "cannot import the package peaktrade-ops; install the same"),
    ],
    ids=repr,
)
def test_a_process_without_the_same_package_is_an_error(
    client: Client, sources: list[Source], who: str, answer: object, told: str
) -> None:
    """It might count by other rules."""
    client.digests = {who: answer}

    with pytest.raises(TelemetryError, match=told) as caught:
        scan(sources)
    assert who in str(caught.value)


def test_a_worker_that_is_lost_before_it_answers_is_no_error(
    client: Client, sources: list[Source]
) -> None:
    """It does no work."""
    client.digests = {"tcp://one": OSError("gone")}

    assert scan(sources) == EXPECTED


@pytest.mark.parametrize("who", ["scheduler", "tcp://one"])
def test_a_process_with_another_version_of_dask_is_an_error(
    client: Client, sources: list[Source], who: str
) -> None:
    """The error names the process and both versions."""
    client.versions = {who: "2"}

    with pytest.raises(TelemetryError, match=f"{who} has version 2 of distributed, .* has 1; inst"):
        scan(sources)


def test_a_worker_that_joins_later_checks_the_package_too() -> None:
    """It might count by other rules."""
    with pytest.raises(TelemetryError, match="another version of the package"):
        set_up(b"", "other", has_names=False)


def test_a_worker_sends_another_one_nothing_of_what_it_scanned(tmp_path: Path) -> None:
    """What a scanner remembers is of no use elsewhere, and grows."""
    job = set_up(pickle.dumps(setup_for()), digest_of_package(), has_names=False)
    before = pickle.dumps(job)
    source = replace(written_source(tmp_path, content_of(*[{"type": 0}] * 9)), device=0)

    [_] = cluster.scan_parts(job, pickle.dumps([Part(source, 0, source.size)]))

    assert pickle.dumps(job) == before


def test_the_digest_of_the_package_depends_on_its_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each name and each byte counts, and what Python compiled does not."""
    monkeypatch.setattr(importlib.resources, "files", lambda _name: tmp_path)
    digests = []
    for path, data in (
        ("a.py", b"1"),
        ("a.py", b"2"),
        ("b/c.json", b""),
        ("__pycache__/a.pyc", b"3"),
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
        digests.append(digest_of_package.__wrapped__())

    assert len(set(digests)) == 3
    assert digests[-2] == digests[-1]


def test_the_files_of_these_tests_are_cut() -> None:
    """The tests of trees need files with more pieces than are merged at a time."""
    assert max(map(len, FILES.values())) > 4 * 97
