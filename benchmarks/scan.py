"""Measure a snapshot against the plain loop: ratio of wall times, and peak memory.

    python -m benchmarks.scan --megabytes 512 --runs 5

Both run in turn, each in a new process, and the medians are compared. The peak is the highest sum
of the proportional set sizes of the process tree, sampled while it runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.telemetry import END, generate

if TYPE_CHECKING:
    from collections.abc import Sequence

_SAMPLE_SECONDS = 0.02
_SMALL_BYTES = 2**20


class Run(NamedTuple):
    """The result of one process: wall time in seconds, peak memory in bytes, standard output."""

    seconds: float
    peak: int
    output: str


def run(command: Sequence[str], *, watch: bool = False) -> Run:
    """Run a command; with `watch`, measure the memory of its process tree.

    Raises:
        SystemExit: The command failed.
    """
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        peak = 0
        while watch and process.poll() is None:
            peak = max(peak, sum(map(_memory, _tree(process.pid))))
            time.sleep(_SAMPLE_SECONDS)
        output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{command} failed with {process.returncode}")
    return Run(time.perf_counter() - began, peak, output)


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


def main() -> None:
    """Generate telemetry, measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        big, small, reports = (Path(scratch, name) for name in ("big", "small", "reports"))
        generate(big, arguments.megabytes * 2**20)
        generate(small, _SMALL_BYTES)
        program = [sys.executable, "-m", "peaktrade_ops"]
        options = ["--as-of", END.isoformat(), "--reports-root", str(reports)]
        snapshot = [*program, "stage1-snapshot", *options, "--format", "json", "--repo"]
        loop = [sys.executable, "-m", "benchmarks.plain_loop"]
        loops, scans = [], []
        for _ in range(arguments.runs):
            loops.append(run([*loop, str(big), END.isoformat()]))
            scans.append(run([*snapshot, str(big)]))
        peak = run([*snapshot, str(big)], watch=True).peak
        helps = [run([*program, "--help"]).seconds for _ in range(arguments.runs)]
        smalls = [run([*snapshot, str(small)]).seconds for _ in range(arguments.runs)]
        _check_same(json.loads(loops[0].output), json.loads(scans[0].output))
    loop_seconds = median(each.seconds for each in loops)
    scan_seconds = median(each.seconds for each in scans)
    print(f"plain loop          {loop_seconds:8.2f} s")
    print(f"stage1-snapshot     {scan_seconds:8.2f} s")
    print(f"ratio               {loop_seconds / scan_seconds:8.1f}")
    print(f"peak, whole tree    {peak / 2**20:8.0f} MiB")
    print(f"--help              {median(helps):8.3f} s")
    print(f"1 MB snapshot       {median(smalls):8.3f} s")


def _check_same(loop: dict[str, int], summary: dict[str, dict[str, int]]) -> None:
    """Check that both programs have the same counts, because otherwise the times say nothing.

    Raises:
        SystemExit: The counts differ.
    """
    counted = summary["coverage"] | summary["metrics"]
    for name, expected in loop.items():
        if counted[name] != expected:
            raise SystemExit(f"the counts differ: {name} is {expected} and {counted[name]}")


if __name__ == "__main__":
    main()
