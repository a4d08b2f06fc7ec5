"""Results as plain text and as JSON: what pipes, files and programs get."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from peaktrade_ops.reports.markdown import trend_markdown
from peaktrade_ops.reports.names import snapshot_name, summary_name
from peaktrade_ops.reports.text import printable
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from peaktrade_ops.reports.index import Finding
    from peaktrade_ops.routine import Place, RenderResult, RunResult
    from peaktrade_ops.stage1.models import Artifact, Summary, Trend


def artifact_json(model: Artifact) -> str:
    """Give an artifact to the byte as it is stored, but for the last line end."""
    return to_json(model).decode().rstrip()


def trend_text(trend: Trend) -> str:
    """Give the trend as its report for people has it."""
    return trend_markdown(trend).rstrip()


def snapshot_text(summary: Summary, place: Place) -> str:
    """Give a snapshot in a few lines: its numbers, window, coverage, notes and files."""
    lines = [_day_text(summary)]
    if summary.window:
        lines.append(f"window {iso_utc(summary.window.start)} to {iso_utc(summary.window.end)}")
    if summary.coverage:
        coverage = summary.coverage
        lines.append(
            f"coverage {'complete' if coverage.complete else 'INCOMPLETE'}:"
            f" {len(coverage.files)} of {coverage.candidates} files, {coverage.lines} lines,"
            f" {coverage.in_window} events in the window"
        )
    lines += [f"note: {note}" for note in summary.notes]
    names = (snapshot_name(summary.date), summary_name(summary.date))
    lines += [f"wrote {place.folder / name}" for name in names]
    return _printable_lines(lines)


def run_text(result: RunResult, place: Place) -> str:
    """Give the daily routine: a line for each day that was made, the trend, the check."""
    lines = [_day_text(summary) for summary in result.summaries]
    lines += ["", *trend_markdown(result.trend.trend).splitlines(), ""]
    lines += map(_finding_text, result.findings)
    errors = sum(finding.level == "error" for finding in result.findings)
    lines.append(
        f"reports in {place.folder}: " + (f"{errors} MISMATCHES" if errors else "verified")
    )
    return _printable_lines(lines)


def run_json(result: RunResult) -> str:
    """Give all that the daily routine made as one document."""
    return _as_json(
        {
            "summaries": [json.loads(to_json(summary)) for summary in result.summaries],
            "trend": json.loads(to_json(result.trend.trend)),
            "trend_stored": result.trend.stored,
            "findings": [finding._asdict() for finding in result.findings],
        }
    )


def render_text(result: RenderResult, folder: Path) -> str:
    """Give in one line what was rendered."""
    return printable(f"rendered {len(result.written)} files in {folder}")


def render_json(result: RenderResult) -> str:
    """Give what was rendered, and what could not be."""
    return _as_json({"written": result.written, "unreadable": result.unreadable})


def findings_text(findings: Sequence[Finding], folder: Path) -> str:
    """Give a line for each finding, or one that there is none."""
    lines = [*map(_finding_text, findings)] or [f"{folder}: everything matches"]
    return _printable_lines(lines)


def findings_json(findings: Sequence[Finding]) -> str:
    """Give the findings as a list."""
    return _as_json([finding._asdict() for finding in findings])


def _day_text(summary: Summary) -> str:
    metrics = summary.metrics
    return (
        f"{summary.date}: {metrics.new_alerts} new alerts, {metrics.critical_alerts} critical,"
        f" {metrics.parse_errors} parse errors, {metrics.operator_actions} operator actions,"
        f" {metrics.legacy_alerts} legacy hits"
    )


def _finding_text(finding: Finding) -> str:
    return f"{finding.level}: {finding.path}: {finding.problem}"


def _printable_lines(lines: Sequence[str]) -> str:
    return "\n".join(map(printable, lines))


def _as_json(document: object) -> str:
    return json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f")
