"""The counts of a scan. Tallies merge: the tally of a whole is the merger of those of its parts.

The law, held by property tests, is ``merge(scan(a), scan(b)) == scan(a + b)`` for files and for
byte ranges of a file that are cut at line ends. So only sums, smallest and largest values go into
a tally. What depends on neighbours (the line number of a rejected record, where a record without a
time of its own stands) is kept with the borders of the part and settled by the merger.

A tally knows no window: it counts by the cells of time of `Cells`, and `Totals` adds them up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from peaktrade_ops.telemetry.counting.cells import Cells
    from peaktrade_ops.telemetry.counting.counts import Counts
    from peaktrade_ops.telemetry.records.decode import Reason
    from peaktrade_ops.window import Window

MOST_REJECTS: Final = 20
"""How many rejected records a tally lists for each file."""

REJECTED: Final = "rejected"
"""The kind of the records that are no events, among those that have no time of their own."""


@dataclass(slots=True)
class Standing:
    """Records of one kind without a time of their own, by the timed events beside them.

    A record between two timed events stands in the cell of the one before it. Two more histograms
    tell for any window which of these records touch it: all of them, without those whose later
    border lies before the window and those whose earlier border lies after it.

    Attributes:
        before: Records between two timed events, by the cell of the one before them.
        earlier: The same records, by the cell of the earlier one in time.
        later: The same records, by the cell of the later one in time.
        leading: Records before the first timed event.
        trailing: Records after the last timed event.
        floating: Records of a part without any timed event.
    """

    before: Counter[int] = field(default_factory=Counter)
    earlier: Counter[int] = field(default_factory=Counter)
    later: Counter[int] = field(default_factory=Counter)
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
        self.before.update(after.before)
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
        """Add records between two timed events.

        Args:
            count: How many records.
            before: The cell of the timed event before them.
            after: The cell of the timed event after them, which may be earlier in time.
        """
        if count:
            self.before[before] += count
            self.earlier[min(before, after)] += count
            self.later[max(before, after)] += count

    def placed(self, opening: int | None, closing: int | None) -> Counter[int]:
        """Return the records by the cell in which they stand, without those that stand everywhere.

        Records before the first timed event stand where that does, those after it where the one
        before them does; without any timed event they stand everywhere.

        Args:
            opening: The cell of the first timed event of the file; `None` if there is none.
            closing: The cell of the last timed event of the file; `None` if there is none.
        """
        placed = Counter(self.before)
        if opening is not None and closing is not None:
            placed[opening] += self.leading
            placed[closing] += self.trailing
        return placed


@dataclass(slots=True)
class FileTally:
    """What is known of one file, or of a part of it.

    Attributes:
        lines: How many lines, and how many of them were `blank`, `events`, `rejected`, `partial`.
        untimed: Events without a time.
        naive: Events whose time was written without an offset.
        hits: Lines that the keyword search finds; of a file whose events do not count, its events
            too, each line once.
        timed: Events with a time, by cell.
        standing: Records without a time of their own by kind: `REJECTED`, or the mark of an event.
        opening: The cell of the first timed event, in the order of the file.
        closing: The cell of the last timed event, in the order of the file.
        first: The earliest time.
        last: The latest time.
        rejects: The first rejected records: line number from 1, and reason.
        problem: Why the file was not read, or not to its end; empty if it was.
    """

    lines: int = 0
    blank: int = 0
    events: int = 0
    rejected: int = 0
    partial: int = 0
    untimed: int = 0
    naive: int = 0
    hits: int = 0
    timed: Counter[int] = field(default_factory=Counter)
    standing: dict[str, Standing] = field(default_factory=dict)
    opening: int | None = None
    closing: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    rejects: list[tuple[int, Reason]] = field(default_factory=list)
    problem: str = ""

    def absorb(self, after: FileTally) -> None:
        """Add the tally of the part that follows directly, which is used up by it."""
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
        self.timed.update(after.timed)
        self.first = min((t for t in (self.first, after.first) if t is not None), default=None)
        self.last = max((t for t in (self.last, after.last) if t is not None), default=None)
        self.problem = self.problem or after.problem


@dataclass(slots=True)
class Tally:
    """What is known of any number of files: a `FileTally` each, and the counted events by cell.

    Attributes:
        names: How often each text of the events that count occurred, by column and span.
        marks: How many events that count have a mark, by the mark and by cell.
        files: The files by the path that is shown.
        events: The events that count, by cell; only those in windows count.
    """

    names: dict[str, Counts]
    marks: dict[str, Counter[int]]
    files: dict[str, FileTally] = field(default_factory=dict)
    events: Counter[int] = field(default_factory=Counter)

    def absorb(self, after: Tally) -> None:
        """Add another tally of the same cells and columns, which is used up by it.

        Of a file that both know, `after` is the part that follows directly; otherwise the order
        of merging has no effect.

        Raises:
            TelemetryError: The names outgrew their memory and cannot move to a file.
        """
        for path, part in after.files.items():
            known = self.files.get(path)
            if known is None:
                self.files[path] = part
            else:
                known.absorb(part)
        self.events.update(after.events)
        for mark, counts in after.marks.items():
            self.marks[mark].update(counts)
        for column, counted in after.names.items():
            self.names[column].absorb(counted)


class Sums(NamedTuple):
    """The counts of one window, as sums of cells.

    Attributes:
        events: Events that count.
        future: Events of all files at or after the end of the window.
        marks: Events that count and have a mark, by the mark.
        hourly_events: The events of each of its 24 hours.
        hourly_marks: The marked events of each of its 24 hours, by the mark.
        standing: Records without a time of their own that stand in it, by kind.
    """

    events: int
    future: int
    marks: Mapping[str, int]
    hourly_events: list[int]
    hourly_marks: Mapping[str, list[int]]
    standing: Mapping[str, int]


class Totals:
    """The counts of a tally, added up so that those of any run of cells are known at once.

    Args:
        tally: The merged tally of whole files.
        cells: The cells that it was counted by.
    """

    def __init__(self, tally: Tally, cells: Cells) -> None:
        """Add up the counts of all files and cells."""
        self._cells = cells
        timed: Counter[int] = Counter()
        placed: dict[str, Counter[int]] = {}
        self._everywhere: Counter[str] = Counter()
        for file in tally.files.values():
            timed.update(file.timed)
            for kind, standing in file.standing.items():
                placed.setdefault(kind, Counter()).update(
                    standing.placed(file.opening, file.closing)
                )
                self._everywhere[kind] += standing.floating
        self._timed = self._running(timed)
        self._events = self._running(tally.events)
        self._marks = {mark: self._running(counts) for mark, counts in tally.marks.items()}
        self._placed = {kind: self._running(counts) for kind, counts in placed.items()}

    def of(self, window: Window) -> Sums:
        """Return the counts of one of the windows that the cells were made for."""
        inside, hours = self._cells.of_window(window), self._cells.of_hours(window)
        return Sums(
            events=_between(self._events, inside),
            future=self._timed[-1] - self._timed[inside.stop],
            marks={mark: _between(sums, inside) for mark, sums in self._marks.items()},
            hourly_events=[_between(self._events, hour) for hour in hours],
            hourly_marks={
                mark: [_between(sums, hour) for hour in hours] for mark, sums in self._marks.items()
            },
            standing={
                kind: self._everywhere[kind] + _between(sums, inside)
                for kind, sums in self._placed.items()
            },
        )

    def _running(self, counts: Counter[int]) -> list[int]:
        """Return the sums of the counts before each cell, and of all at the end."""
        return [0, *accumulate(counts[cell] for cell in range(len(self._cells.counted)))]


def _between(sums: Sequence[int], cells: range) -> int:
    return sums[cells.stop] - sums[cells.start]


def merge(tallies: Iterable[Tally], whole: Tally) -> Tally:
    """Merge tallies into another one, in their order, and return it."""
    for part in tallies:
        whole.absorb(part)
    return whole
