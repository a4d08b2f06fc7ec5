"""``run``: the daily routine of any stage."""

from __future__ import annotations

from peaktrade_ops.cli import stages
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    OutputOptions,
    ReplaceOptions,
    ScanOptions,
    StageOptions,
    TrendOptions,
    WindowOptions,
)
from peaktrade_ops.cli.request import Request


@command
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
    return stages.run(
        request,
        stage.stage,
        scan=scan,
        trend=trend,
        replacing=replacing,
        window=window,
        config=config,
        output=output,
    )
