"""The cost of a folder with a year of days: the routine, the trend, the pages, the charts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.place import MEBIBYTE
from benchmarks.results import Section
from benchmarks.runner import Command, costs, program, python, run
from benchmarks.telemetry import END, generate

if TYPE_CHECKING:
    from benchmarks.place import Place

_DAYS: Final = 365
_BYTES: Final = 7 * MEBIBYTE
_LOAD = "import peaktrade_ops.reports.views.pages.charts"
_DRAW = """
from peaktrade_ops.reports.views.pages.charts import Point, columns, lines
hours = [f"{hour:02}:00" for hour in range(24)]
for _ in range(2):
    str(columns(hours, list(range(24)), every=4, says=""))
for _ in range(4):
    str(lines(hours, [Point(hour) for hour in range(24)], says=""))
"""


def measure(place: Place) -> Section:
    """Make a year of reports, then compare what works on all of them with one snapshot."""
    telemetry, reports = place.folder("year"), place.folder("year-reports")
    generate(telemetry, _BYTES, days=_DAYS)
    last = f"{END.date() - timedelta(days=1)}"
    where = ("--reports-root", str(reports), "--quiet")
    scan = ("--repo", str(telemetry), "--date", last, "--no-cache", *where)
    span = ("--days", f"{_DAYS}", *where)
    first = run(program("stage1-run", *scan, "--days", f"{_DAYS}"))
    one = "stage1-snapshot beside them"
    commands = {
        one: Command(program("stage1-snapshot", *scan)),
        f"stage1-trends, {_DAYS} days": Command(program("stage1-trends", "--date", last, *span)),
        "render, all of them": Command(program("render", *where)),
        "verify, all of them": Command(program("verify", *where)),
        "python -c pass": Command(python("-c", "pass")),
        "charts: loading the module": Command(python("-c", _LOAD)),
        "charts: loading, and drawing six": Command(python("-c", _DRAW)),
    }
    folder = reports / "obs" / "stage1"
    sizes = [f"{name} {(folder / name).stat().st_size / 1e3:.0f} kB" for name in _PAGES]
    section = Section(
        f"Pages: {_DAYS} days, written at once in {first.cpu:.1f} s of CPU ({', '.join(sizes)})"
    )
    section.costs = costs(commands, place.runs)
    for name in list(commands)[1:4]:
        section.compare(name, one)
    return section


_PAGES: Final = ("index.html", "stage1_trend.html")
