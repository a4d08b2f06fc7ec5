"""``verify``: the check of a reports folder."""

from __future__ import annotations

from peaktrade_ops import routine
from peaktrade_ops.cli import plain, terminal
from peaktrade_ops.cli.codes import GATE, OK
from peaktrade_ops.cli.command import locking_command
from peaktrade_ops.cli.options import ConfigOptions, OutputOptions, PlaceOptions, StageOptions
from peaktrade_ops.cli.request import Request


@locking_command
def verify(
    request: Request,
    *,
    place: PlaceOptions,
    stage: StageOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Check a reports folder against its index; one line for each finding, nothing is changed.

    \b
    Examples:
      peaktrade-ops verify
      peaktrade-ops verify --stage stage2
      peaktrade-ops verify --dir /srv/reports/obs/stage1
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    where = request.reports(stage, config, reports_root=place.reports_root, folders=[place.folder])
    folder = where.folder
    findings = routine.check_reports(
        folder, now=request.clock(), waiting=request.waiting, stage=where.stage
    )
    request.console.show(
        output.form,
        json=lambda: plain.findings_json(findings),
        terminal=lambda _columns: terminal.check(findings, folder),
        plain=lambda: plain.findings_text(findings, folder),
    )
    return GATE if any(finding.level == "error" for finding in findings) else OK
