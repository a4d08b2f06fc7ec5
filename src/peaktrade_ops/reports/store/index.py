"""``index.json``: the digests of all artifacts of a folder, and the check against it."""

from __future__ import annotations

import hashlib
import stat
from datetime import UTC, date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from peaktrade_ops.errors import ReportsError, reason_of
from peaktrade_ops.reports.store.archive import UnreadableError, read_bytes, read_model
from peaktrade_ops.reports.store.names import INDEX, TREND_JSON, day_of_name, is_artifact
from peaktrade_ops.reports.store.publish import is_temporary
from peaktrade_ops.stage1.models import Index, IndexEntry, Moment, Summary, Trend
from peaktrade_ops.stage1.stage import STAGE1

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

_CHUNK_BYTES = 2**20


class Mismatch(NamedTuple):
    """What a check found: an error is a mismatch, a warning is only something to know."""

    level: Literal["error", "warning"]
    path: str
    problem: str


class _Range(msgspec.Struct):
    end: date | None = None


class _Stamp(msgspec.Struct):
    """The fields of an artifact that say what it is about and when it was made."""

    range: _Range | None = None
    created_at_utc: Moment | None = None
    generated_at_utc: Moment | None = None

    @property
    def moment(self) -> datetime | None:
        """When it was made, UTC; `None` where it does not say so."""
        written = self.created_at_utc or self.generated_at_utc
        try:
            return written.astimezone(UTC) if written else None
        except OverflowError:
            return None


def build_index(folder: Path, fresh: Mapping[str, bytes]) -> Index:
    """Return the index of a folder overlaid with unpublished artifacts.

    An artifact that cannot be read is not listed; `verify` reports it.

    Args:
        folder: The reports folder.
        fresh: The bytes of artifacts that are about to be written, by name.

    Raises:
        ReportsError: The folder cannot be read.
    """
    entries: list[IndexEntry] = []
    days: list[date] = []
    moments: list[datetime] = []
    for name in sorted({*_artifacts(folder), *fresh}):
        data = fresh.get(name)
        if data is not None:
            entries.append(IndexEntry(name, len(data), hashlib.sha256(data).hexdigest()))
        else:
            try:
                entries.append(IndexEntry(name, *_measure(folder / name)))
            except ReportsError:
                continue
        days += [day for day in (day_of_name(name),) if day]
        if name.endswith(".json"):
            stamp = _stamp(folder / name, data)
            days += [stamp.range.end] if stamp.range and stamp.range.end else []
            moments += [stamp.moment] if stamp.moment else []
    return Index(
        schema_version=STAGE1.index_version,
        root=".",
        run_date=max(days, default=None),
        generated_at=max(moments, default=None),
        entries=tuple(entries),
    )


def verify(folder: Path) -> list[Mismatch]:
    """Check a folder against its index. Nothing is changed.

    Returns:
        What was found, in path order; empty if everything matches.

    Raises:
        ReportsError: The folder cannot be read.
    """
    findings = [Mismatch("warning", *other) for other in _others(folder)]
    findings += [
        Mismatch("error", name, "not a regular file") for name in _irregular_artifacts(folder)
    ]
    there = set(_artifacts(folder))
    findings += _model_findings(folder, there)
    try:
        index = read_model(folder / INDEX, Index)
    except FileNotFoundError:
        findings.append(Mismatch("error", INDEX, "missing"))
    except UnreadableError as error:
        findings.append(Mismatch("error", INDEX, str(error)))
    else:
        findings += _entry_findings(folder, index.entries)
        listed = {entry.path for entry in index.entries}
        findings += [Mismatch("error", name, "not in the index") for name in there - listed]
    return sorted(findings, key=lambda finding: (finding.path, finding.level, finding.problem))


def _entry_findings(folder: Path, entries: Iterable[IndexEntry]) -> Iterator[Mismatch]:
    seen: set[str] = set()
    for entry in entries:
        if entry.path in seen:
            yield Mismatch("error", entry.path, "listed twice")
            continue
        seen.add(entry.path)
        if len(PurePosixPath(entry.path).parts) != 1 or entry.path in {"", ".", ".."}:
            yield Mismatch("error", entry.path, "points outside the folder")
        elif not is_artifact(entry.path):
            yield Mismatch("error", entry.path, "is no artifact's name")
        else:
            yield from _difference(folder / entry.path, entry)


def _difference(path: Path, entry: IndexEntry) -> Iterator[Mismatch]:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        yield Mismatch("error", entry.path, "missing")
        return
    if not stat.S_ISREG(mode):
        return
    try:
        size, digest = _measure(path)
    except ReportsError as error:
        yield Mismatch("error", entry.path, error.message)
        return
    if size != entry.bytes:
        yield Mismatch("error", entry.path, f"changed: {size} bytes instead of {entry.bytes}")
    elif digest != entry.sha256:
        yield Mismatch("error", entry.path, "changed: another digest")


def _model_findings(folder: Path, names: Iterable[str]) -> Iterator[Mismatch]:
    for name in names:
        if not name.endswith(".json"):
            continue
        try:
            if name == TREND_JSON:
                read_model(folder / name, Trend)
            elif read_model(folder / name, Summary).date != day_of_name(name):
                yield Mismatch("error", name, "is the summary of another day")
        except FileNotFoundError:
            yield Mismatch("error", name, "missing")
        except UnreadableError as error:
            yield Mismatch("error", name, str(error))


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
        raise ReportsError(f"{path} cannot be read: {reason_of(error)}") from error


def _artifacts(folder: Path) -> list[str]:
    return [name for name in _names(folder) if is_artifact(name) and _is_regular(folder / name)]


def _irregular_artifacts(folder: Path) -> list[str]:
    return [name for name in _names(folder) if is_artifact(name) and not _is_regular(folder / name)]


def _others(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the files that are no artifacts, and what they are."""
    for name in _names(folder):
        if is_temporary(name):
            yield name, "left behind by a run that was cut off; the next one removes it"
        elif not is_artifact(name) and name != INDEX:
            yield name, "not an artifact"


def _measure(path: Path) -> tuple[int, str]:
    """Return size and digest of a file."""
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise ReportsError(f"{path} cannot be read: {reason_of(error)}") from error
    return size, digest.hexdigest()


def _stamp(path: Path, data: bytes | None) -> _Stamp:
    """Read when an artifact was made; an empty stamp where it does not say so."""
    try:
        return msgspec.json.decode(data if data is not None else read_bytes(path), type=_Stamp)
    except (UnreadableError, OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Stamp()
