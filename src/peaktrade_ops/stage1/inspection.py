"""Inspect how the events of a file are read: by which keys, and what is not understood.

An `Inspector` uses the same decoders and aspects as a scan, so it cannot disagree with a report.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from peaktrade_ops.stage1.classify import (
    ALERTS,
    CRITICALS,
    DANGERS,
    UNKNOWN_SEVERITY,
    UNREAD_KEYS,
    UNREAD_SEVERITY,
    FileKind,
    KindAspect,
)
from peaktrade_ops.stage1.models import NamedCount, RejectedLine
from peaktrade_ops.stage1.severity import UNKNOWN, SeverityReader, is_absent
from peaktrade_ops.telemetry.counting.classifier import Events
from peaktrade_ops.telemetry.records.containers import Containers
from peaktrade_ops.telemetry.records.events import EventReader
from peaktrade_ops.telemetry.records.keys import look_up, lookups, wanted_keys
from peaktrade_ops.telemetry.records.times import read_time
from peaktrade_ops.text import NumberText, ascii_lower, is_plain_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peaktrade_ops.telemetry.records.containers import Layers
    from peaktrade_ops.telemetry.records.keys import Values

MOST_LISTED: Final = 12
"""The maximum number of values and keys in each list."""

MOST_TRIED: Final = 2_000
"""The number of events whose keys are kept, and of lines on which presets are tried."""

_MOST_DISTINCT: Final = 1000
_MOST_REJECTS: Final = 3
_MOST_EXAMPLES: Final = 3
_LENGTH: Final = 80
_DEEPEST: Final = 4
_MOST_KEYS: Final = 200

_YEARS: Final = range(2010, 2050)
_TIME_NAME = re.compile(r"time|date|(?:^|[^a-z])ts(?:[^a-z]|$)|stamp")
_SEVERITY_NAME = re.compile(r"level|sev|lvl|prio")

Event = dict[str, Any]

_values: Final = msgspec.json.Decoder(float_hook=NumberText).decode


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


class Candidate(msgspec.Struct, frozen=True):
    """A key that is not read although it looks like a property.

    `is_understood` tells whether all its values would be understood. `values` are the first.
    """

    key: str
    count: int
    is_understood: bool
    values: tuple[str, ...]


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
        rejects: The first rejected lines.
        time: The keys that gave a time; the next three lists are the same for other properties.
        severities: The values at the severity keys, the most frequent first.
        criticals: Critical events; alerts and dangers are counted likewise.
        unknown: Events whose severity is not understood.
        unread: Events that say a severity where none is read.
        unread_keys: The keys or places that say it.
        unread_times: Examples of times that are not understood.
        time_like: Keys that look like a time and are not read.
        severity_like: Keys that look like a severity and are not read.
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
    rejects: tuple[RejectedLine, ...] = ()
    time: tuple[KeyUse, ...] = ()
    severity: tuple[KeyUse, ...] = ()
    type: tuple[KeyUse, ...] = ()
    rule: tuple[KeyUse, ...] = ()
    severities: tuple[SeverityUse, ...] = ()
    criticals: int = 0
    alerts: int = 0
    dangers: int = 0
    unknown: int = 0
    unread: int = 0
    unread_keys: tuple[NamedCount, ...] = ()
    unread_times: tuple[Example, ...] = ()
    time_like: tuple[Candidate, ...] = ()
    severity_like: tuple[Candidate, ...] = ()
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


class _Seen(NamedTuple):
    """What is known of a key that is not read."""

    values: list[str]
    understood: list[bool]


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
        self._unread: Counter[str] = Counter()
        self._unread_times: list[Example] = []
        self._like: dict[str, dict[str, _Seen]] = {"time": {}, "severity": {}}
        self._held: dict[str, Counter[str]] = {"lists": Counter(), "embedded": Counter()}
        self._events: list[frozenset[str]] = []
        self._known = {name: frozenset(getattr(reading, name)) for name in ("time", "severity")}

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
        self._counts["naive"] += records.naive
        if records.held:
            self._counts["unpacked"] += records.held.unpacked
        layers = records.held.layers if records.held else [(line,) for line in records.lines]
        events = list(map(_merged, layers))
        positions = records.positions()
        self._classify(events, records.lines, positions)
        for event, moment, position in zip(events, records.moments, positions, strict=True):
            self._read(event, before + position + 1, is_timed=moment is not None)

    def add_too_long(self) -> None:
        """Add a line that is longer than the limit."""
        self._counts["lines"] += 1
        self._counts["rejected"] += 1
        if len(self._rejects) < _MOST_REJECTS:
            self._rejects.append(RejectedLine("", self._counts["lines"], "too long"))

    def keys_of_events(self) -> list[frozenset[str]]:
        """Return the keys of the first events, also those of nested objects with dots."""
        return self._events

    def result(self, path: str, *, taken: str, whole: bool, problem: str = "") -> Inspection:
        """Return what was collected."""
        counts = self._counts
        numbers: dict[str, Any] = {name: counts[name] for name in _COUNTS}
        used: dict[str, Any] = {name: _uses(self._keys[name]) for name in _PROPERTIES}
        return Inspection(
            path=path,
            taken=taken,
            whole=whole,
            problem=problem,
            rejects=tuple(msgspec.structs.replace(each, path=path) for each in self._rejects),
            severities=tuple(
                SeverityUse(value, taken_for, count)
                for (value, taken_for), count in _first(self._values)
            ),
            unread_keys=tuple(NamedCount(key, count) for key, count in _first(self._unread)),
            unread_times=tuple(self._unread_times),
            time_like=_candidates(self._like["time"]),
            severity_like=_candidates(self._like["severity"]),
            lists=_uses(self._held["lists"]),
            embedded=_uses(self._held["embedded"]),
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
        siblings = (lambda place: by_line[positions[place]]) if self._containers else None
        # The nets run over every line, because the lines are few.
        classes = self._kinds.classes(Events(rows, lines, range(len(rows)), siblings))
        for each in classes:
            for mark in each.marks:
                if mark in _MARKS:
                    self._counts[_MARKS[mark]] += 1
            for column, name in each.names:
                if column == UNREAD_KEYS:
                    _count(self._unread, name)

    def _read(self, event: Event, line: int, *, is_timed: bool) -> None:
        """Collect by which keys an event is read, and which keys are not read."""
        self._counts["timed" if is_timed else "untimed"] += 1
        reading = self._reading
        tried = list(_values_at(event, reading.time))
        used = next((key for key, value in tried if read_time(value)), None)
        if used is not None:
            _count(self._keys["time"], used)
        elif len(self._unread_times) < _MOST_EXAMPLES:
            self._unread_times += [Example(line, key, _shown(value)) for key, value in tried[:1]]
        severities = [
            (key, value)
            for key, value in _values_at(event, reading.severity)
            if not is_absent(value)
        ]
        if severities:
            worst = self._severities.most_severe(value for _, value in severities)
            read = [(key, value, self._severities.read(value)) for key, value in severities]
            key, value, severity = next(each for each in read if each[2] == worst)
            _count(self._keys["severity"], key)
            use = _shown(value), severity.level
            if use in self._values or len(self._values) < _MOST_DISTINCT:
                self._values[use] += 1
        for name in ("type", "rule"):
            values = _values_at(event, getattr(reading, name))
            for key in [key for key, value in values if _is_text(value)][:1]:
                _count(self._keys[name], key)
        self._look_around(event)

    def _look_around(self, event: Event) -> None:
        """Collect the keys that look like a property, and the values that hold events."""
        keys: set[str] = set()
        for key, value in _walk(event):
            keys.add(key)
            last = ascii_lower(key.rsplit(".", 1)[-1])
            if isinstance(value, list):
                if any(isinstance(each, dict) for each in value):
                    _count(self._held["lists"], key)
            elif isinstance(value, str) and _holds_object(value):
                if key not in self._reading.embedded:
                    _count(self._held["embedded"], key)
            elif not isinstance(value, dict) and not is_absent(value):
                is_time = _is_time(value)
                if _TIME_NAME.search(last) or is_time:
                    self._look_like("time", key, value, understood=is_time)
                if _SEVERITY_NAME.search(last):
                    level = self._severities.read(value).level
                    self._look_like("severity", key, value, understood=level != UNKNOWN)
        if len(self._events) < MOST_TRIED:
            self._events.append(frozenset(keys))

    def _look_like(self, name: str, key: str, value: object, *, understood: bool) -> None:
        if key in self._known[name] or not key or not is_plain_key(key):
            return
        like = self._like[name]
        if key not in like and len(like) >= _MOST_KEYS:
            return
        seen = like.setdefault(key, _Seen([], []))
        seen.understood.append(understood)
        if _shown(value) not in seen.values and len(seen.values) < _MOST_EXAMPLES:
            seen.values.append(_shown(value))


_PROPERTIES: Final = ("time", "severity", "type", "rule")
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


def _count(counts: Counter[str], name: str) -> None:
    """Count a name, if it is not one too many."""
    if name in counts or len(counts) < _MOST_DISTINCT:
        counts[name] += 1


def _merged(layers: Layers) -> Event:
    """Return all keys of an event; a key has the value of the first object that has it."""
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
    return tuple(event.get(key) for key in keys)


def _values_at(event: Event, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield the values at some keys, each with its key, without the absent ones."""
    wanted = wanted_keys(keys)
    row = _row(event, wanted)
    for key in keys:
        for place in lookups((key,), wanted):
            value = look_up(row, place)
            if value is not None:
                yield key, value


def _is_text(value: object) -> bool:
    return isinstance(value, (str, int)) and value != ""


def _walk(event: Event, prefix: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """Yield the keys of an event with their values, those of nested objects with dots."""
    for key, value in event.items():
        yield f"{prefix}{key}", value
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _walk(value, f"{prefix}{key}.", depth + 1)
        elif isinstance(value, list) and depth < _DEEPEST:
            first = next((each for each in value if isinstance(each, dict)), None)
            for below, inner in _walk(first, f"{prefix}{key}.", depth + 1) if first else ():
                # Of what is in a list, only further lists are of use as a path.
                if isinstance(inner, list):
                    yield below, inner


def _is_time(value: object) -> bool:
    """Return whether a value is a time; of numbers only those of a few decades may be one."""
    moment = None if isinstance(value, bool) else read_time(value)
    if moment is None or (isinstance(value, str) and not isinstance(value, NumberText)):
        return moment is not None
    return moment.year in _YEARS


def _holds_object(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _shown(value: object) -> str:
    """Return a value as text, cut."""
    if isinstance(value, (dict, list)):
        return "(object)" if isinstance(value, dict) else "(array)"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text[:_LENGTH]


def _first(counts: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_LISTED]


def _uses(counts: Counter[str]) -> tuple[KeyUse, ...]:
    return tuple(KeyUse(key, count) for key, count in _first(counts))


def _candidates(like: dict[str, _Seen]) -> tuple[Candidate, ...]:
    ordered = sorted(like.items(), key=lambda item: (-len(item[1].understood), item[0]))
    return tuple(
        Candidate(key, len(seen.understood), all(seen.understood), tuple(seen.values))
        for key, seen in ordered[:MOST_LISTED]
    )
