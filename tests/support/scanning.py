"""What the tests of telemetry share: one window, sources, and scans of given bytes."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peaktrade_ops.config import Config, Limits
from peaktrade_ops.telemetry.counting.scan import Part, Scanner
from peaktrade_ops.telemetry.counting.tally import (
    MOST_REJECTS,
    TOP_RULES,
    TOP_SEVERITIES,
    TOP_TYPES,
    FileTally,
    Tally,
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
    from collections.abc import Mapping, Sequence

END = datetime(2025, 12, 20, 8, tzinfo=UTC)
WINDOW = window_until(END)
INSIDE = "2025-12-19T12:00:00Z"
BEFORE = "2025-12-01T12:00:00Z"
PATH = "telemetry/a.jsonl"


def is_text(files: Mapping[str, bytes]) -> bool:
    """Say whether no file begins like a compressed one."""
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
    return source_of(location)


def search_for(**changes: Any) -> Search:  # noqa: ANN401 (any field of a search)
    """Make a search with the defaults of the program, but for the named fields."""
    fields: dict[str, Any] = {"max_depth": 10, "ignore": Patterns(()), "closed": frozenset()}
    return Search(**(fields | changes))


def new_scanner(
    config: Config | None = None,
    *,
    record_bytes: int | None = None,
    legacy_regex: str = DEFAULT_LEGACY_REGEX,
) -> Scanner:
    """Make a scanner with the defaults of the program, but for what is named."""
    if record_bytes is not None:
        config = Config(limits=Limits(record_bytes=record_bytes))
    return Scanner(config or Config(), WINDOW, legacy_regex)


def whole(source: Source) -> Part:
    """Make the one part that is the whole file."""
    return Part(source, 0, source.size)


def scan_files(files: Mapping[str, bytes], scanner: Scanner | None = None) -> Tally:
    """Scan files of these contents, each as one part."""
    scanner = scanner or new_scanner()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_files(root, files)
        sources = [source_of(root / path, path) for path in files]
        return merge(scanner.new_tally(), *(scanner.scan(whole(source)) for source in sources))


def scan_content(content: bytes, scanner: Scanner | None = None, path: str = PATH) -> Tally:
    """Scan one file of this content."""
    return scan_files({path: content}, scanner)


def scan_events(
    *records: Mapping[str, object] | bytes, scanner: Scanner | None = None, path: str = PATH
) -> Tally:
    """Scan one file of these records, a line each."""
    return scan_content(content_of(*records), scanner, path)


def only_file(tally: Tally) -> FileTally:
    """Give what is known of the one file of a tally."""
    (file,) = tally.files.values()
    return file


def parse_errors(tally: Tally) -> int:
    """Count the rejected records that stand in the window."""
    return sum(file.parse_errors(tally.window) for file in tally.files.values())


def untimed_critical(tally: Tally) -> int:
    """Count the critical events without a time that stand in the window."""
    return sum(file.untimed_critical(tally.window) for file in tally.files.values())


def as_expected(tally: Tally) -> Expected:
    """Write a tally down as the oracle writes what it expects."""
    files = tally.files.values()
    return Expected(
        lines=sum(file.lines for file in files),
        blank=sum(file.blank for file in files),
        events=sum(file.events for file in files),
        rejected=sum(file.rejected for file in files),
        partial=sum(file.partial for file in files),
        files={
            path: (file.lines, file.blank, file.events, file.rejected, file.partial)
            for path, file in tally.files.items()
        },
        untimed=sum(file.untimed for file in files),
        untimed_critical=untimed_critical(tally),
        naive=sum(file.naive for file in files),
        future=sum(file.future for file in files),
        in_window=tally.in_window,
        first=min((file.first for file in files if file.first), default=None),
        last=max((file.last for file in files if file.last), default=None),
        new_alerts=tally.alerts,
        critical_alerts=tally.critical,
        parse_errors=parse_errors(tally),
        operator_actions=tally.actions,
        legacy_alerts=sum(file.legacy_alerts for file in files),
        severities=tally.severities.top(TOP_SEVERITIES),
        types=tally.types.top(TOP_TYPES),
        rules=tally.rules.top(TOP_RULES),
        hourly=list(zip(tally.hourly_events, tally.hourly_alerts, strict=True)),
        rejects=[
            (path, line, str(reason))
            for path in sorted(tally.files)
            for line, reason in tally.files[path].rejects
        ][:MOST_REJECTS],
    )


def cut_at(source: Source, places: Sequence[int]) -> list[Part]:
    """Cut a file into parts at these byte positions, in any order, repeated ones too."""
    borders = [0, *sorted(min(place, source.size) for place in places), source.size]
    return [Part(source, start, end) for start, end in pairwise(borders)]
