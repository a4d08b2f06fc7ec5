"""``render``: render the views of a reports folder again from its JSON."""

from __future__ import annotations

from peaktrade_ops import routine
from peaktrade_ops.cli import plain
from peaktrade_ops.cli.codes import FAILED, OK
from peaktrade_ops.cli.command import locking_command
from peaktrade_ops.cli.options import ConfigOptions, OutputOptions, PlaceOptions, StageOptions
from peaktrade_ops.cli.request import Request


@locking_command
def render(
    request: Request,
    *,
    place: PlaceOptions,
    stage: StageOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Make the Markdown and the pages of a reports folder again from its JSON.

    For reports that an earlier version wrote, or whose views were lost. The JSON is not changed.

    \b
    Examples:
      peaktrade-ops render
      peaktrade-ops render --stage stage2
      peaktrade-ops render --dir /srv/reports/obs/stage1
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    where = request.reports(stage, config, reports_root=place.reports_root, folders=[place.folder])
    folder = where.folder
    result = routine.render_reports(folder, waiting=request.waiting, stage=where.stage)
    request.console.show(
        output.form,
        json=lambda: plain.render_json(result),
        terminal=lambda _columns: plain.render_text(result, folder),
        plain=lambda: plain.render_text(result, folder),
    )
    for name, problem in result.unreadable.items():
        request.console.error(
            f"{folder / name} cannot be rendered: {problem}; restore it, or make the report again"
        )
    return FAILED if result.unreadable else OK
