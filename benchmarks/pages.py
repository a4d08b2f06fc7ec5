"""Measure the cost of the pages: a year of days, and the charts.

    python -m benchmarks.pages --days 365 --runs 5

Everything is measured in one run, each command in a new process, and medians are compared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks.scan import run
from benchmarks.telemetry import END, generate

_A_DAY_BYTES = 20_000
_NOTHING = "pass"
_LOAD_CHARTS = "import peaktrade_ops.reports.views.pages.charts"
_DRAW_CHARTS = """
from peaktrade_ops.reports.views.pages.charts import Point, columns, lines
hours = [f"{hour:02}:00" for hour in range(24)]
for _ in range(2):
    str(columns(hours, list(range(24)), every=4, says=""))
for _ in range(4):
    str(lines(hours, [Point(hour) for hour in range(24)], says=""))
"""


def main() -> None:
    """Generate telemetry, make a year of reports, measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()

    def seconds(*command: str) -> float:
        return median(run([sys.executable, *command]).seconds for _ in range(arguments.runs))

    with tempfile.TemporaryDirectory() as scratch:
        telemetry, reports = Path(scratch, "telemetry"), Path(scratch, "reports")
        generate(telemetry, _A_DAY_BYTES * arguments.days, days=arguments.days)
        last = f"{END.date() - timedelta(days=1)}"
        where = ("--reports-root", str(reports))
        scan = ("--repo", str(telemetry), "--date", last, *where)
        span = ("--days", str(arguments.days), *where)
        program = ("-m", "peaktrade_ops")
        first = run([sys.executable, *program, "stage1-run", *scan, *span]).seconds
        folder = reports / "obs" / "stage1"
        sizes = {path.name: path.stat().st_size for path in folder.glob("*.html")}
        times = {
            f"stage1-trends, {arguments.days} days": seconds(
                *program, "stage1-trends", "--date", last, *span
            ),
            "stage1-snapshot beside them": seconds(*program, "stage1-snapshot", *scan),
            "render, all of them": seconds(*program, "render", *where),
            "verify, all of them": seconds(*program, "verify", *where),
        }
    loading = seconds("-c", _LOAD_CHARTS)
    charts = loading - seconds("-c", _NOTHING)
    drawing = seconds("-c", _DRAW_CHARTS) - loading
    print(f"stage1-run, {arguments.days} days at once  {first:8.2f} s")
    for name, each in times.items():
        print(f"{name:<30}{each:8.3f} s")
    print(f"charts: loading the module    {charts:8.3f} s")
    print(f"charts: drawing six           {drawing:8.3f} s")
    print(f"calendar page                 {sizes['index.html'] / 1e3:8.0f} kB")
    print(f"trend page                    {sizes['stage1_trend.html'] / 1e3:8.0f} kB")


if __name__ == "__main__":
    main()
