"""Functions of the commands that write reports: the alert gate, the line about a kept report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.stage1.stage import STAGE1, Stage

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
            f" --date {report.date} --replace"
        )
    return f"the report of {report.date} is kept, because it cannot be read; verify shows why"
