"""Several days in one scan against one day over the same files."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.results import Section
from benchmarks.runner import Command, costs, program
from benchmarks.telemetry import END

if TYPE_CHECKING:
    from benchmarks.place import Place

_DAYS: Final = 30
_TARGETS: Final = {_DAYS: "at most 1.5"}


def measure(place: Place) -> Section:
    """Compare a backfill with the routine of one day, without a cache, each into a new folder."""
    folder = place.telemetry(place.megabytes // 2, days=_DAYS)
    last = f"{END.date() - timedelta(days=1)}"
    fresh = place.folder("backfills")
    turns = itertools.count()
    section = Section(f"Backfill: {place.megabytes // 2} MiB of {_DAYS} days")

    def routine(days: int) -> Command:
        reports = fresh / f"{days}"

        def move_away() -> None:
            if reports.exists():
                reports.rename(fresh / f"{days}-{next(turns)}")

        where = ("--repo", str(folder), "--reports-root", str(reports))
        what = ("--date", last, "--days", f"{days}", "--no-cache", "--quiet")
        return Command(program("stage1-run", *where, *what), move_away)

    section.costs = costs({_name(days): routine(days) for days in (1, *_TARGETS)}, place.runs)
    for days, target in _TARGETS.items():
        section.compare(_name(days), _name(1), target)
    return section


def _name(days: int) -> str:
    return "stage1-run, 1 day" if days == 1 else f"stage1-run, {days} days"
