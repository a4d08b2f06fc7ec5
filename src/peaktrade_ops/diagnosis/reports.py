"""The checks of the stored reports: the index, and whether the verdict is current."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from peaktrade_ops.diagnosis.findings import MOST_ALIKE, error, ok, warning
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.lock import Waiting, locked
from peaktrade_ops.reports.store.names import INDEX, LOCK, is_artifact
from peaktrade_ops.reports.store.recover import is_temporary
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.serve.health import judged_of
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject
    from peaktrade_ops.reports.store.verify import Mismatch

# A run that writes holds the lock for a moment at its end.
_WAITING: Final = Waiting(seconds=2.0)


def check_index(subject: Subject) -> Iterator[Finding]:
    """Find what `verify` finds, with what to do about it."""
    place = subject.place
    if not _has_reports(subject):
        yield ok("index", place.folder, "there is no report yet")
        return
    with locked(place.folder, shared=True, waiting=_WAITING):
        findings = verify(place.folder, stage=place.stage)
    # Other checks tell both.
    told = [each for each in findings if not _is_told(each)]
    for finding in told[:MOST_ALIKE]:
        make = error if finding.level == "error" else warning
        yield make("index", finding.path, finding.problem, _advice(finding, subject))
    if (rest := len(told) - MOST_ALIKE) > 0:
        is_wrong = any(each.level == "error" for each in told[MOST_ALIKE:])
        make = error if is_wrong else warning
        yield make("index", place.folder, f"{rest} more", "verify shows all")
    if not told:
        yield ok("index", place.folder, "every file is as the index says")


def check_verdict(subject: Subject) -> Iterator[Finding]:
    """Find that there is no verdict that is current."""
    stage = subject.place.stage
    name, run = stage.trend_json, _run(subject)
    if not _has_reports(subject):
        yield warning("verdict", name, "there is none yet", run)
        return
    with locked(subject.place.folder, shared=True, waiting=_WAITING):
        judged = judged_of(Archive(subject.place.folder, stage=stage), subject.now)
    if judged.trend is None and not judged.is_there:
        yield warning("verdict", name, "there is none yet", run)
    elif judged.trend is None:
        yield error("verdict", name, judged.problem, f"{run}, which makes it again")
    elif not judged.is_current:
        what = f"is out of date: {'; '.join(judged.currency.reasons)}"
        outdated = judged.currency.outdated
        advice = f"{run}; look whether the schedule still starts it"
        if outdated.reasons_of_later and not outdated.changed:
            # Its reason tells from when on a run helps, or what else does.
            advice = f"do what it says, and then {run}"
        yield error("verdict", name, what, advice)
    else:
        until = iso_utc(validity_of(judged.trend))
        yield ok("verdict", name, f"{judged.trend.rollups.go_no_go}, current until {until}")


def _has_reports(subject: Subject) -> bool:
    """Return whether the folder has an index or an artifact.

    Raises:
        OSError: The folder cannot be listed.
    """
    folder, stage = subject.place.folder, subject.place.stage
    return folder.is_dir() and any(
        path.name == INDEX or is_artifact(path.name, stage) for path in folder.iterdir()
    )


def _is_told(finding: Mismatch) -> bool:
    return (
        is_temporary(finding.path)
        or finding.path == LOCK
        or finding.problem.startswith("out of date")
    )


def _advice(finding: Mismatch, subject: Subject) -> str:
    """Return what to do about a mismatch: the first row that applies."""
    stage = subject.place.stage
    run = _run(subject)
    is_json = finding.path.endswith(".json")
    rows = (
        (
            finding.problem.startswith("rests on another"),
            "decide again, if the decision is to rest on what is there now",
        ),
        (finding.level == "warning", "move it to another folder"),
        (finding.path == INDEX, f"restore it from a backup; if it is lost, {run} --adopt"),
        ("stage" in finding.problem, "check --stage and --dir, or move it to its own folder"),
        (finding.problem == "not in the index", f"if it is yours, {run} --adopt; else remove it"),
        (
            finding.path == stage.decision_json,
            "restore it from a backup; docs/ops/decide.md says what to do without one",
        ),
        (
            is_json,
            f"restore it from a backup, or {run}, which makes it again from its telemetry",
        ),
        (True, f"{run} or render, which make it again from the JSON"),
    )
    return next(advice for applies, advice in rows if applies)


def _run(subject: Subject) -> str:
    """Return the words that start the daily routine."""
    return f"run peaktrade-ops {subject.place.stage.command('run')}"
