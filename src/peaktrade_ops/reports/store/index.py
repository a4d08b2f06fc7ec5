"""``index.json``: the digests of the artifacts that this program wrote or adopted."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.reports.store.listed import entry_of
from peaktrade_ops.reports.store.names import day_of_name, is_artifact
from peaktrade_ops.reports.store.reading import UnreadableError, read_bytes
from peaktrade_ops.stage1.models import Index, Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from peaktrade_ops.reports.store.archive import Archive
    from peaktrade_ops.stage1.models import IndexEntry
    from peaktrade_ops.stage1.stage import Stage


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


def build_index(archive: Archive, artifacts: Mapping[str, bytes]) -> Index:
    """Return the index of a folder once artifacts are written.

    An entry changes only when its artifact is written or adopted. All others are carried over, so
    that no command launders a change. A page that lacks a report which cannot be read has none.

    Args:
        archive: The folder.
        artifacts: The bytes of the artifacts that are about to be written, by name.

    Raises:
        ReportsError: The folder or its index cannot be read.
    """
    # A foreign index may name files that are no artifacts.
    entries = {
        name: entry
        for name, entry in archive.listed.entries.items()
        if is_artifact(name, archive.stage)
    }
    adopted = {}
    for name in archive.adoptable() - artifacts.keys():
        try:
            adopted[name] = read_bytes(archive.folder / name)
        except (FileNotFoundError, UnreadableError):
            continue
    entries |= {name: entry_of(name, data) for name, data in (adopted | dict(artifacts)).items()}
    for name in archive.unsettled() & artifacts.keys():
        entries.pop(name, None)
    stamps = {name: _stamp(archive, name, artifacts.get(name)) for name in entries}
    days = [day for day in map(day_of_name, entries) if day]
    days += [stamp.range.end for stamp in stamps.values() if stamp.range and stamp.range.end]
    moments = [stamp.moment for stamp in stamps.values() if stamp.moment]
    return Index(
        schema_version=archive.stage.index_version,
        root=".",
        run_date=max(days, default=None),
        generated_at=max(moments, default=None),
        entries=tuple(entries[name] for name in sorted(entries)),
        pruned=archive.listed.pruned or msgspec.UNSET,
    )


def listing(entries: Iterable[IndexEntry], stage: Stage) -> Index:
    """Return an index of some entries only, without days and times."""
    return Index(
        schema_version=stage.index_version,
        root=".",
        run_date=None,
        generated_at=None,
        entries=tuple(entries),
    )


def _stamp(archive: Archive, name: str, data: bytes | None) -> _Stamp:
    """Read when an artifact was made; an empty stamp where it does not say so."""
    if not name.endswith(".json"):
        return _Stamp()
    try:
        return msgspec.json.decode(
            data if data is not None else read_bytes(archive.folder / name), type=_Stamp
        )
    except (UnreadableError, OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Stamp()
