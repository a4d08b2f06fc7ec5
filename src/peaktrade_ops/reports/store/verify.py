"""Check a reports folder against its index (section 6 of the contract)."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.reports.store.archive import Archive
from peaktrade_ops.reports.store.lost import pages_about_decision, views_of_decision
from peaktrade_ops.reports.store.names import INDEX, LOCK, day_of_name, is_artifact, stage_of_name
from peaktrade_ops.reports.store.reading import (
    BlockedError,
    OddFileError,
    UnreadableError,
    read_model,
)
from peaktrade_ops.reports.store.recover import is_temporary
from peaktrade_ops.stage1.current import currency_of
from peaktrade_ops.stage1.models import Decision, Index, IndexEntry, Summary, Trend
from peaktrade_ops.stage1.stage import STAGE1, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

_CHUNK_BYTES: Final = 2**20


Kind = Literal[
    "missing",
    "changed",
    "not listed",
    "not readable",
    "no file",
    "not valid",
    "other stage",
    "entry",
    "decision",
    "out of date",
    "grounds",
    "left behind",
    "foreign",
]
"""What is wrong, for whoever says what to do about it.

``not readable``: the bytes of a file cannot be read. ``no file``: a link, a pipe or a folder is in
its place. ``not valid``: it does not match its model or its name. ``entry``: the index has an entry
that it must not have. ``decision``: a view or a link is left of a decision that is lost.
``grounds``: what a decision rests on has changed. ``left behind``: by a run that was cut off.
``foreign``: the name is no artifact's.
"""


class Mismatch(NamedTuple):
    """A finding of a check: an error is a mismatch, a warning is only information."""

    level: Literal["error", "warning"]
    path: str
    problem: str
    kind: Kind


def verify(
    folder: Path,
    *,
    now: datetime | None = None,
    stage: Stage = STAGE1,
    tells_clock: bool = True,
) -> list[Mismatch]:
    """Check a folder against its index; change nothing.

    Args:
        folder: The reports folder.
        now: The current time, aware; `None` for a check that does not depend on the time.
        stage: The stage whose reports the folder is to hold.
        tells_clock: Whether a verdict that has expired, or whose time has not come, is a finding.

    Returns:
        The findings, in path order; empty if everything matches.

    Raises:
        ReportsError: The folder cannot be read.
    """
    names = [name for name in _names(folder) if is_artifact(name, stage)]
    there = {name for name in names if _is_regular(folder / name)}
    findings = list(_others(folder, stage))
    findings += [
        Mismatch("error", name, "not a regular file", "no file")
        for name in names
        if name not in there
    ]
    findings += _model_findings(folder, there, stage)
    if stage.decision_json not in names:
        problem = f"without {stage.decision_json}, so a decision is lost"
        views = views_of_decision(names, stage)
        findings += [Mismatch("error", name, problem, "decision") for name in views]
        problem = f"links a decision {problem}"
        pages = pages_about_decision(folder, names, stage)
        findings += [Mismatch("error", name, problem, "decision") for name in pages]
    try:
        index = read_model(folder / INDEX, Index)
    except FileNotFoundError:
        findings.append(Mismatch("error", INDEX, "missing", "missing"))
    except UnreadableError as error:
        findings.append(Mismatch("error", INDEX, str(error), _kind_of(error)))
    else:
        if index.schema_version != stage.index_version:
            problem = f"of another stage than {stage.key}: {index.schema_version}"
            return _in_order([*findings, Mismatch("error", INDEX, problem, "other stage")])
        findings += _entry_findings(folder, index.entries, stage)
        listed = {entry.path for entry in index.entries}
        problem = "not in the index"
        findings += [Mismatch("error", name, problem, "not listed") for name in there - listed]
        archive = Archive(folder, stage=stage)
        findings += _currency_findings(archive, now, tells_clock=tells_clock)
        findings += _decision_findings(archive)
    return _in_order(findings)


def _in_order(findings: Iterable[Mismatch]) -> list[Mismatch]:
    return sorted(findings, key=lambda finding: (finding.path, finding.level, finding.problem))


def _entry_findings(
    folder: Path, entries: Iterable[IndexEntry], stage: Stage
) -> Iterator[Mismatch]:
    seen: set[str] = set()
    for entry in entries:
        if entry.path in seen:
            yield Mismatch("error", entry.path, "listed twice", "entry")
            continue
        seen.add(entry.path)
        if len(PurePosixPath(entry.path).parts) != 1 or entry.path in {"", ".", ".."}:
            yield Mismatch("error", entry.path, "points outside the folder", "entry")
        elif not is_artifact(entry.path, stage):
            yield Mismatch("error", entry.path, "is no artifact's name", "entry")
        else:
            yield from _difference(folder / entry.path, entry)


def _currency_findings(
    archive: Archive, now: datetime | None, *, tells_clock: bool
) -> Iterator[Mismatch]:
    """Yield the reasons why the verdict is not current (section 12 of the contract).

    A trend that cannot be read or trusted already has a finding.
    """
    try:
        trend = archive.trend()
    except UnreadableError:
        return
    if trend is None:
        return
    currency = currency_of(trend, archive.outdated(trend, now), now)
    name = archive.stage.trend_json
    for reason in currency.outdated.reasons:
        yield Mismatch("error", name, f"out of date: {reason}", "out of date")
    # A verdict expires by itself, but none is given of a time to come unless a clock is wrong.
    level: Literal["error", "warning"] = "error" if currency.early else "warning"
    for reason in currency.reasons_of_clock if tells_clock else ():
        yield Mismatch(level, name, f"out of date: {reason}", "out of date")


def _decision_findings(archive: Archive) -> Iterator[Mismatch]:
    """Yield that what a decision rests on has changed since; a next run may have changed it.

    A decision that cannot be read or trusted already has a finding.
    """
    try:
        decision = archive.decision()
    except UnreadableError:
        return
    for name in archive.changed_since(decision) if decision else ():
        problem = f"rests on another {name} than there is now"
        yield Mismatch("warning", archive.stage.decision_json, problem, "grounds")


def _difference(path: Path, entry: IndexEntry) -> Iterator[Mismatch]:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        yield Mismatch("error", entry.path, "missing", "missing")
        return
    if not stat.S_ISREG(mode):
        return
    try:
        size, digest = _measure(path)
    except ReportsError as error:
        yield Mismatch("error", entry.path, error.message, "not readable")
        return
    if size != entry.bytes:
        problem = f"changed: {size} bytes instead of {entry.bytes}"
        yield Mismatch("error", entry.path, problem, "changed")
    elif digest != entry.sha256:
        yield Mismatch("error", entry.path, "changed: another digest", "changed")


def _model_findings(folder: Path, names: Iterable[str], stage: Stage) -> Iterator[Mismatch]:
    for name in names:
        if not name.endswith(".json"):
            continue
        try:
            yield from _content_findings(folder, name, stage)
        except FileNotFoundError:
            yield Mismatch("error", name, "missing", "missing")
        except UnreadableError as error:
            yield Mismatch("error", name, str(error), _kind_of(error))


def _content_findings(folder: Path, name: str, stage: Stage) -> Iterator[Mismatch]:
    """Yield what is wrong with the content of an artifact.

    Raises:
        FileNotFoundError: There is no file of that name.
        UnreadableError: The file cannot be read, or does not match its model.
    """
    found: Trend | Decision | Summary
    if name == stage.trend_json:
        what, found = "trend", read_model(folder / name, Trend)
    elif name == stage.decision_json:
        what, found = "decision", read_model(folder / name, Decision)
    else:
        what, found = "summary", read_model(folder / name, Summary)
    if isinstance(found, Summary) and found.date != day_of_name(name):
        yield Mismatch("error", name, "is the summary of another day", "not valid")
    elif not stage.owns(found.stage):
        yield Mismatch("error", name, f"is the {what} of another stage", "other stage")


def _kind_of(error: UnreadableError) -> Kind:
    if isinstance(error, OddFileError):
        return "no file"
    return "not readable" if isinstance(error, BlockedError) else "not valid"


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise ReportsError(
            f"reports folder {folder} cannot be read: {reason_of(error)}",
            hint="check --reports-root and --dir",
        ) from error


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ReportsError:
    return ReportsError(
        f"{path} cannot be read: {reason_of(error)}",
        hint=f"let the user with uid {os.geteuid()} read it, or restore it from a backup",
    )


def _others(folder: Path, stage: Stage) -> Iterator[Mismatch]:
    """Yield a finding for each file that is not an artifact of the stage."""
    for name in _names(folder):
        if is_temporary(name):
            problem = "left behind by a run that was cut off; the next one removes it"
            yield Mismatch("warning", name, problem, "left behind")
        elif is_artifact(name, stage) or name in {INDEX, LOCK}:
            continue
        elif other := stage_of_name(name):
            problem = f"of another stage: {other}, not {stage.key}"
            yield Mismatch("error", name, problem, "other stage")
        else:
            yield Mismatch("warning", name, "not an artifact", "foreign")


def _measure(path: Path) -> tuple[int, str]:
    """Return the size in bytes and the digest of a file."""
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise _unreadable(path, error) from error
    return size, digest.hexdigest()
