"""``stage1-snapshot``: the daily report of one window."""

from __future__ import annotations

from datetime import timedelta

from peaktrade_ops import routine
from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.cli.codes import GATE, OK
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    DaysOptions,
    OutputOptions,
    ScanOptions,
    WindowOptions,
)
from peaktrade_ops.cli.request import Request


@command
def stage1_snapshot(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    scan: ScanOptions,
    window: WindowOptions,
    days: DaysOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the daily report of one 24-hour window, or of each of several days.

    \b
    Examples:
      peaktrade-ops stage1-snapshot --repo /srv/telemetry --date yesterday
      peaktrade-ops stage1-snapshot --input 'logs/*.jsonl' --as-of 2025-12-20T08:00:00Z
      peaktrade-ops stage1-snapshot --date today --fail-on-new-alerts --format json
      peaktrade-ops stage1-snapshot --from 2025-12-01 --to yesterday
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    place = request.place(scan.reports_root, scan.out_folder)
    summaries = routine.make_snapshots(
        request.telemetry(scan),
        place,
        request.windows(window, days),
        request.config(config, telemetry_root=scan.repo),
        now=request.now,
        progress=request.console.progress,
    )

    if days.first_day:
        request.console.show(
            output.form,
            json=lambda: plain.snapshots_json(summaries),
            terminal=lambda columns: terminal.snapshots(summaries, place.folder, columns),
            plain=lambda: plain.snapshots_text(summaries, place),
        )
    else:
        [summary] = summaries
        before = summary.date - timedelta(days=1)
        request.console.show(
            output.form,
            json=lambda: plain.artifact_json(summary),
            terminal=lambda columns: terminal.snapshot(
                summary,
                routine.recent_days(place.folder, before, terminal.EARLIER_DAYS),
                place.folder,
                columns,
            ),
            plain=lambda: plain.snapshot_text(summary, place),
        )
    new_alerts = any(summary.metrics.new_alerts for summary in summaries)
    return GATE if scan.fail_on_new_alerts and new_alerts else OK
