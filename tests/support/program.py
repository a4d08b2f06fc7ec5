"""The program as tests start it: in this process, or as one of its own with a clean environment."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from peaktrade_ops.cli import main
from tests.support.scanning import content_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = (sys.executable, "-m", "peaktrade_ops")
PATIENCE = 60.0
"""Seconds after which something that should have happened long ago is taken to hang."""

_POLL_SECONDS = 0.01


class Outcome(NamedTuple):
    """How a run of the program ended: its exit code, and what it printed on each stream."""

    code: int
    out: str
    err: str


Program = Callable[..., Outcome]
"""Runs the program in this process with these arguments."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """A repo to stand in and a telemetry root beside it."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Workplace:
        """Make the two folders in an empty one."""
        workplace = cls(folder)
        workplace.telemetry.mkdir()
        (workplace.repo / ".git").mkdir(parents=True)
        return workplace

    @property
    def repo(self) -> Path:
        """The repo, which is the current directory of the program."""
        return self.folder / "repo"

    @property
    def telemetry(self) -> Path:
        """The telemetry root."""
        return self.folder / "telemetry"

    @property
    def reports(self) -> Path:
        """The folder of the artifacts, where nothing else is said."""
        return self.repo / "reports" / "obs" / "stage1"

    def write(self, path: str, *records: Mapping[str, object] | bytes) -> Path:
        """Write a telemetry file, a record a line."""
        place = self.telemetry / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content_of(*records))
        return place

    def run(self, *arguments: str | Path, **variables: str) -> Outcome:
        """Run the program as a process of its own, in the repo."""
        return run(*arguments, cwd=self.repo, **variables)


def clean_environment(**variables: str) -> dict[str, str]:
    """Return the environment of this process without what steers the program, and with these."""
    inherited = {name: value for name, value in os.environ.items() if not steers(name)}
    # Streams without a buffer would hide what happens to a buffer when the program ends.
    inherited.pop("PYTHONUNBUFFERED", None)
    return inherited | variables


def unmeasured(environment: dict[str, str]) -> dict[str, str]:
    """Take the measuring of coverage out of an environment.

    A signal may reach the tracer while it holds a lock, which it then never gives free.
    """
    return {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}


def steers(name: str) -> bool:
    """Return whether an environment variable is one that the program reads itself."""
    return name.startswith(("PEAK_", "_PEAKTRADE")) or name == "SOURCE_DATE_EPOCH"


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Outcome:
    """Run the program in this process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    capsys.readouterr()
    try:
        with pytest.raises(SystemExit) as ended:
            main([os.fspath(argument) for argument in arguments])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert isinstance(ended.value.code, int)
    return Outcome(ended.value.code, *capsys.readouterr())


def run(*arguments: str | Path, cwd: Path, **variables: str) -> Outcome:
    """Run the program as a process of its own, and wait for its end."""
    finished = subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    return Outcome(finished.returncode, finished.stdout, finished.stderr)


@contextlib.contextmanager
def started(
    *arguments: str | Path, cwd: Path, stderr: int = subprocess.PIPE, **variables: str
) -> Iterator[subprocess.Popen[str]]:
    """Start the program in a process group of its own, of which nothing is left behind."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=unmeasured(clean_environment(**variables)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def ended(process: subprocess.Popen[str]) -> Outcome:
    """Wait for the end of the program and of every process that it started.

    A process inherits the pipes of the one that started it, so they end with the last of them.
    """
    out, err = process.communicate(timeout=PATIENCE)
    return Outcome(process.returncode, out, err)


def children_of(pid: int) -> list[int]:
    """List the processes that a process has started, but not those that only wait to be reaped."""
    rows = _processes_of_linux() if Path("/proc/self/stat").exists() else _processes_of_ps()
    return [child for child, state, parent in rows if parent == pid and not state.startswith("Z")]


def _processes_of_linux() -> Iterator[tuple[int, str, int]]:
    """Yield id, state and parent of every process, as a Linux without any program for it says."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        # A process may end while it is looked at.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, parent, *_ = status.read_text("utf-8", "replace").rpartition(")")[2].split()
            yield int(status.parent.name), state, int(parent)


def _processes_of_ps() -> Iterator[tuple[int, str, int]]:
    """Yield id, state and parent of every process, as other systems say."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,state=,ppid="],  # noqa: S607 (wherever the system keeps it)
        capture_output=True,
        text=True,
        check=True,
    )
    for line in listed.stdout.splitlines():
        pid, state, parent = line.split()
        yield int(pid), state, int(parent)


def wait_until(happened: Callable[[], object]) -> None:
    """Wait for something that will happen soon."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(_POLL_SECONDS)


def tree(folder: Path) -> dict[str, bytes]:
    """Read all files below a folder, by their relative paths."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def differences(left: dict[str, bytes], right: dict[str, bytes]) -> list[str]:
    """List the files that only one folder has, or that differ by a byte."""
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def epoch(moment: str) -> str:
    """Write a moment as `SOURCE_DATE_EPOCH` wants it."""
    return str(int(datetime.fromisoformat(moment).timestamp()))


def quiet_days(last: str, count: int) -> list[dict[str, object]]:
    """Return one harmless event for each of the days that end with `last`, at noon."""
    end = date.fromisoformat(last)
    days = [end - timedelta(days=back) for back in reversed(range(count))]
    return [{"ts": f"{day}T12:00:00Z", "type": "heartbeat", "severity": "info"} for day in days]
