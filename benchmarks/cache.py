"""Scans with a cache against a scan without one."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.place import MEBIBYTE
from benchmarks.results import Section
from benchmarks.runner import Command, costs, run
from benchmarks.scan import check_same, counts_of, snapshot
from benchmarks.telemetry import append

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.place import Place

# A file that was written within the last 2 seconds is read although its times have not changed.
_SETTLE_SECONDS: Final = 2.1

_FULL = "no cache"
_COLD = "cold: an empty cache"
_SAME = "nothing new (0 % appended)"
_TOUCHED = "nothing new, all times changed"

_APPENDED: Final[tuple[tuple[str, float, int, str], ...]] = (
    ("1 % appended to one file", 0.01, 1, "at least 15"),
    ("1 % appended to all files", 0.01, 8, "at least 15"),
    ("10 % appended to all files", 0.1, 8, ""),
)


def measure(place: Place) -> Section:
    """Compare scans of the same files, with more or less that the cache does not know.

    Raises:
        SystemExit: A scan with the cache has other counts than one without.
    """
    source = place.telemetry(place.megabytes)
    cache = place.folder("cold")
    files = sorted(source.rglob("*.jsonl"))
    reports = place.folder("cached")
    cached = ("--cache", str(cache))
    commands = {
        _FULL: Command(snapshot(source, reports, "--no-cache"), settle),
        _COLD: Command(snapshot(source, reports, *cached), partial(shutil.rmtree, cache)),
        _SAME: Command(snapshot(source, reports, *cached)),
        _TOUCHED: Command(snapshot(source, reports, *cached), partial(_touch, files)),
    }
    growing = [
        _growing(place, share, number, f"grown-{name}") for name, share, number, _ in _APPENDED
    ]
    settle()
    for command in growing:
        run(command.arguments)
    names = [name for name, *_ in _APPENDED]
    commands |= dict(zip(names, growing, strict=True))
    section = Section(f"Cache: {place.megabytes} MiB in 8 files")
    section.costs = costs(commands, place.runs)
    expected = counts_of(section.costs[_FULL].output)
    for name in (_COLD, _SAME, _TOUCHED):
        check_same(expected, counts_of(section.costs[name].output))
    section.compare(_FULL, _COLD)
    section.compare(_FULL, _SAME, "at least 30")
    section.compare(_FULL, _TOUCHED)
    for name, *_, target in _APPENDED:
        section.compare(_FULL, name, target)
    return section


def settle() -> None:
    """Wait until the files that were written so far count as unchanged."""
    time.sleep(_SETTLE_SECONDS)


def _touch(files: Sequence[Path]) -> None:
    """Set the modification times of files to now."""
    for path in files:
        os.utime(path)


def _growing(place: Place, share: float, number: int, name: str) -> Command:
    """Return the command of a scan of a copy, to which other lines are added before each run.

    Args:
        place: Where the benchmarks run.
        share: How much is added before each run, as a share of all.
        number: The number of files to which it is added.
        name: The name of the copy.
    """
    folder = place.scratch / name
    shutil.copytree(place.telemetry(place.megabytes), folder)
    files = sorted(folder.rglob("*.jsonl"))[:number]
    size = int(place.megabytes * MEBIBYTE * share / number)
    # The lines are new in each run: the cache finds what it knows by content.
    seeds = itertools.count(100 + 1000 * number + int(100 * share))
    grow = partial(_grow, files, size, partial(next, seeds))
    reports = place.folder(f"{name}-reports")
    return Command(snapshot(folder, reports), grow)


def _grow(files: Sequence[Path], size: int, seed: Callable[[], int]) -> None:
    """Append so many bytes to each file."""
    chosen = seed()
    for path in files:
        append(path, size, seed=chosen)
