"""``inspect``: how files are read, and the configuration that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.cli import inspected
from peaktrade_ops.cli.codes import OK
from peaktrade_ops.cli.command import command
from peaktrade_ops.cli.options import ConfigOptions, InspectOptions, OutputOptions, StageOptions
from peaktrade_ops.cli.request import Request
from peaktrade_ops.config_file import CONFIG_NAME
from peaktrade_ops.errors import UsageError
from peaktrade_ops.inspecting import MOST_LINES, inspect_files, proposal_for
from peaktrade_ops.locations import Url
from peaktrade_ops.report_paths import get_repo_root

if TYPE_CHECKING:
    from pathlib import Path

    from peaktrade_ops.stage1.proposal import Proposal
    from peaktrade_ops.stage1.stage import Stage


@command
def inspect(
    request: Request,
    *,
    files: InspectOptions,
    stage: StageOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Show how files are read, and propose the lines of stage1.toml that they need.

    PATH is a file, a folder or a glob. Nothing is written. The first 20,000 lines of each file are
    read.

    \b
    Examples:
      peaktrade-ops inspect --repo /srv/telemetry /srv/telemetry/alerts.jsonl
      peaktrade-ops inspect --repo /srv/telemetry --all '/srv/telemetry/**/*.log'
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    if isinstance(files.repo, Url):
        raise UsageError(
            f"inspect reads files of this machine only, and --repo is {files.repo}",
            hint="copy some files to a folder, and give that folder",
        )
    profile = request.stage(stage.stage, config, telemetry_root=files.repo)
    configured = request.config(config, telemetry_root=files.repo, stage=profile)
    named = request.config_file(config, telemetry_root=files.repo)
    unused = files.repo / CONFIG_NAME
    if unused.is_file() and (named is None or not unused.samefile(named)):
        request.console.warning(
            f"{unused} is not used: it is never read from the telemetry root; name it with"
            " --config, or put it into a repo root outside of it"
        )
    used = _described(named)
    found = inspect_files(
        files.paths,
        files.repo,
        configured,
        most_lines=None if files.all_lines else MOST_LINES,
    )
    proposal = _of_stage(proposal_for(found, configured), profile)
    found = [
        msgspec.structs.replace(each, proposal=_of_stage(each.proposal, profile)) for each in found
    ]
    request.console.show(
        output.form,
        json=lambda: inspected.as_json(found, proposal, named),
        terminal=lambda columns: inspected.as_text(found, proposal, columns, used, colours=True),
        plain=lambda: inspected.as_text(found, proposal, inspected.WIDTH, used),
    )
    return OK


def _of_stage(proposal: Proposal, stage: Stage) -> Proposal:
    """Return a proposal with the lines for the table of a stage."""
    lines = tuple(map(stage.in_words, proposal.lines))
    return msgspec.structs.replace(proposal, lines=lines)


def _described(config_file: Path | None) -> str:
    """Return the configuration file in use, or that there is none."""
    if config_file is not None:
        return str(config_file)
    root = get_repo_root()
    if (root / CONFIG_NAME).is_file():
        return f"none: the repo root {root} lies in the telemetry root"
    return f"none: no {CONFIG_NAME} in the repo root {root}"
