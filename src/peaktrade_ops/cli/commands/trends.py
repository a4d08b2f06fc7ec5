"""``trends`` and ``stage1-trends``: the trend of any stage, and of stage 1."""

from __future__ import annotations

from peaktrade_ops import routine
from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.cli.codes import GATE, OK
from peaktrade_ops.cli.command import locking_command, of_stage1
from peaktrade_ops.cli.options import (
    ConfigOptions,
    OutputOptions,
    ReplaceOptions,
    RootOptions,
    StageOptions,
    TrendOptions,
    WindowOptions,
)
from peaktrade_ops.cli.request import Request
from peaktrade_ops.cli.trends import (
    currency_now,
    trips,
    warn_unless_current,
    warn_unless_stored,
)


@locking_command
def trends(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    stage: StageOptions,
    trend: TrendOptions,
    replacing: ReplaceOptions,
    root: RootOptions,
    window: WindowOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the trend of a stage over the last calendar days, with a verdict GO, HOLD or NO_GO.

    The same as stage1-trends, for the stage that --stage names.

    \b
    Examples:
      peaktrade-ops trends --stage stage2 --days 21 --date yesterday
      peaktrade-ops trends --stage stage2 --dir /srv/reports/obs/stage2 --format json
      peaktrade-ops trends --stage stage2 --date yesterday --fail-on no-go
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    place = request.reports(
        stage, config, reports_root=root.reports_root, folders=[trend.folder], must_exist=True
    )
    asked = request.window(window)
    result = routine.make_trend(
        place,
        asked,
        request.config(config, stage=place.stage),
        days=trend.days,
        replace=replacing.replace,
        adopt=trend.adopt,
        clock=request.clock,
        waiting=request.waiting,
    )
    currency = currency_now(request, result)
    request.console.show(
        output.form,
        json=lambda: plain.artifact_json(result.trend),
        terminal=lambda columns: terminal.trend(result, place.folder, columns, currency.reasons),
        plain=lambda: plain.trend_text(result.trend, currency.reasons, place.stage),
    )
    warn_unless_stored(request, result, asked, place.stage)
    warn_unless_current(request, currency, output.form)
    tripped = trips(
        result.trend.rollups.go_no_go,
        trend.fail_on,
        is_current=currency.is_current,
        is_dated=request.is_dated,
    )
    return GATE if tripped else OK


stage1_trends = of_stage1(
    trends,
    """Write the trend over the last calendar days, with a verdict GO, HOLD or NO_GO.

    \b
    Examples:
      peaktrade-ops stage1-trends --days 21 --date yesterday
      peaktrade-ops stage1-trends --dir /srv/reports/obs/stage1 --format json
      peaktrade-ops stage1-trends --date yesterday --fail-on no-go
    """,
)
