"""The commands that make reports, for any stage: the daily routine, reports, the trend."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from peaktrade_ops import routine
from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.cli.codes import FAILED, GATE, OK
from peaktrade_ops.cli.reports import has_alerts, kept_line
from peaktrade_ops.cli.trends import (
    currency_now,
    trips,
    warn_unless_current,
    warn_unless_stored,
)

if TYPE_CHECKING:
    from peaktrade_ops.cli.options import (
        ConfigOptions,
        DaysOptions,
        OutputOptions,
        ReplaceOptions,
        RootOptions,
        ScanOptions,
        TrendOptions,
        WindowOptions,
    )
    from peaktrade_ops.cli.request import Request
    from peaktrade_ops.routine import Place
    from peaktrade_ops.stage1.models import Summary


def run(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    name: str,
    *,
    scan: ScanOptions,
    trend: TrendOptions,
    replacing: ReplaceOptions,
    window: WindowOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Do the daily routine of a stage; return the exit code."""
    folders = (trend.folder, scan.out_folder)
    stage = request.stage(
        name,
        config,
        reports_root=scan.reports_root,
        folders=folders,
        telemetry_root=scan.repo,
    )
    place = request.place(scan.reports_root, *folders, stage=stage)
    result = routine.run_daily(
        request.telemetry(scan, place),
        request.beside_others(place, config, telemetry_root=scan.repo),
        request.window(window, default_day="yesterday"),
        request.config(config, telemetry_root=scan.repo, stage=stage),
        days=trend.days,
        replace=replacing.replace,
        adopt=trend.adopt,
        now=request.now,
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
        if report.losses and not report.aged:
            request.console.note(kept_line(report, stage))
    warn_unless_stored(request, result.trend)
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


def snapshot(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    name: str,
    *,
    scan: ScanOptions,
    replacing: ReplaceOptions,
    window: WindowOptions,
    days: DaysOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the reports of a stage; return the exit code."""
    stage = request.stage(
        name,
        config,
        reports_root=scan.reports_root,
        folders=[scan.out_folder],
        telemetry_root=scan.repo,
    )
    place = request.place(scan.reports_root, scan.out_folder, stage=stage)
    reports = routine.make_snapshots(
        request.telemetry(scan, place),
        request.beside_others(place, config, telemetry_root=scan.repo),
        request.windows(window, days),
        request.config(config, telemetry_root=scan.repo, stage=stage),
        now=request.now,
        replace=replacing.replace,
        progress=request.console.progress,
        waiting=request.waiting,
    )

    kept = [report for report in reports if report.losses or report.summary is None]
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
        request.console.error(kept_line(report, stage))
    if kept:
        return FAILED
    return GATE if scan.fail_on_new_alerts and any(map(has_alerts, summaries)) else OK


def trends(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    name: str,
    *,
    trend: TrendOptions,
    replacing: ReplaceOptions,
    root: RootOptions,
    window: WindowOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the trend of a stage; return the exit code."""
    stage = request.stage(name, config, reports_root=root.reports_root, folders=[trend.folder])
    place = request.place(root.reports_root, trend.folder, must_exist=True, stage=stage)
    result = routine.make_trend(
        place,
        request.window(window),
        request.config(config, stage=stage),
        days=trend.days,
        replace=replacing.replace,
        adopt=trend.adopt,
        waiting=request.waiting,
    )
    currency = currency_now(request, result)
    request.console.show(
        output.form,
        json=lambda: plain.artifact_json(result.trend),
        terminal=lambda columns: terminal.trend(result, place.folder, columns, currency.reasons),
        plain=lambda: plain.trend_text(result.trend, currency.reasons, stage),
    )
    warn_unless_stored(request, result)
    warn_unless_current(request, currency, output.form)
    tripped = trips(
        result.trend.rollups.go_no_go,
        trend.fail_on,
        is_current=currency.is_current,
        is_dated=request.is_dated,
    )
    return GATE if tripped else OK


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
