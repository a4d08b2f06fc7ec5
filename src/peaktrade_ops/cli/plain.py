"""Results as plain text and as JSON, for pipes, files and programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from peaktrade_ops.cli.evidence import evidence_lines, worst_lines
from peaktrade_ops.reports.store.names import OF_A_DAY
from peaktrade_ops.reports.views.attention import numbers_of
from peaktrade_ops.reports.views.markdown import trend_markdown
from peaktrade_ops.reports.views.sheet import decision_markdown
from peaktrade_ops.stage1.faults import plural
from peaktrade_ops.stage1.metrics import View, shown_in
from peaktrade_ops.stage1.models import to_json
from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.text import printable, shown
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from peaktrade_ops.reports.store.pruning import Plan
    from peaktrade_ops.reports.store.verify import Mismatch
    from peaktrade_ops.routine import RenderResult, RunResult
    from peaktrade_ops.scanning import Place
    from peaktrade_ops.stage1.models import Artifact, Coverage, Decision, Span, Summary, Trend

WIDTH: Final = 160
"""The width of lines with evidence where there is no terminal."""


def artifact_json(model: Artifact) -> str:
    """Return the bytes of an artifact as text, without the final line feed."""
    return to_json(model).decode().rstrip()


def trend_text(trend: Trend, doubts: Sequence[str] = (), stage: Stage = STAGE1) -> str:
    """Return the Markdown of the trend; `doubts` are the reasons why it is not current."""
    return trend_markdown(trend, doubts, stage).rstrip()


def decision_text(decision: Decision, stage: Stage = STAGE1) -> str:
    """Return the Markdown of a decision."""
    return decision_markdown(decision, stage=stage).rstrip()


def snapshot_text(summary: Summary, place: Place) -> str:
    """Return a snapshot in a few lines: numbers, window, coverage, notes and files."""
    lines = [_day_line(summary)]
    if summary.window:
        lines.append(window_line(summary.window))
    if summary.coverage:
        lines.append(coverage_line(summary.coverage))
    lines += [f"note: {note}" for note in summary.notes]
    lines += evidence_lines(summary, WIDTH)
    lines += [f"wrote {place.folder / name(summary.date)}" for name in OF_A_DAY]
    return _printable_lines(lines)


def snapshots_text(summaries: Sequence[Summary], place: Place) -> str:
    """Return several snapshots, one line each, and their folder."""
    lines = [_day_line(summary) for summary in summaries]
    return _printable_lines(
        [*lines, f"wrote {plural(len(summaries), 'report')} into {place.folder}"]
    )


def snapshots_json(summaries: Sequence[Summary]) -> str:
    """Return several snapshots as one JSON document."""
    return _as_json({"summaries": [json.loads(to_json(summary)) for summary in summaries]})


def run_text(result: RunResult, place: Place, doubts: Sequence[str] = ()) -> str:
    """Return the result of the daily routine: one line per written day, the trend, the check."""
    lines = [
        line
        for summary in result.summaries
        for line in (_day_line(summary), *worst_lines(summary, WIDTH))
    ]
    lines += ["", *trend_markdown(result.trend.trend, doubts, place.stage).splitlines(), ""]
    lines += map(finding_line, result.findings)
    lines.append(checked_line(result.findings, place.folder))
    return _printable_lines(lines)


def run_json(result: RunResult, *, is_current: bool = True) -> str:
    """Return the result of the daily routine as one JSON document."""
    return _as_json(
        {
            "summaries": [json.loads(to_json(summary)) for summary in result.summaries],
            "trend": json.loads(to_json(result.trend.trend)),
            "trend_stored": result.trend.stored,
            "trend_current": is_current,
            "findings": [_finding(finding) for finding in result.findings],
        }
    )


def render_text(result: RenderResult, folder: Path) -> str:
    """Return one line about the rendered views."""
    return printable(f"rendered {plural(len(result.written), 'file')} in {folder}")


def render_json(result: RenderResult) -> str:
    """Return the rendered views, and the JSON that could not be rendered, as JSON."""
    return _as_json({"written": result.written, "unreadable": result.unreadable})


def prune_text(plan: Plan, folder: Path, *, is_deleted: bool) -> str:
    """Return a line for each older day that is removed or stays, and one about all of them."""
    verb = "removed" if is_deleted else "would remove"
    lines = [
        f"{verb} {day}: {', '.join(entry.path for entry in plan.entries[day])}" for day in plan.days
    ]
    lines += [f"kept {day}: {name} rests on it" for day, name in plan.kept.items()]
    lines += [f"kept {name}: {problem}" for name, problem in plan.refused.items()]
    count = f"{plural(len(plan.removed), 'file')} of {plural(len(plan.days), 'day')}"
    since = f" before {plan.keep_from}" if plan.keep_from else ""
    lines.append(f"{folder}: {verb} {count}{since}, {plan.size:,} bytes")
    return _printable_lines(lines)


def prune_json(plan: Plan, *, is_deleted: bool) -> str:
    """Return what is removed and what stays as JSON."""
    return _as_json(
        {
            "deleted": is_deleted,
            "keep_from": str(plan.keep_from) if plan.keep_from else None,
            "days": list(map(str, plan.days)),
            "files": [entry.path for entry in plan.removed],
            "bytes": plan.size,
            "kept": {str(day): name for day, name in plan.kept.items()},
            "refused": dict(plan.refused),
        }
    )


def findings_text(findings: Sequence[Mismatch], folder: Path) -> str:
    """Return one line per finding, or one line that there are none."""
    lines = [*map(finding_line, findings)] or [matches_line(folder)]
    return _printable_lines(lines)


def findings_json(findings: Sequence[Mismatch]) -> str:
    """Return the findings as a JSON list."""
    return _as_json([_finding(finding) for finding in findings])


# Single lines, also used by the terminal view. Control characters are not escaped yet.


def window_line(window: Span) -> str:
    """Return the line about the window of a snapshot."""
    return f"window {iso_utc(window.start)} to {iso_utc(window.end)}"


def coverage_line(coverage: Coverage) -> str:
    """Return the line about the coverage of a snapshot."""
    return (
        f"coverage {'complete' if coverage.complete else 'INCOMPLETE'}:"
        f" {coverage.scanned} of {plural(coverage.candidates, 'file')},"
        f" {plural(coverage.lines, 'line')}, {plural(coverage.in_window, 'event')} in the window"
    )


def finding_line(finding: Mismatch) -> str:
    """Return the line about a mismatch, its level first."""
    return f"{finding.level}: {finding.path}: {finding.problem}"


def matches_line(folder: Path) -> str:
    """Return the line about a folder without mismatches."""
    return f"{folder}: everything matches"


def checked_line(findings: Sequence[Mismatch], folder: Path) -> str:
    """Return the line about the result of a check."""
    errors = sum(finding.level == "error" for finding in findings)
    mismatches = "1 MISMATCH" if errors == 1 else f"{errors} MISMATCHES"
    return f"reports in {folder}: {mismatches if errors else 'verified'}"


def _finding(finding: Mismatch) -> dict[str, str]:
    """Return a mismatch as a JSON object; the name of a file may contain any bytes."""
    return {name: shown(getattr(finding, name)) for name in ("level", "path", "problem")}


def _day_line(summary: Summary) -> str:
    numbers = [
        metric.counted(getattr(summary.metrics, metric.name)) for metric in shown_in(View.TERMINAL)
    ]
    # The first five stand in every line, for programs; the others only where they object.
    numbers += [known.counted for known in numbers_of(summary) if known.value]
    return f"{summary.date}: " + ", ".join(numbers)


def _printable_lines(lines: Sequence[str]) -> str:
    return "\n".join(map(printable, lines))


def _as_json(document: object) -> str:
    return json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f")
