"""Exact counts of any number of distinct names in bounded memory."""

from __future__ import annotations

import heapq
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.telemetry.counting.spill import Table

# A slot of a dictionary and a small integer, roughly.
_SLOT_BYTES: Final = 130


class Counts:
    """How often each name occurred.

    Past its memory limit the counts move to a table in a temporary file, so that the sum over all
    names stays exact however many there are. The file belongs to the object that made it; it
    lives in a scratch folder that the scan removes.

    Args:
        memory_bytes: How much the names may take in memory, roughly; none for no limit.
        scratch: Where the temporary file goes; the system's temporary folder if not given.
    """

    __slots__ = ("_held_bytes", "_memory_bytes", "_names", "_scratch", "_table")

    def __init__(self, memory_bytes: int | None = None, scratch: str | None = None) -> None:
        """Begin with nothing."""
        self._names: dict[str, int] = {}
        self._held_bytes = 0
        self._memory_bytes = memory_bytes
        self._scratch = scratch
        self._table: Table | None = None

    def add(self, name: str, count: int) -> None:
        """Count a name.

        Raises:
            TelemetryError: The names outgrew their memory and the temporary file cannot be
                written.
        """
        known = self._names.get(name)
        if known is not None:
            self._names[name] = known + count
            return
        self._names[name] = count
        self._held_bytes += sys.getsizeof(name) + _SLOT_BYTES
        if self._memory_bytes is not None and self._held_bytes > self._memory_bytes:
            self._spill()

    def absorb(self, other: Counts) -> None:
        """Add all counts of another object, whose temporary file is used up.

        Raises:
            TelemetryError: As for `add`.
        """
        for name, count in other.items():
            self.add(name, count)
        other.discard()

    def items(self) -> Iterator[tuple[str, int]]:
        """Give the names with their counts, each once, in no order that means anything."""
        if self._table is None:
            yield from self._names.items()
            return
        self._spill()
        yield from self._table.items()

    def top(self, most: int) -> list[tuple[str, int]]:
        """Give the commonest names: highest count first, equal counts by name (code points)."""
        return heapq.nsmallest(most, self.items(), key=lambda item: (-item[1], item[0]))

    def kept(self, most: int) -> Counts:
        """Give the commonest names alone, in memory, and forget everything."""
        kept = Counts()
        for name, count in self.top(most):
            kept.add(name, count)
        self.discard()
        return kept

    def discard(self) -> None:
        """Forget everything and remove the temporary file."""
        self._names = {}
        self._held_bytes = 0
        if self._table is not None:
            self._table.remove()
            self._table = None

    def __eq__(self, other: object) -> bool:
        """Compare the counts, wherever they are kept."""
        if not isinstance(other, Counts):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]  # counts change

    def _spill(self) -> None:
        """Move what is in memory to the table."""
        if self._table is None:
            from peaktrade_ops.telemetry.counting.spill import Table  # noqa: PLC0415 (rarely needed)

            self._table = Table(self._scratch)
        self._table.add(self._names)
        self._names = {}
        self._held_bytes = 0
