"""Read a block of lines as events with their times, and lines that are not events."""

from __future__ import annotations

import contextlib
from datetime import UTC
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from peaktrade_ops.telemetry.records.containers import Containers
from peaktrade_ops.telemetry.records.decode import LineDecoder, Reason
from peaktrade_ops.telemetry.records.keys import look_up, lookups, wanted_keys
from peaktrade_ops.telemetry.records.prefix import can_become_object
from peaktrade_ops.telemetry.records.times import read_time, read_times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from peaktrade_ops.telemetry.records.containers import Layers

Outcome = Reason | Literal["partial"] | None
"""The outcome of a line that is not an event; `None` is a blank line."""


NO_CONTAINERS: Final = Containers((), ())


class Records(NamedTuple):
    """The lines of a block.

    Attributes:
        lines: The line of each event, in order.
        moments: The time of each event, aware; `None` where it has none.
        naive: The number of times that have no offset.
        others: The lines that are not events: the position of each among all lines, its outcome.
        held: The events that the lines contain; `None` if each line is one event.
    """

    lines: list[bytes]
    moments: list[datetime | None]
    naive: int
    others: list[tuple[int, Outcome]]
    held: Opened | None = None

    @property
    def size(self) -> int:
        """The number of lines."""
        events = len(self.held.events) if self.held else len(self.lines)
        return events + len(self.others)

    def positions(self) -> Sequence[int]:
        """Return the position of the line of each event among all lines, in order."""
        apart = {position for position, _ in self.others}
        kept = [k for k in range(self.size) if k not in apart] if apart else range(self.size)
        return [kept[k] for k in self.held.places] if self.held else kept


class Opened(NamedTuple):
    """The events that lines contain.

    Attributes:
        events: The number of events of each line that is an event itself.
        places: The place of the line of each event among those lines, in order.
        layers: The JSON objects that describe each event.
        unpacked: The number of events that came out of lists.
    """

    events: list[int]
    places: list[int]
    layers: list[Layers]
    unpacked: int


class EventReader:
    """Reads blocks: the outcome of each line, and the time of each event.

    It decodes only the time, because most lines are outside of the windows.

    Args:
        time_keys: The keys of the time, in the order in which to try them.
        record_bytes: A longer line is rejected as ``too long``.
        containers: Takes events out of the lines.
    """

    def __init__(
        self, time_keys: Sequence[str], record_bytes: int, containers: Containers = NO_CONTAINERS
    ) -> None:
        """Build the decoder of the time keys."""
        keys = wanted_keys(time_keys)
        self._record_bytes = record_bytes
        self._containers = containers
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
        kept = _without(lines, [position for position, _ in others])
        if self._containers:
            return self._opened(kept, others)
        moments, naive = self.times_of(events)
        return Records(kept, moments, naive, others)

    def _opened(self, lines: Sequence[bytes], others: list[tuple[int, Outcome]]) -> Records:
        """Return the events that lines contain; each line is an event itself."""
        held = [self._containers.open(line) for line in lines]
        events = [len(each.events) for each in held]
        opened = Opened(
            events=events,
            places=[k for k, count in enumerate(events) for _ in range(count)],
            layers=[layers for each in held for layers in each.events],
            unpacked=sum(each.unpacked for each in held),
        )
        moments, naive = self.times_of(self._decoder.read_layers(opened.layers))
        return Records([lines[k] for k in opened.places], moments, naive, others, opened)

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
