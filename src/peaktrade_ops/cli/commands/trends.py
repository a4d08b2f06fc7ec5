"""``trends``: the trend of any stage, with its verdict."""

from __future__ import annotations

from peaktrade_ops.cli import stages
from peaktrade_ops.cli.command import command
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


@command
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
    return stages.trends(
        request,
        stage.stage,
        trend=trend,
        replacing=replacing,
        root=root,
        window=window,
        config=config,
        output=output,
    )
