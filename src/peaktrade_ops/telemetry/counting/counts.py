"""Count any number of distinct names by span of time, exactly and in bounded memory."""

from __future__ import annotations

import heapq
import math
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from peaktrade_ops.telemetry.counting.spill import Table

# The approximate size of a dictionary slot and a small integer.
_SLOT_BYTES: Final = 130


class OutgrownError(Exception):
    """The names exceed their memory limit, and no table is allowed."""


class Counts:
    """The number of occurrences of each name in each span.

    Counts that exceed the memory limit move to a table in a temporary file, so they stay exact for
    any number of names. A table cannot be sent to another process. Counts that are sent have no
    table, and raise an error at the limit.

    Args:
        memory_bytes: The approximate memory limit of the names, bytes; `None` for no limit.
        new_table: Creates the table; `None` if no table is allowed.
    """

    __slots__ = ("_held_bytes", "_memory_bytes", "_new_table", "_spans", "_table")

    def __init__(
        self, memory_bytes: int | None = None, new_table: Callable[[], Table] | None = None
    ) -> None:
        """Start without counts."""
        self._spans: dict[int, dict[str, int]] = {}
        self._held_bytes = 0
        self._memory_bytes = memory_bytes
        self._new_table = new_table
        self._table: Table | None = None

    @property
    def held_bytes(self) -> float:
        """The approximate memory that all names take, bytes; infinite if they are in a table."""
        return math.inf if self._table else self._held_bytes

    def add(self, span: int, name: str, count: int) -> None:
        """Add to the count of a name in a span.

        Raises:
            OutgrownError: The names exceed their memory limit, and no table is allowed.
            TelemetryError: The temporary file of the table cannot be written.
        """
        self.add_all(span, {name: count})

    def add_all(self, span: int, counts: Mapping[str, int]) -> None:
        """Add to the counts of names in a span.

        Raises:
            OutgrownError: The names exceed their memory limit, and no table is allowed.
            TelemetryError: The temporary file of the table cannot be written.
        """
        names = self._spans.setdefault(span, {})
        for name, count in counts.items():
            known = names.get(name)
            if known is not None:
                names[name] = known + count
                continue
            names[name] = count
            self._held_bytes += sys.getsizeof(name) + _SLOT_BYTES
            if self._memory_bytes is not None and self._held_bytes > self._memory_bytes:
                self._spill()
                names = self._spans.setdefault(span, {})

    def absorb(self, other: Counts) -> None:
        """Add all counts of another object, and discard that object.

        Raises:
            OutgrownError: The names exceed their memory limit, and no table is allowed.
            TelemetryError: The temporary file of the table cannot be written.
        """
        if other._table is None:
            for span, counts in other._spans.items():
                self.add_all(span, counts)
        else:
            for span, name, count in other.items():
                self.add(span, name, count)
        other.discard()

    def items(self) -> Iterator[tuple[int, str, int]]:
        """Yield each span and name once, with its count, in no defined order."""
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
            most: The maximum number of names.

        Returns:
            The names with their counts: highest count first, equal counts by name (code points).
        """
        if self._table is not None:
            self._spill()
            return self._table.top(spans, most)
        sums: Counter[str] = Counter()
        for span in spans:
            sums.update(self._spans.get(span, {}))
        return heapq.nsmallest(most, sums.items(), key=lambda item: (-item[1], item[0]))

    def discard(self) -> None:
        """Remove all counts and the temporary file."""
        self._spans = {}
        self._held_bytes = 0
        if self._table is not None:
            self._table.remove()
            self._table = None

    def __eq__(self, other: object) -> bool:
        """Return whether the counts are equal, in memory or in a table."""
        if not isinstance(other, Counts):
            return NotImplemented
        return set(self.items()) == set(other.items())

    __hash__ = None  # type: ignore[assignment]  # counts change

    def _spill(self) -> None:
        """Move the counts in memory to the table."""
        if self._table is None:
            if self._new_table is None:
                raise OutgrownError
            self._table = self._new_table()
        self._table.add(self._spans)
        self._spans = {}
        self._held_bytes = 0
