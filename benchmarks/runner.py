"""Run commands in turn, each in a new process, and measure wall time, CPU time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SAMPLE_SECONDS: Final = 0.02
_REPO: Final = Path(__file__).parents[1]
# Settings of the program would change what it does, and coverage would be measured too.
_LEFT_OUT: Final = ("COVERAGE_", "PEAK_")


class Run(NamedTuple):
    """What one process and its children needed.

    Attributes:
        wall: The wall time, seconds.
        cpu: The CPU time in user mode and in the kernel, seconds.
        peak: The peak of the memory, bytes; 0 if it was not watched.
        output: The standard output.
    """

    wall: float
    cpu: float
    peak: int
    output: str


class Command(NamedTuple):
    """A command to measure.

    Attributes:
        arguments: The program and its arguments.
        before: Called before each run; not measured.
    """

    arguments: Sequence[str]
    before: Callable[[], object] = lambda: None


class Cost(NamedTuple):
    """The medians of several runs of a command.

    Attributes:
        wall: The wall time, seconds.
        cpu: The CPU time, seconds.
        output: The standard output of the last run.
    """

    wall: float
    cpu: float
    output: str


def python(*arguments: str) -> list[str]:
    """Return a command of the Python that runs the benchmarks."""
    return [sys.executable, *arguments]


def program(*arguments: str) -> list[str]:
    """Return a command of peaktrade-ops."""
    return python("-m", "peaktrade_ops", *arguments)


def costs(commands: Mapping[str, Command], runs: int) -> dict[str, Cost]:
    """Return what each command costs, by name.

    All commands run once in each turn, so that a load that comes and goes meets all of them.
    """
    done: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            command.before()
            done[name].append(run(command.arguments))
    return {
        name: Cost(median(each.wall for each in all_), median(each.cpu for each in all_), last)
        for name, all_ in done.items()
        for last in [all_[-1].output]
    }


def run(arguments: Sequence[str], *, watch: bool = False) -> Run:
    """Run a command, in the root of the repo.

    Args:
        arguments: The program and its arguments.
        watch: Whether to measure the memory, which takes CPU time from the command. The peak is
            the highest sum of the proportional set sizes of the process tree, sampled.

    Raises:
        SystemExit: The command failed.
    """
    peak = 0
    environment = {n: value for n, value in os.environ.items() if not n.startswith(_LEFT_OUT)}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 (ours)
            arguments, cwd=_REPO, env=environment, stdout=output, stderr=errors
        )
        while True:
            # Only `wait4` says what a process and the children that it waited for have used.
            ended, status, usage = os.wait4(process.pid, os.WNOHANG if watch else 0)
            if ended:
                break
            peak = max(peak, sum(map(_memory, _tree(process.pid))))
            time.sleep(_SAMPLE_SECONDS)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            text = errors.read().decode("utf-8", "replace")
            raise SystemExit(f"{list(arguments)} failed with {process.returncode}:\n{text}")
        return Run(wall, usage.ru_utime + usage.ru_stime, peak, output.read().decode("utf-8"))


def _tree(root: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    tree = [root]
    for parent in tree:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii")
        except OSError:
            continue
        tree += map(int, children.split())
    return tree


def _memory(process: int) -> int:
    """Return the proportional set size of a process, in bytes; 0 if it has ended."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0
    line = next((line for line in rollup.splitlines() if line.startswith("Pss:")), "Pss: 0 kB")
    return int(line.split()[1]) * 1024
