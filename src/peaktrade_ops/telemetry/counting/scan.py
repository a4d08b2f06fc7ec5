"""From a part of a file to a tally: every line gets its outcome, every event its cell of time."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.counting.counts import Counts
from peaktrade_ops.telemetry.counting.tally import (
    MOST_REJECTS,
    REJECTED,
    FileTally,
    Standing,
    Tally,
)
from peaktrade_ops.telemetry.files.blocks import LongLine
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.reader import ReadProblemError, read_range
from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.events import EventReader, positions_of_none
from peaktrade_ops.telemetry.records.keywords import Keywords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from peaktrade_ops.telemetry.counting.cells import Cells
    from peaktrade_ops.telemetry.counting.classifier import Aspect, Classifier
    from peaktrade_ops.telemetry.counting.spill import Table
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Store
    from peaktrade_ops.telemetry.records.events import Outcome, Records
    from peaktrade_ops.telemetry.records.keys import Values

_WHITE: Final = b" \t\r\n"


class Part(NamedTuple):
    """The lines of a file that start in a byte range."""

    source: Source
    start: int
    end: int


class Setup(NamedTuple):
    """What a scan counts, and how; it can be sent to another process.

    Attributes:
        cells: The cells of time that are counted by.
        classifier: What events mean.
        time_keys: The keys of the time, in the order in which they are tried.
        keywords: The keyword search, a regular expression in RE2's syntax.
        record_bytes: A longer record is rejected as ``too long``, bytes.
        memory_bytes: What the names of a tally may take in memory, bytes, roughly.
        store: What files are read through.
    """

    cells: Cells
    classifier: Classifier
    time_keys: Sequence[str]
    keywords: str
    record_bytes: int
    memory_bytes: int
    store: Store = LOCAL


class Scanner:
    """Scans parts of files, all by the same rules.

    Args:
        setup: What is counted, and how.
        new_table: Makes the table that names move to when they outgrow their memory; `None` where
            tallies leave this process, so that a scan raises instead.

    Raises:
        UsageError: The keyword search is no regular expression that RE2 takes.
    """

    def __init__(self, setup: Setup, new_table: Callable[[], Table] | None = None) -> None:
        """Compile what the setup says."""
        self.setup = setup
        self._new_table = new_table
        self.keywords = Keywords(setup.keywords)
        self.events = EventReader(setup.time_keys, setup.record_bytes)
        self.details = LineDecoder(setup.classifier.keys, setup.record_bytes)

    def new_tally(self) -> Tally:
        """Return an empty tally whose names are bounded in memory."""
        classifier = self.setup.classifier
        each = self.setup.memory_bytes // max(len(classifier.names), 1)
        return Tally(
            names={column: Counts(each, self._new_table) for column in classifier.names},
            marks={mark: Counter() for mark in classifier.marks},
        )

    def scan(self, part: Part) -> Tally:
        """Count the lines of a part.

        Returns:
            A tally with one file; where that could not be read to its end, with the problem.

        Raises:
            OutgrownError: The names outgrew their memory, and there is no table for them.
            TelemetryError: The names outgrew their memory and cannot move to a file.
        """
        tally = self.new_tally()
        file = tally.files[part.source.path] = FileTally()
        scan = _FileScan(self, part.source.path, tally)
        limit, store = self.setup.record_bytes, self.setup.store
        try:
            for piece in read_range(part.source, part.start, part.end, limit, store):
                if isinstance(piece, LongLine):
                    file.absorb(scan.long_line(piece))
                else:
                    file.absorb(scan.block(piece.data))
        except ReadProblemError as problem:
            file.problem = problem.reason
        return tally


class _Detail(NamedTuple):
    """An aspect of a file, and what gives its row of an event."""

    aspect: Aspect
    row: Callable[[object], Values]


class _FileScan:
    """The rules for one file: blocks in, tallies of blocks out, counted events into a tally."""

    def __init__(self, scanner: Scanner, path: str, tally: Tally) -> None:
        setup = scanner.setup
        self._tally = tally
        self._cells = setup.cells
        self._limit = setup.record_bytes
        self._keywords = scanner.keywords
        self._events = scanner.events
        self._decoder = scanner.details
        self._counted = setup.classifier.is_counted(path)
        self._details = [
            _Detail(aspect, scanner.details.values_of(aspect.keys))
            for aspect in setup.classifier.aspects(path)
        ]

    def block(self, data: bytes) -> FileTally:
        """Count the lines of a block, as the tally of a part that is just this block."""
        lines = data.split(b"\n")
        if terminated := not lines[-1]:
            # What follows the last line end is no line.
            lines.pop()
        if not data.strip(_WHITE):
            # At once, because a small archive can hold very many blank lines.
            hits = self._keyword_hits(data, lines)
            return FileTally(lines=len(lines), blank=len(lines), hits=hits)
        records = self._events.read(data, lines, terminated=terminated)
        tally = self._tally_of(records)
        if self._counted:
            tally.hits = self._keyword_hits(data, lines)
        else:
            found = (self._found(lines[position]) for position, _ in records.others)
            tally.hits = len(records.lines) + sum(found)
        return tally

    def long_line(self, line: LongLine) -> FileTally:
        """Count a line over the limit, as the tally of a part that is just this line."""
        tally = FileTally(lines=1, hits=int(self._keywords.found_in(line.head)))
        outcome: Outcome = None
        if line.utf8.cut and not line.terminated:
            outcome = "partial"
        elif not line.blank:
            outcome = "too long" if line.utf8.valid else "not UTF-8"
        _count_others(tally, [(0, outcome)])
        if tally.rejected:
            tally.standing[REJECTED] = Standing(floating=1)
        return tally

    def _found(self, line: bytes) -> bool:
        return self._keywords.found_in(line[: self._limit])

    def _keyword_hits(self, data: bytes, lines: list[bytes]) -> int:
        """Count the lines that the keyword search finds; a line is searched up to the limit."""
        if len(data) > self._limit:
            return sum(map(self._found, lines))
        return self._keywords.count(data, lines)

    def _tally_of(self, records: Records) -> FileTally:
        """Count the records of a block, and find the cell of each event."""
        lines, moments, naive, others = records
        tally = FileTally(lines=len(lines) + len(others), events=len(lines), naive=naive)
        _count_others(tally, others)
        known = [moment for moment in moments if moment is not None]
        cells: list[int] = []
        if known:
            tally.first, tally.last = min(known), max(known)
            cells = self._cells.of_all(known, tally.first, tally.last)
            tally.timed = Counter(cells)
            tally.opening, tally.closing = cells[0], cells[-1]
        timed_lines = lines
        if others or len(known) < len(lines):
            untimed = list(positions_of_none(moments))
            tally.untimed = len(untimed)
            if untimed:
                timed_lines = [
                    line for line, moment in zip(lines, moments, strict=True) if moment is not None
                ]
            self._place_untimed(tally, records, untimed, cells)
        if self._counted and known:
            self._count(timed_lines, cells)
        return tally

    def _place_untimed(
        self, tally: FileTally, records: Records, untimed: list[int], cells: list[int]
    ) -> None:
        """Record between which timed events of the block the records without a time stand.

        Args:
            tally: The tally of the block.
            records: Its records.
            untimed: The events without a time, by their positions among the events.
            cells: The cells of the timed events, in their order.
        """
        absent = set(untimed)
        timed = [k for k in range(len(records.lines)) if k not in absent]
        if tally.rejected:
            # How many lines before one are no events tells how many events are before it.
            before = (
                position - passed
                for passed, (position, outcome) in enumerate(records.others)
                if outcome is not None and outcome != "partial"
            )
            gaps = Counter(bisect_left(timed, events) for events in before)
            tally.standing[REJECTED] = _standing(gaps, cells)
        if not untimed or not self._counted:
            return
        events = self._decoder.read_events([records.lines[k] for k in untimed])
        gaps_of = [bisect_left(timed, k) for k in untimed]
        marked: dict[str, Counter[int]] = {}
        for detail in self._details:
            groups = _grouped(zip(gaps_of, map(detail.row, events), strict=True))
            columns = detail.aspect.columns([row for (_, row), _ in groups])
            for mark, column in columns.marks.items():
                gaps = marked.setdefault(mark, Counter())
                for ((gap, _), count), is_marked in zip(groups, column, strict=True):
                    if is_marked:
                        gaps[gap] += count
        for mark, gaps in marked.items():
            if gaps:
                tally.standing[mark] = _standing(gaps, cells)

    def _count(self, lines: Sequence[bytes], cells: Sequence[int]) -> None:
        """Count the events in windows by what they mean."""
        counted = self._cells.counted
        if not any(counted[cell] for cell in set(cells)):
            return
        hits = [(line, cell) for line, cell in zip(lines, cells, strict=True) if counted[cell]]
        events = self._decoder.read_events([line for line, _ in hits])
        inside = [cell for _, cell in hits]
        self._tally.events.update(inside)
        for detail in self._details:
            self._count_detail(detail, events, inside)

    def _count_detail(
        self, detail: _Detail, events: Sequence[object], cells: Sequence[int]
    ) -> None:
        spans, tally = self._cells.spans, self._tally
        groups = _grouped(zip(cells, map(detail.row, events), strict=True))
        columns = detail.aspect.columns([row for (_, row), _ in groups])
        for mark, column in columns.marks.items():
            marked = tally.marks[mark]
            for ((cell, _), count), is_marked in zip(groups, column, strict=True):
                if is_marked:
                    marked[cell] += count
        for name, texts in columns.names.items():
            names = tally.names[name]
            for ((cell, _), count), text in zip(groups, texts, strict=True):
                names.add(spans[cell], text, count)


def _count_others(tally: FileTally, others: Iterable[tuple[int, Outcome]]) -> None:
    """Count the lines of a block that are no events by their outcome."""
    for position, outcome in others:
        if outcome is None:
            tally.blank += 1
        elif outcome == "partial":
            tally.partial += 1
        else:
            tally.rejected += 1
            if len(tally.rejects) < MOST_REJECTS:
                tally.rejects.append((position + 1, outcome))


def _standing(gaps: Counter[int], cells: Sequence[int]) -> Standing:
    """Place records between the timed events of a block.

    Args:
        gaps: How many records have so many timed events before them.
        cells: The cells of the timed events, in their order.
    """
    if not cells:
        return Standing(floating=gaps.total())
    standing = Standing(leading=gaps.pop(0, 0), trailing=gaps.pop(len(cells), 0))
    for gap, count in gaps.items():
        standing.place(count, cells[gap - 1], cells[gap])
    return standing


def _grouped(rows: Iterable[tuple[int, Values]]) -> list[tuple[tuple[int, Values], int]]:
    """Put equal rows together, so that each is classified once.

    Values that are equal in Python but not in JSON (``true`` and 1), or that cannot be compared
    by hash (arrays and objects), are left apart.
    """
    rows = list(rows)
    apart: list[tuple[int, Values]] = []
    try:
        groups = Counter(rows)
    except TypeError:
        apart = [row for row in rows if not _is_hashable(row)]
        groups = Counter(filter(_is_hashable, rows))
    if any(0 in values or 1 in values for _, values in groups):
        return [(row, 1) for row in rows]
    return list(itertools.chain(groups.items(), ((row, 1) for row in apart)))


def _is_hashable(row: tuple[int, Values]) -> bool:
    try:
        hash(row)
    except TypeError:
        return False
    return True
