"""Measure what the program costs, and print the ratios.

    python -m benchmarks --runs 3 --json results.json

The arguments choose what is measured. Everything is measured in this run: the ratios of one run can
be compared, times of different runs cannot.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import cache, compression, days, growth, memory, pages, scan, small
from benchmarks.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.results import Section

BENCHMARKS: Final[dict[str, Callable[[Place], Section]]] = {
    "scan": scan.measure,
    "days": days.measure,
    "cache": cache.measure,
    "growth": growth.measure,
    "memory": memory.measure,
    "compression": compression.measure,
    "small": small.measure,
    "pages": pages.measure,
}


def main() -> None:
    """Measure, print each result as soon as it is there, and write all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the costs.")
    parser.add_argument(
        "--megabytes", type=int, default=512, help="the size of the telemetry of most benchmarks"
    )
    parser.add_argument("--runs", type=int, default=3, help="how often each command runs")
    parser.add_argument("--large", action="store_true", help="measure the growth up to 4 GiB")
    parser.add_argument("--json", type=Path, help="a file for the results")
    parser.add_argument(
        "--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), help="what is measured"
    )
    chosen = parser.parse_args()
    began, before = time.monotonic(), os.getloadavg()
    done: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="peaktrade-ops-bench-") as scratch:
        place = Place(Path(scratch), chosen.megabytes, chosen.runs, chosen.large)
        for name in chosen.only:
            section = BENCHMARKS[name](place)
            print(section.text(), flush=True)
            done[name] = section.data()
    seconds = time.monotonic() - began
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "load_before": before[0],
        "load_after": os.getloadavg()[0],
        "seconds": seconds,
    }
    print(
        f"{machine['cores']} cores, Python {machine['python']}, {chosen.runs} runs of each command;"
        f" other load at the start {before[0]:.1f}; {seconds / 60:.1f} minutes"
    )
    if chosen.json:
        results = {"machine": machine, "runs": chosen.runs, "benchmarks": done}
        chosen.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
