"""``notify``: tell somebody about the stored verdict."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.cli.codes import FAILED, OK
from peaktrade_ops.cli.command import locking_command
from peaktrade_ops.cli.options import (
    ConfigOptions,
    NotifyOptions,
    OutputOptions,
    PlaceOptions,
    StageOptions,
)
from peaktrade_ops.cli.request import Request
from peaktrade_ops.errors import PeaktradeError, ReportsError, UsageError
from peaktrade_ops.notices.delivery import Patience, deliver
from peaktrade_ops.notices.situation import Situation, failure_of, situation_of
from peaktrade_ops.notices.targets import check_file, targets_of
from peaktrade_ops.notices.told import Ledger, alone, ledger_path
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.foreign import reports_folder_around
from peaktrade_ops.reports.store.lock import locked
from peaktrade_ops.routine import check_there

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from peaktrade_ops.notices.situation import Notice
    from peaktrade_ops.notices.targets import Kind, Target
    from peaktrade_ops.stage1.stage import Stage

_NO_TARGET: Final = (
    "no target is configured, so nobody is told: give --webhook-file or --apprise-file, or set"
    " PEAK_NOTIFY_WEBHOOK or PEAK_NOTIFY_APPRISE"
)


class _Line(NamedTuple):
    """What happened to one target: ``sent``, ``failed``, ``not sent`` (dry run) or ``known``."""

    target: str
    outcome: str
    reason: str = ""


@locking_command
def notify(  # noqa: PLR0913 (its option groups)
    request: Request,
    *,
    place: PlaceOptions,
    stage: StageOptions,
    config: ConfigOptions,
    targets: NotifyOptions,
    output: OutputOptions,
) -> int:
    """Send a notice when the verdict changes, is NO_GO, or is not current.

    It reads the stored trend and changes no report. Each target is told again only when something
    changed. Without a target it does nothing. It needs a network, so it runs on the host, after the
    run. A delivery that fails is exit 1 of this command, and is tried again by the next call.

    \b
    Examples:
      peaktrade-ops notify --dry-run
      peaktrade-ops notify --webhook-file /etc/peaktrade-ops/webhook
      peaktrade-ops stage1-run --repo /srv/telemetry; code=$?
      peaktrade-ops notify --run-code $code; exit $code
    """  # noqa: D301 (\b is click's mark for lines that are not to be filled)
    where = request.reports(stage, config, reports_root=place.reports_root, folders=[place.folder])
    folder = where.folder
    files: dict[Kind, Path | None] = {
        "webhook": targets.webhook_file,
        "apprise": targets.apprise_file,
    }
    warn = request.console.warning
    addressees = targets_of(files, warn)
    if any(each.kind == "apprise" for each in addressees):
        _check_extra()
    path = _memory(targets.state, folder, where.stage)
    is_trial = targets.dry_run or not addressees
    seconds = request.waiting.seconds
    with contextlib.nullcontext() if is_trial else alone(path, warn, seconds=seconds):
        memory = Ledger(path, warn)
        # A call that does not know how the last run ended, as that of a timer, forgets nothing.
        run = failure_of(targets.run_code)
        run = memory.run if run is None else run
        situation, problem = _situation(request, folder, where.stage, run)
        notices = {
            each: situation.notice(before)
            for each in addressees
            if situation.told.is_news_after(before := memory.told(each))
        }
        if is_trial:
            failures = {}
        else:
            for target in notices:
                request.console.detail(f"telling {target}")
            failures = deliver(notices, Patience(targets.attempts, targets.timeout))
            missed = [each for each in addressees if failures.get(each)]
            # Whoever has nothing to be told knows it: days that left the range are forgotten.
            memory.keep(situation.told, [each for each in addressees if each not in missed], missed)
    lines = [
        _Line(str(each), _outcome(each, notices, failures, targets), failures.get(each, ""))
        for each in addressees
    ]
    shown = next(iter(notices.values()), None) if addressees else situation.notice(None)
    request.console.show(
        output.form,
        json=lambda: _json(situation, lines, shown, dry_run=targets.dry_run),
        terminal=lambda _columns: _text(situation, lines, shown, dry_run=targets.dry_run),
        plain=lambda: _text(situation, lines, shown, dry_run=targets.dry_run),
    )
    failed = [line for line in lines if line.outcome == "failed"]
    for line in failed:
        request.console.error(f"{line.target} was not told: {line.reason}")
    if problem is not None:
        raise problem
    return FAILED if failed else OK


def _memory(chosen: Path | None, folder: Path, stage: Stage) -> Path:
    """Return the file with what was told.

    Raises:
        UsageError: The file would lie in a reports folder.
        PeaktradeError: The default folder of the file is a link.
    """
    check_file("--state", chosen)
    path = (chosen or ledger_path(folder, stage)).absolute()
    if chosen is None and path.parent.is_symlink():
        raise PeaktradeError(
            f"{path.parent} is a link", hint="remove it, or name the file with --state"
        )
    # The folder of the file is locked, and so are the reports.
    if (around := reports_folder_around(path.parent, folder)) is not None:
        raise UsageError(
            f"--state {path} lies in the reports folder {around}, which holds only reports",
            hint="name a file elsewhere, or leave --state out",
        )
    return path


def _check_extra() -> None:
    if importlib.util.find_spec("apprise") is None:
        raise PeaktradeError(
            'addresses of apprise need the extra "notify"',
            hint="install it: .uv/bin/uv sync --extra notify in the repo, or where the package is"
            " to be had pip install 'peaktrade-ops[notify]'",
        )


def _situation(
    request: Request, folder: Path, stage: Stage, run: str
) -> tuple[Situation, ReportsError | None]:
    """Return the situation, and why the folder cannot be read.

    A folder that is gone is a verdict that nobody can read: that is told, and is an error as well.
    """
    try:
        check_there(folder)
        with locked(folder, shared=True, waiting=request.waiting):
            return situation_of(Archive(folder, stage=stage), request.clock(), run), None
    except ReportsError as error:
        problem = "the reports folder cannot be read"
        return Situation(None, problem=problem, run=run, stage=stage), error


def _outcome(
    target: Target,
    notices: Mapping[Target, Notice],
    failures: Mapping[Target, str],
    options: NotifyOptions,
) -> str:
    if target not in notices:
        return "known"
    if options.dry_run:
        return "not sent"
    return "failed" if failures[target] else "sent"


def _json(situation: Situation, lines: list[_Line], notice: Notice | None, *, dry_run: bool) -> str:
    document = {
        "state": situation.told.state,
        "dry_run": dry_run,
        "targets": [line._asdict() for line in lines],
        "notice": msgspec.to_builtins(notice),
    }
    return json.dumps(document, indent=2)


def _text(situation: Situation, lines: list[_Line], notice: Notice | None, *, dry_run: bool) -> str:
    found = [f"state: {situation.told.state}"]
    if not lines:
        found.append(_NO_TARGET)
    found += [
        f"{line.target}: {_WORDS[line.outcome]}{f': {line.reason}' if line.reason else ''}"
        for line in lines
    ]
    if dry_run and notice is not None:
        found += ["", notice.title, notice.text]
    return "\n".join(found)


_WORDS: Final = {
    "sent": "told",
    "failed": "not told",
    "not sent": "would be told",
    "known": "knows this already",
}
