"""``stage1-snapshot``: the daily report of one window."""

from __future__ import annotations

from peaktrade_ops.cli import stages
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    DaysOptions,
    OutputOptions,
    ReplaceOptions,
    ScanOptions,
    WindowOptions,
)
from peaktrade_ops.cli.request import Request
from peaktrade_ops.stage1.stage import STAGE1


@command
def stage1_snapshot(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    scan: ScanOptions,
    replacing: ReplaceOptions,
    window: WindowOptions,
    days: DaysOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Write the daily report of one 24-hour window, or of each of several days.

    \b
    Examples:
      peaktrade-ops stage1-snapshot --repo /srv/telemetry --date yesterday
      peaktrade-ops stage1-snapshot --input 'logs/*.jsonl' --as-of 2025-12-20T08:00:00Z
      peaktrade-ops stage1-snapshot --date today --fail-on-new-alerts --format json
      peaktrade-ops stage1-snapshot --from 2025-12-01 --to yesterday
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    return stages.snapshot(
        request,
        STAGE1.key,
        scan=scan,
        replacing=replacing,
        window=window,
        days=days,
        config=config,
        output=output,
    )
