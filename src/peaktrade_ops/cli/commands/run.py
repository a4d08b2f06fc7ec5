"""``run`` and ``stage1-run``: the daily routine of any stage, and of stage 1."""

from __future__ import annotations

from peaktrade_ops import routine
from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.cli.codes import GATE, OK
from peaktrade_ops.cli.command import locking_command, of_stage1
from peaktrade_ops.cli.options import (
    ConfigOptions,
    OutputOptions,
    ReplaceOptions,
    ScanOptions,
    StageOptions,
    TrendOptions,
    WindowOptions,
)
from peaktrade_ops.cli.reports import has_alerts, kept_line
from peaktrade_ops.cli.request import Request
from peaktrade_ops.cli.trends import (
    currency_now,
    trips,
    warn_unless_current,
    warn_unless_stored,
)


@locking_command
def run(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    stage: StageOptions,
    scan: ScanOptions,
    trend: TrendOptions,
    replacing: ReplaceOptions,
    window: WindowOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Do the daily routine of a stage: the last finished UTC day, missing days, trend, check.

    The same as stage1-run, for the stage that --stage names.

    \b
    Examples:
      peaktrade-ops run --stage stage2 --repo /srv/telemetry
      peaktrade-ops run --stage stage2 --repo /srv/telemetry --reports-root /srv/reports --days 21
      peaktrade-ops run --stage stage2 --date 2025-12-20 --fail-on hold --quiet
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    place = request.reports(
        stage,
        config,
        reports_root=scan.reports_root,
        folders=(trend.folder, scan.out_folder),
        telemetry_root=scan.repo,
    )
    asked = request.window(window, default_day="yesterday")
    result = routine.run_daily(
        request.telemetry(scan, place),
        request.beside_others(place, config, telemetry_root=scan.repo),
        asked,
        request.config(config, telemetry_root=scan.repo, stage=place.stage),
        days=trend.days,
        replace=replacing.replace,
        adopt=trend.adopt,
        now=request.now,
        clock=request.clock,
        progress=request.console.progress,
        waiting=request.waiting,
    )
    currency = currency_now(request, result.trend)
    request.console.show(
        output.form,
        json=lambda: plain.run_json(result, is_current=currency.is_current),
        terminal=lambda columns: terminal.run(result, place.folder, columns, currency.reasons),
        plain=lambda: plain.run_text(result, place, currency.reasons),
    )
    for report in result.reports:
        if report.first or (report.losses and not report.aged):
            request.console.note(kept_line(report, place.stage))
    warn_unless_stored(request, result.trend, asked, place.stage)
    warn_unless_current(request, currency, output.form)
    gates = (
        scan.fail_on_new_alerts and any(map(has_alerts, result.summaries)),
        any(finding.level == "error" for finding in result.findings),
        trips(
            result.trend.trend.rollups.go_no_go,
            trend.fail_on,
            is_current=currency.is_current,
            is_dated=request.is_dated,
        ),
    )
    return GATE if any(gates) else OK


stage1_run = of_stage1(
    run,
    """Do the daily routine: the last finished UTC day, missing days before it, trend, check.

    \b
    Examples:
      peaktrade-ops stage1-run --repo /srv/telemetry
      peaktrade-ops stage1-run --repo /srv/telemetry --reports-root /srv/reports --days 21
      peaktrade-ops stage1-run --date 2025-12-20 --fail-on hold --quiet
    """,
)
