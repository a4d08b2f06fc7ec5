"""Code that the tests of telemetry share: one window, sources, and scans of given bytes."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peaktrade_ops.config import Config, Limits
from peaktrade_ops.stage1.classify import Stage1Classifier
from peaktrade_ops.stage1.names import (
    ACTIONS,
    ALERTS,
    CRITICAL_ACTIONS,
    CRITICALS,
    RULES,
    SEVERITIES,
    TYPES,
)
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.scan import Part, Scanner, Setup
from peaktrade_ops.telemetry.counting.tally import (
    MOST_REJECTS,
    PARTIAL,
    REJECTED,
    UNTIMED,
    Totals,
    merge,
)
from peaktrade_ops.telemetry.files.compression import MAGIC_BYTES, opener_for
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.search import Search
from peaktrade_ops.telemetry.files.source import Source
from peaktrade_ops.window import window_until
from tests.support.hostile import telemetry_files
from tests.support.oracle import DEFAULT_LEGACY_REGEX, Expected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from peaktrade_ops.telemetry.counting.spill import Table
    from peaktrade_ops.telemetry.counting.tally import FileTally, Sums, Tally
    from peaktrade_ops.window import Window

END = datetime(2025, 12, 20, 8, tzinfo=UTC)
WINDOW = window_until(END)
INSIDE = "2025-12-19T12:00:00Z"
BEFORE = "2025-12-01T12:00:00Z"
PATH = "telemetry/a.jsonl"


def is_text(files: Mapping[str, bytes]) -> bool:
    """Return whether no file begins like a compressed one."""
    return all(opener_for(content[:MAGIC_BYTES]) is None for content in files.values())


HOSTILE_FILES = telemetry_files(END).filter(is_text)


def content_of(*records: Mapping[str, object] | bytes) -> bytes:
    """Write events as JSON and bytes as they are, a line each."""
    written = (r if isinstance(r, bytes) else json.dumps(r).encode() for r in records)
    return b"".join(line + b"\n" for line in written)


def write_files(root: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their relative paths."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        # No modification time, so that records at the end of a file stand without end.
        os.utime(place, ns=(0, 0))


def source_of(location: Path, path: str = PATH) -> Source:
    """Describe a file as discovery would."""
    status = location.stat()
    return Source(
        path=path,
        location=str(location),
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
    )


def written_source(folder: Path, content: bytes) -> Source:
    """Write one file into a folder and describe it."""
    location = folder / "a.jsonl"
    location.write_bytes(content)
    os.utime(location, ns=(0, 0))
    return source_of(location)


def search_for(**changes: object) -> Search:
    """Make a search with the defaults of the program, but for the named fields."""
    fields: dict[str, Any] = {
        "max_depth": 10,
        "time_keys": Config().fields.time,
        "ignore": Patterns(()),
        "include": Patterns(()),
    }
    return Search(**(fields | changes))


def setup_for(
    config: Config | None = None,
    *,
    windows: Sequence[Window] = (WINDOW,),
    legacy_regex: str = DEFAULT_LEGACY_REGEX,
) -> Setup:
    """Set up a scan as the program does."""
    config = config or Config()
    return Setup(
        cells=Cells(windows),
        classifier=Stage1Classifier(config),
        keywords=legacy_regex,
        record_bytes=config.limits.record_bytes,
        memory_bytes=config.limits.memory_bytes,
    )


def new_scanner(
    config: Config | None = None,
    *,
    record_bytes: int | None = None,
    windows: Sequence[Window] = (WINDOW,),
    legacy_regex: str = DEFAULT_LEGACY_REGEX,
    new_table: Callable[[], Table] | None = None,
) -> Scanner:
    """Make a scanner with the defaults of the program, except for what is named."""
    if record_bytes is not None:
        config = Config(limits=Limits(record_bytes=record_bytes))
    setup = setup_for(config, windows=windows, legacy_regex=legacy_regex)
    return Scanner(setup, new_table)


@dataclass(frozen=True)
class Counted:
    """A tally as the report of one window shows it."""

    tally: Tally
    cells: Cells
    window: Window = WINDOW
    modified_ns: int = 0

    @property
    def files(self) -> dict[str, FileTally]:
        """The files of the tally."""
        return self.tally.files

    @property
    def file(self) -> FileTally:
        """The one file of the tally."""
        (file,) = self.files.values()
        return file

    @property
    def sums(self) -> Sums:
        """The counts of the window."""
        written = dict.fromkeys(self.files, self.written)
        return Totals(self.tally, self.cells, written).of(self.window)

    @property
    def written(self) -> int:
        """The cell of the modification time of all files."""
        return self.cells.of_write(self.modified_ns)

    @property
    def in_window(self) -> int:
        """The events that count in the window."""
        return self.sums.events

    @property
    def alerts(self) -> int:
        """The alerts in the window."""
        return self.sums.marks[ALERTS]

    @property
    def critical(self) -> int:
        """The critical events in the window."""
        return self.sums.marks[CRITICALS]

    @property
    def actions(self) -> int:
        """The operator actions in the window."""
        return self.sums.marks[ACTIONS]

    @property
    def hourly_events(self) -> list[int]:
        """The events of each hour of the window."""
        return self.sums.hourly_events

    @property
    def hourly_alerts(self) -> list[int]:
        """The alerts of each hour of the window."""
        return self.sums.hourly_marks[ALERTS]

    @property
    def parse_errors(self) -> int:
        """The rejected records that stand in the window."""
        return self.sums.standing.get(REJECTED, 0)

    @property
    def untimed_critical(self) -> int:
        """The critical events without a time that stand in the window."""
        return self.sums.standing.get(CRITICALS, 0)

    def top(self, column: str, most: int) -> list[tuple[str, int]]:
        """Return the most frequent names of a column in the window."""
        return self.tally.names[column].top(self.cells.spans_of(self.window), most)


def counted(tallies: Iterable[Tally], scanner: Scanner) -> Counted:
    """Merge the tallies of a scanner."""
    return Counted(merge(tallies, scanner.new_tally()), scanner.setup.cells)


def whole(source: Source) -> Part:
    """Make the one part that is the whole file."""
    return Part(source, 0, source.size)


def scan_files(files: Mapping[str, bytes], scanner: Scanner | None = None) -> Counted:
    """Scan files of these contents, each as one part."""
    scanner = scanner or new_scanner()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_files(root, files)
        sources = [source_of(root / path, path) for path in files]
        return counted((scanner.scan(whole(source)) for source in sources), scanner)


def scan_content(content: bytes, scanner: Scanner | None = None, path: str = PATH) -> Counted:
    """Scan one file of this content."""
    return scan_files({path: content}, scanner)


def scan_events(
    *records: Mapping[str, object] | bytes, scanner: Scanner | None = None, path: str = PATH
) -> Counted:
    """Scan one file of these records, a line each."""
    return scan_content(content_of(*records), scanner, path)


def as_expected(found: Counted) -> Expected:
    """Convert a tally to the form of the oracle."""
    files = found.files.values()
    sums = found.sums
    inside = found.cells.of_window(found.window)
    return Expected(
        lines=sum(file.lines for file in files),
        blank=sum(file.blank for file in files),
        events=sum(file.events for file in files),
        rejected=sum(file.rejected for file in files),
        partial=sum(file.partial for file in files),
        files={
            path: (file.lines, file.blank, file.events, file.rejected, file.partial)
            for path, file in found.files.items()
        },
        in_window_of={
            path: file.events_in(inside) if file.counts else 0 for path, file in found.files.items()
        },
        untimed=sum(file.untimed for file in files),
        untimed_in_window=sums.standing.get(UNTIMED, 0),
        untimed_critical=found.untimed_critical,
        naive=sum(file.naive for file in files),
        future=sums.future,
        in_window=found.in_window,
        legacy_in_window=sums.legacy_events,
        first=min((file.first for file in files if file.first), default=None),
        last=max((file.last for file in files if file.last), default=None),
        new_alerts=found.alerts,
        critical_alerts=found.critical,
        parse_errors=found.parse_errors,
        operator_actions=found.actions,
        legacy_alerts=sum(file.hits for file in files),
        critical_actions=sums.marks[CRITICAL_ACTIONS],
        cut_off=[
            path
            for path in sorted(found.files)
            if found.files[path].standing_in(PARTIAL, inside, found.written)
        ],
        severities=found.top(SEVERITIES, 8),
        types=found.top(TYPES, 10),
        rules=found.top(RULES, 12),
        hourly=list(zip(found.hourly_events, found.hourly_alerts, strict=True)),
        rejects=[
            (path, line, str(reason))
            for path in sorted(found.files)
            for line, reason in found.files[path].rejects
        ][:MOST_REJECTS],
    )


def cut_at(source: Source, places: Sequence[int]) -> list[Part]:
    """Cut a file into parts at these byte positions, in any order, repeated ones too."""
    borders = [0, *sorted(min(place, source.size) for place in places), source.size]
    return [Part(source, start, end) for start, end in pairwise(borders)]
