"""The counts of a scan: the tallies of the parts of a file merge into the tally of the file.

Property tests check the law ``merge(scan(a), scan(b)) == scan(a + b)`` for files and for byte
ranges of a file that are cut at line ends. So a tally contains only sums, minima, maxima and
bounded lists. Facts that depend on neighbours (the line number of a rejected record, the place of a
record without a time) are kept with the borders of the part, and the merge resolves them.

A tally does not contain windows. It counts by the time cells of `Cells`, and `Totals` adds them up.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.telemetry.counting.counts import Counts
from peaktrade_ops.telemetry.counting.exhibits import MOST_EXHIBITS, Exhibit, Exhibits
from peaktrade_ops.telemetry.records.decode import Reason
from peaktrade_ops.window import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from peaktrade_ops.telemetry.counting.cells import Cells
    from peaktrade_ops.window import Window

MOST_REJECTS: Final = 20
"""The maximum number of rejected records that a tally lists for each file."""

REJECTED: Final = "rejected"
PARTIAL: Final = "partial"
UNTIMED: Final = "untimed"
"""The kinds of records that have no time of their own, besides the marks of untimed events."""

Found = list[tuple[str, Exhibit]]
"""Events as evidence, each with the path of its file."""


class Standing(msgspec.Struct):
    """Records of one kind without a time of their own, by the timed events beside them.

    A record between two timed events touches every window that touches the time between them. Two
    histograms are enough for any window: all records, without those whose later border lies before
    the window and those whose earlier border lies after it.

    Attributes:
        earlier: Records between two timed events, by the cell of the earlier one in time.
        later: The same records, by the cell of the later one in time.
        leading: Records before the first timed event.
        trailing: Records after the last timed event.
        floating: Records of a part without any timed event.
    """

    earlier: Counter[int] = msgspec.field(default_factory=Counter)
    later: Counter[int] = msgspec.field(default_factory=Counter)
    leading: int = 0
    trailing: int = 0
    floating: int = 0

    def absorb(self, after: Standing, closing: int | None, opening: int | None) -> None:
        """Add the records of the part that follows directly.

        Args:
            after: The records of that part.
            closing: The cell of the last timed event before it; `None` if there is none.
            opening: The cell of its own first timed event; `None` if there is none.
        """
        self.earlier.update(after.earlier)
        self.later.update(after.later)
        if closing is None and opening is None:
            self.floating += after.floating
        elif closing is None:
            self.leading += self.floating + after.leading
            self.trailing, self.floating = after.trailing, 0
        elif opening is None:
            self.trailing += after.floating
        else:
            self.place(self.trailing + after.leading, closing, opening)
            self.trailing = after.trailing

    def place(self, count: int, before: int, after: int) -> None:
        """Add records between two times.

        Args:
            count: How many records.
            before: The cell of the time before them.
            after: The cell of the time after them, which may be earlier in time.
        """
        if count:
            self.earlier[min(before, after)] += count
            self.later[max(before, after)] += count

    def settled(self, opening: int | None, closing: int | None, written: int) -> Standing:
        """Return the same records with those at the ends of the file between two cells as well.

        Records before the first timed event stand where that does. Records after the last one
        stand from there up to the last write. Without any timed event they stand in every window
        that starts at or before the last write.

        Args:
            opening: The cell of the first timed event of the file; `None` if there is none.
            closing: The cell of the last timed event of the file; `None` if there is none.
            written: The cell of the modification time of the file; the last cell of all if the
                time says nothing.
        """
        settled = Standing(Counter(self.earlier), Counter(self.later))
        settled.place(self.floating, 0, written)
        if opening is not None and closing is not None:
            settled.place(self.leading, opening, opening)
            settled.place(self.trailing, closing, max(closing, written))
        return settled

    def count_in(self, cells: range) -> int:
        """Return how many settled records touch some cells."""
        after = sum(count for cell, count in self.earlier.items() if cell >= cells.stop)
        before = sum(count for cell, count in self.later.items() if cell < cells.start)
        return self.earlier.total() - after - before


class FileTally(msgspec.Struct):
    """The counts of one file, or of a part of it.

    Attributes:
        lines: The number of lines, the sum of `blank`, `events`, `rejected` and `partial`.
        untimed: Events without a time.
        naive: Events whose time has no offset.
        hits: Lines that the keyword search finds. In a file whose events do not count, every event
            is a hit too; each line counts once.
        timed: Events with a time, by cell.
        unpacked: The number of events that came out of lists in records.
        standing: Records without a time of their own by kind: `REJECTED`, `PARTIAL`, `UNTIMED`, or
            the mark of an untimed event.
        opening: The cell of the first timed event, in the order of the file.
        closing: The cell of the last timed event, in the order of the file.
        first: The earliest time.
        last: The latest time.
        rejects: The first rejected records: line number from 1, and reason.
        problem: The reason why the file was not read to its end; empty if it was.
        counts: Whether the events of the file count.
        exhibits: The events that are evidence.
    """

    lines: int = 0
    blank: int = 0
    events: int = 0
    rejected: int = 0
    partial: int = 0
    untimed: int = 0
    naive: int = 0
    hits: int = 0
    unpacked: int = 0
    timed: Counter[int] = msgspec.field(default_factory=Counter)
    standing: dict[str, Standing] = msgspec.field(default_factory=dict)
    opening: int | None = None
    closing: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    rejects: list[tuple[int, Reason]] = msgspec.field(default_factory=list)
    problem: str = ""
    counts: bool = True
    exhibits: Exhibits = msgspec.field(default_factory=Exhibits)

    def events_in(self, cells: range) -> int:
        """Return how many timed events lie in some cells."""
        return sum(count for cell, count in self.timed.items() if cell in cells)

    def standing_in(self, kind: str, cells: range, written: int) -> int:
        """Return how many records of a kind stand in some cells, of a whole file.

        Args:
            kind: The kind.
            cells: The cells of a window.
            written: The cell of the modification time (see `Standing.settled`).
        """
        standing = self.standing.get(kind)
        if standing is None:
            return 0
        return standing.settled(self.opening, self.closing, written).count_in(cells)

    def absorb(self, after: FileTally) -> None:
        """Add the tally of the part that directly follows; it must not be used afterwards."""
        self.exhibits.absorb(after.exhibits, self.lines)
        room = MOST_REJECTS - len(self.rejects)
        self.rejects += [(self.lines + line, reason) for line, reason in after.rejects[:room]]
        for kind in self.standing.keys() | after.standing.keys():
            before = self.standing.setdefault(kind, Standing())
            before.absorb(after.standing.get(kind, Standing()), self.closing, after.opening)
        if self.opening is None:
            self.opening = after.opening
        if after.closing is not None:
            self.closing = after.closing
        self.lines += after.lines
        self.blank += after.blank
        self.events += after.events
        self.rejected += after.rejected
        self.partial += after.partial
        self.untimed += after.untimed
        self.naive += after.naive
        self.hits += after.hits
        self.unpacked += after.unpacked
        self.timed.update(after.timed)
        self.first = min((t for t in (self.first, after.first) if t is not None), default=None)
        self.last = max((t for t in (self.last, after.last) if t is not None), default=None)
        self.problem = self.problem or after.problem
        self.counts = self.counts and after.counts


class Tally(msgspec.Struct):
    """The counts of any number of files: a `FileTally` per file, and the counted events by cell.

    Attributes:
        names: The number of occurrences of each text in counted events, by column and span.
        marks: The number of counted events with a mark, by mark and cell.
        files: The tallies of the files, by the path in reports.
        events: The number of counted events, by cell; only events in windows are counted.
        exhibits: The first events with a time of all files that are collected, by kind and span.
    """

    names: dict[str, Counts]
    marks: dict[str, Counter[int]]
    files: dict[str, FileTally] = msgspec.field(default_factory=dict)
    events: Counter[int] = msgspec.field(default_factory=Counter)
    exhibits: dict[tuple[str, int], Found] = msgspec.field(default_factory=dict)

    def absorb(self, after: Tally) -> None:
        """Add another tally of the same cells and columns; it must not be used afterwards.

        If both contain the same file, `after` must be the part that directly follows. Otherwise
        the order of merging has no effect.

        Raises:
            TelemetryError: The names exceed their memory limit, and the temporary file cannot be
                written.
        """
        for path, part in after.files.items():
            known = self.files.get(path)
            if known is None:
                self.files[path] = part
            else:
                known.absorb(part)
        self.events.update(after.events)
        for mark, counts in after.marks.items():
            # Most are empty, and an update takes long for a small file.
            if counts:
                self.marks[mark].update(counts)
        for column, counted in after.names.items():
            self.names[column].absorb(counted)

    def collect(self, path: str) -> None:
        """Keep only the first of the evidence of all files, to bound the memory of many files.

        Args:
            path: A file of which no more parts follow.
        """
        exhibits = self.files[path].exhibits
        for key, found in exhibits.timed.items():
            joined = [*self.exhibits.get(key, ()), *((path, exhibit) for exhibit in found)]
            self.exhibits[key] = sorted(joined, key=_order)[:MOST_EXHIBITS]
        exhibits.timed = {}

    def exhibits_of(
        self, kind: str, spans: range, written: Mapping[str, int] | None = None
    ) -> Found:
        """Return the evidence of a window, by time, path and line; events without a time last.

        Args:
            kind: The kind.
            spans: The spans of the window.
            written: The span of the modification time of each file; `None` for no events without a
                time.
        """
        timed = [each for span in spans for each in self.exhibits.get((kind, span), ())]
        untimed = [
            (path, exhibit)
            for path, file in self.files.items()
            if written is not None
            for exhibit in file.exhibits.untimed_in(kind, spans, written[path])
        ]
        untimed.sort(key=_order)
        return (sorted(timed, key=_order) + untimed)[:MOST_EXHIBITS]


def _order(found: tuple[str, Exhibit]) -> tuple[datetime, str, int, int]:
    path, exhibit = found
    return exhibit.moment or EPOCH, path, exhibit.line, exhibit.place


class Sums(NamedTuple):
    """The counts of one window, as sums over cells.

    Attributes:
        events: The number of counted events.
        future: The number of events of all files at or after the end of the window.
        marks: The number of counted events with a mark, by mark.
        ahead: The number of events with a mark that are ahead of the clock, by mark.
        hourly_events: The number of counted events in each of the 24 hours.
        hourly_marks: The number of counted events with a mark in each of the 24 hours, by mark.
        standing: The number of records without a time that count for the window, by kind.
    """

    events: int
    legacy_events: int
    future: int
    marks: Mapping[str, int]
    ahead: Mapping[str, int]
    hourly_events: list[int]
    hourly_marks: Mapping[str, list[int]]
    standing: Mapping[str, int]


class Totals:
    """The counts of a tally, added up so that those of any run of cells are known at once.

    Args:
        tally: The merged tally of whole files.
        cells: The cells that it was counted by.
        written: The cell of the modification time of each file, by its path.
    """

    def __init__(self, tally: Tally, cells: Cells, written: Mapping[str, int]) -> None:
        """Add up the counts of all files and cells."""
        self._cells = cells
        timed: Counter[int] = Counter()
        legacy: Counter[int] = Counter()
        standing: dict[str, Standing] = {}
        for path, file in tally.files.items():
            timed.update(file.timed)
            if not file.counts:
                legacy.update(file.timed)
            for kind, records in file.standing.items():
                settled = records.settled(file.opening, file.closing, written[path])
                known = standing.setdefault(kind, Standing())
                known.earlier.update(settled.earlier)
                known.later.update(settled.later)
        self._timed = self._running(timed)
        self._legacy = self._running(legacy)
        self._events = self._running(tally.events)
        self._marks = {mark: self._running(counts) for mark, counts in tally.marks.items()}
        self._earlier = {kind: self._running(each.earlier) for kind, each in standing.items()}
        self._later = {kind: self._running(each.later) for kind, each in standing.items()}

    def of(self, window: Window) -> Sums:
        """Return the counts of one of the windows that the cells were made for."""
        inside, hours = self._cells.of_window(window), self._cells.of_hours(window)
        return Sums(
            events=_between(self._events, inside),
            legacy_events=_between(self._legacy, inside),
            future=self._timed[-1] - self._timed[inside.stop],
            marks={mark: _between(sums, inside) for mark, sums in self._marks.items()},
            ahead={
                mark: sums[-1] - sums[self._cells.first_ahead] for mark, sums in self._marks.items()
            },
            hourly_events=[_between(self._events, hour) for hour in hours],
            hourly_marks={
                mark: [_between(sums, hour) for hour in hours] for mark, sums in self._marks.items()
            },
            # Those that have begun before the end of the window, but for those that have ended
            # before its start.
            standing={
                kind: begun[inside.stop] - self._later[kind][inside.start]
                for kind, begun in self._earlier.items()
            },
        )

    def _running(self, counts: Counter[int]) -> list[int]:
        """Return the sums of the counts before each cell, and of all at the end."""
        return [0, *accumulate(counts[cell] for cell in range(len(self._cells.counted)))]


def _between(sums: Sequence[int], cells: range) -> int:
    return sums[cells.stop] - sums[cells.start]


def merge(tallies: Iterable[Tally], whole: Tally) -> Tally:
    """Merge tallies into `whole` in order, and return it."""
    for part in tallies:
        whole.absorb(part)
    return whole
