"""Read a block of lines as events with their times, and lines that are not events."""

from __future__ import annotations

import contextlib
from datetime import UTC
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from peaktrade_ops.telemetry.records.decode import LineDecoder, Reason
from peaktrade_ops.telemetry.records.keys import look_up, lookups, wanted_keys
from peaktrade_ops.telemetry.records.prefix import can_become_object
from peaktrade_ops.telemetry.records.times import read_time, read_times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

Outcome = Reason | Literal["partial"] | None
"""The outcome of a line that is not an event; `None` is a blank line."""


class Records(NamedTuple):
    """The lines of a block.

    Attributes:
        lines: The lines that are events, in their order.
        moments: The time of each event, aware; `None` where it has none.
        naive: The number of times that have no offset.
        others: The lines that are not events: the position of each among all lines, its outcome.
    """

    lines: list[bytes]
    moments: list[datetime | None]
    naive: int
    others: list[tuple[int, Outcome]]


class EventReader:
    """Reads blocks: the outcome of each line, and the time of each event.

    It decodes only the time, because most lines are outside of the windows.

    Args:
        time_keys: The keys of the time, in the order in which to try them.
        record_bytes: A longer line is rejected as ``too long``.
    """

    def __init__(self, time_keys: Sequence[str], record_bytes: int) -> None:
        """Build the decoder of the time keys."""
        keys = wanted_keys(time_keys)
        self._record_bytes = record_bytes
        self._decoder = LineDecoder(keys, record_bytes)
        self._values = self._decoder.values_of(keys)
        self._columns = [attrgetter(name) for name in self._decoder.names_of(keys)]
        self._lookups = lookups(time_keys, keys)

    def read(self, data: bytes, lines: list[bytes], *, may_grow: bool) -> Records:
        """Read a block.

        Args:
            data: The block.
            lines: Its lines, without line ends; at least one.
            may_grow: Whether a writer may be in the middle of the last line: it has no line end and
                the file is still written by its name.
        """
        events, judged = self._decoder.read_block(data, lines)
        others: list[tuple[int, Outcome]] = list(judged)
        if may_grow and others and others[-1][0] == len(lines) - 1:
            others[-1] = (len(lines) - 1, self._unfinished(lines[-1], others[-1][1]))
        moments, naive = self.times_of(events)
        return Records(
            _without(lines, [position for position, _ in others]), moments, naive, others
        )

    def _unfinished(self, line: bytes, outcome: Outcome) -> Outcome:
        """Return the outcome of a line that a writer may be in the middle of."""
        if outcome not in {"not JSON", "not UTF-8"} or len(line) > self._record_bytes:
            return outcome
        return "partial" if can_become_object(line, self._decoder.is_object) else outcome

    def times_of(self, events: Sequence[object]) -> tuple[list[datetime | None], int]:
        """Read the time of each event: the first value of the time keys that is a time.

        Returns:
            The times, aware, `None` where an event has no time; and the number of times that have
            no offset.
        """
        moments: list[datetime | None] = [None] * len(events)
        naive = 0
        for place in self._lookups:
            if place.path:
                break
            column = list(map(self._columns[place.position], events))
            if column.count(None) == len(column):
                continue
            absent = list(positions_of_none(column))
            # No event has a value under an earlier key, so a time under this key is the time.
            present = [value for value in column if value is not None] if absent else column
            if times := read_times(present):
                naive = len(present) if times.naive else 0
                moments = _with_none(times.moments, absent)
            break
        for k in list(positions_of_none(moments)):
            if read := self._time_of(events[k]):
                naive += read.tzinfo is None
                moments[k] = read.replace(tzinfo=UTC) if read.tzinfo is None else read
        return moments, naive

    def _time_of(self, event: object) -> datetime | None:
        values = self._values(event)
        for place in self._lookups:
            value = look_up(values, place)
            if value is not None and (moment := read_time(value)):
                return moment
        return None


def positions_of_none(values: list[datetime | None] | list[object]) -> Iterator[int]:
    """Yield the positions of `None` in a list, without a loop in Python over all values."""
    position = -1
    with contextlib.suppress(ValueError):
        while True:
            position = values.index(None, position + 1)
            yield position


def _without(lines: list[bytes], positions: Sequence[int]) -> list[bytes]:
    """Return the lines without those at some positions, in one pass."""
    kept: list[bytes] = []
    start = 0
    for position in positions:
        kept += lines[start:position]
        start = position + 1
    return kept + lines[start:]


def _with_none(moments: list[datetime], positions: Sequence[int]) -> list[datetime | None]:
    """Return the times with `None` inserted, at these positions of the result."""
    spread: list[datetime | None] = []
    start = 0
    for passed, position in enumerate(positions):
        spread += moments[start : position - passed]
        spread.append(None)
        start = position - passed
    return spread + moments[start:]
