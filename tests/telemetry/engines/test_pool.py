"""Tests of `peaktrade_ops.telemetry.engines.pool`: processes that scan and may fail."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, NoReturn, overload

import pytest

from peaktrade_ops.errors import TelemetryError
from peaktrade_ops.steps import told_to
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.engines import pool
from peaktrade_ops.telemetry.engines.caching import CachingScanner
from peaktrade_ops.telemetry.engines.pool import ScanningPool
from tests.support.listening import Ear
from tests.support.program import PATIENCE, children_of, clean_environment
from tests.support.scanning import cut_at, new_scanner
from tests.support.sharing import EXPECTED, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peaktrade_ops.telemetry.counting.tally import Tally
    from peaktrade_ops.telemetry.files.source import Source

pytestmark = pytest.mark.usefixtures("time_limit", "own_temporary_folder")

REAL_SCAN = Scanner.scan


class WatchedParts(Sequence[Part]):
    """Parts that know how many of them were asked for."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Wrap some parts."""
        self.parts = parts
        self.asked = 0

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.parts)

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Part]: ...
    def __getitem__(self, index: int | slice) -> Part | Sequence[Part]:
        """Return a part, and take note of it."""
        part = self.parts[index]
        self.asked += 1
        return part


def many_parts(sources: list[Source]) -> list[Part]:
    """Cut the files that are not compressed into small parts."""
    plain = [source for source in sources if source.path.startswith("obs/")]
    return [part for source in plain for part in cut_at(source, range(0, source.size, 61))]


def test_tallies_come_in_the_order_of_their_parts(sources: list[Source]) -> None:
    """Tallies come in the order of their parts, whichever process is first."""
    scanner, parts = new_scanner(), many_parts(sources)
    with ScanningPool.started(3, CachingScanner(scanner, None)) as started:
        assert started is not None
        tallies = [each.tally for each in started.run(parts)]

    assert tallies == list(map(scanner.scan, parts))


def test_the_processes_are_fed_only_so_far_ahead(sources: list[Source]) -> None:
    """Tallies that wait take memory, so only some parts are under way at a time."""
    parts = WatchedParts(many_parts(sources))
    with ScanningPool.started(2, CachingScanner(new_scanner(), None)) as started:
        assert started is not None
        tallies = iter(started.run(parts))
        next(tallies)

        assert 0 < parts.asked <= 6 < len(parts)


def test_a_pool_that_is_left_early_leaves_no_process(sources: list[Source]) -> None:
    """A pool that is left before all tallies are taken leaves no process."""
    with ScanningPool.started(2, CachingScanner(new_scanner(), None)) as started:
        assert started is not None
        assert len(multiprocessing.active_children()) == 2
        next(iter(started.run(many_parts(sources))))

    assert multiprocessing.active_children() == []


@pytest.mark.usefixtures("small_parts")
def test_processes_that_are_spawned_give_the_same(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spawned processes give the same result as forked ones."""
    monkeypatch.setattr(sys, "platform", "darwin")

    assert scan(sources, 2)[1] == EXPECTED


@pytest.mark.parametrize("error", [OSError("no semaphores"), ImportError("no multiprocessing")])
def test_where_there_are_no_processes_the_scan_goes_on_in_this_one(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A scan without child processes has the same result."""

    def refuse(_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(multiprocessing, "get_context", refuse)

    assert scan(sources, 2)[1] == EXPECTED


@pytest.mark.parametrize("room", [0, 1, 2])
def test_where_too_few_processes_can_be_started_the_scan_goes_on_in_this_one(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """The scan continues in this process when too few processes can be started."""
    process = multiprocessing.get_context("fork").Process
    start = process.start
    asked: list[object] = []

    def limited(self: multiprocessing.process.BaseProcess) -> None:
        asked.append(self)
        if len(asked) > room:
            raise BlockingIOError("Resource temporarily unavailable")
        start(self)

    monkeypatch.setattr(process, "start", limited)

    assert scan(sources, 3)[1] == EXPECTED
    assert len(asked) == room + 1


def test_where_no_thread_can_be_started_the_scan_goes_on_in_this_one(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on threads, by which processes are looked after, is one on processes."""

    def refuse(_: object) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert scan(sources, 2)[1] == EXPECTED


def die(*_: object) -> NoReturn:
    """Be killed, as when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def test_where_processes_are_killed_at_their_start_the_scan_goes_on_in_this_one(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan continues in this process when its child processes are killed at their start."""
    begin: Callable[..., None] = Scanner.__init__
    parent = os.getpid()

    def die_in_a_child(self: Scanner, *args: object) -> None:
        if os.getpid() != parent:
            die()
        begin(self, *args)

    monkeypatch.setattr(Scanner, "__init__", die_in_a_child)

    assert scan(sources, 2)[1] == EXPECTED


@pytest.mark.usefixtures("small_parts")
def test_a_process_that_is_killed_at_work_is_an_error_and_no_hang(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed process is an error with a hint, and the scan returns no tally."""
    monkeypatch.setattr(Scanner, "scan", die)

    with pytest.raises(TelemetryError, match="killed") as failure:
        scan(sources, 2)

    assert failure.value.exit_code == 1
    assert "processes = 1" in failure.value.hint


@pytest.mark.usefixtures("small_parts")
def test_processes_that_are_killed_from_outside_are_an_error_and_no_hang(
    sources: list[Source],
) -> None:
    """Processes that are killed during a scan are an error, and the scan does not wait for them."""

    def kill(_: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(TelemetryError, match="killed"):
        scan(sources, 2, kill)


def break_off(connection: Connection, _: object) -> NoReturn:
    """Send the beginning of a result, and be killed."""
    os.write(connection.fileno(), (1000).to_bytes(4, "big") + b"the beginning")
    die()


def scan_and_break_off(_: Scanner, part: Part) -> Part:
    """Have a result, and be killed while it is sent."""
    Connection._send_bytes = break_off  # type: ignore[attr-defined] # noqa: SLF001 (no other way to cut it)
    return part


@pytest.mark.usefixtures("small_parts")
def test_a_process_that_is_killed_in_the_middle_of_a_result_is_an_error_and_no_hang(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan does not wait for the rest of a result of a killed process."""
    monkeypatch.setattr(pool, "_LIVENESS_SECONDS", 0.05)
    monkeypatch.setattr(Scanner, "scan", scan_and_break_off)

    with pytest.raises(TelemetryError, match="killed"):
        scan(sources, 2)


@pytest.mark.usefixtures("small_parts")
def test_a_part_may_take_longer_than_the_processes_are_looked_after(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part may take longer than the interval at which the processes are checked."""
    monkeypatch.setattr(pool, "_LIVENESS_SECONDS", 0)

    assert scan(sources, 2)[1] == EXPECTED


def stop_and_scan(scanner: Scanner, part: Part) -> Tally:
    """Stop this process, and scan when it goes on."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return REAL_SCAN(scanner, part)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process waits for")
@pytest.mark.usefixtures("small_parts")
def test_a_process_that_is_stopped_is_named_and_can_go_on(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warning says which process it is, and how it goes on; then the scan is as any other."""
    monkeypatch.setattr(pool, "_LIVENESS_SECONDS", 0.01)
    monkeypatch.setattr(pool, "_STALLED_SECONDS", 0.02)
    monkeypatch.setattr(Scanner, "scan", stop_and_scan)
    told: list[str] = []

    class Continuing(Ear):
        def warning(self, text: str) -> None:
            told.append(text)
            for pid in re.findall(r"kill -CONT ([0-9]+)", text):
                os.kill(int(pid), signal.SIGCONT)

    with told_to(Continuing()):
        assert scan(sources, 2)[1] == EXPECTED

    assert told[0].startswith("the scan of ")
    assert re.search(r": process ([0-9]+) is stopped \(kill -CONT \1 lets it go on\)", told[0])


def fail(*_: object) -> NoReturn:
    """Raise an error, in this process or in another."""
    raise TelemetryError("no room", hint="make some")


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_in_a_process_is_an_error_of_the_scan(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """An error in a child process keeps its message and its hint."""
    monkeypatch.setattr(Scanner, "scan", fail)

    with pytest.raises(TelemetryError, match="no room") as failure:
        scan(sources, processes)

    assert (failure.value.message, failure.value.hint) == ("no room", "make some")


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt(), SystemExit(143)])
@pytest.mark.parametrize("processes", [1, 2])
def test_an_exception_leaves_no_process_and_no_file(
    sources: list[Source], own_temporary_folder: Path, processes: int, error: BaseException
) -> None:
    """An exception ends all processes and removes all files, even while it is referenced."""

    def interrupt(_: int) -> NoReturn:
        raise error

    with pytest.raises(type(error)) as failure:
        scan(sources, processes, interrupt, 900)

    assert multiprocessing.active_children() == []
    assert list(own_temporary_folder.iterdir()) == []
    assert failure.value is error


def never_come_back(_: Scanner, part: Part) -> NoReturn:
    """Run without end; at the first part, send SIGINT to the waiting parent."""
    if part.source.path == "logs/alerts.jsonl" and part.start == 0:
        os.kill(os.getppid(), signal.SIGINT)
    while True:
        signal.pause()


@pytest.mark.usefixtures("small_parts")
def test_an_interrupt_ends_processes_in_the_middle_of_their_work(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is not held up by parts that take long."""
    monkeypatch.setattr(Scanner, "scan", never_come_back)

    with pytest.raises(KeyboardInterrupt):
        scan(sources, 2)

    assert multiprocessing.active_children() == []


def interrupt_in_the_middle(connection: Connection, _: object) -> NoReturn:
    """Send the beginning of a result, send SIGINT to the waiting parent, and stop."""
    os.write(connection.fileno(), (1000).to_bytes(4, "big") + b"the beginning")
    os.kill(os.getppid(), signal.SIGINT)
    while True:
        signal.pause()


def scan_and_interrupt(_: Scanner, part: Part) -> Part:
    """Return a result whose sending is interrupted, for the first part only."""
    if part.source.path == "logs/alerts.jsonl" and part.start == 0:
        Connection._send_bytes = interrupt_in_the_middle  # type: ignore[attr-defined] # noqa: SLF001 (see above)
    return part


@pytest.mark.usefixtures("small_parts")
def test_an_interrupt_in_the_middle_of_a_result_is_no_hang(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C does not wait for the rest of a result whose process it ends."""
    monkeypatch.setattr(Scanner, "scan", scan_and_interrupt)

    with pytest.raises(KeyboardInterrupt):
        scan(sources, 2)

    assert multiprocessing.active_children() == []


@pytest.mark.usefixtures("small_parts")
def test_processes_do_not_listen_to_interrupts_themselves(sources: list[Source]) -> None:
    """Ctrl-C reaches every process of a terminal; only the first one decides what it means."""
    interrupted: set[int] = set()

    def interrupt(_: int) -> None:
        for child in multiprocessing.active_children():
            assert child.pid is not None
            os.kill(child.pid, signal.SIGINT)
            interrupted.add(child.pid)

    assert scan(sources, 2, interrupt)[1] == EXPECTED
    assert len(interrupted) == 2


ORPHANS = """
import os, signal, sys
from pathlib import Path
from peaktrade_ops.telemetry.counting.scan import Scanner
from peaktrade_ops.telemetry.engines.run import scanned
from tests.support.scanning import setup_for, source_of

def kill_the_parent(scanner, part):
    os.kill(os.getppid(), signal.SIGKILL)
    while True:
        signal.pause()

Scanner.scan = kill_the_parent
sources = [source_of(Path(path), path) for path in sys.argv[1:]]
with scanned(sources, setup_for(), processes=2):
    pass
"""


def test_processes_end_with_their_parent(sources: list[Source], tmp_path: Path) -> None:
    """The processes end after their parent is killed."""
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    ended = subprocess.run(
        [sys.executable, str(script), *(source.location for source in sources)],
        env={**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=False,
    )

    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == b""


@pytest.mark.usefixtures("small_parts")
def test_a_scan_leaves_signals_as_they_were(sources: list[Source]) -> None:
    """Handlers and held signals of the caller are the same afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = list(map(signal.getsignal, numbers))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        scan(sources, 2)
        after = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    assert after == before | {signal.SIGUSR1}
    assert list(map(signal.getsignal, numbers)) == handlers


@pytest.mark.usefixtures("small_parts")
def test_no_signal_can_interrupt_the_executor(
    sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of a signal must not leave a lock of the executor taken: its thread would hang."""
    unblocked: list[str] = []

    def guard(owner: type[object], name: str) -> None:
        real = getattr(owner, name)

        def guarded(*args: object, **settings: object) -> object:
            is_main = threading.current_thread() is threading.main_thread()
            if is_main and signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
                unblocked.append(name)
            return real(*args, **settings)

        monkeypatch.setattr(owner, name, guarded)

    guard(ProcessPoolExecutor, "submit")
    guard(ProcessPoolExecutor, "shutdown")
    guard(Future, "result")

    assert scan(sources, 2)[1] == EXPECTED
    assert unblocked == []


STUCK = """
import signal, sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from peaktrade_ops.cli import main
from peaktrade_ops.telemetry.counting.scan import Scanner


def hang(_scanner, _part):
    # As in a read from a dead mount, no signal is taken.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("hanging", flush=True)
    while True:
        signal.pause()


Scanner.scan = hang
BaseProcess.kill = lambda _process: None
main(sys.argv[1:])
"""


def test_a_process_that_cannot_be_ended_is_not_waited_for(tmp_path: Path) -> None:
    """The program ends with the code of the signal; the process stays until its mount answers."""
    telemetry = tmp_path / "telemetry" / "obs"
    telemetry.mkdir(parents=True)
    config = tmp_path / "two.toml"
    config.write_text("[limits]\nprocesses = 2\n")
    for name in ("a.jsonl", "b.jsonl"):
        (telemetry / name).write_text('{"ts":"2025-12-20T12:00:00Z"}\n')
    arguments = ("stage1-snapshot", "--repo", telemetry.parent, "--config", config, "--no-cache")
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, *arguments, "--reports-root", tmp_path / "reports"],
        env=clean_environment(PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert [process.stdout.readline() for _ in range(2)] == ["hanging\n"] * 2
        children = children_of(process.pid)
        process.terminate()
        try:
            assert process.wait(PATIENCE) == 143
            assert process.stderr.readline().startswith("peaktrade-ops: terminated")
        finally:
            for child in children:
                os.kill(child, signal.SIGKILL)
