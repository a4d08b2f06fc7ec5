"""``snapshot``: the daily report of any stage."""

from __future__ import annotations

from peaktrade_ops.cli import stages
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    DaysOptions,
    OutputOptions,
    ReplaceOptions,
    ScanOptions,
    StageOptions,
    WindowOptions,
)
from peaktrade_ops.cli.request import Request


@command
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
    return stages.snapshot(
        request,
        stage.stage,
        scan=scan,
        replacing=replacing,
        window=window,
        days=days,
        config=config,
        output=output,
    )
