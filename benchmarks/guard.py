"""A small measurement for the tests, which fails if a scan has lost more than half of its speed.

It compares CPU times of one run, so that neither the machine nor its load decides. The cost of the
start is taken off, because it hides the cost of a small scan.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.cache import settle
from benchmarks.place import MEBIBYTE, Place
from benchmarks.runner import python, run
from benchmarks.scan import check_same, counts_of, snapshot
from benchmarks.telemetry import END, generate

if TYPE_CHECKING:
    from pathlib import Path

LEAST_LOOP_TO_SCAN: Final = 2.3
"""A little less than half of what `nox --session bench` shows for the plain loop / snapshot."""

MOST_WARM_TO_SCAN: Final = 0.4
"""Much more than what it shows for nothing new: the cost of the start varies by that much."""

_MEGABYTES: Final = 4
_COPIES: Final = 12
_ATTEMPTS: Final = 3


class Measured(NamedTuple):
    """The CPU time of each program, without the start of the snapshots.

    Attributes:
        loop: The plain loop, seconds for each MiB.
        scan: A snapshot without a cache, seconds for each MiB.
        warm: A snapshot with a cache and nothing new, seconds for each MiB.
    """

    loop: float
    scan: float
    warm: float

    @property
    def scan_is_fast(self) -> bool:
        """Whether the scan is as fast as it must be, compared with the plain loop."""
        return self.loop >= LEAST_LOOP_TO_SCAN * self.scan

    @property
    def cache_is_fast(self) -> bool:
        """Whether the cache saves as much as it must."""
        return self.warm <= MOST_WARM_TO_SCAN * self.scan

    def slower(self, times: float) -> Measured:
        """Return what would be measured if a scan took so many times as long."""
        return self._replace(scan=self.scan * times)


def measured(scratch: Path) -> Measured:
    """Measure until everything is fast, at most three times: a load can disturb a measurement.

    Args:
        scratch: An empty folder.

    Raises:
        SystemExit: The programs have different counts.
    """
    place = Place(scratch, _MEGABYTES, 1, is_large=False)
    one, empty, many = (place.folder(name) for name in ("one", "empty", "many"))
    generate(one, _MEGABYTES * MEBIBYTE)
    place.files_of("empty")
    files = place.files_of("many")
    for path in sorted(one.rglob("*.jsonl")):
        (files / path.name).write_bytes(path.read_bytes() * _COPIES)
    settle()
    alone = ("--config", str(place.processes(1)))
    cached = (*alone, "--cache", str(place.folder("cache")))
    reports = place.folder("reports")
    nothing = snapshot(empty, place.folder("empty-reports"), *alone, "--no-cache")
    again = snapshot(many, reports, *cached)
    run(again)
    found = Measured(0, 1, 1)
    for _ in range(_ATTEMPTS):
        loop = run(python("-m", "benchmarks.plain_loop", str(one), END.isoformat()))
        scan = run(snapshot(many, reports, *alone, "--no-cache"))
        # Both are short, so each runs twice, and the smaller time is the less disturbed one.
        starts, warms = zip(*[(run(nothing), run(again)) for _ in range(2)], strict=True)
        start, warm = min(each.cpu for each in starts), min(each.cpu for each in warms)
        expected = {name: _COPIES * number for name, number in json.loads(loop.output).items()}
        check_same(expected, counts_of(scan.output))
        check_same(expected, counts_of(warms[0].output))
        found = Measured(
            loop.cpu / _MEGABYTES,
            (scan.cpu - start) / (_MEGABYTES * _COPIES),
            (warm - start) / (_MEGABYTES * _COPIES),
        )
        if found.scan_is_fast and found.cache_is_fast:
            break
    return found
