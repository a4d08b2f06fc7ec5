"""Ways to run the program: in this process, or as a child process with a clean environment."""

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
from peaktrade_ops.cli import request as request_module
from peaktrade_ops.telemetry.engines.cache import FOLDER as CACHE
from tests.support.scanning import content_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = (sys.executable, "-m", "peaktrade_ops")
ENDING_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
PATIENCE = 60.0
"""The timeout for everything that a test waits for, in seconds."""

_POLL_SECONDS = 0.01
_DAY_AFTER = "2025-12-21T06:30:45Z"
"""The morning after the last day of most tests."""


class Outcome(NamedTuple):
    """The exit code of a run, and its text on standard output and standard error."""

    code: int
    out: str
    err: str


Program = Callable[..., Outcome]
"""A function that runs the program in this process with these arguments."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """An empty repo, the current directory of the program, with a telemetry root beside it."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Workplace:
        """Create the two folders in an empty folder."""
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
        """The default folder of the artifacts."""
        return self.repo / "reports" / "obs" / "stage1"

    def write(self, path: str, *records: Mapping[str, object] | bytes) -> Path:
        """Write a telemetry file with one record per line; return its path."""
        place = self.telemetry / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content_of(*records))
        return place

    def run(self, *arguments: str | Path, **variables: str) -> Outcome:
        """Run the program as a child process in the repo."""
        return run(*arguments, cwd=self.repo, **variables)


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: str = _DAY_AFTER) -> None:
    """Set the clock of the program in this process, without a variable, which it would tell."""
    fixed = datetime.fromisoformat(moment)
    monkeypatch.setattr(request_module, "find_clock", lambda _console: lambda: fixed)


def clean_environment(**variables: str) -> dict[str, str]:
    """Return the environment without the program's own variables, with these variables added."""
    inherited = {name: value for name, value in os.environ.items() if not steers(name)}
    # An unbuffered stream would hide errors in writing a buffer at exit.
    inherited.pop("PYTHONUNBUFFERED", None)
    return inherited | variables


def steers(name: str) -> bool:
    """Return whether the program itself reads an environment variable."""
    return name.startswith(("PEAK_", "_PEAKTRADE", "DASK_")) or name == "SOURCE_DATE_EPOCH"


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Outcome:
    """Run the program in this process; return its outcome."""
    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
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
    """Run the program as a child process; return its outcome."""
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
    """Start the program in its own process group; kill the group at the end."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=clean_environment(**variables),
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
    """Wait for the end of the program and its child processes; return its outcome.

    Child processes inherit the pipes, so the pipes close when the last process ends.
    """
    out, err = process.communicate(timeout=PATIENCE)
    return Outcome(process.returncode, out, err)


def children_of(pid: int) -> list[int]:
    """Return the ids of the running child processes of a process, without zombies."""
    rows = _processes_of_linux() if Path("/proc/self/stat").exists() else _processes_of_ps()
    return [child for child, state, parent in rows if parent == pid and not state.startswith("Z")]


def _processes_of_linux() -> Iterator[tuple[int, str, int]]:
    """Yield id, state and parent of every process, from `/proc` of Linux."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        # A process may end during the loop.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, parent, *_ = status.read_text("utf-8", "replace").rpartition(")")[2].split()
            yield int(status.parent.name), state, int(parent)


def _processes_of_ps() -> Iterator[tuple[int, str, int]]:
    """Yield id, state and parent of every process, from `ps`."""
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
    """Wait until a condition is true; fail after the timeout."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(_POLL_SECONDS)


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of all files below a folder, by relative path, without the cache."""
    return {
        str(inside): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and CACHE not in (inside := path.relative_to(folder)).parts
    }


def differences(left: dict[str, bytes], right: dict[str, bytes]) -> list[str]:
    """Return the names of files that only one folder has, or whose content differs."""
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def epoch(moment: str) -> str:
    """Return a moment as the value of `SOURCE_DATE_EPOCH`."""
    return str(int(datetime.fromisoformat(moment).timestamp()))


def quiet_days(last: str, count: int) -> list[dict[str, object]]:
    """Return one harmless event at noon for each of the days that end with `last`."""
    end = date.fromisoformat(last)
    days = [end - timedelta(days=back) for back in reversed(range(count))]
    return [{"ts": f"{day}T12:00:00Z", "type": "heartbeat", "severity": "info"} for day in days]
