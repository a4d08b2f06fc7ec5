"""Counts in a table of a temporary file, for when there are too many names for memory."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from peaktrade_ops.errors import TelemetryError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Table:
    """A table of names and counts.

    Args:
        scratch: The folder of its file; the system's temporary folder if not given.

    Raises:
        TelemetryError: No temporary file can be written.
    """

    def __init__(self, scratch: str | None) -> None:
        """Make the file."""
        with _explained():
            handle, name = tempfile.mkstemp(suffix=".counts", dir=scratch)
            os.close(handle)
            self._path = Path(name)

    def add(self, counts: Mapping[str, int]) -> None:
        """Add counts to those of the table.

        Raises:
            TelemetryError: The file cannot be written.
        """
        with _explained(), closing(sqlite3.connect(self._path)) as table, table:
            # The file is scratch: nothing in it must survive a crash.
            table.execute("PRAGMA synchronous = OFF")
            table.execute(
                "CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID"
            )
            table.executemany(
                "INSERT INTO counts VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET n = n + excluded.n",
                sorted(counts.items()),
            )

    def items(self) -> Iterator[tuple[str, int]]:
        """Give all names with their counts.

        Raises:
            TelemetryError: The file cannot be read.
        """
        with _explained(), closing(sqlite3.connect(self._path)) as table:
            yield from table.execute("SELECT name, n FROM counts")

    def remove(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = reason_of(error) if isinstance(error, OSError) else str(error)
        raise TelemetryError(
            f"the counts outgrew their memory and no temporary file can be used: {why}",
            hint="give a writable TMPDIR with room (a container: /tmp as a tmpfs), or raise"
            " memory_bytes under [limits]",
        ) from error
