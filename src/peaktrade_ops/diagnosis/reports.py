"""The checks of the stored reports: the index, and whether the verdict is current."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

from peaktrade_ops.diagnosis.findings import MOST_ALIKE, error, ok, warning
from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.lock import Waiting, locked
from peaktrade_ops.reports.store.names import (
    INDEX,
    LOCK,
    day_of_name,
    is_artifact,
    snapshot_name,
    summary_name,
)
from peaktrade_ops.reports.store.reading import BlockedError, UnreadableError
from peaktrade_ops.reports.store.verify import verify
from peaktrade_ops.serve.health import judged_of
from peaktrade_ops.stage1.current import validity_of
from peaktrade_ops.stage1.faults import plural
from peaktrade_ops.window import iso_utc

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from peaktrade_ops.diagnosis.findings import Finding
    from peaktrade_ops.diagnosis.subject import Subject
    from peaktrade_ops.reports.store.verify import Kind, Mismatch
    from peaktrade_ops.stage1.models import Trend
    from peaktrade_ops.stage1.stage import Stage

# A run that writes holds the lock for a moment at its end.
_WAITING: Final = Waiting(seconds=2.0)
_DECISION: Final = "restore it from a backup; docs/ops/decide.md says what to do without one"


def check_index(subject: Subject) -> Iterator[Finding]:
    """Find what `verify` finds, with what to do about it."""
    place = subject.place
    if not _has_reports(subject):
        yield ok("index", place.folder, "there is no report yet")
        return
    with locked(place.folder, shared=True, waiting=_WAITING):
        findings = verify(place.folder, stage=place.stage)
        advisor = _Advisor(subject)
    # What cannot be read is found twice: by its model, and by its digest.
    told = list(
        {
            (each.path, each.kind == "not readable" or each.problem): each
            for each in findings
            if not _is_told(each)
        }.values()
    )
    for finding in told[:MOST_ALIKE]:
        make = error if finding.level == "error" else warning
        yield make("index", finding.path, finding.problem, advisor.advice(finding))
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
        archive = Archive(subject.place.folder, stage=stage)
        judged = judged_of(archive, subject.now)
    if judged.trend is None and not judged.is_there:
        yield warning("verdict", name, "there is none yet", run)
    elif judged.trend is None:
        yield error("verdict", name, judged.problem, _remaking(archive, run))
    elif not judged.is_current:
        what = f"is out of date: {'; '.join(judged.currency.reasons)}"
        outdated = judged.currency.outdated
        advice = f"{run}; look whether the schedule still starts it"
        if outdated.reasons_of_later and not outdated.changed:
            # Its reason tells from when on a run helps, or what else does.
            advice = f"do what it says, and then {run}"
        yield error("verdict", name, what, advice)
    else:
        yield _verdict_of(judged.trend, stage)


def _verdict_of(trend: Trend, stage: Stage) -> Finding:
    """Return a verdict that is current: what it says is no fault of the site, but never hidden."""
    rollups, name = trend.rollups, stage.trend_json
    what = f"{rollups.go_no_go}, current until {iso_utc(validity_of(trend))}"
    if rollups.go_no_go == "GO":
        return ok("verdict", name, what)
    # The trends of the earlier scripts have sentences only.
    if not rollups.findings:
        return warning("verdict", name, what, f"read the reasons in {stage.trend_markdown}")
    first, *others = rollups.findings
    more = f", and {plural(len(others), 'more reason')}" if others else ""
    # Behind the first line of a hint there are lines to paste.
    advice = first.hint.partition("\n")[0]
    return warning("verdict", name, f"{what}: {first.text}{more}", advice)


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
    """Return whether another check tells it."""
    return finding.kind in {"left behind", "out of date"} or finding.path == LOCK


def _remaking(archive: Archive, run: str) -> str:
    """Return how to come by another trend than one that cannot be relied on."""
    try:
        archive.trend()
    except BlockedError as problem:
        return f"{problem.remedy}; then {run}"
    except UnreadableError:
        pass
    return f"{run}, which makes it again"


class _Advisor:
    """Says what to do about each mismatch of a folder. The caller must hold the lock."""

    def __init__(self, subject: Subject) -> None:
        self._stage = subject.place.stage
        self._run = _run(subject)
        self._names = {path.name for path in subject.place.folder.iterdir()}
        self._listed: Collection[str] | None = None
        self._unsettled: Collection[str] = ()
        with contextlib.suppress(ReportsError):
            archive = Archive(subject.place.folder, stage=self._stage)
            self._listed = archive.listed.entries
            self._unsettled = archive.unsettled()

    def advice(self, finding: Mismatch) -> str:
        """Return what to do about a mismatch."""
        simple: dict[Kind, str] = {
            "grounds": "decide again, if the decision is to rest on what is there now",
            "decision": _DECISION,
            "foreign": "move it to another folder",
            "other stage": "check --stage, --reports-root and --dir"
            if finding.path == INDEX
            else "check --stage and --dir, or move it to its own folder",
            "entry": f"{self._run}, which leaves the entry out",
            "not listed": self._listing(finding.path),
            "no file": f"move it away{self._and_restoring(finding.path)}",
            "not readable": f"make it readable for uid {os.geteuid()}; else move it away"
            f"{self._and_restoring(finding.path)}",
        }
        return simple.get(finding.kind) or self._restoring(finding.path)

    def _and_restoring(self, name: str) -> str:
        is_ours = name == INDEX or self._listed is None or name in self._listed
        return f", and {self._restoring(name)}" if is_ours else ": it is not in the index"

    def _restoring(self, name: str) -> str:
        """Return how to come by an artifact that is as it was."""
        if name == INDEX:
            return f"restore it from a backup; if it is lost, {self._run} --adopt"
        if name == self._stage.decision_json:
            return _DECISION
        if self._is_view(name):
            return f"{self._run} or render, which make it again from the JSON"
        return f"restore it from a backup, or {self._run}, which makes it again from its telemetry"

    def _listing(self, name: str) -> str:
        """Return what to do about an artifact that is not in the index."""
        if name in self._unsettled:
            return f"mend first the report of it or near it that cannot be read; then {self._run}"
        if self._is_view(name):
            return f"move it away if it is yours; then {self._run} or render, which make it"
        return f"if it is yours, {self._run} --adopt; else remove it"

    def _is_view(self, name: str) -> bool:
        """Return whether an artifact is rendered from JSON, unlike the old Markdown of a day."""
        day = day_of_name(name)
        is_old = day and name == snapshot_name(day) and summary_name(day) not in self._names
        return not (name.endswith(".json") or is_old)


def _run(subject: Subject) -> str:
    """Return the words that start the daily routine."""
    return f"run peaktrade-ops {subject.place.stage.command('run')}"
