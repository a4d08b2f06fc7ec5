"""``stage1-run``: the daily routine."""

from __future__ import annotations

from peaktrade_ops.cli import stages
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    OutputOptions,
    ReplaceOptions,
    ScanOptions,
    TrendOptions,
    WindowOptions,
)
from peaktrade_ops.cli.request import Request
from peaktrade_ops.stage1.stage import STAGE1


@command
def stage1_run(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    scan: ScanOptions,
    trend: TrendOptions,
    replacing: ReplaceOptions,
    window: WindowOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Do the daily routine: the last finished UTC day, missing days before it, trend, check.

    \b
    Examples:
      peaktrade-ops stage1-run --repo /srv/telemetry
      peaktrade-ops stage1-run --repo /srv/telemetry --reports-root /srv/reports --days 21
      peaktrade-ops stage1-run --date 2025-12-20 --fail-on hold --quiet
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    return stages.run(
        request,
        STAGE1.key,
        scan=scan,
        trend=trend,
        replacing=replacing,
        window=window,
        config=config,
        output=output,
    )
