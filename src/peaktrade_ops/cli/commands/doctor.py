"""``doctor``: what can keep the daily routine from its job, and what to do about it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from peaktrade_ops.cli import diagnosed
from peaktrade_ops.cli.clock import is_replaced
from peaktrade_ops.cli.codes import GATE, OK
from peaktrade_ops.cli.command import command, variables_of_program
from peaktrade_ops.cli.options import (
    ConfigOptions,
    OutputOptions,
    PlaceOptions,
    SearchOptions,
    StageOptions,
)
from peaktrade_ops.cli.request import Request
from peaktrade_ops.cli.variables import variables_of_routine
from peaktrade_ops.config import Config
from peaktrade_ops.diagnosis.checks import diagnose
from peaktrade_ops.diagnosis.environment import READ_ELSEWHERE
from peaktrade_ops.diagnosis.findings import to_json
from peaktrade_ops.diagnosis.subject import Subject
from peaktrade_ops.errors import ConfigError, PeaktradeError
from peaktrade_ops.stage1.stage import stage_of

if TYPE_CHECKING:
    from pathlib import Path

    from peaktrade_ops.scanning import Place
    from peaktrade_ops.stage1.stage import Stage


@command
def doctor(  # noqa: PLR0913 (a command names each group of its options)
    request: Request,
    *,
    search: SearchOptions,
    place: PlaceOptions,
    stage: StageOptions,
    config: ConfigOptions,
    output: OutputOptions,
) -> int:
    """Check everything that a run needs, and say what to do about each finding.

    A line for each thing that is in order, too. Nothing is changed. Exit code 2 when something is
    wrong; warnings are no error.

    \b
    Examples:
      peaktrade-ops doctor --repo /srv/telemetry
      peaktrade-ops doctor --repo /srv/telemetry --reports-root /srv/reports --format json
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    refusals = request.settle_if_possible()
    profile = _stage(request, stage, config, place, search)
    where = request.place(place.reports_root, [place.folder], stage=profile)
    file, configured = _configuration(request, config, search, profile, refusals)
    variables = variables_of_routine(request.now.date())
    subject = Subject(
        _beside_others(request, where, config, search),
        request.searched(search, where),
        configured,
        config_file=file,
        now=request.now,
        is_clock_replaced=is_replaced(),
        variables=os.environ,
        known=variables_of_program() | READ_ELSEWHERE,
        refused=variables.refused,
        fixed=variables.fixed,
        days=search.days,
        refusals=refusals,
    )
    found = diagnose(subject)
    request.console.show(
        output.form,
        json=lambda: to_json(found),
        terminal=lambda _columns: diagnosed.as_text(found, colours=True),
        plain=lambda: diagnosed.as_text(found),
    )
    return GATE if found.result == "error" else OK


def _stage(
    request: Request,
    stage: StageOptions,
    config: ConfigOptions,
    place: PlaceOptions,
    search: SearchOptions,
) -> Stage:
    """Return the stage, with the usual folder where the configuration cannot be read."""
    try:
        return request.stage(
            stage.stage,
            config,
            reports_root=place.reports_root,
            folders=[place.folder],
            telemetry_root=search.repo,
        )
    except ConfigError:
        return stage_of(stage.stage)


def _configuration(
    request: Request,
    options: ConfigOptions,
    search: SearchOptions,
    stage: Stage,
    refusals: list[PeaktradeError],
) -> tuple[Path | None, Config]:
    """Return the file of the configuration and what it says, or the defaults if it is refused."""
    file = None
    try:
        file = request.config_file(options, telemetry_root=search.repo)
        return file, request.config(options, telemetry_root=search.repo, stage=stage)
    except ConfigError as error:
        refusals.append(error)
        return file, Config()


def _beside_others(
    request: Request, place: Place, config: ConfigOptions, search: SearchOptions
) -> Place:
    """Return the location of the reports, with those of the other stages if they are known."""
    try:
        return request.beside_others(place, config, telemetry_root=search.repo)
    except ConfigError:
        return place
