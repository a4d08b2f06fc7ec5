"""``stage1-trends``: the trend over calendar days, with its verdict."""

from __future__ import annotations

from peaktrade_ops.cli import stages
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    OutputOptions,
    ReplaceOptions,
    RootOptions,
    TrendOptions,
    WindowOptions,
)
from peaktrade_ops.cli.request import Request
from peaktrade_ops.stage1.stage import STAGE1


@command
def stage1_trends(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    trend: TrendOptions,
    replacing: ReplaceOptions,
    root: RootOptions,
    window: WindowOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the trend over the last calendar days, with a verdict GO, HOLD or NO_GO.

    \b
    Examples:
      peaktrade-ops stage1-trends --days 21 --date yesterday
      peaktrade-ops stage1-trends --dir /srv/reports/obs/stage1 --format json
      peaktrade-ops stage1-trends --date yesterday --fail-on no-go
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    return stages.trends(
        request,
        STAGE1.key,
        trend=trend,
        replacing=replacing,
        root=root,
        window=window,
        config=config,
        output=output,
    )
