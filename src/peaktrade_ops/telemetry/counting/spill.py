"""Store counts in a table of a temporary file when the names do not fit into memory."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peaktrade_ops.errors import TelemetryError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CREATE: Final = (
    "CREATE TABLE counts"
    " (span INTEGER, name TEXT, n INTEGER, PRIMARY KEY (span, name)) WITHOUT ROWID"
)
_ADD: Final = (
    "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT (span, name) DO UPDATE SET n = n + excluded.n"
)
_TOP: Final = (
    "SELECT name, SUM(n) AS total FROM counts WHERE span >= ? AND span < ?"
    " GROUP BY name ORDER BY total DESC, name LIMIT ?"
)


class Table:
    """A table of spans, names and counts.

    The file has no name as soon as it is open, so nothing stays when the process is killed.

    Args:
        scratch: The folder of the file; `None` for the temporary folder of the system.

    Raises:
        TelemetryError: The temporary file cannot be created.
    """

    def __init__(self, scratch: str | None = None) -> None:
        """Create the file."""
        with _telemetry_errors():
            # Not mkstemp: a signal may come between the file and the knowledge of its name.
            name = f"peaktrade-ops-{os.urandom(8).hex()}.counts"
            path = Path(scratch or tempfile.gettempdir(), name)
            try:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
                # A worker of a cluster may make a table in one thread and read it in another.
                self._table = sqlite3.connect(path, check_same_thread=False)
            finally:
                # At once, because a process that is killed before leaves the file.
                path.unlink(missing_ok=True)
            # A table is seldom removed by hand: it ends with the counts that it holds.
            self._end = weakref.finalize(self, self._table.close)
            # The content need not survive an error, and a journal would have a name.
            self._table.execute("PRAGMA journal_mode = OFF")
            self._table.execute("PRAGMA synchronous = OFF")
            self._table.execute(_CREATE)

    def add(self, counts: Mapping[int, Mapping[str, int]]) -> None:
        """Add the counts of names by span to those of the table.

        Raises:
            TelemetryError: The file cannot be written.
        """
        rows = ((span, *item) for span, names in counts.items() for item in sorted(names.items()))
        with _telemetry_errors(), self._table as table:
            table.executemany(_ADD, rows)

    def items(self) -> Iterator[tuple[int, str, int]]:
        """Yield all spans and names with their counts.

        Raises:
            TelemetryError: The file cannot be read.
        """
        with _telemetry_errors():
            yield from self._table.execute("SELECT span, name, n FROM counts")

    def top(self, spans: range, most: int) -> list[tuple[str, int]]:
        """Return the most frequent names of some spans: highest count first, then by name.

        Raises:
            TelemetryError: The file cannot be read.
        """
        with _telemetry_errors():
            # SQLite compares texts by their UTF-8 bytes, which is the order of code points.
            return list(self._table.execute(_TOP, (spans.start, spans.stop, most)))

    def remove(self) -> None:
        """Close the file, which frees its room."""
        self._end()


@contextmanager
def _telemetry_errors() -> Iterator[None]:
    """Raise errors of the system and of SQLite as `TelemetryError`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = reason_of(error) if isinstance(error, OSError) else str(error)
        raise TelemetryError(
            f"the counts outgrew their memory and no temporary file can be used: {why}",
            hint="give a writable TMPDIR with room (a container: /tmp as a tmpfs), or raise"
            " memory_bytes under [limits]",
        ) from error
