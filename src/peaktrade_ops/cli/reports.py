"""Functions of the commands that write reports: the alert gate, the line about a kept report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.stage1.stage import STAGE1, Stage
from peaktrade_ops.stage1.wording import storing

if TYPE_CHECKING:
    from peaktrade_ops.routine import Report
    from peaktrade_ops.stage1.models import Summary


def has_alerts(summary: Summary) -> bool:
    """Return whether a report has new alerts or critical alerts."""
    return bool(summary.metrics.new_alerts or summary.metrics.critical_alerts)


def kept_line(report: Report, stage: Stage = STAGE1) -> str:
    """Return the line about a report of which the telemetry shows less, or that must wait."""
    losses = ", ".join(report.losses)
    end = report.summary.created_at_utc if report.summary else None
    giving_up = stage.in_words(storing(report.date, end))
    make_first = f"{stage.command('snapshot')} --date {report.first}"
    if report.written and losses and report.first:
        return (
            f"the report of {report.date} is stored with a later window, because it shows a"
            f" critical alert, and leaves out what is in no other report ({losses}); make that of"
            f" {report.first} with {make_first}, which shows it, then give it up with {giving_up}"
        )
    if report.written and losses:
        return (
            f"the report of {report.date} is stored, but the telemetry shows less than an earlier"
            f" one ({losses}); bring it back, or give it up with {giving_up}"
        )
    if report.first:
        return (
            f"the stored report of {report.date} keeps its window, because it shows what objects"
            f" and what would be in no report; first make that of {report.first} with {make_first},"
            " then run this command again"
        )
    if losses:
        return (
            f"the stored report of {report.date} is kept, because the telemetry shows less"
            f" ({losses}); bring it back, or, if less is right, store what it shows with"
            f" {giving_up}"
        )
    return f"the report of {report.date} is kept, because it cannot be read; verify shows why"
