"""Functions of the commands that write reports: the alert gate, the line about a kept report."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from peaktrade_ops.routine import Report
    from peaktrade_ops.stage1.models import Summary


def has_alerts(summary: Summary) -> bool:
    """Return whether a report has new alerts or critical alerts."""
    return bool(summary.metrics.new_alerts or summary.metrics.critical_alerts)


def kept_line(report: Report, stage: Stage = STAGE1) -> str:
    """Return the line about a stored report that a new count of its day does not replace."""
    if report.first:
        snapshot = stage.command("snapshot")
        return (
            f"the stored report of {report.date} keeps its window, because it shows what objects"
            f" and what would be in no report; first make that of {report.first} with {snapshot}"
            f" --date {report.first}, then run this command again"
        )
    if report.losses:
        losses = ", ".join(report.losses)
        return (
            f"the stored report of {report.date} is kept, because the telemetry shows less"
            f" ({losses}); bring it back, or store what it shows with {stage.command('snapshot')}"
            f" {_window_of(report)} --replace"
        )
    return f"the report of {report.date} is kept, because it cannot be read; verify shows why"


def _window_of(report: Report) -> str:
    """Return the option of a command for the window of a report.

    The whole day would leave out the beginning of a window that ends on it, and what only that
    report shows.
    """
    end = report.summary.created_at_utc.astimezone(UTC) if report.summary else None
    if end is None or end.date() != report.date:
        return f"--date {report.date}"
    return f"--as-of {iso_utc(end)}"
