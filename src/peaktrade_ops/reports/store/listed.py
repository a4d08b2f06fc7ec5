"""The stored index of a reports folder: the expected digest of each artifact (section 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.names import INDEX, day_of_name
from peaktrade_ops.reports.store.reading import BlockedError, UnreadableError, decoded, read_bytes
from peaktrade_ops.stage1.models import Index, IndexEntry, PrunedDays
from peaktrade_ops.stage1.stage import STAGE1, Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date
    from pathlib import Path

    from peaktrade_ops.stage1.day import Trust


class Listed(msgspec.Struct, frozen=True):
    """The content of the stored index.

    Attributes:
        is_there: Whether a file with the name of the index exists.
        is_readable: Whether it is a valid index; an invalid one has no entries.
        entries: Its entries, by the name of the artifact.
        pruned: The days whose reports were removed by ``prune``.
    """

    is_there: bool
    is_readable: bool
    entries: Mapping[str, IndexEntry]
    pruned: tuple[PrunedDays, ...] = ()

    def is_pruned(self, day: date) -> bool:
        """Return whether the report of a day was removed by ``prune``."""
        return any(span.start <= day <= span.end for span in self.pruned)

    def without(self, days: Collection[date]) -> Listed:
        """Return the index once the reports of some days are pruned."""
        entries = {
            name: entry for name, entry in self.entries.items() if day_of_name(name) not in days
        }
        return msgspec.structs.replace(self, entries=entries, pruned=_with_days(self.pruned, days))

    def trust(self, name: str, found: IndexEntry | None) -> Trust:
        """Compare an existing artifact with its entry: its size and its digest.

        Args:
            name: The name of the artifact.
            found: What its entry would be; `None` if it cannot be read, which does not count as a
                change.
        """
        entry = self.entries.get(name)
        if entry is None:
            return "unlisted"
        return "listed" if found in {None, entry} else "changed"


def _with_days(spans: Iterable[PrunedDays], days: Iterable[date]) -> tuple[PrunedDays, ...]:
    """Return spans of days with some more days, in order; neighbours become one span."""
    merged: list[PrunedDays] = []
    every = [*spans, *(PrunedDays(day, day) for day in days)]
    for span in sorted(every, key=lambda each: each.start):
        last = merged[-1] if merged else None
        if last is not None and (span.start - last.end).days <= 1:
            merged[-1] = PrunedDays(last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def entry_of(name: str, data: bytes) -> IndexEntry:
    """Return the entry of an artifact."""
    return IndexEntry(name, len(data), digest_of(data))


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of bytes as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_listed(folder: Path, stage: Stage = STAGE1) -> Listed:
    """Read the index of a folder.

    Raises:
        ReportsError: There is an index, but its bytes cannot be read. Changed reports cannot be
            recognised without it. Or it is the index of another stage.
    """
    try:
        index = decoded(read_bytes(folder / INDEX), Index)
    except FileNotFoundError:
        return Listed(is_there=False, is_readable=False, entries={})
    except BlockedError as error:
        raise ReportsError(
            f"index {folder / INDEX} cannot be read: {error}",
            hint=f"{error.remedy}; the reports are kept as they are; if the index is lost, --adopt"
            " takes them",
        ) from error
    except UnreadableError:
        return Listed(is_there=True, is_readable=False, entries={})
    if index.schema_version != stage.index_version:
        raise ReportsError(
            f"reports folder {folder} is of another stage than {stage.key}: its index is"
            f" {index.schema_version}",
            hint="check --stage, --reports-root and --dir; nothing is changed",
        )
    entries = {entry.path: entry for entry in index.entries}
    pruned = _with_days(index.pruned or (), ())
    return Listed(is_there=True, is_readable=True, entries=entries, pruned=pruned)
