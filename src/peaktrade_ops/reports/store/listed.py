"""The stored index of a reports folder: the expected digest of each artifact (section 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from peaktrade_ops.errors import ReportsError
from peaktrade_ops.reports.store.names import INDEX
from peaktrade_ops.reports.store.reading import BlockedError, UnreadableError, decoded, read_bytes
from peaktrade_ops.stage1.models import Index, IndexEntry
from peaktrade_ops.stage1.stage import STAGE1, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from peaktrade_ops.stage1.day import Trust


class Listed(msgspec.Struct, frozen=True):
    """The content of the stored index.

    Attributes:
        is_there: Whether a file with the name of the index exists.
        is_readable: Whether it is a valid index; an invalid one has no entries.
        entries: Its entries, by the name of the artifact.
    """

    is_there: bool
    is_readable: bool
    entries: Mapping[str, IndexEntry]

    def trust(self, name: str, sha256: str | None) -> Trust:
        """Compare an existing artifact with its entry.

        Args:
            name: The name of the artifact.
            sha256: Its digest; `None` if it cannot be read, which does not count as a change.
        """
        entry = self.entries.get(name)
        if entry is None:
            return "unlisted"
        return "listed" if sha256 in {None, entry.sha256} else "changed"


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
            hint="make it readable for this user; the reports are kept as they are",
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
    return Listed(is_there=True, is_readable=True, entries=entries)
