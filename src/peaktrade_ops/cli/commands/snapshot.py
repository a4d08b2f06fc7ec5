"""``snapshot`` and ``stage1-snapshot``: the daily report of any stage, and of stage 1."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from peaktrade_ops import routine
from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.cli.codes import FAILED, GATE, OK
from peaktrade_ops.cli.command import locking_command, of_stage1
from peaktrade_ops.cli.options import (
    ConfigOptions,
    DaysOptions,
    OutputOptions,
    ReplaceOptions,
    ScanOptions,
    StageOptions,
    WindowOptions,
)
from peaktrade_ops.cli.reports import has_alerts, kept_line
from peaktrade_ops.cli.request import Request

if TYPE_CHECKING:
    from peaktrade_ops.scanning import Place
    from peaktrade_ops.stage1.models import Summary


@locking_command
def snapshot(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    stage: StageOptions,
    scan: ScanOptions,
    replacing: ReplaceOptions,
    window: WindowOptions,
    days: DaysOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the daily report of a stage for one 24-hour window, or of each of several days.

    The same as stage1-snapshot, for the stage that --stage names.

    \b
    Examples:
      peaktrade-ops snapshot --stage stage2 --repo /srv/telemetry --date yesterday
      peaktrade-ops snapshot --stage stage2 --input 'logs/*.jsonl' --as-of 2025-12-20T08:00:00Z
      peaktrade-ops snapshot --stage stage2 --date today --fail-on-new-alerts --format json
      peaktrade-ops snapshot --stage stage2 --from 2025-12-01 --to yesterday
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    place = request.reports(
        stage,
        config,
        reports_root=scan.reports_root,
        folders=[scan.out_folder],
        telemetry_root=scan.repo,
    )
    reports = routine.make_snapshots(
        request.telemetry(scan, place),
        request.beside_others(place, config, telemetry_root=scan.repo),
        request.windows(window, days),
        request.config(config, telemetry_root=scan.repo, stage=place.stage),
        now=request.now,
        replace=replacing.replace,
        progress=request.console.progress,
        waiting=request.waiting,
    )

    kept = [each for each in reports if each.losses or each.first or each.summary is None]
    summaries = [report.summary for report in reports if report.summary and report not in kept]
    if days.first_day:
        request.console.show(
            output.form,
            json=lambda: plain.snapshots_json(summaries),
            terminal=lambda columns: terminal.snapshots(summaries, place.folder, columns),
            plain=lambda: plain.snapshots_text(summaries, place),
        )
    for summary in summaries if not days.first_day else ():
        request.console.show(
            output.form,
            json=partial(plain.artifact_json, summary),
            terminal=partial(_terminal, request, summary, place),
            plain=partial(plain.snapshot_text, summary, place),
        )
    for report in kept:
        request.console.error(kept_line(report, place.stage))
    if kept:
        return FAILED
    return GATE if scan.fail_on_new_alerts and any(map(has_alerts, summaries)) else OK


stage1_snapshot = of_stage1(
    snapshot,
    """Write the daily report of one 24-hour window, or of each of several days.

    \b
    Examples:
      peaktrade-ops stage1-snapshot --repo /srv/telemetry --date yesterday
      peaktrade-ops stage1-snapshot --input 'logs/*.jsonl' --as-of 2025-12-20T08:00:00Z
      peaktrade-ops stage1-snapshot --date today --fail-on-new-alerts --format json
      peaktrade-ops stage1-snapshot --from 2025-12-01 --to yesterday
    """,
)


def _terminal(request: Request, summary: Summary, place: Place, columns: int) -> str:
    before = summary.date - timedelta(days=1)
    earlier = routine.recent_days(
        place.folder,
        before,
        terminal.EARLIER_DAYS,
        waiting=request.waiting,
        stage=place.stage,
    )
    return terminal.snapshot(summary, earlier, place.folder, columns)
