"""How the cost grows: with the size, with the number of files, and with the processes."""

from __future__ import annotations

from itertools import cycle, pairwise
from typing import TYPE_CHECKING, Final

from benchmarks.place import MEBIBYTE
from benchmarks.results import Section
from benchmarks.runner import Command, costs
from benchmarks.scan import check_same, counts_of, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.place import Place

_SMALL_MEGABYTES: Final = 64
_LARGE_MEGABYTES: Final = 4096
_FILES: Final = (1, 8, 1000)
_LARGE_RUNS: Final = 1


def measure(place: Place) -> Section:
    """Compare sizes, each with one process and with two, and numbers of files of the same lines."""
    section = Section("Growth")
    sizes = sorted({min(_SMALL_MEGABYTES, place.megabytes), place.megabytes})
    section.costs = costs(_sizes(place, sizes), place.runs)
    if place.is_large:
        sizes.append(_LARGE_MEGABYTES)
        section.costs |= costs(_sizes(place, [_LARGE_MEGABYTES]), _LARGE_RUNS)
    for smaller, larger in pairwise(sizes):
        for processes in (1, 2):
            target = f"proportional is {larger / smaller:.3g}"
            section.compare(_name(larger, processes), _name(smaller, processes), target)
    for size in sizes:
        section.compare(_name(size, 1), _name(size, 2))
    by_files = {
        f"{number:,} {'file' if number == 1 else 'files'}": Command(
            snapshot(
                _divided(place, sizes[0], number), place.folder(f"reports-{number}"), "--no-cache"
            )
        )
        for number in _FILES
    }
    section.costs |= costs(by_files, place.runs)
    lines = counts_of(section.costs[_name(sizes[0], 1)].output)["lines"]
    for name in by_files:
        check_same({"lines": lines}, counts_of(section.costs[name].output))
    one, few, many = by_files
    section.compare(one, few)
    section.compare(many, few)
    return section


def _sizes(place: Place, sizes: list[int]) -> dict[str, Command]:
    """Return the commands for sizes, each with one process and with two."""
    return {
        _name(size, number): Command(
            snapshot(
                place.telemetry(size),
                place.folder(f"reports-{size}"),
                "--no-cache",
                *("--config", str(place.processes(number))),
            )
        )
        for size in sizes
        for number in (1, 2)
    }


def _name(megabytes: int, processes: int) -> str:
    return f"{megabytes} MiB, {processes} {'process' if processes == 1 else 'processes'}"


def _divided(place: Place, megabytes: int, number: int) -> Path:
    """Return the root of telemetry of a size, with its lines in so many files."""
    name = f"{megabytes}-megabytes-{number}-files"
    paths = [place.files_of(name) / f"events-{each:04}.jsonl" for each in range(number)]
    share = megabytes * MEBIBYTE // number
    targets = cycle(paths)
    for path in sorted(place.telemetry(megabytes).rglob("*.jsonl")):
        with path.open("rb") as source:
            while lines := source.readlines(share):
                with next(targets).open("ab") as target:
                    target.writelines(lines)
    return place.folder(name)
