"""Measure the cost of counting several days in one scan: ratios of wall times, and peak memory.

    python -m benchmarks.days --megabytes 256 --runs 3

All commands run in turn, each in a new process, and the medians are compared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.scan import run
from benchmarks.telemetry import END, generate

_DAYS: Final = 30
_FORTNIGHT: Final = 14


def main() -> None:
    """Generate telemetry, measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    size = arguments.megabytes * 2**20
    last = f"{END.date() - timedelta(days=1)}"
    with tempfile.TemporaryDirectory() as scratch:
        month, crowded = Path(scratch, "month"), Path(scratch, "crowded")
        generate(month, size, days=_DAYS)
        generate(crowded, size, days=1)
        count = [sys.executable, "-m", "benchmarks.count"]
        routine = [sys.executable, "-m", "peaktrade_ops", "stage1-run", "--date", last, "--quiet"]

        def days(number: int, reports: str) -> list[str]:
            where = ["--repo", str(month), "--reports-root", str(Path(scratch, reports))]
            return [*routine, *where, "--days", str(number)]

        counts = {
            "one": [*count, str(month), last, "1"],
            "month": [*count, str(month), last, f"{_DAYS}"],
            "crowded": [*count, str(crowded), last, "1"],
        }
        counted = {name: run(command).output for name, command in counts.items()}
        if _differ(counted["month"], counted["crowded"]):
            raise SystemExit(f"the windows do not hold the same number of events: {counted}")
        seconds: dict[str, list[float]] = {name: [] for name in (*counts, "1", "14", "30")}
        for turn in range(arguments.runs):
            for name, command in counts.items():
                seconds[name].append(run(command).seconds)
            for number in (1, _FORTNIGHT, _DAYS):
                fresh = run(days(number, f"reports-{number}-{turn}"))
                seconds[f"{number}"].append(fresh.seconds)
        peak = run(days(_DAYS, "watched"), watch=True).peak
    times = {name: median(each) for name, each in seconds.items()}
    print(f"count {_DAYS} days                {times['month']:8.2f} s")
    print(f"  to one day of all events   {times['month'] / times['crowded']:8.2f}")
    print(f"  to one day of the same     {times['month'] / times['one']:8.2f}")
    for number in (1, _FORTNIGHT, _DAYS):
        ratio = times[f"{number}"] / times["1"]
        print(f"stage1-run, {number:2} days          {times[f'{number}']:8.2f} s{ratio:8.2f}")
    print(f"peak, whole tree, {_DAYS} days    {peak / 2**20:8.0f} MiB")


def _differ(one: str, other: str) -> bool:
    """Return whether two numbers differ by more than 0.1 percent of the first."""
    left, right = int(one), int(other)
    return abs(left - right) * 1000 > left


if __name__ == "__main__":
    main()
