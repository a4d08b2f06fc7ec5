"""A snapshot against the plain loop and ClickHouse, which count the same."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

from benchmarks.results import Section
from benchmarks.runner import Command, costs, program, python
from benchmarks.telemetry import END

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.place import Place

_LOOP, _CLICKHOUSE, _SNAPSHOT = "plain loop", "ClickHouse", "snapshot"


def measure(place: Place) -> Section:
    """Compare a snapshot without a cache with the other programs.

    Raises:
        SystemExit: The counts differ, so the times say nothing.
    """
    folder = place.telemetry(place.megabytes)
    counting = (str(folder), END.isoformat())
    commands = {
        _LOOP: Command(python("-m", "benchmarks.plain_loop", *counting)),
        _CLICKHOUSE: Command(python("-m", "benchmarks.clickhouse", *counting)),
        _SNAPSHOT: Command(snapshot(folder, place.folder("reports"), "--no-cache")),
    }
    has_clickhouse = importlib.util.find_spec("chdb") is not None
    if not has_clickhouse:
        del commands[_CLICKHOUSE]
    section = Section(f"Scan: {place.megabytes} MiB in 8 files")
    section.costs = costs(commands, place.runs)
    expected = json.loads(section.costs[_LOOP].output)
    check_same(expected, counts_of(section.costs[_SNAPSHOT].output))
    section.compare(_LOOP, _SNAPSHOT, "at least 18")
    if has_clickhouse:
        check_same(expected, json.loads(section.costs[_CLICKHOUSE].output))
        section.compare(_SNAPSHOT, _CLICKHOUSE, "at most 1.15")
    return section


def snapshot(folder: Path, reports: Path, *more: str) -> list[str]:
    """Return the command of a snapshot of the last generated day, which prints the summary."""
    where = ("--repo", str(folder), "--reports-root", str(reports))
    options = ("--as-of", END.isoformat(), "--format", "json", "--quiet")
    return program("stage1-snapshot", *where, *options, *more)


def counts_of(summary: str) -> dict[str, Any]:
    """Return the counts of a summary that a snapshot printed, by name."""
    printed = json.loads(summary)
    return {**printed["coverage"], **printed["metrics"]}


def check_same(expected: dict[str, Any], counted: dict[str, Any]) -> None:
    """Check that a program has the expected counts.

    Raises:
        SystemExit: The counts differ.
    """
    for name, number in expected.items():
        if counted[name] != number:
            raise SystemExit(f"the counts differ: {name} is {number} and {counted[name]}")
