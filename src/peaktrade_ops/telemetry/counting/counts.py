"""Exact counts of any number of distinct names by span of time, in bounded memory."""

from __future__ import annotations

import heapq
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from peaktrade_ops.telemetry.counting.spill import Table

# A slot of a dictionary and a small integer, roughly.
_SLOT_BYTES: Final = 130


class OutgrownError(Exception):
    """The names outgrew their memory, and there is no table for them to move to."""


class Counts:
    """How often each name occurred in each span.

    Past its memory limit the counts move to a table in a temporary file, so that the sum over all
    names stays exact however many there are. A table never leaves its process: counts that are to
    be sent to another one have none, and raise instead.

    Args:
        memory_bytes: What the names may take in memory, bytes, roughly; `None` for no limit.
        new_table: Makes the table; `None` if there is none to move to.
    """

    __slots__ = ("_held_bytes", "_memory_bytes", "_new_table", "_spans", "_table")

    def __init__(
        self, memory_bytes: int | None = None, new_table: Callable[[], Table] | None = None
    ) -> None:
        """Begin with nothing."""
        self._spans: dict[int, dict[str, int]] = {}
        self._held_bytes = 0
        self._memory_bytes = memory_bytes
        self._new_table = new_table
        self._table: Table | None = None

    def add(self, span: int, name: str, count: int) -> None:
        """Count a name.

        Raises:
            OutgrownError: The names outgrew their memory and there is no table to move to.
            TelemetryError: The temporary file of the table cannot be written.
        """
        names = self._spans.setdefault(span, {})
        known = names.get(name)
        if known is not None:
            names[name] = known + count
            return
        names[name] = count
        self._held_bytes += sys.getsizeof(name) + _SLOT_BYTES
        if self._memory_bytes is not None and self._held_bytes > self._memory_bytes:
            self._spill()

    def absorb(self, other: Counts) -> None:
        """Add all counts of another object, whose temporary file is used up.

        Raises:
            OutgrownError: As for `add`.
            TelemetryError: As for `add`.
        """
        for span, name, count in other.items():
            self.add(span, name, count)
        other.discard()

    def items(self) -> Iterator[tuple[int, str, int]]:
        """Yield each span and name with its count, each once, in no order that means anything."""
        if self._table is None:
            for span, names in self._spans.items():
                for name, count in names.items():
                    yield span, name, count
            return
        self._spill()
        yield from self._table.items()

    def top(self, spans: range, most: int) -> list[tuple[str, int]]:
        """Return the most frequent names of some spans with their counts.

        Args:
            spans: The spans, whose counts are added up.
            most: How many names at the most.

        Returns:
            The highest count first, equal counts by name (code points).
        """
        if self._table is not None:
            self._spill()
            return self._table.top(spans, most)
        sums: Counter[str] = Counter()
        for span in spans:
            sums.update(self._spans.get(span, {}))
        return heapq.nsmallest(most, sums.items(), key=lambda item: (-item[1], item[0]))

    def discard(self) -> None:
        """Forget everything and remove the temporary file."""
        self._spans = {}
        self._held_bytes = 0
        if self._table is not None:
            self._table.remove()
            self._table = None

    def __eq__(self, other: object) -> bool:
        """Compare the counts, wherever they are kept."""
        if not isinstance(other, Counts):
            return NotImplemented
        return set(self.items()) == set(other.items())

    __hash__ = None  # type: ignore[assignment]  # counts change

    def _spill(self) -> None:
        """Move what is in memory to the table."""
        if self._table is None:
            if self._new_table is None:
                raise OutgrownError
            self._table = self._new_table()
        self._table.add(self._spans)
        self._spans = {}
        self._held_bytes = 0
