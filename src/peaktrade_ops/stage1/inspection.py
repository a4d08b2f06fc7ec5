"""Inspect how the events of a file are read: by which keys, and what is not understood.

An `Inspector` uses the same decoders and aspects as a scan, so it cannot disagree with a report.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from peaktrade_ops.config import Scale
from peaktrade_ops.stage1.kind_aspect import KindAspect
from peaktrade_ops.stage1.models import NamedCount, RejectedLine
from peaktrade_ops.stage1.names import (
    ALERTS,
    CRITICALS,
    DANGERS,
    UNKNOWN_SEVERITY,
    UNREAD_KEYS,
    UNREAD_SEVERITY,
)
from peaktrade_ops.stage1.nets import SUSPICIOUS, TEXT, key_of
from peaktrade_ops.stage1.severity import (
    CLASSES,
    CRITICAL,
    UNKNOWN,
    Severity,
    SeverityReader,
    is_absent,
)
from peaktrade_ops.stage1.surroundings import (
    MOST_DISTINCT,
    MOST_TRIED,
    Candidate,
    Event,
    Surroundings,
    count,
    scales_of,
    scales_that_tell,
    shown_value,
)
from peaktrade_ops.stage1.time_signs import Frame
from peaktrade_ops.telemetry.counting.classifier import Events
from peaktrade_ops.telemetry.records.containers import Containers
from peaktrade_ops.telemetry.records.events import EventReader
from peaktrade_ops.telemetry.records.keywords import LinePattern
from peaktrade_ops.telemetry.records.times import read_time
from peaktrade_ops.text import NumberText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from peaktrade_ops.stage1.classify import FileKind
    from peaktrade_ops.telemetry.records.containers import Layers
    from peaktrade_ops.telemetry.records.keys import Column, Values

MOST_LISTED: Final = 12
"""The maximum number of values and keys in each list."""

MOST_ODD: Final = 40
"""The maximum number of values that are critical or not understood."""

__all__ = [
    "MOST_LISTED",
    "MOST_ODD",
    "MOST_TRIED",
    "Candidate",
    "Inspection",
    "Inspector",
    "KeyUse",
]

_MOST_REJECTS: Final = 3
_MOST_EXAMPLES: Final = 3
_MOST_SHAPES: Final = 1000
_MOST_CHARACTERS: Final = 80

_values: Final = msgspec.json.Decoder(float_hook=NumberText).decode
_objects: Final = msgspec.json.Decoder(dict[str, Any], float_hook=NumberText).decode


class KeyUse(msgspec.Struct, frozen=True):
    """A key that gave a property, and to how many events."""

    key: str
    count: int


class SeverityUse(msgspec.Struct, frozen=True):
    """A value at a severity key, the class that it is taken for, and in how many events."""

    value: str
    taken_for: str
    count: int


class Example(msgspec.Struct, frozen=True):
    """A value with its place: the line number from 1, and the key."""

    line: int
    key: str
    value: str


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """How the events of one file are read.

    Attributes:
        path: The file.
        taken: How a scan takes its name.
        whole: Whether the file was read to its end.
        problem: The reason why it could not be read; empty if there is none.
        lines: The number of lines, the sum of the next four.
        unpacked: The number of events that came out of lists in records.
        timed: Events with a time.
        first: The earliest time of an event; `None` if no event has one.
        last: The latest one.
        rejects: The first rejected lines.
        time: The keys that gave a time; the next four lists are the same for other properties.
        severities: The values at the severity keys, the most frequent first. Those that are
            critical or not understood have more places.
        scales: The scales that tell the numbers apart that are not understood.
        objects: The keys of the severity at which every value is an object.
        criticals: Critical events; alerts and dangers are counted likewise.
        unknown: Events whose severity is not understood.
        unread: Events that say a severity where none is read.
        unread_keys: The keys or places that say it.
        unread_times: Examples of times that are not understood.
        time_like: Keys that look like a time and are not read, of the first events and of those
            without a time.
        times_wanted: The fewest of them that give a time to the events that have none, without
            those in doubt.
        times_doubted: Those in doubt, each with the reason.
        times_before: The keys of the time, which are tried before them.
        times_missing: The number of events to which they give none.
        severity_like: Keys that look like a severity and are not read.
        in_lists: Of the keys in `unread_keys`, those that are inside of a list, and its path.
        lists: Paths of lists that hold objects and are not unpacked.
        embedded: Keys of strings that hold an object and are not read.
    """

    path: str
    taken: str = ""
    whole: bool = True
    problem: str = ""
    lines: int = 0
    blank: int = 0
    events: int = 0
    rejected: int = 0
    partial: int = 0
    unpacked: int = 0
    timed: int = 0
    untimed: int = 0
    naive: int = 0
    first: datetime | None = None
    last: datetime | None = None
    rejects: tuple[RejectedLine, ...] = ()
    time: tuple[KeyUse, ...] = ()
    severity: tuple[KeyUse, ...] = ()
    type: tuple[KeyUse, ...] = ()
    rule: tuple[KeyUse, ...] = ()
    text: tuple[KeyUse, ...] = ()
    severities: tuple[SeverityUse, ...] = ()
    scales: tuple[Scale, ...] = ()
    objects: tuple[KeyUse, ...] = ()
    criticals: int = 0
    alerts: int = 0
    dangers: int = 0
    unknown: int = 0
    unread: int = 0
    unread_keys: tuple[NamedCount, ...] = ()
    unread_times: tuple[Example, ...] = ()
    time_like: tuple[Candidate, ...] = ()
    times_wanted: tuple[str, ...] = ()
    times_doubted: tuple[tuple[str, str], ...] = ()
    times_before: tuple[str, ...] = ()
    times_missing: int = 0
    severity_like: tuple[Candidate, ...] = ()
    in_lists: tuple[tuple[str, str], ...] = ()
    lists: tuple[KeyUse, ...] = ()
    embedded: tuple[KeyUse, ...] = ()

    @property
    def not_understood(self) -> int:
        """The number of events without a time, or with a severity that is unknown or unread."""
        return self.untimed + self.unknown + self.unread

    @property
    def held(self) -> int:
        """The number of records that hold events which are not read."""
        return sum(use.count for use in (*self.lists, *self.embedded))


class Inspector:
    """Collects how the events of a file are read.

    Args:
        kind: How a scan reads and classifies the file, outside of legacy sources.
        record_bytes: A longer line is rejected as ``too long``.
    """

    def __init__(self, kind: FileKind, record_bytes: int) -> None:
        """Start without events."""
        self._reading = reading = kind.reading
        self._containers = Containers(kind.unpack, kind.embedded)
        self._reader = EventReader(kind.time_keys, record_bytes, self._containers)
        self._kinds = next(each for each in kind.aspects if isinstance(each, KindAspect))
        self._severities = SeverityReader(dict(reading.map), reading.scale)
        self._counts: Counter[str] = Counter()
        self._rejects: list[RejectedLine] = []
        self._keys: dict[str, Counter[str]] = {name: Counter() for name in _PROPERTIES}
        self._values: Counter[tuple[str, str]] = Counter()
        self._levels: dict[object, Severity] = {}
        self._objects: Counter[str] = Counter()
        self._plain: set[str] = set()
        # Texts are counted whatever else is found.
        self._unread: Counter[str] = Counter({TEXT: 0})
        self._unread_times: list[Example] = []
        self._frame = Frame()
        self._places = {name: _places(getattr(reading, name)) for name in _PROPERTIES}
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._around = Surroundings(
            [key for name in _PROPERTIES for key in getattr(reading, name)],
            times=reading.time,
            severities=reading.severity,
            not_keys=reading.not_keys,
            embedded=reading.embedded,
            reader=self._severities,
        )

    @property
    def lines(self) -> int:
        """The number of lines so far."""
        return self._counts["lines"]

    def add(self, lines: list[bytes], *, may_grow: bool = False) -> None:
        """Add the next lines of the file, without line ends.

        Args:
            lines: The lines; at least one.
            may_grow: Whether a writer may be in the middle of the last line.
        """
        records = self._reader.read(b"\n".join(lines), lines, may_grow=may_grow)
        before = self._counts["lines"]
        self._counts["lines"] += len(lines)
        for position, outcome in records.others:
            name = "blank" if outcome is None else outcome
            self._counts[name if name in {"blank", "partial"} else "rejected"] += 1
            if name not in {"blank", "partial"} and len(self._rejects) < _MOST_REJECTS:
                self._rejects.append(RejectedLine("", before + position + 1, name))
        self._counts["events"] += len(lines) - len(records.others)
        self._counts["naive"] += records.times.naive
        self._frame = self._frame.with_times(records.times.first, records.times.last)
        if records.held:
            self._counts["unpacked"] += records.held.unpacked
        layers = records.held.layers if records.held else [(line,) for line in records.lines]
        events = list(map(_merged, layers))
        positions = records.positions()
        self._classify(events, records.lines, positions)
        for event, moment, position in zip(events, records.times.moments, positions, strict=True):
            self._read(event, before + position + 1, is_timed=moment is not None)

    def add_too_long(self) -> None:
        """Add a line that is longer than the limit."""
        self._counts["lines"] += 1
        self._counts["rejected"] += 1
        if len(self._rejects) < _MOST_REJECTS:
            self._rejects.append(RejectedLine("", self._counts["lines"], "too long"))

    def keys_of_events(self) -> list[frozenset[str]]:
        """Return the keys of the first events, also those of nested objects with dots."""
        return self._around.events

    def all_have(self, keys: Collection[str]) -> bool:
        """Return whether all events have some keys."""
        return self._around.all_have(keys)

    def result(
        self,
        path: str,
        *,
        taken: str,
        whole: bool,
        problem: str = "",
        modified: datetime | None = None,
    ) -> Inspection:
        """Return what was collected.

        Args:
            path: The file.
            taken: How a scan takes its name.
            whole: Whether it was read to its end.
            problem: The reason why it could not be read; empty if there is none.
            modified: When it was changed; `None` if that is not known.
        """
        counts, around = self._counts, self._around
        frame = self._frame._replace(modified=modified)
        wanted, missing = around.time_keys(frame)
        doubts = {key: around.doubt(key, frame) for key in wanted}
        numbers: dict[str, Any] = {name: counts[name] for name in _COUNTS}
        used: dict[str, Any] = {name: _uses(self._keys[name]) for name in _PROPERTIES}
        unknown = [value for value, level in self._values if level == UNKNOWN]
        unread = tuple(NamedCount(key, number) for key, number in _with_texts(self._unread))
        return Inspection(
            path=path,
            taken=taken,
            whole=whole,
            problem=problem,
            first=frame.first,
            last=frame.last,
            rejects=tuple(msgspec.structs.replace(each, path=path) for each in self._rejects),
            severities=tuple(
                SeverityUse(value, taken_for, number)
                for (value, taken_for), number in _with_odd(self._values)
            ),
            scales=scales_that_tell(value for value in unknown if scales_of([value])),
            objects=tuple(each for each in _uses(self._objects) if each.key not in self._plain),
            unread_keys=unread,
            unread_times=tuple(self._unread_times),
            time_like=tuple(around.time_like()[:MOST_LISTED]),
            times_wanted=tuple(key for key, why in doubts.items() if not why),
            times_doubted=tuple((key, why) for key, why in doubts.items() if why),
            # Lines that were not read may have any of the keys that are tried now.
            times_before=tuple(
                key for key in self._reading.time if not whole or key in self._keys["time"]
            ),
            times_missing=missing,
            severity_like=tuple(
                around.severity_like(
                    set(map(key_of, self._unread)), is_any_read=bool(self._values)
                )[:MOST_LISTED]
            ),
            in_lists=tuple(
                (each.name, around.in_lists[each.name])
                for each in unread
                if each.name in around.in_lists
            ),
            lists=_uses(around.lists),
            embedded=_uses(around.strings),
            **numbers,
            **used,
        )

    def _classify(
        self, events: Sequence[Event], lines: Sequence[bytes], positions: Sequence[int]
    ) -> None:
        """Count what a scan says of some events."""
        if not events:
            return
        rows = [_row(event, self._kinds.keys) for event in events]
        by_line: dict[int, list[Values]] = {}
        for row, position in zip(rows, positions, strict=True):
            by_line.setdefault(position, []).append(row)
        siblings = None
        if self._containers:

            def siblings(place: int) -> list[list[Column]]:
                return [list(zip(*by_line[positions[place]], strict=True))]

        suspects = _suspicious().positions(lines)
        columns = list(zip(*rows, strict=True))
        classes = self._kinds.classes(Events(columns, lines, suspects, siblings))
        for each in classes:
            for mark in each.marks:
                if mark in _MARKS:
                    self._counts[_MARKS[mark]] += 1
            for column, name in each.names:
                if column == UNREAD_KEYS:
                    count(self._unread, name)

    def _read(self, event: Event, line: int, *, is_timed: bool) -> None:
        """Collect by which keys an event is read, and which keys are not read."""
        self._counts["timed" if is_timed else "untimed"] += 1
        keys = self._keys
        shape = self._shape_of(event)
        if is_timed:
            for key, value in _found(event, shape.time):
                if read_time(value):
                    count(keys["time"], key)
                    break
        elif len(self._unread_times) < _MOST_EXAMPLES:
            first = next(_found(event, shape.time), None)
            self._unread_times += [Example(line, first[0], shown_value(first[1]))] if first else []
        self._read_severity(event, shape.severity)
        for name, places in (("type", shape.type), ("rule", shape.rule), ("text", shape.text)):
            for key, value in _found(event, places):
                if isinstance(value, (str, int)) and value != "":
                    count(keys[name], key)
                    break
        self._around.add(event, is_timed=is_timed)

    def _read_severity(self, event: Event, places: Sequence[_Place]) -> None:
        read = [
            (key, value, self._level_of(value))
            for key, value in _found(event, places)
            if not is_absent(value)
        ]
        for key, value, _ in read:
            if isinstance(value, dict):
                self._objects[key] += 1
            else:
                self._plain.add(key)
        if read:
            worst = min(read, key=lambda each: CLASSES.index(each[2].level))
            count(self._keys["severity"], worst[0])
            level, name = worst[2]
            # What is not understood has the name that a map would give it.
            use = shown_value(name if level == UNKNOWN else worst[1]), level
            if use in self._values or len(self._values) < MOST_DISTINCT:
                self._values[use] += 1

    def _shape_of(self, event: Event) -> _Shape:
        """Return the places to look at in events with these keys."""
        keys = tuple(event)
        shape = self._shapes.get(keys)
        if shape is None:
            here = frozenset(keys)
            shape = _Shape(
                *(
                    [place for place in self._places[name] if place.top in here]
                    for name in _PROPERTIES
                )
            )
            if len(self._shapes) < _MOST_SHAPES:
                self._shapes[keys] = shape
        return shape

    def _level_of(self, value: object) -> Severity:
        """Return the severity of a value, which is kept for numbers and short texts."""
        is_kept = type(value) is int or (type(value) is str and len(value) <= _MOST_CHARACTERS)
        if not is_kept:
            return self._severities.read(value)
        known = self._levels.get(value)
        if known is None:
            known = self._severities.read(value)
            if len(self._levels) < MOST_DISTINCT:
                self._levels[value] = known
        return known


class _Place(NamedTuple):
    """A place of a property: the key as configured, the key of the event, and the path below it."""

    key: str
    top: str
    path: tuple[str, ...]


class _Shape(NamedTuple):
    """The places of each property that events with equal keys can have."""

    time: Sequence[_Place]
    severity: Sequence[_Place]
    type: Sequence[_Place]
    rule: Sequence[_Place]
    text: Sequence[_Place]


_PROPERTIES: Final = ("time", "severity", "type", "rule", "text")
_COUNTS: Final = (
    "lines",
    "blank",
    "events",
    "rejected",
    "partial",
    "unpacked",
    "timed",
    "untimed",
    "naive",
    "criticals",
    "alerts",
    "dangers",
    "unknown",
    "unread",
)
_MARKS: Final = {
    CRITICALS: "criticals",
    ALERTS: "alerts",
    DANGERS: "dangers",
    UNKNOWN_SEVERITY: "unknown",
    UNREAD_SEVERITY: "unread",
}


@cache
def _suspicious() -> LinePattern:
    return LinePattern(SUSPICIOUS)


def _merged(layers: Layers) -> Event:
    """Return all keys of an event; a key has the value of the first object that has it."""
    if len(layers) == 1:
        try:
            return _objects(layers[0])
        except msgspec.ValidationError:
            # A number with too many digits.
            pass
    event: Event = {}
    for layer in layers:
        for key, raw in msgspec.json.decode(layer, type=dict[str, msgspec.Raw]).items():
            if event.get(key) is None:
                event[key] = _decoded(raw)
    return event


def _decoded(raw: msgspec.Raw) -> Any:  # noqa: ANN401 (a JSON value)
    try:
        return _values(raw)
    except msgspec.ValidationError:
        # A number with too many digits.
        return NumberText(bytes(raw).decode("ascii", "replace"))


def _row(event: Event, keys: Sequence[str]) -> Values:
    return tuple(map(event.get, keys))


def _places(keys: Sequence[str]) -> list[_Place]:
    """Return the places of keys: each as it stands, then as a path into nested objects."""
    places = []
    for key in keys:
        places.append(_Place(key, key, ()))
        top, *path = key.split(".")
        if path:
            places.append(_Place(key, top, tuple(path)))
    return places


def _found(event: Event, places: Iterable[_Place]) -> Iterator[tuple[str, Any]]:
    """Yield the values at some places, each with its key, without the absent ones."""
    for key, top, path in places:
        value = event.get(top)
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            yield key, value


def _with_odd(values: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    """Return the most frequent values, and more of those that are critical or not understood."""
    ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    odd = [item for item in ordered if item[0][1] in {CRITICAL, UNKNOWN}][:MOST_ODD]
    listed = {*ordered[:MOST_LISTED], *odd}
    return [item for item in ordered if item in listed]


def _first(counts: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_LISTED]


def _with_texts(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return the most frequent findings, and that in texts."""
    found = _first(+counts)
    texts = (TEXT, counts[TEXT])
    return found if texts in found or not counts[TEXT] else [*found, texts]


def _uses(counts: Counter[str]) -> tuple[KeyUse, ...]:
    return tuple(KeyUse(key, count) for key, count in _first(counts))
