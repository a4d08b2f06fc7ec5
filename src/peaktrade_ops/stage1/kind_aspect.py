"""Classify events by their kind, and by what the nets find in their lines."""

from __future__ import annotations

from functools import cache, partial
from itertools import compress
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.stage1.event_class import KindClass, class_of, legacy_class
from peaktrade_ops.stage1.kinds import KindReader
from peaktrade_ops.stage1.known_rows import (
    MOST_ROWS,
    KnownRows,
    Lines,
    can_be_kept,
    lines_of,
    rows_of,
)
from peaktrade_ops.stage1.names import NAME_LENGTH
from peaktrade_ops.stage1.nets import NAMED, NOTHING, Found, Nets
from peaktrade_ops.stage1.severity import CRITICAL
from peaktrade_ops.telemetry.records.keys import row_at
from peaktrade_ops.telemetry.records.keywords import LinePattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from peaktrade_ops.formats import Reading
    from peaktrade_ops.telemetry.counting.classifier import Class, Events
    from peaktrade_ops.telemetry.records.keys import Column, Values

_MOST_FINDINGS: Final = 16
_MOST_READERS: Final = 64


class _Seen(Lines, eq=False):
    """What is known of some lines, and what the nets find in them.

    Attributes:
        words: What the nets for words find in a line, by its identity.
        named: What the net for keys finds in a line, by its identity, where it finds anything.
        searched: The identities of the lines in which it has searched.
        elsewhere: Whether an event of a line is critical, by the identity of the line.
        severities: Rows of values at the severity keys that are not critical.
    """

    words: dict[int, Found] = msgspec.field(default_factory=dict)
    named: dict[int, str] = msgspec.field(default_factory=dict)
    searched: set[int] = msgspec.field(default_factory=set)
    elsewhere: dict[int, bool] = msgspec.field(default_factory=dict)
    severities: set[tuple[object, ...]] = msgspec.field(default_factory=set)


class KindAspect:
    """Reads severity, type, alerts, actions and dangers of events, and runs the nets.

    Args:
        reading: The key lists, and the meaning of severities.
        danger: The words of each danger.
        is_alert_log: Whether the name of the file contains the word alert or alerts.
        is_legacy: Whether the file is a legacy source.

    Attributes:
        keys: The keys that are read, each once.
    """

    def __init__(
        self,
        reading: Reading,
        danger: Mapping[str, tuple[str, ...]],
        *,
        is_alert_log: bool,
        is_legacy: bool,
    ) -> None:
        """Compile the key lists."""
        self._reader = KindReader(reading, danger, is_alert_log=is_alert_log)
        self._readers: dict[tuple[bool, ...], KindReader] = {}
        self.keys = self._reader.keys
        self._nets = Nets(reading.not_keys, reading.severity, self._reader.severities.is_mapped)
        self._class_of = legacy_class if is_legacy else class_of
        self._known: KnownRows[KindClass, _Seen] = KnownRows(self._reader.places)

    def classes(self, events: Events) -> list[Class]:
        """Return the class of each event."""
        lines = lines_of(events, self, _Seen)
        reader = self._reader_for(tuple(column is not None for column in events.columns))
        read = self._known.classes(events, lines, partial(self._read, reader))
        classes: list[Class] = [*read]
        for place, finding in self._findings(events, read, lines).items():
            classes[place] = self._with_finding(read[place], finding)
        return classes

    def _reader_for(self, present: tuple[bool, ...]) -> KindReader:
        """Return the reader of events that have values of some of the keys only."""
        if present not in self._readers:
            if len(self._readers) >= _MOST_READERS:
                self._readers.clear()
            self._readers[present] = self._reader.only(present)
        return self._readers[present]

    def _read(self, reader: KindReader, values: Values, lines: _Seen) -> KindClass:
        """Return the class of an event by its values alone."""
        return self._class_of(reader.kind(values, lines).cut(), None)

    def _with_finding(self, read: KindClass, finding: str) -> Class:
        """Return the class of events with a finding, and remember it."""
        known = read.by_finding.get(finding)
        if known is None:
            known = self._class_of(read.kind, finding)
            if len(read.by_finding) < _MOST_FINDINGS:
                read.by_finding[finding] = known
        return known

    def _findings(self, events: Events, read: Sequence[KindClass], known: _Seen) -> dict[int, str]:
        """Return the name of what the nets find, by the position of the event."""
        found: dict[int, str] = {}
        elsewhere = known.elsewhere
        for place in self._searched(events, read, known):
            its = id(events.lines[place])
            finding = read[place].kind.unread(known.words.get(its, NOTHING), known.named.get(its))
            if finding is None:
                continue
            if events.siblings is not None and its not in elsewhere:
                elsewhere[its] = self._is_read_elsewhere(events.siblings(place), known)
            if not elsewhere.get(its):
                found[place] = finding[:NAME_LENGTH]
        return found

    def _searched(self, events: Events, read: Sequence[KindClass], known: _Seen) -> list[int]:
        """Run the nets, and return the positions of the events in whose lines they may find one."""
        lines = events.lines
        # All events of an unpacked line have the same line: each line is looked at once.
        # Most suspicious lines are those of events that are read as critical.
        places = [place for place in events.suspects if not read[place].kind.is_settled]
        suspects = {id(lines[place]): lines[place] for place in places}
        words = known.words
        for key, line in suspects.items():
            if key not in words:
                words[key] = self._nets.words_in(line)
        named = known.named
        if without := {each for each in set(read) if each.kind.severity is None}:
            bare = list(compress(range(len(read)), map(without.__contains__, read)))
            unknown = {id(lines[place]): lines[place] for place in bare}
            if known.searched:
                unknown = {key: unknown[key] for key in unknown.keys() - known.searched}
            named |= self._named_in(unknown)
            if events.memo is not None:
                known.searched.update(unknown)
            if named:
                places += [place for place in bare if id(lines[place]) in named]
        return sorted(set(places))

    def _named_in(self, lines: Mapping[int, bytes]) -> dict[int, str]:
        """Return the key that says that an event has a severity, by the identity of its line."""
        keys = list(lines)
        found = {
            keys[position]: self._nets.key_in(lines[keys[position]])
            for position in _named_keys().positions(list(lines.values()))
        }
        return {key: name for key, name in found.items() if name is not None}

    def _is_read_elsewhere(self, siblings: Iterable[Sequence[Column]], lines: _Seen) -> bool:
        """Return whether another event of the same line is critical."""
        return any(self._has_critical(columns, lines) for columns in siblings)

    def _has_critical(self, columns: Sequence[Column], lines: _Seen) -> bool:
        """Return whether any of some events is critical."""
        size = max((len(column) for column in columns if column is not None), default=0)
        rows = rows_of(columns, size, self._reader.severity_places)
        for row, place in {row: place for place, row in enumerate(rows)}.items():
            if row not in lines.severities:
                severity = self._reader.severity(row_at(columns, place), lines)
                is_critical = severity is not None and severity.level == CRITICAL
                if is_critical:
                    return True
                if len(lines.severities) < MOST_ROWS and can_be_kept(row):
                    lines.severities.add(row)
        return False


@cache
def _named_keys() -> LinePattern:
    return LinePattern(NAMED)
