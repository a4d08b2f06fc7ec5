"""The peak of the memory of snapshots: ordinary telemetry, very many names, very long lines."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.place import MEBIBYTE
from benchmarks.results import Peak, Section
from benchmarks.runner import run
from benchmarks.scan import check_same, counts_of, snapshot
from benchmarks.telemetry import END

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.place import Place

_RULES: Final = 2_000_000
_FILES: Final = 2
_LONG_LINES: Final = 3
# A little less than the longest record that is read.
_LONG_BYTES: Final = 64 * MEBIBYTE - 1024


def measure(place: Place) -> Section:
    """Measure the memory of all processes of a snapshot.

    Raises:
        SystemExit: Events are missing, so the memory says nothing.
    """
    rules, long_lines = place.files_of("rules"), place.files_of("long-lines")
    _write_rules(rules)
    _write_long_lines(long_lines)
    section = Section("Peak memory, all processes")
    many = _FILES * _LONG_LINES
    for name, folder, events, target in (
        (f"{place.megabytes} MiB", place.telemetry(place.megabytes), None, "at most 150 MiB"),
        (f"{_RULES:,} distinct rules", rules.parent, _RULES, "at most 250 MiB"),
        (f"{many} lines of 64 MiB", long_lines.parent, many, "at most 500 MiB"),
    ):
        command = snapshot(folder, place.folder(f"watched-{folder.name}"), "--no-cache")
        watched = run(command, watch=True)
        if events:
            check_same({"in_window": events}, counts_of(watched.output))
        section.peaks.append(Peak(name, watched.peak / MEBIBYTE, target))
    return section


def _write_rules(folder: Path) -> None:
    """Write events of the last day, each with its own rule."""
    hour = (END - timedelta(hours=1)).isoformat()
    head = f'{{"ts": "{hour}", "event_type": "heartbeat", "severity": "info", "rule_id": "R-'
    for number in range(_FILES):
        with (folder / f"rules-{number}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(f'{head}{rule:08d}"}}\n' for rule in range(number, _RULES, _FILES))


def _write_long_lines(folder: Path) -> None:
    """Write events of the last day that are almost too long to be read."""
    event = {"ts": (END - timedelta(hours=1)).isoformat(), "event_type": "heartbeat"}
    head = json.dumps(event | {"severity": "info", "rule_id": "R-1", "message": ""})[:-2]
    message = "order book snapshot applied, "
    line = (head + message * (_LONG_BYTES // len(message) + 1))[:_LONG_BYTES] + '"}\n'
    for number in range(_FILES):
        (folder / f"long-{number}.jsonl").write_text(line * _LONG_LINES, "utf-8")
