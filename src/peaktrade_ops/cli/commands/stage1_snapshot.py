"""``stage1-snapshot``: the daily report of one window."""

from __future__ import annotations

from datetime import timedelta

from peaktrade_ops import routine
from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.cli.codes import GATE, OK
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import ConfigOptions, OutputOptions, ScanOptions, WindowOptions
from peaktrade_ops.cli.request import Request


@command
def stage1_snapshot(
    request: Request,
    *,
    scan: ScanOptions,
    window: WindowOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the daily report of one 24-hour window.

    \b
    Examples:
      peaktrade-ops stage1-snapshot --repo /srv/telemetry --date yesterday
      peaktrade-ops stage1-snapshot --input 'logs/*.jsonl' --as-of 2025-12-20T08:00:00Z
      peaktrade-ops stage1-snapshot --date today --fail-on-new-alerts --format json
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    place = request.place(scan.reports_root, scan.out_folder)
    summary = routine.make_snapshot(
        request.telemetry(scan),
        place,
        request.window(window),
        request.config(config, telemetry_root=scan.repo),
        now=request.now,
        progress=request.console.progress,
    )

    def on_terminal(columns: int) -> str:
        before = summary.date - timedelta(days=1)
        earlier = routine.recent_days(place.folder, before, terminal.EARLIER_DAYS)
        return terminal.snapshot(summary, earlier, place.folder, columns)

    request.console.show(
        output.form,
        json=lambda: plain.artifact_json(summary),
        terminal=on_terminal,
        plain=lambda: plain.snapshot_text(summary, place),
    )
    return GATE if scan.fail_on_new_alerts and summary.metrics.new_alerts else OK
