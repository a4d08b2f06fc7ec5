"""The program and its environment: signals, locks, full disks and terminals."""

from __future__ import annotations

import fcntl
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.program import (
    PATIENCE,
    Workplace,
    children_of,
    ended,
    quiet_days,
    started,
    tree,
    wait_until,
)
from tests.support.terminal import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.program import Program


DAY = "2025-12-20"
SNAPSHOT = ("stage1-snapshot", "--repo", "../telemetry", "--date", DAY)
PART_BYTES = 2**24


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Write telemetry with many names and reports of a day, which no test changes."""
    made = Workplace.made(tmp_path_factory.mktemp("reported"))
    many = ({"ts": f"{DAY}T10:00:00Z", "type": f"{i:0100}"} for i in range(3_000))
    made.write("obs/events.jsonl", *many)
    assert made.run(*SNAPSHOT).code == 0
    return made


@pytest.fixture
def endless(reported: Workplace, workplace: Workplace) -> Iterator[Workplace]:
    """Write reports of a day, then telemetry whose scan takes much longer than a test."""
    shutil.copytree(reported.folder, workplace.folder, dirs_exist_ok=True)
    (workplace.folder / "tmp").mkdir()
    # A sparse file with one endless line, which uses no disk space.
    path = workplace.telemetry / "obs" / "z-events.jsonl"
    with path.open("wb") as file:
        file.truncate(2**38)
    yield workplace
    path.unlink()


@contextmanager
def scanning(workplace: Workplace, processes: int) -> Iterator[subprocess.Popen[str]]:
    """Start a snapshot; yield its process as soon as it scans."""
    config = workplace.folder / "processes.toml"
    config.write_text(f"[limits]\nprocesses = {processes}\nmemory_bytes = 1_048_576\n")
    temporary = workplace.folder / "tmp"
    with started(
        *SNAPSHOT, "--config", config, cwd=workplace.repo, TMPDIR=str(temporary)
    ) as process:
        # The names of the first file do not fit in memory, so the scan writes a temporary file.
        wait_until(lambda: ".counts" in opened_by(process.pid))
        wait_until(lambda: processes == 1 or len(children_of(process.pid)) == processes)
        yield process


def opened_by(pid: int) -> str:
    """Return the paths of the files that a process has open."""
    handles = Path(f"/proc/{pid}/fd")
    if handles.exists():
        found = []
        for handle in handles.iterdir():
            # It may be closed during the loop.
            with suppress(OSError):
                found.append(str(handle.readlink()))
        return " ".join(found)
    listed = ["lsof", "-p", f"{pid}"]
    return subprocess.run(listed, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("to_all", [True, False])
@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (signal.SIGINT, 130, "peaktrade-ops: interrupted; every artifact is whole, old or new\n"),
        (signal.SIGHUP, 129, "peaktrade-ops: hung up; every artifact is whole, old or new\n"),
        (signal.SIGTERM, 143, "peaktrade-ops: terminated; every artifact is whole, old or new\n"),
    ],
)
def test_a_signal_ends_a_scan_at_once(  # noqa: PLR0913 (parameters of the test)
    endless: Workplace,
    processes: int,
    *,
    to_all: bool,
    number: signal.Signals,
    code: int,
    message: str,
) -> None:
    """Ctrl-C, a closed terminal or SIGTERM leaves complete files and no process."""
    before = tree(endless.reports)
    with scanning(endless, processes) as process:
        (os.killpg if to_all else os.kill)(process.pid, number)

        assert ended(process) == (code, "", message)

    assert tree(endless.reports) == before
    assert list((endless.folder / "tmp").iterdir()) == []


def test_an_impatient_user_does_not_cut_the_cleaning_up_short(endless: Workplace) -> None:
    """A second and a third Ctrl-C change nothing."""
    with scanning(endless, 2) as process:
        for _ in range(3):
            os.killpg(process.pid, signal.SIGINT)

        outcome = ended(process)

    assert outcome.code == 130
    assert outcome.err.count("\n") == 1
    assert list((endless.folder / "tmp").iterdir()) == []


def test_a_signal_ends_a_scan_whose_processes_are_stopped(endless: Workplace) -> None:
    """A stopped process takes no SIGTERM; the wait for it is bounded, and nothing is left."""
    before = tree(endless.reports)
    with scanning(endless, 2) as process:
        children = children_of(process.pid)
        for child in children:
            os.kill(child, signal.SIGSTOP)
        process.terminate()

        assert ended(process).code == 143
        assert not any(Path(f"/proc/{child}").exists() for child in children)

    assert tree(endless.reports) == before
    assert list((endless.folder / "tmp").iterdir()) == []


def test_processes_end_with_a_parent_that_was_killed(endless: Workplace) -> None:
    """No process can catch SIGKILL, but the scanning processes notice that the parent is gone."""
    before = tree(endless.reports)
    with scanning(endless, 2) as process:
        process.kill()

        assert ended(process) == (-signal.SIGKILL, "", "")

    assert list((endless.folder / "tmp").iterdir()) == []
    assert tree(endless.reports) == before
    assert endless.run("verify").code == 0


def test_a_process_that_was_killed_is_an_error(endless: Workplace) -> None:
    """If the kernel kills a process because memory is low, the run fails without a report."""
    before = tree(endless.reports)
    with scanning(endless, 2) as process:
        os.kill(children_of(process.pid)[0], signal.SIGKILL)

        outcome = ended(process)

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("peaktrade-ops: a scanning process was killed from outside; ")
    assert outcome.err.count("\n") == 1
    assert tree(endless.reports) == before


def test_a_program_in_the_background_of_a_script_ignores_ctrl_c(workplace: Workplace) -> None:
    """A program that starts with SIGINT ignored keeps ignoring it."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 1))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with locked_reports(workplace) as release, waiting(workplace) as process:
            process.send_signal(signal.SIGINT)
            release()
            assert ended(process).code == 0
    finally:
        signal.signal(signal.SIGINT, before)


# The lock of a reports folder.


@contextmanager
def locked_reports(workplace: Workplace) -> Iterator[Callable[[], object]]:
    """Hold the lock of the reports folder, as another run does; yield a function to release it."""
    workplace.reports.mkdir(parents=True)
    handle = os.open(workplace.reports, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


@contextmanager
def waiting(workplace: Workplace) -> Iterator[subprocess.Popen[str]]:
    """Start a trend; it prints its configuration before it waits for the lock."""
    config = workplace.folder / "empty.toml"
    config.touch()
    arguments = ("stage1-trends", "--config", config, "--verbose")
    with started(*arguments, cwd=workplace.repo) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"configuration: {config}\n"
        yield process


def test_a_run_waits_for_another_on_the_same_folder(workplace: Workplace) -> None:
    """The run continues when the other one releases the lock."""
    with locked_reports(workplace) as release, waiting(workplace) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        release()

        assert ended(process).code == 0

    assert workplace.run("verify").code == 0


def test_a_run_that_waits_says_so(workplace: Workplace) -> None:
    """A waiting run prints a message with the folder that it waits for."""
    with locked_reports(workplace) as release, waiting(workplace) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        release()

        holder = f"process {os.getpid()}"
        assert line == f"waiting for another run that uses {workplace.reports}: {holder}\n"
        assert ended(process).code == 0


@pytest.mark.parametrize("command", ["stage1-trends", "verify", "render", "metrics"])
def test_a_run_does_not_wait_for_ever(workplace: Workplace, command: str) -> None:
    """The wait ends with the process id of a stopped run, and exit code 1."""
    with locked_reports(workplace):
        outcome = workplace.run(command, "--lock-timeout", "0")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(
        f"peaktrade-ops: reports folder {workplace.reports} is in use: process {os.getpid()} has"
    )
    assert outcome.err.count("\n") == 1


def test_a_run_that_waits_can_be_terminated(workplace: Workplace) -> None:
    """A service manager can stop a run that waits for the lock."""
    with locked_reports(workplace), waiting(workplace) as process:
        process.terminate()

        outcome = ended(process)

    assert outcome.code == 143
    assert outcome.err.endswith("peaktrade-ops: terminated; every artifact is whole, old or new\n")
    assert tree(workplace.reports) == {}


def test_runs_at_the_same_time_leave_whole_artifacts(workplace: Workplace) -> None:
    """Each run waits for the others, and the final index lists the artifacts of all."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 9))
    days = ["2025-12-18", "2025-12-19", DAY, DAY]
    with ExitStack() as stack:
        runs = [
            stack.enter_context(
                started(
                    *("stage1-run", "--repo", "../telemetry", "--date", day, "--days", "3"),
                    cwd=workplace.repo,
                )
            )
            for day in days
        ]
        assert [ended(run).code for run in runs] == [0, 0, 0, 0]

    together = tree(workplace.reports)
    assert workplace.run("verify").code == 0
    for day in days:
        alone = ("stage1-run", "--repo", "../telemetry", "--date", day, "--days", "3")
        assert workplace.run(*alone, "--reports-root", "alone").code == 0
    assert together == tree(workplace.repo / "alone" / "obs" / "stage1")
    assert json.loads(together["stage1_trend.json"])["range"]["end"] == DAY


# A full disk.


@pytest.mark.parametrize("fits", [0, 1_000, 4_000])
def test_a_full_disk_leaves_the_old_artifacts_and_says_so(
    program: Program, workplace: Workplace, fits: int
) -> None:
    """No artifact is replaced, whether nothing can be written or only some artifacts."""
    workplace.write("obs/events.jsonl", *quiet_days(DAY, 2))
    run = ("stage1-run", "--repo", "../telemetry", "--date", DAY, "--days", "2")
    assert program(*run).code == 0
    before = tree(workplace.reports)
    assert len(before[f"{DAY}_summary.json"]) > fits
    workplace.write("obs/more_events.jsonl", *quiet_days(DAY, 2))

    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (fits, most))
    try:
        outcome = program(*run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    assert outcome == (
        1,
        "",
        (
            f"peaktrade-ops: reports folder {workplace.reports} cannot be written: File too large;"
            " the earlier artifacts are kept; make room or check the permissions\n"
        ),
    )
    assert tree(workplace.reports) == before


# A terminal.


def read_until(terminal: int, text: bytes) -> bytes:
    """Read the output on a terminal until it matches a pattern; return the output."""
    shown = b""
    deadline = time.monotonic() + PATIENCE
    while not re.search(text, shown):
        ready, _, _ = select.select([terminal], [], [], max(deadline - time.monotonic(), 0))
        assert ready, f"not shown: {text!r} after {shown!r}"
        shown += os.read(terminal, 1024)
    return shown


@pytest.mark.parametrize(
    ("processes", "columns", "form"),
    [
        (1, 80, rb"scanning 2025-12-20: +[0-9]{1,2}% \S* +\S+B of 283GB, \S+B/s, [0-9:]+ left *\r"),
        (2, 40, rb"\r +[0-9]{1,2}% \S+/283GB \S+B/s [0-9:]+ left *\r"),
    ],
)
def test_progress_is_shown_on_a_real_terminal(
    endless: Workplace, processes: int, columns: int, form: bytes
) -> None:
    """A long scan shows its progress, and Ctrl-C ends it as usual."""
    path = endless.telemetry / "obs" / "events.jsonl"
    with path.open("r+b") as file:
        # One line in each of very many parts.
        for part in range(1, 500):
            file.seek(part * PART_BYTES)
            file.write(b"\n")
    config = endless.folder / "processes.toml"
    config.write_text(f"[limits]\nprocesses = {processes}\n")
    with (
        opened(columns) as (terminal, stderr),
        started(*SNAPSHOT, "--config", config, cwd=endless.repo, stderr=stderr) as process,
    ):
        shown = read_until(terminal, form)
        os.killpg(process.pid, signal.SIGINT)
        shown += read_until(terminal, b"every artifact is whole, old or new")
        assert ended(process).code == 130

    assert b"Traceback" not in shown
    # The bar is cleared before the message, and never wider than the terminal.
    *bars, nothing, message = shown.decode().strip().split("\r")
    assert message.startswith("peaktrade-ops: interrupted")
    assert set(nothing) == {" "}
    assert max(map(len, bars)) < columns
