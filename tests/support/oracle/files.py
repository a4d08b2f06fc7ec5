"""Files as the contract reads them: their lines, and the events of each line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.oracle.containers import records_in
from tests.support.oracle.events import DEFAULT_DANGER, read_events
from tests.support.oracle.lines import DEFAULT_RECORD_BYTES, read_lines
from tests.support.oracle.properties import DEFAULT_READING
from tests.support.oracle.text import matches_glob

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from peaktrade_ops.formats import Reading
    from tests.support.oracle.events import Event
    from tests.support.oracle.lines import Line

# Section 1: the default of `--legacy-regex`.
DEFAULT_LEGACY_REGEX = "(legacy|risk[_ -]?limit|old[_ -]?alert|v1|previous)"
# Section 5: the default pattern of legacy sources.
DEFAULT_LEGACY_SOURCES = ("live_runs/alerts/**",)


@dataclass(frozen=True)
class Rules:
    """What the configuration says about the reading of files.

    Attributes:
        reading: How files are read.
        readings: How the files of some paths are read instead.
        danger: The word sequences of dangers.
        legacy_sources: The patterns of legacy sources.
        legacy_regex: The keyword search.
        record_bytes: The most bytes of a record.
    """

    reading: Reading = DEFAULT_READING
    readings: Mapping[str, Reading] = field(default_factory=dict)
    danger: tuple[str, ...] = DEFAULT_DANGER
    legacy_sources: tuple[str, ...] = DEFAULT_LEGACY_SOURCES
    legacy_regex: str = DEFAULT_LEGACY_REGEX
    record_bytes: int = DEFAULT_RECORD_BYTES


@dataclass(frozen=True)
class Entry:
    """An event, a rejected record or a partial record, in its place in a file.

    Attributes:
        line: The line that it stands on.
        event: The event; `None` if it is none.
        time: The time of the event; `None` if it has none.
        was_unpacked: Whether `unpack` took the event out of the record.
    """

    line: Line
    event: Event | None = None
    time: datetime | None = None
    was_unpacked: bool = False


@dataclass(frozen=True)
class File:
    """A file that was read.

    Attributes:
        path: Its path relative to the telemetry root.
        modified: Its modification time; `None` if it is before 2000-01-01.
        is_legacy: Whether it is a legacy source.
        lines: All its lines.
        entries: Its events, and its rejected and partial records, in their order.
        legacy_alerts: The number of its lines that `legacy_alerts` counts.
    """

    path: str
    modified: datetime | None
    is_legacy: bool
    lines: list[Line]
    entries: list[Entry]
    legacy_alerts: int


def read_file(path: str, content: bytes, modified: datetime | None, rules: Rules) -> File:
    """Read a file by some rules."""
    reading = rules.readings.get(path, rules.reading)
    is_legacy = any(matches_glob(pattern, path) for pattern in rules.legacy_sources)
    lines = read_lines(path, content, rules.record_bytes)
    entries = [entry for line in lines for entry in entries_of(line, path, reading, rules)]
    hits = [line for line in lines if is_legacy_alert(line, rules, is_legacy=is_legacy)]
    return File(path, modified, is_legacy, lines, entries, len(hits))


def entries_of(line: Line, path: str, reading: Reading, rules: Rules) -> list[Entry]:
    """Return what a line holds: nothing if it is blank, several events if it is unpacked."""
    if line.outcome == "blank":
        return []
    if line.record is None:
        return [Entry(line)]
    records, was_unpacked = records_in(line.record, reading)
    events = read_events(records, line.raw.decode("utf-8"), path, reading, rules.danger)
    return [
        Entry(line, event, event.time[0] if event.time else None, was_unpacked) for event in events
    ]


def is_legacy_alert(line: Line, rules: Rules, *, is_legacy: bool) -> bool:
    """Return whether `legacy_alerts` counts a line.

    Section 5: "raw lines that the legacy regex finds, of any age, plus events of legacy sources;
    each line once". Section 1: "keyword search over raw lines, ignoring case".
    """
    keyword = re.compile(rules.legacy_regex.encode("utf-8"), re.IGNORECASE)
    found = keyword.search(line.raw[: rules.record_bytes]) is not None
    return found or (is_legacy and line.outcome == "event")
