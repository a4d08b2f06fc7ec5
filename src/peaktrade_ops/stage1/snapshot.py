"""Make the summaries of days from a tally; each number is a sum over cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1.day import WINDOW_NOT_OVER
from peaktrade_ops.stage1.left_out import Looked, left_out_of
from peaktrade_ops.stage1.models import (
    Coverage,
    Evidence,
    Hour,
    Metrics,
    NamedCount,
    RejectedLine,
    ScannedFile,
    ScannedFolder,
    Seen,
    Settings,
    Span,
    Summary,
    Top,
    Understanding,
)
from peaktrade_ops.stage1.names import (
    ACTIONS,
    ALERTS,
    CRITICAL_ACTIONS,
    CRITICALS,
    DANGER_WORDS,
    DANGERS,
    LEGACY_CRITICAL,
    NOT_UNDERSTOOD,
    RULE_LABEL,
    RULES,
    SERIOUS,
    SEVERITIES,
    SEVERITY_LABEL,
    TYPE_LABEL,
    TYPES,
    UNKNOWN_SEVERITY,
    UNKNOWN_VALUES,
    UNREAD_KEYS,
    UNREAD_SEVERITY,
)
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.telemetry.counting.cells import Cells
from peaktrade_ops.telemetry.counting.tally import (
    MOST_REJECTS,
    PARTIAL,
    REJECTED,
    UNTIMED,
    Tally,
    Totals,
)
from peaktrade_ops.telemetry.files.reasons import BROKEN_COMPRESSION
from peaktrade_ops.telemetry.files.search import Discovery
from peaktrade_ops.window import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from peaktrade_ops.telemetry.counting.exhibits import Exhibit
    from peaktrade_ops.telemetry.counting.tally import FileTally, Sums
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.window import Window

MOST_FILES: Final = 1000
"""The maximum number of files that a report lists."""

_DATED = re.compile(r"\A([^=]*=)?[0-9T_-]+\Z", re.ASCII)
_TOPS: Final = ((SEVERITIES, 8), (TYPES, 10), (RULES, 12))
"""The columns that a report lists, in order, each with its maximum number of names."""

_MOST_NOT_UNDERSTOOD: Final = 8


class Scan(msgspec.Struct, frozen=True):
    """The result of one scan, for all windows that it counted.

    Attributes:
        found: The files to scan, and the paths that are left out.
        tally: The merged tally of the files.
        cells: The time cells that the tally counts by.
        totals: The sums of the tally.
        written: The span of the modification time of each file, by its path.
    """

    found: Discovery
    tally: Tally
    cells: Cells
    totals: Totals
    written: Mapping[str, int]

    @classmethod
    def of(cls, found: Discovery, tally: Tally, cells: Cells) -> Scan:
        """Return a scan, with the sums of its tally computed once for all windows."""
        written = {source.path: cells.of_write(source.modified_ns) for source in found.sources}
        spans = {path: cells.spans[cell] for path, cell in written.items()}
        return cls(found, tally, cells, Totals(tally, cells, written), spans)


def summarise(  # noqa: PLR0913 (what a summary depends on)
    scan: Scan,
    window: Window,
    *,
    settings: Settings,
    report_dir: str,
    now: datetime,
    stage: Stage = STAGE1,
) -> Summary:
    """Return the summary of a window.

    Args:
        scan: The result of the scan.
        window: One of the windows that the scan counted.
        settings: The settings that the numbers depend on.
        report_dir: The folder of the report relative to the reports root.
        now: The current time. It is used only to decide whether the window is over.
        stage: The stage.
    """
    sums = scan.totals.of(window)
    files = [(source, scan.tally.files[source.path]) for source in scan.found.sources]
    looked = Looked(
        left_out=scan.found.left_out,
        files=files,
        patterns=settings.sources,
        window=window,
        cells=scan.cells,
        is_over=window.end <= now,
    )
    coverage = _coverage(scan, looked, sums)
    metrics = Metrics(
        new_alerts=sums.marks[ALERTS],
        critical_alerts=sums.marks[CRITICALS],
        parse_errors=sums.standing.get(REJECTED, 0),
        operator_actions=sums.marks[ACTIONS],
        legacy_alerts=sum(file.hits for _, file in files),
    )
    rejected = [
        RejectedLine(source.path, line, reason)
        for source, file in _rejects_of_the_window_first(looked)
        for line, reason in file.rejects
    ]
    spans = scan.cells.spans_of(window)
    tops = [_top(scan, column, spans, most) for column, most in _TOPS]
    return Summary(
        schema_version=1,
        date=window.date,
        created_at_utc=window.end,
        report_dir=report_dir,
        metrics=metrics,
        notes=_notes(metrics, coverage, unfinished=sums.standing.get(PARTIAL, 0)),
        window=Span(window.start, window.end),
        coverage=coverage,
        top=Top(*tops),
        hourly=tuple(
            Hour(window.start + i * HOUR, events, alerts)
            for i, (events, alerts) in enumerate(
                zip(sums.hourly_events, sums.hourly_marks[ALERTS], strict=True)
            )
        ),
        rejected=tuple(rejected[:MOST_REJECTS]),
        settings=settings,
        understanding=_understanding(scan, sums, spans),
        evidence=_evidence(scan, spans),
        stage=stage.mark,
    )


def _top(scan: Scan, column: str, spans: range, most: int) -> tuple[NamedCount, ...]:
    return tuple(NamedCount(*item) for item in scan.tally.names[column].top(spans, most))


def _understanding(scan: Scan, sums: Sums, spans: range) -> Understanding:
    return Understanding(
        unknown_severity=sums.marks[UNKNOWN_SEVERITY],
        unread_severity=sums.marks[UNREAD_SEVERITY],
        untimed_serious=sums.standing.get(SERIOUS, 0),
        danger=sums.marks[DANGERS],
        critical_actions=sums.marks[CRITICAL_ACTIONS],
        legacy_critical=sums.marks[LEGACY_CRITICAL] + sums.standing.get(LEGACY_CRITICAL, 0),
        ahead_serious=sums.ahead[SERIOUS],
        unpacked=sum(file.unpacked for file in scan.tally.files.values()),
        unknown_values=_top(scan, UNKNOWN_VALUES, spans, _MOST_NOT_UNDERSTOOD),
        unread_keys=_top(scan, UNREAD_KEYS, spans, _MOST_NOT_UNDERSTOOD),
        danger_words=_top(scan, DANGER_WORDS, spans, _MOST_NOT_UNDERSTOOD),
    )


def _evidence(scan: Scan, spans: range) -> Evidence:
    critical, danger, alerts, actions = (
        _seen(scan.tally.exhibits_of(kind, spans)) for kind in (CRITICALS, DANGERS, ALERTS, ACTIONS)
    )
    # Only what is not understood includes events without a time.
    not_understood = _seen(scan.tally.exhibits_of(NOT_UNDERSTOOD, spans, scan.written))
    return Evidence(critical, danger, alerts, actions, not_understood)


def _seen(found: Iterable[tuple[str, Exhibit]]) -> tuple[Seen, ...]:
    events = []
    for path, exhibit in found:
        labels = dict(exhibit.labels)
        events.append(
            Seen(
                time=exhibit.moment,
                path=path,
                line=exhibit.line,
                severity=labels[SEVERITY_LABEL],
                type=labels[TYPE_LABEL],
                rule=labels[RULE_LABEL],
                text=exhibit.text,
            )
        )
    return tuple(events)


def _rejects_of_the_window_first(looked: Looked) -> list[tuple[Source, FileTally]]:
    """Return the files in path order, those with a rejected record in the window first."""

    def is_elsewhere(pair: tuple[Source, FileTally]) -> bool:
        source, file = pair
        written = looked.cells.of_write(source.modified_ns)
        return not file.standing_in(REJECTED, looked.inside, written)

    return sorted(looked.files, key=is_elsewhere)


def _coverage(scan: Scan, looked: Looked, sums: Sums) -> Coverage:
    files = looked.files
    tallies = [file for _, file in files]
    left_out = left_out_of(looked)
    read = [
        (source, file)
        for source, file in files
        if file.lines or file.problem in {"", BROKEN_COMPRESSION}
    ]
    return Coverage(
        complete=all(entry.effect == "complete" for entry in left_out),
        candidates=scan.found.candidates,
        lines=sum(file.lines for file in tallies),
        blank=sum(file.blank for file in tallies),
        events=sum(file.events for file in tallies),
        rejected=sum(file.rejected for file in tallies),
        partial=sum(file.partial for file in tallies),
        untimed=sum(file.untimed for file in tallies),
        untimed_in_window=sums.standing.get(UNTIMED, 0),
        untimed_critical=sums.standing.get(CRITICALS, 0),
        naive=sum(file.naive for file in tallies),
        future=sums.future,
        in_window=sums.events,
        legacy_in_window=sums.legacy_events,
        first=min((file.first for file in tallies if file.first), default=None),
        last=max((file.last for file in tallies if file.last), default=None),
        files=_listed_files(read, looked.inside),
        folders=_folders(read, looked.inside),
        left_out=left_out,
    )


def _listed_files(
    files: Sequence[tuple[Source, FileTally]], inside: range
) -> tuple[ScannedFile, ...]:
    """Return the files that a report lists, in path order.

    These are at most 1,000: first those with rejected lines, then all others, each in path order.
    """
    first = sorted(files, key=lambda pair: (not pair[1].rejected, pair[0].path))[:MOST_FILES]
    return tuple(
        ScannedFile(
            path=source.path,
            bytes=source.size,
            lines=file.lines,
            blank=file.blank,
            events=file.events,
            rejected=file.rejected,
            partial=file.partial,
            in_window=file.events_in(inside) if file.counts else 0,
        )
        for source, file in sorted(first, key=lambda pair: pair[0].path)
    )


def _folders(files: Sequence[tuple[Source, FileTally]], inside: range) -> tuple[ScannedFolder, ...]:
    """Return the folders of all files that were read, in a form that is the same on all days."""
    folders: dict[str, list[tuple[int, int, int]]] = {}
    for source, file in files:
        in_window = file.events_in(inside) if file.counts else 0
        counts = (file.lines, file.events, in_window)
        folders.setdefault(folder_of(source.path), []).append(counts)
    return tuple(
        ScannedFolder(path, len(counts), *map(sum, zip(*counts, strict=True)))
        for path, counts in sorted(folders.items())
    )


def folder_of(path: str) -> str:
    """Return the folder of a file with dated parts as ``*`` (section 7 of the contract).

    A part is dated if it contains only digits, ``-``, ``_`` and ``T``, also after ``name=``. The
    top folder is ``.``.
    """
    return _starred(path.rpartition("/")[0])


@lru_cache(maxsize=1024)
def _starred(folder: str) -> str:
    return "/".join(_DATED.sub(r"\1*", part) for part in folder.split("/")) or "."


def _notes(metrics: Metrics, coverage: Coverage, *, unfinished: int) -> tuple[str, ...]:
    """Return the most important facts for a reader, as short sentences.

    There is no note about normal facts: events after a finished window, or records of other
    windows.

    Args:
        metrics: The metrics of the window.
        coverage: The coverage of the scan.
        unfinished: The number of partial records that belong to the window.
    """
    not_over = any(item.reason == WINDOW_NOT_OVER for item in coverage.left_out)
    hidden = sum(item.effect != "complete" for item in coverage.left_out) - not_over
    notes = [
        (metrics.critical_alerts, "{} in the window.", "critical alert"),
        (coverage.untimed_critical, "{} without a usable time.", "critical event"),
        (not_over, "The window was not over when the report was made.", ""),
        (
            hidden,
            "Coverage is incomplete: {} left out or not read to the end.",
            "path",
        ),
        (not coverage.candidates, "No telemetry file was found.", ""),
        (coverage.candidates and not coverage.in_window, "No event lies in the window.", ""),
        (metrics.parse_errors, "{} in the window.", "rejected record"),
        (coverage.untimed_in_window, "{} without a time in the window.", "event"),
        (coverage.naive, "{} without a UTC offset, read as UTC.", "event"),
        (not_over and unfinished, "{} at the end of a file, still being written.", "line"),
    ]
    return tuple(
        sentence.format(f"{count} {noun}" if count == 1 else f"{count} {noun}s")
        for count, sentence, noun in notes
        if count
    )
