"""Read a block of lines as events with their times, and lines that are not events."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from itertools import compress, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar

from peaktrade_ops.telemetry.records.containers import Containers
from peaktrade_ops.telemetry.records.decode import LineDecoder, Reason
from peaktrade_ops.telemetry.records.keys import lookups, values_at, wanted_keys
from peaktrade_ops.telemetry.records.narrow import ColumnReader, are_alike
from peaktrade_ops.telemetry.records.prefix import can_become_object
from peaktrade_ops.telemetry.records.times import MOMENTS, Column, Scale, read_time, read_times
from peaktrade_ops.text import NumberText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from peaktrade_ops.telemetry.records.containers import Layers
    from peaktrade_ops.telemetry.records.keys import Lookup, Memo, Values

_T = TypeVar("_T")

Outcome = Reason | Literal["partial"] | None
"""The outcome of a line that is not an event; `None` is a blank line."""


# More digits of a time are cut.
_MOST_CHARACTERS: Final = 64

NO_CONTAINERS: Final = Containers((), ())

# The time of most events is under one key: the keys after it are decoded only for other events.
_FEW_OTHERS: Final = 8

SLICE_EVENTS: Final = 2**13
"""How many events of a line are read at a time: each takes about a kilobyte until it is counted."""


class Times(NamedTuple):
    """The times of events.

    Attributes:
        values: A value for each event that orders it in time; `None` where it has no time.
        scale: What the values mean.
        untimed: The positions of the events without a time.
        first: The earliest time; `None` if there is none.
        last: The latest time; `None` if there is none.
        naive: The number of times that have no offset.
    """

    values: list[Any]
    scale: Scale
    untimed: list[int]
    first: datetime | None
    last: datetime | None
    naive: int

    @property
    def moments(self) -> list[datetime | None]:
        """The time of each event, aware and in UTC; `None` where it has none."""
        return [None if value is None else self.scale.moment(value) for value in self.values]

    def completed(self, read: Mapping[int, datetime | None]) -> Times:
        """Return these times with those of other events.

        Args:
            read: The time of each event that has none here, by position and in order, naive where
                its text has no offset; `None` where it has no time.
        """
        untimed = [k for k, moment in read.items() if moment is None]
        timed = {k: moment for k, moment in read.items() if moment is not None}
        if not timed:
            return self._replace(untimed=untimed)
        values: list[datetime | None] = self.moments
        for k, moment in timed.items():
            values[k] = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        ends = [each for each in (*map(values.__getitem__, timed), self.first, self.last) if each]
        naive = self.naive + sum(moment.tzinfo is None for moment in timed.values())
        return Times(values, MOMENTS, untimed, min(ends), max(ends), naive)


class Records(NamedTuple):
    """The lines of a block.

    Attributes:
        lines: The line of each event, in order.
        times: The times of the events.
        others: The lines that are not events: the position of each among all lines, its outcome.
        held: The events that the lines contain; `None` if each line is one event.
        decoded: The events with the values of more keys, if they are decoded already.
        is_alike: Whether many lines are equal; equal ones are one object, and so are their events.
    """

    lines: list[bytes]
    times: Times
    others: list[tuple[int, Outcome]]
    held: Opened | None = None
    decoded: Decoded | None = None
    is_alike: bool = False

    @property
    def size(self) -> int:
        """The number of lines."""
        events = len(self.held.events) if self.held else len(self.lines)
        return events + len(self.others)

    def positions(self) -> Sequence[int]:
        """Return the position of the line of each event among all lines, in order.

        It is -1 for events of a line that belongs to the records before.
        """
        if self.held and self.held.before:
            return [-1] * len(self.held.places)
        kept = without(range(self.size), [position for position, _ in self.others])
        return [kept[k] for k in self.held.places] if self.held else kept


class Decoded(NamedTuple):
    """Decoded events.

    Attributes:
        decoder: Their decoder, of all keys that they contain of those that are wanted.
        events: The events.
    """

    decoder: LineDecoder
    events: list[Any]


class Opened(NamedTuple):
    """The events that lines contain.

    Attributes:
        events: The number of events of each line that is an event itself.
        places: The place of the line of each event among those lines, in order.
        layers: The JSON objects that describe each event.
        unpacked: The number of events that came out of lists.
        memo: What is known of the lines, for all records that have events of them.
        before: The number of events of the same line in the records before; the line is not in
            `events` again.
        is_slice: Whether other records may have events of the same line.
    """

    events: list[int]
    places: list[int]
    layers: list[Layers]
    unpacked: int
    memo: Memo
    before: int = 0
    is_slice: bool = False


class _Found(NamedTuple):
    """The times under a key.

    Attributes:
        key: The position of the key.
        absent: The positions of the events that have no value there.
        column: The times of the others.
    """

    key: int
    absent: Sequence[int]
    column: Column


class EventReader:
    """Reads blocks: the outcome of each line, and the time of each event.

    It decodes only the time, because most lines are outside of the windows, unless it is told that
    more is needed.

    Args:
        time_keys: The keys of the time, in the order in which to try them.
        record_bytes: A longer line is rejected as ``too long``.
        containers: Takes events out of the lines.
        details: Other keys, whose values are needed of events in windows.
    """

    def __init__(
        self,
        time_keys: Sequence[str],
        record_bytes: int,
        containers: Containers = NO_CONTAINERS,
        details: Sequence[str] = (),
    ) -> None:
        """Build the decoders."""
        self._keys = keys = wanted_keys(time_keys)
        self._record_bytes = record_bytes
        self._containers = containers
        self._decoder = LineDecoder(keys, record_bytes, short=_short)
        everything = tuple(dict.fromkeys((*keys, *details)))
        self._everything = ColumnReader(everything, record_bytes, NumberText)
        self._lookups = lookups(time_keys, keys)
        # A decoder of the first keys, up to the one that had the times of the block before.
        self._first_keys = self._decoder
        self._narrower: dict[int, LineDecoder] = {}

    def read(
        self,
        data: bytes,
        lines: list[bytes],
        *,
        may_grow: bool,
        wants_details: bool = False,
        distinct: Collection[bytes] = (),
    ) -> Records:
        """Read a block.

        Args:
            data: The block.
            lines: Its lines, without line ends; at least one.
            may_grow: Whether a writer may be in the middle of the last line: it has no line end and
                the file is still written by its name.
            wants_details: Whether to decode the other keys in the same step, which is faster if
                most events need them.
            distinct: If many lines are equal, each line once; equal ones must be one object.
        """
        decoder = self._first_keys
        wants_details = wants_details and not self._containers
        is_alike = bool(distinct)
        if wants_details:
            decoder = self._everything.decoder_for(list(distinct) or lines)
        events, judged = (
            decoder.read_alike(lines, distinct) if is_alike else decoder.read_block(data, lines)
        )
        others: list[tuple[int, Outcome]] = list(judged)
        if may_grow and others and others[-1][0] == len(lines) - 1:
            others[-1] = (len(lines) - 1, self._unfinished(lines[-1], others[-1][1]))
        kept = without(lines, [position for position, _ in others])
        if self._containers:
            return self._opened(kept, others, is_alike=is_alike)
        of = self._times_of_alike if is_alike else self._times_of
        if wants_details:
            decoded = Decoded(decoder, events)
            return Records(kept, of(decoder, events), others, decoded=decoded, is_alike=is_alike)
        return Records(kept, of(decoder, events, kept), others, is_alike=is_alike)

    def read_slices(self, line: bytes, *, may_grow: bool) -> Iterator[Records]:
        """Read a long line that may contain very many events, as the records of some at a time.

        Args:
            line: The line, without its line end.
            may_grow: Whether a writer may be in the middle of the line.
        """
        _, judged = self._decoder.read_block(line, [line])
        if judged:
            yield self.read(line, [line], may_grow=may_grow)
            return
        before = 0
        memo: Memo = {}
        events = self._containers.stream(line)
        while some := list(islice(events, SLICE_EVENTS)):
            opened = Opened(
                events=[] if before else [len(some)],
                places=[0] * len(some),
                layers=[layers for layers, _ in some],
                unpacked=sum(is_unpacked for _, is_unpacked in some),
                memo=memo,
                before=before,
                is_slice=True,
            )
            read = self._decoder.read_layers(opened.layers, memo)
            of = self._times_of_alike if are_alike(read) else self._times_of
            yield Records([line] * len(some), of(self._decoder, read), [], opened)
            before += len(some)

    def _opened(
        self, lines: Sequence[bytes], others: list[tuple[int, Outcome]], *, is_alike: bool
    ) -> Records:
        """Return the events that lines contain; each line is an event itself."""
        open_ = cache(self._containers.open) if is_alike else self._containers.open
        held = [open_(line) for line in lines]
        events = [len(each.events) for each in held]
        opened = Opened(
            events=events,
            places=[k for k, count in enumerate(events) for _ in range(count)],
            layers=[layers for each in held for layers in each.events],
            unpacked=sum(each.unpacked for each in held),
            memo={},
        )
        read = self._decoder.read_layers(opened.layers, opened.memo)
        of = self._times_of_alike if are_alike(read) else self._times_of
        times = of(self._decoder, read)
        kept = [lines[k] for k in opened.places]
        return Records(kept, times, others, opened, is_alike=is_alike)

    def _unfinished(self, line: bytes, outcome: Outcome) -> Outcome:
        """Return the outcome of a line that a writer may be in the middle of."""
        if outcome not in {"not JSON", "not UTF-8"} or len(line) > self._record_bytes:
            return outcome
        return "partial" if can_become_object(line, self._decoder.is_object) else outcome

    def _times_of_alike(
        self, decoder: LineDecoder, events: Sequence[object], lines: Sequence[bytes] = ()
    ) -> Times:
        """Read the same for events of which many are one object, as their lines are."""
        ids = list(map(id, events))
        distinct = dict(zip(ids, events, strict=True))
        some = dict(zip(ids, lines, strict=True)) if lines else {}
        times = self._times_of(decoder, list(distinct.values()), list(some.values()))
        if times.naive not in {0, len(times.values) - len(times.untimed)}:
            # Which of them have no offset is not known.
            return self._times_of(decoder, events, lines)
        value_of = dict(zip(distinct, times.values, strict=True))
        values = list(map(value_of.__getitem__, ids))
        untimed = positions_of_none(values) if times.untimed else []
        naive = len(values) - len(untimed) if times.naive else 0
        return times._replace(values=values, untimed=untimed, naive=naive)

    def _times_of(
        self, decoder: LineDecoder, events: Sequence[object], lines: Sequence[bytes] = ()
    ) -> Times:
        """Read the time of each event: the first value of the time keys that is a time.

        Args:
            decoder: The decoder of the events.
            events: The events.
            lines: The line of each event, if the decoder knows only the first keys.
        """
        found = self._column_of(decoder, events)
        if found:
            column, unread = found.column, found.absent
            naive = len(column.values) if column.naive else 0
            times = Times(
                _with_none(column.values, unread),
                column.scale,
                [],
                column.first,
                column.last,
                naive,
            )
        else:
            unread = range(len(events))
            times = Times([None] * len(events), MOMENTS, [], None, None, 0)
        is_narrow = bool(lines) and decoder is not self._decoder
        if lines:
            is_usual = len(unread) <= len(events) // _FEW_OTHERS
            self._first_keys = (
                self._decoder_up_to(found.key) if found and is_usual else self._decoder
            )
            if is_narrow and not is_usual:
                # The block is of another file than the one before.
                return self._times_of(self._decoder, self._decoder.read_events(lines), lines)
        if not unread:
            return times
        others: Sequence[Any] = [events[k] for k in unread]
        if is_narrow:
            decoder, others = self._decoder, self._decoder.read_events([lines[k] for k in unread])
        rows = decoder.rows(others, self._keys)
        read: dict[int, datetime | None] = dict.fromkeys(unread)
        known: dict[int, datetime | None] = {}
        present = [column.count(None) < len(rows) for column in zip(*rows, strict=True)]
        places = [place for place in self._lookups if present[place.position]]
        for k, event, row in zip(unread, others, rows, strict=True) if places else ():
            if id(event) not in known:
                # Events that are described alike are one object.
                known[id(event)] = _time_at(row, places)
            read[k] = known[id(event)]
        return times.completed(read)

    def _column_of(self, decoder: LineDecoder, events: Sequence[object]) -> _Found | None:
        """Read the times under the first key that has any value, if they have one form."""
        for place in self._lookups:
            if place.path:
                break
            key = self._keys[place.position]
            if key not in decoder.keys:
                continue
            [name] = decoder.names_of([key])
            values = list(map(attrgetter(name), events))
            if values.count(None) == len(values):
                continue
            absent = positions_of_none(values)
            # No event has a value under an earlier key, so a time under this key is the time.
            present = [value for value in values if value is not None] if absent else values
            column = read_times(present)
            return _Found(place.position, absent, column) if column else None
        return None

    def _decoder_up_to(self, position: int) -> LineDecoder:
        """Return the decoder of the time keys up to a position."""
        if position not in self._narrower:
            keys = self._keys[: position + 1]
            self._narrower[position] = LineDecoder(keys, self._record_bytes)
        return self._narrower[position]


def _time_at(values: Values, places: Sequence[Lookup]) -> datetime | None:
    """Return the first of some values of an event that is a time."""
    for value in values_at(values, places):
        if value is not None and (moment := read_time(value)):
            return moment
    return None


def _short(value: object) -> object:
    """Return a value that is the same time, or no time, and short."""
    if isinstance(value, dict):
        return {key: _short(below) for key, below in value.items()}
    if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
        moment = read_time(value)
        return moment.isoformat() if moment else ""
    return value


def positions_of_none(values: list[Any]) -> list[int]:
    """Return the positions of `None` in a list; few of them without a loop over all values."""
    count = values.count(None)
    if count * _FEW_OTHERS > len(values):
        return [position for position, value in enumerate(values) if value is None]
    found: list[int] = []
    position = -1
    for _ in range(count):
        position = values.index(None, position + 1)
        found.append(position)
    return found


def without(values: Sequence[_T], positions: Sequence[int]) -> list[_T]:
    """Return the values without those at some positions, in one pass."""
    if not positions:
        return list(values)
    kept = bytearray(b"\1") * len(values)
    for position in positions:
        kept[position] = 0
    return list(compress(values, kept))


def _with_none(values: list[Any], positions: Sequence[int]) -> list[Any]:
    """Return the values with `None` inserted, at these positions of the result."""
    spread: list[Any] = []
    start = 0
    for passed, position in enumerate(positions):
        spread += values[start : position - passed]
        spread.append(None)
        start = position - passed
    return spread + values[start:]
