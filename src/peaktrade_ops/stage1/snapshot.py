"""From a tally to the summary of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from peaktrade_ops.stage1.models import (
    Coverage,
    FieldSettings,
    Hour,
    LeftOut,
    Metrics,
    NamedCount,
    RejectedLine,
    ScannedFile,
    Settings,
    SourceSettings,
    Span,
    Summary,
    Top,
)
from peaktrade_ops.telemetry.counting.tally import (
    MOST_REJECTS,
    TOP_RULES,
    TOP_SEVERITIES,
    TOP_TYPES,
)
from peaktrade_ops.telemetry.files.reasons import BROKEN_COMPRESSION
from peaktrade_ops.window import HOUR

if TYPE_CHECKING:
    from datetime import datetime

    from peaktrade_ops.config import Config
    from peaktrade_ops.telemetry.counting.counts import Counts
    from peaktrade_ops.telemetry.counting.tally import FileTally, Tally
    from peaktrade_ops.telemetry.files.search import Discovery

WINDOW_NOT_OVER: Final = "window not over"


def summarise(  # noqa: PLR0913 (a summary states all that it rests on)
    found: Discovery,
    tally: Tally,
    *,
    config: Config,
    legacy_regex: str,
    report_dir: str,
    now: datetime,
) -> Summary:
    """Build the summary of a window.

    Args:
        found: What was found to scan, and what was left out.
        tally: What the scan of it gave, for one window.
        config: The key lists and sources, which the summary states.
        legacy_regex: The keyword search, which the summary states.
        report_dir: The folder of the report relative to the reports root.
        now: The clock; it decides only whether the window is over.
    """
    window = tally.window
    files = [(source, tally.files[source.path]) for source in found.sources]
    tallies = [file for _, file in files]
    unread = [
        (LeftOut(source.path, file.problem), _harmless(file, window.start))
        for source, file in files
        if file.problem
    ]
    left_out = [(LeftOut(item.path, item.reason), item.harmless) for item in found.left_out]
    left_out += unread
    if window.end > now:
        left_out.append((LeftOut(".", WINDOW_NOT_OVER), False))
    coverage = Coverage(
        complete=all(harmless for _, harmless in left_out),
        candidates=found.candidates,
        lines=sum(file.lines for file in tallies),
        blank=sum(file.blank for file in tallies),
        events=sum(file.events for file in tallies),
        rejected=sum(file.rejected for file in tallies),
        partial=sum(file.partial for file in tallies),
        untimed=sum(file.untimed for file in tallies),
        untimed_critical=sum(file.untimed_critical(window) for file in tallies),
        naive=sum(file.naive for file in tallies),
        future=sum(file.future for file in tallies),
        in_window=tally.in_window,
        first=min((file.first for file in tallies if file.first), default=None),
        last=max((file.last for file in tallies if file.last), default=None),
        files=tuple(
            ScannedFile(
                path=source.path,
                bytes=source.size,
                lines=file.lines,
                blank=file.blank,
                events=file.events,
                rejected=file.rejected,
                partial=file.partial,
            )
            for source, file in files
            if file.lines or file.problem in {"", BROKEN_COMPRESSION}
        ),
        left_out=tuple(sorted((item for item, _ in left_out), key=lambda i: (i.path, i.reason))),
    )
    metrics = Metrics(
        new_alerts=tally.alerts,
        critical_alerts=tally.critical,
        parse_errors=sum(file.parse_errors(window) for file in tallies),
        operator_actions=tally.actions,
        legacy_alerts=sum(file.legacy_alerts for file in tallies),
    )
    rejected = [
        RejectedLine(source.path, line, reason)
        for source, file in files
        for line, reason in file.rejects
    ]
    return Summary(
        schema_version=1,
        date=window.date,
        created_at_utc=window.end,
        report_dir=report_dir,
        metrics=metrics,
        notes=_notes(metrics, coverage),
        window=Span(window.start, window.end),
        coverage=coverage,
        top=Top(
            severities=_named(tally.severities, TOP_SEVERITIES),
            types=_named(tally.types, TOP_TYPES),
            rules=_named(tally.rules, TOP_RULES),
        ),
        hourly=tuple(
            Hour(window.start + i * HOUR, events, alerts)
            for i, (events, alerts) in enumerate(
                zip(tally.hourly_events, tally.hourly_alerts, strict=True)
            )
        ),
        rejected=tuple(rejected[:MOST_REJECTS]),
        settings=_settings(config, legacy_regex),
    )


def _harmless(file: FileTally, start: datetime) -> bool:
    """Say whether no event of the window can be missing from a file with a problem.

    That is so for a damaged archive whose last decoded event lies before the window.
    """
    return file.problem == BROKEN_COMPRESSION and file.closing is not None and file.closing < start


def _named(counts: Counts, most: int) -> tuple[NamedCount, ...]:
    return tuple(NamedCount(name, count) for name, count in counts.top(most))


def _settings(config: Config, legacy_regex: str) -> Settings:
    fields, sources = config.fields, config.sources
    return Settings(
        fields=FieldSettings(fields.time, fields.severity, fields.type, fields.rule),
        sources=SourceSettings(sources.legacy, sources.ignore),
        legacy_regex=legacy_regex,
    )


def _notes(metrics: Metrics, coverage: Coverage) -> tuple[str, ...]:
    """Say in short sentences what a reader must know first."""
    not_over = any(item.reason == WINDOW_NOT_OVER for item in coverage.left_out)
    left_out = len(coverage.left_out) - not_over
    notes = [
        (metrics.critical_alerts, "{} in the window.", "critical alert"),
        (coverage.untimed_critical, "{} without a usable time.", "critical event"),
        (not_over, "The window was not over when the report was made.", ""),
        (
            not coverage.complete and left_out,
            "Coverage is incomplete: {} left out or not read to the end.",
            "path",
        ),
        (coverage.complete and left_out, "{} left out, without effect on the window.", "path"),
        (not coverage.candidates, "No telemetry file was found.", ""),
        (coverage.candidates and not coverage.in_window, "No event lies in the window.", ""),
        (metrics.parse_errors, "{} in the window.", "rejected record"),
        (coverage.future, "{} dated after the window.", "event"),
        (coverage.untimed, "{} without a time.", "event"),
        (coverage.naive, "{} without a UTC offset, read as UTC.", "event"),
        (coverage.partial, "{} at the end of a file, still being written.", "line"),
    ]
    return tuple(
        sentence.format(f"{count} {noun}" if count == 1 else f"{count} {noun}s")
        for count, sentence, noun in notes
        if count
    )
