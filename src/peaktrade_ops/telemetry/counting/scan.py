"""From a part of a file to a tally: every line gets its outcome, every event its place in time."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from datetime import UTC
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from peaktrade_ops.telemetry.counting.tally import MOST_REJECTS, FileTally, Tally, in_window
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.files.reader import LongLine, ReadProblemError, read_range
from peaktrade_ops.telemetry.records.decode import LineDecoder, Reason
from peaktrade_ops.telemetry.records.fields import PropertyReader, is_alert_log
from peaktrade_ops.telemetry.records.keys import look_up, lookups, wanted_keys
from peaktrade_ops.telemetry.records.keywords import Keywords
from peaktrade_ops.telemetry.records.times import read_time, read_times
from peaktrade_ops.telemetry.records.utf8 import check_utf8
from peaktrade_ops.window import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from peaktrade_ops.config import Config
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.records.keys import Values
    from peaktrade_ops.window import Window

_WHITE: Final = b" \t\r\n"

Outcome = Reason | Literal["partial"] | None
"""What a line is that is no event; none is a blank one."""


class Part(NamedTuple):
    """The lines of a file that start in a byte range."""

    source: Source
    start: int
    end: int


class Setup(NamedTuple):
    """What a scanner is made of, so that another process can make the same one."""

    config: Config
    window: Window
    legacy_regex: str
    scratch: str | None = None


class Scanner:
    """Scans parts of files, all by the same rules.

    Args:
        config: The key lists, the legacy sources, and the limits.
        window: The window that is counted.
        legacy_regex: The keyword search.
        scratch: A folder for temporary files; the system's own if not given.

    Raises:
        UsageError: The keyword search is no regular expression that RE2 takes.
    """

    def __init__(
        self, config: Config, window: Window, legacy_regex: str, scratch: str | None = None
    ) -> None:
        """Compile what the configuration says."""
        self.setup = Setup(config, window, legacy_regex, scratch)
        self.window = window
        self.record_bytes = config.limits.record_bytes
        self.keywords = Keywords(legacy_regex)
        self.properties = PropertyReader(config.fields)
        self._legacy_sources = Patterns(config.sources.legacy)
        self._memory_bytes = config.limits.memory_bytes
        self._scratch = scratch
        # Most lines lie before the window: of those only the time is decoded.
        time_keys = wanted_keys(config.fields.time)
        self.lines = LineDecoder(time_keys, self.record_bytes)
        self._time_values = self.lines.values_of(time_keys)
        self._time_columns = [attrgetter(name) for name in self.lines.names_of(time_keys)]
        self._time_places = lookups(config.fields.time, time_keys)
        kind_keys, rule_keys = self.properties.kind_keys, self.properties.rule_keys
        details = tuple(dict.fromkeys((*kind_keys, *rule_keys)))
        self.details = LineDecoder(details, self.record_bytes)
        self.kind_values = self.details.values_of(kind_keys)
        self.rule_values = self.details.values_of(rule_keys)

    def new_tally(self) -> Tally:
        """Make an empty tally whose counts are bounded in memory."""
        return Tally.bounded(self.window, self._memory_bytes, self._scratch)

    def scan(self, part: Part) -> Tally:
        """Count the lines of a part.

        Returns:
            A tally with one file; where that could not be read to its end, with the problem.

        Raises:
            TelemetryError: The counts outgrew their memory and cannot move to a file.
        """
        tally = self.new_tally()
        path = part.source.path
        file = tally.files[path] = FileTally()
        scan = _PartScan(self, path, file, tally, legacy=self._legacy_sources.match(path))
        try:
            for piece in read_range(part.source, part.start, part.end, self.record_bytes):
                if isinstance(piece, LongLine):
                    scan.take_long_line(piece)
                else:
                    scan.take_block(piece.data)
        except ReadProblemError as problem:
            file.problem = problem.reason
        return tally

    def times_of(self, events: Sequence[object]) -> tuple[list[datetime | None], int]:
        """Read the time of each event: the first of its keys whose value is one.

        Returns:
            The times, aware, none where an event has no time; and how many were written without
            an offset.
        """
        moments: list[datetime | None] = [None] * len(events)
        naive = 0
        for place in self._time_places:
            if place.path:
                break
            column = list(map(self._time_columns[place.position], events))
            if column.count(None) == len(column):
                continue
            absent = list(_positions_of_none(column))
            # No earlier key has a value anywhere: where this one can be read, it decides.
            present = [value for value in column if value is not None] if absent else column
            if times := read_times(present):
                naive = len(present) if times.naive else 0
                moments = _with_none(times.moments, absent)
            break
        for k in list(_positions_of_none(moments)):
            if read := self._time_of(events[k]):
                naive += read.tzinfo is None
                moments[k] = read.replace(tzinfo=UTC) if read.tzinfo is None else read
        return moments, naive

    def _time_of(self, event: object) -> datetime | None:
        values = self._time_values(event)
        for place in self._time_places:
            value = look_up(values, place)
            if value is not None and (moment := read_time(value)):
                return moment
        return None


class _PartScan:
    """A scan of one part in progress, block by block."""

    def __init__(
        self, scanner: Scanner, path: str, file: FileTally, tally: Tally, *, legacy: bool
    ) -> None:
        self._scanner = scanner
        self._file = file
        self._tally = tally
        self._window = scanner.window
        self._alert_log = is_alert_log(path)
        self._legacy = legacy

    def take_block(self, data: bytes) -> None:
        """Count the lines of a block."""
        lines = data.split(b"\n")
        if terminated := not lines[-1]:
            # What follows the last line feed is no line.
            lines.pop()
        if not data.strip(_WHITE):
            # At once, because a small archive can hold very many blank lines.
            self._file.legacy_alerts += self._keyword_hits(data, lines)
            self._file.blank += len(lines)
            self._file.lines += len(lines)
            return
        events, judged = self._scanner.lines.read_block(data, lines)
        others: list[tuple[int, Outcome]] = list(judged)
        if not terminated and others and others[-1][0] == len(lines) - 1:
            # Only the last line of a file has no line feed.
            others[-1] = (len(lines) - 1, _unfinished(lines[-1], others[-1][1]))
        self._file.legacy_alerts += self._legacy_alerts(data, lines, others)
        self._place(_without(lines, [position for position, _ in others]), events, others)

    def take_long_line(self, line: LongLine) -> None:
        """Count a line over the limit."""
        outcome: Outcome = None
        if line.utf8.cut and not line.terminated:
            outcome = "partial"
        elif not line.blank:
            outcome = "too long" if line.utf8.valid else "not UTF-8"
        self._file.legacy_alerts += self._scanner.keywords.found_in(line.head)
        self._place([], [], [(0, outcome)])

    def _legacy_alerts(
        self, data: bytes, lines: list[bytes], others: Sequence[tuple[int, Outcome]]
    ) -> int:
        if not self._legacy:
            return self._keyword_hits(data, lines)
        limit = self._scanner.record_bytes
        found = (self._scanner.keywords.found_in(lines[i][:limit]) for i, _ in others)
        return len(lines) - len(others) + sum(found)

    def _keyword_hits(self, data: bytes, lines: list[bytes]) -> int:
        """Count the lines that the keyword search finds; a line is searched up to the limit."""
        keywords, limit = self._scanner.keywords, self._scanner.record_bytes
        if len(data) > limit:
            return sum(keywords.found_in(line[:limit]) for line in lines)
        return keywords.count(data, lines)

    def _place(
        self, lines: list[bytes], events: list[object], others: Sequence[tuple[int, Outcome]]
    ) -> None:
        """Count a block, and find the place in time of each of its records.

        Args:
            lines: The lines of the events.
            events: The events.
            others: The lines that are no events, by their position among all lines.
        """
        file, start, end = self._file, self._window.start, self._window.end
        moments, naive = self._scanner.times_of(events)
        if others or None in moments:
            self._take_records_without_time(lines, moments, others)
        known = [moment for moment in moments if moment is not None]
        if known:
            earliest, latest = min(known), max(known)
            file.opening = file.opening or known[0]
            file.closing = known[-1]
            file.first = min(file.first or earliest, earliest)
            file.last = max(file.last or latest, latest)
            if latest >= end:
                file.future += sum(moment >= end for moment in known)
            if latest >= start and not self._legacy:
                self._count(
                    [
                        (line, moment)
                        for line, moment in zip(lines, moments, strict=True)
                        if moment is not None and start <= moment < end
                    ]
                )
        file.naive += naive
        file.events += len(events)
        file.lines += len(events) + len(others)

    def _take_records_without_time(
        self,
        lines: list[bytes],
        moments: list[datetime | None],
        others: Sequence[tuple[int, Outcome]],
    ) -> None:
        """Count what has no time of its own, where the nearest timed event before it stands."""
        closing = self._file.closing
        events_before = [position - passed for passed, (position, _) in enumerate(others)]
        for (position, outcome), nearest in zip(
            others, _latest_before(events_before, moments, closing), strict=True
        ):
            self._take_other(position, outcome, nearest)
        untimed = list(_positions_of_none(moments))
        for k, nearest in zip(untimed, _latest_before(untimed, moments, closing), strict=True):
            self._take_untimed(lines[k], nearest)

    def _take_other(self, position: int, outcome: Outcome, nearest: datetime | None) -> None:
        file = self._file
        if outcome is None:
            file.blank += 1
        elif outcome == "partial":
            file.partial += 1
        else:
            file.rejected += 1
            if len(file.rejects) < MOST_REJECTS:
                file.rejects.append((file.lines + position + 1, outcome))
            if nearest is None:
                file.rejected_leading += 1
            elif in_window(nearest, self._window):
                file.rejected_standing += 1

    def _take_untimed(self, line: bytes, nearest: datetime | None) -> None:
        file = self._file
        file.untimed += 1
        values = self._scanner.kind_values(self._scanner.details.read(line))
        kind = self._scanner.properties.kind(values, alert_log=self._alert_log)
        if not kind.is_critical or self._legacy:
            return
        if nearest is None:
            file.critical_leading += 1
        elif in_window(nearest, self._window):
            file.critical_standing += 1

    def _count(self, hits: Sequence[tuple[bytes, datetime]]) -> None:
        """Count the events of the window by what they mean."""
        if not hits:
            return
        tally, start, scanner = self._tally, self._window.start, self._scanner
        lines, moments = zip(*hits, strict=True)
        events = scanner.details.read_events(lines)
        hours = [(moment - start) // HOUR for moment in moments]
        tally.in_window += len(events)
        kinds = zip(hours, map(scanner.kind_values, events), strict=True)
        for (hour, values), count in _grouped(kinds):
            kind = scanner.properties.kind(values, alert_log=self._alert_log)
            tally.hourly_events[hour] += count
            tally.severities.add(kind.severity, count)
            tally.types.add(kind.type, count)
            if kind.is_alert:
                tally.alerts += count
                tally.hourly_alerts[hour] += count
            if kind.is_critical:
                tally.critical += count
            if kind.is_action:
                tally.actions += count
        for (_, values), count in _grouped((0, scanner.rule_values(event)) for event in events):
            tally.rules.add(scanner.properties.rule(values), count)


def _positions_of_none(values: list[datetime | None] | list[object]) -> Iterator[int]:
    """Give the positions at which a list has nothing, without looking at each in Python."""
    position = -1
    with contextlib.suppress(ValueError):
        while True:
            position = values.index(None, position + 1)
            yield position


def _without(lines: list[bytes], positions: Sequence[int]) -> list[bytes]:
    """Leave the lines at some positions out, in one pass however many they are."""
    kept: list[bytes] = []
    start = 0
    for position in positions:
        kept += lines[start:position]
        start = position + 1
    return kept + lines[start:]


def _with_none(moments: list[datetime], positions: Sequence[int]) -> list[datetime | None]:
    """Put nothing at some positions, those of the result, between the times."""
    spread: list[datetime | None] = []
    start = 0
    for passed, position in enumerate(positions):
        spread += moments[start : position - passed]
        spread.append(None)
        start = position - passed
    return spread + moments[start:]


def _latest_before(
    positions: Iterable[int], moments: list[datetime | None], before: datetime | None
) -> Iterator[datetime | None]:
    """Give the last known time before each of some positions.

    Args:
        positions: The positions, in order.
        moments: The times of a block.
        before: The last known time before the block.
    """
    latest, seen = before, 0
    for position in positions:
        between = reversed(moments[seen:position])
        latest = next((moment for moment in between if moment is not None), latest)
        seen = position
        yield latest


def _grouped(keys: Iterable[tuple[int, Values]]) -> Iterable[tuple[tuple[int, Values], int]]:
    """Put equal keys together, so that each is interpreted once.

    Values that are equal in Python but not in JSON (``true`` and 1), or that cannot be compared
    by hash (arrays and objects), are left apart.
    """
    keys = list(keys)
    apart: list[tuple[int, Values]] = []
    try:
        groups = Counter(keys)
    except TypeError:
        apart = [key for key in keys if not _is_hashable(key)]
        groups = Counter(filter(_is_hashable, keys))
    if any(0 in values or 1 in values for _, values in groups):
        return ((key, 1) for key in keys)
    return itertools.chain(groups.items(), ((key, 1) for key in apart))


def _is_hashable(key: tuple[int, Values]) -> bool:
    try:
        hash(key)
    except TypeError:
        return False
    return True


def _unfinished(line: bytes, outcome: Outcome) -> Outcome:
    """Decide about a line without a line end: a writer may be in the middle of it."""
    if outcome == "not JSON" or (outcome == "not UTF-8" and check_utf8(line).cut):
        return "partial"
    return outcome
