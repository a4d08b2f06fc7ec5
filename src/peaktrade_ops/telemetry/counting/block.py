"""Read the events of a block by the kind of their file, and classify some of them."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import Counter
from functools import cached_property
from itertools import compress, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.counting.cells import Placed
from peaktrade_ops.telemetry.counting.classifier import Events
from peaktrade_ops.telemetry.counting.exhibits import Exhibit
from peaktrade_ops.telemetry.records.containers import Containers
from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.events import SLICE_EVENTS, EventReader, without
from peaktrade_ops.telemetry.records.keys import wanted_keys
from peaktrade_ops.telemetry.records.narrow import (
    ColumnReader,
    are_alike,
    columns_of,
    columns_of_alike,
)
from peaktrade_ops.telemetry.records.times import RESOLUTION
from peaktrade_ops.text import NumberText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from peaktrade_ops.telemetry.counting.cells import Cells
    from peaktrade_ops.telemetry.counting.classifier import Aspect, Class, Kind
    from peaktrade_ops.telemetry.records.containers import Layers
    from peaktrade_ops.telemetry.records.events import Opened, Outcome, Records, Times
    from peaktrade_ops.telemetry.records.keys import Column, Memo


# More suspicious lines are sooner looked for among all.
_FEW_SUSPECTS: Final = 16


class Block:
    """The records of a block, and the positions of the lines that are suspicious.

    Args:
        records: The records.
        suspects: The positions of the suspicious lines among all lines, in order.
    """

    def __init__(self, records: Records, suspects: Sequence[int]) -> None:
        """Store the records."""
        self.records = records
        self._suspects = suspects

    @cached_property
    def positions(self) -> Sequence[int]:
        """The position of the line of each event among all lines."""
        return self.records.positions()

    def events_before_others(self) -> Iterator[tuple[int, Outcome]]:
        """Yield the number of events before each line that is not an event, and its outcome."""
        records = self.records
        for others, (position, outcome) in enumerate(records.others):
            if records.held:
                yield bisect_left(self.positions, position), outcome
            else:
                yield position - others, outcome

    def suspects_in(self, at: Sequence[int]) -> list[int]:
        """Return the places of the picked events whose lines are suspicious."""
        positions = self.positions
        if len(self._suspects) > len(at) // _FEW_SUSPECTS:
            is_suspect = set(self._suspects).__contains__
            lines = map(positions.__getitem__, at)
            return list(compress(range(len(at)), map(is_suspect, lines)))
        places: list[int] = []
        for suspect in self._suspects:
            first, last = bisect_left(positions, suspect), bisect_right(positions, suspect)
            places += range(bisect_left(at, first), bisect_left(at, last))
        return places


class Classified(NamedTuple):
    """Some events of a block with their classes.

    Attributes:
        block: The block.
        at: The position of each event among the events of the block, in order.
        classes: For each aspect, the class of each event.
    """

    block: Block
    at: Sequence[int]
    classes: Sequence[Sequence[Class]]

    def first(
        self, places: Sequence[int], most: int, before: datetime | None
    ) -> list[tuple[datetime, int]]:
        """Return the earliest of some events with a time: the time and the place of each.

        Args:
            places: The places of the events, in order.
            most: The maximum number.
            before: Later events, and those of this time, do not count; `None` for all.
        """
        times = self.block.records.times
        values = [times.values[self.at[place]] for place in places]
        pairs = list(zip(places, values, strict=True))
        if before is not None:
            limit = times.scale.value(before)
            places = [k for k, value in pairs if value < limit]
        elif len(values) > most:
            # The last of the first ones by value. Values of one moment can differ, and very many
            # events can have it.
            last = times.scale.moment(heapq.nsmallest(most, values)[-1])
            start, limit = times.scale.value(last), times.scale.value(last + RESOLUTION)
            at_last = (k for k, value in pairs if start <= value < limit)
            places = [k for k, value in pairs if value < start]
            places += islice(at_last, most)
        found = [(times.scale.moment(times.values[self.at[place]]), place) for place in places]
        return heapq.nsmallest(most, found)

    def exhibits(self, kinds_of: Callable[[Class], Sequence[str]]) -> dict[str, list[int]]:
        """Return the places of the events that are evidence, by kind."""
        found: dict[str, list[int]] = {}
        for classes in self.classes:
            shown = {each for each in set(classes) if kinds_of(each)}
            if shown:
                for place in compress(range(len(classes)), map(shown.__contains__, classes)):
                    for kind in kinds_of(classes[place]):
                        found.setdefault(kind, []).append(place)
        return found


def cells_of(times: Times, cells: Cells) -> Placed:
    """Find the cells of the events that have a time, in order."""
    if times.first is None or times.last is None:
        return Placed([], Counter())
    timed = without(times.values, times.untimed)
    return cells.of_all(timed, times.scale, times.first, times.last)


class Gaps:
    """The places of the events of a block that have no time, between its timed events.

    Attributes:
        untimed: The positions of the events without a time among the events.
        cells: The cells of the timed events, in order.
        of: The number of timed events before each event without a time.
    """

    def __init__(self, untimed: Sequence[int], cells: Sequence[int]) -> None:
        """Find the place of each event.

        Args:
            untimed: The positions of the events without a time among the events.
            cells: The cells of the timed events, in order.
        """
        self.untimed = untimed
        self.cells = cells
        self.of = [k - before for before, k in enumerate(untimed)]

    def before(self, events: int) -> int:
        """Return how many of the first events of the block are timed."""
        return events - bisect_left(self.untimed, events)


class Reader:
    """Decodes and classifies the events of all files that are read alike.

    Args:
        kind: How the events are read and classified.
        record_bytes: A longer line is rejected as ``too long``.

    Attributes:
        is_counted: Whether the events count.
        events: Reads blocks.
        opens: Whether a line may contain any number of events.
    """

    def __init__(self, kind: Kind, record_bytes: int) -> None:
        """Build the decoders."""
        self._kind = kind
        self.is_counted = kind.is_counted
        keys = tuple(dict.fromkeys(key for aspect in kind.aspects for key in aspect.keys))
        self._containers = containers = Containers(kind.unpack, kind.embedded)
        self.opens = bool(containers)
        self.events = EventReader(kind.time_keys, record_bytes, containers, keys)
        self._details = ColumnReader(keys, record_bytes, NumberText)
        text_keys = wanted_keys(kind.text_keys)
        self._texts = LineDecoder(text_keys, record_bytes, NumberText)
        self._text_row = self._texts.values_of(text_keys)
        self._aspects = kind.aspects

    def classify(self, block: Block, at: Sequence[int]) -> Classified:
        """Return the classes of the events at some positions among the events of a block."""
        records = block.records
        if records.held or not records.is_alike:
            return Classified(block, at, self._classes(block, at))
        # Events of equal lines are classified once.
        lines = list(map(records.lines.__getitem__, at))
        some = sorted(dict(zip(lines, at, strict=True)).values())
        distinct = [records.lines[k] for k in some]
        classes = [
            list(map(dict(zip(distinct, each, strict=True)).__getitem__, lines))
            for each in self._classes(block, some)
        ]
        return Classified(block, at, classes)

    def _classes(self, block: Block, at: Sequence[int]) -> list[list[Class]]:
        """Return the classes of some events for each aspect."""
        records = block.records
        lines, layers = records.lines, records.held.layers if records.held else None
        if len(at) < len(lines):
            lines = [lines[k] for k in at]
            layers = layers and [layers[k] for k in at]
        columns = self._columns_of(block, at, lines, layers)
        suspects = block.suspects_in(at)
        classes = []
        memo = records.held.memo if records.held else None
        for aspect in self._aspects:
            wanted = [columns.get(key) for key in aspect.keys]
            siblings = self._siblings(block, records.held, at, aspect) if records.held else None
            classes.append(aspect.classes(Events(wanted, lines, suspects, siblings, memo)))
        return classes

    def exhibit(self, some: Classified, place: int, moment: datetime | None) -> Exhibit:
        """Return one of some events as evidence."""
        records, k = some.block.records, some.at[place]
        layers = records.held.layers[k] if records.held else (records.lines[k],)
        memo = records.held.memo if records.held else None
        text = self._kind.text_of(self._text_row(self._texts.read_layers([layers], memo)[0]))
        positions = some.block.positions
        before = records.held.before if records.held else 0
        return Exhibit(
            moment=moment,
            line=positions[k] + 1,
            place=k - bisect_left(positions, positions[k]) + before,
            labels=tuple(label for classes in some.classes for label in classes[place].labels),
            text=text,
        )

    def _columns_of(
        self,
        block: Block,
        at: Sequence[int],
        lines: Sequence[bytes],
        layers: Sequence[Layers] | None,
    ) -> Mapping[str, Column]:
        """Return the values that the aspects need, by key."""
        if decoded := block.records.decoded:
            events = decoded.events
            if len(at) < len(events):
                events = [events[k] for k in at]
            return columns_of(decoded.decoder, events)
        if layers is None:
            return self._details.read(lines)
        return self._columns(layers, block.records.held.memo if block.records.held else {})

    def _columns(self, layers: Sequence[Layers], memo: Memo) -> dict[str, list[object]]:
        """Return the values of the keys that any of some events has."""
        wide = self._details.wide
        events = wide.read_layers(layers, memo)
        return (columns_of_alike if are_alike(events) else columns_of)(wide, events)

    def _siblings(
        self, block: Block, held: Opened, at: Sequence[int], aspect: Aspect
    ) -> Callable[[int], Iterable[Sequence[Column]]]:
        """Return a function from an event to the columns of all events of its line."""

        def siblings(place: int) -> Iterator[Sequence[Column]]:
            layers: Iterator[Layers]
            if held.is_slice:
                layers = (each for each, _ in self._containers.stream(block.records.lines[0]))
            else:
                positions = block.positions
                position = positions[at[place]]
                first, last = bisect_left(positions, position), bisect_right(positions, position)
                # An event that is alone in its line has no siblings.
                layers = iter(held.layers[first:last] if last - first > 1 else ())
            while some := list(islice(layers, SLICE_EVENTS)):
                columns = self._columns(some, held.memo)
                yield [columns.get(key) for key in aspect.keys]

        return siblings
