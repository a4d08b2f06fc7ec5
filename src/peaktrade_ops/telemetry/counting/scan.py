"""Count a part of a file in a tally: the outcome of each line, and the time cell of each event."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.counting.counts import Counts
from peaktrade_ops.telemetry.counting.tally import (
    MOST_REJECTS,
    PARTIAL,
    REJECTED,
    UNTIMED,
    FileTally,
    Standing,
    Tally,
)
from peaktrade_ops.telemetry.files.blocks import LongLine
from peaktrade_ops.telemetry.files.local import LOCAL
from peaktrade_ops.telemetry.files.names import is_finished_name
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
    """The settings of a scan; they can be sent to another process.

    Attributes:
        cells: The time cells to count by.
        classifier: Classifies the events.
        time_keys: The keys of the time, in the order in which to try them.
        keywords: The keyword search, a regular expression in RE2's syntax.
        record_bytes: The maximum length of a record, bytes; a longer one is ``too long``.
        memory_bytes: The approximate memory limit of the names of a tally, bytes.
        store: The store that contains the files.
    """

    cells: Cells
    classifier: Classifier
    time_keys: Sequence[str]
    keywords: str
    record_bytes: int
    memory_bytes: int
    store: Store = LOCAL


class Scanner:
    """Scans parts of files, all with the same settings.

    Args:
        setup: The settings.
        new_table: Creates the table for names that exceed their memory limit. `None` if tallies
            are sent to another process; a scan then raises an error at the limit.

    Raises:
        UsageError: RE2 refuses the keyword search.
    """

    def __init__(self, setup: Setup, new_table: Callable[[], Table] | None = None) -> None:
        """Compile the keyword search and build the decoders."""
        self.setup = setup
        self._new_table = new_table
        self.keywords = Keywords(setup.keywords)
        self.events = EventReader(setup.time_keys, setup.record_bytes)
        self.details = LineDecoder(setup.classifier.keys, setup.record_bytes)

    def new_tally(self) -> Tally:
        """Return an empty tally whose names have a memory limit."""
        classifier = self.setup.classifier
        each = self.setup.memory_bytes // max(len(classifier.names), 1)
        return Tally(
            names={column: Counts(each, self._new_table) for column in classifier.names},
            marks={mark: Counter() for mark in classifier.marks},
        )

    def scan(self, part: Part) -> Tally:
        """Count the lines of a part.

        Returns:
            A tally with one file. It contains the problem if the file cannot be read to its end.

        Raises:
            OutgrownError: The names exceed their memory limit, and no table is allowed.
            TelemetryError: The names exceed their memory limit, and the temporary file cannot be
                written.
        """
        tally = self.new_tally()
        path = part.source.path
        counts = self.setup.classifier.is_counted(path)
        file = tally.files[path] = FileTally(counts=counts)
        scan = _FileScan(self, path, tally)
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
    """An aspect of a file, and the function that returns its row of an event."""

    aspect: Aspect
    row: Callable[[object], Values]


class _FileScan:
    """The scan of one file: returns the tally of each block, and counts events in `tally`."""

    def __init__(self, scanner: Scanner, path: str, tally: Tally) -> None:
        setup = scanner.setup
        self._tally = tally
        self._cells = setup.cells
        self._limit = setup.record_bytes
        self._keywords = scanner.keywords
        self._events = scanner.events
        self._decoder = scanner.details
        self._counted = setup.classifier.is_counted(path)
        self._may_grow = not is_finished_name(path)
        self._details = [
            _Detail(aspect, scanner.details.values_of(aspect.keys))
            for aspect in setup.classifier.aspects(path)
        ]

    def block(self, data: bytes) -> FileTally:
        """Return the tally of a part that consists of this block only."""
        lines = data.split(b"\n")
        if terminated := not lines[-1]:
            # There is no line after the last line end.
            lines.pop()
        if not data.strip(_WHITE):
            # Count all lines at once, because a small archive can contain very many blank lines.
            hits = self._keyword_hits(data, lines)
            return FileTally(lines=len(lines), blank=len(lines), hits=hits)
        may_grow = self._may_grow and not terminated
        records = self._events.read(data, lines, may_grow=may_grow)
        tally = self._tally_of(records)
        if self._counted:
            tally.hits = self._keyword_hits(data, lines)
        else:
            found = (self._found(lines[position]) for position, _ in records.others)
            tally.hits = len(records.lines) + sum(found)
        return tally

    def long_line(self, line: LongLine) -> FileTally:
        """Return the tally of a part that consists of this line over the limit only."""
        tally = FileTally(lines=1, hits=int(self._keywords.found_in(line.head)))
        outcome: Outcome = None
        if not line.blank:
            # No more bytes can make it short enough.
            outcome = "too long" if line.utf8.valid else "not UTF-8"
        _count_others(tally, [(0, outcome)])
        if tally.rejected:
            tally.standing[REJECTED] = Standing(floating=1)
        return tally

    def _found(self, line: bytes) -> bool:
        return self._keywords.found_in(line[: self._limit])

    def _keyword_hits(self, data: bytes, lines: list[bytes]) -> int:
        """Return the number of lines that the keyword search finds within the limit."""
        if len(data) > self._limit:
            return sum(map(self._found, lines))
        return self._keywords.count(data, lines)

    def _tally_of(self, records: Records) -> FileTally:
        """Return the tally of the records of a block, and count the events in windows."""
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
        """Record the timed events beside each record of the block that has no time.

        Args:
            tally: The tally of the block.
            records: The records of the block.
            untimed: The positions of the events without a time among the events.
            cells: The cells of the timed events, in order.
        """
        absent = set(untimed)
        timed = [k for k in range(len(records.lines)) if k not in absent]
        if tally.rejected:
            # The events before a line are all lines before it except the other lines before it.
            before = (
                position - passed
                for passed, (position, outcome) in enumerate(records.others)
                if outcome is not None and outcome != "partial"
            )
            gaps = Counter(bisect_left(timed, events) for events in before)
            tally.standing[REJECTED] = _standing(gaps, cells)
        if tally.partial:
            tally.standing[PARTIAL] = _standing(Counter([len(cells)]), cells)
        if not untimed or not self._counted:
            return
        events = self._decoder.read_events([records.lines[k] for k in untimed])
        gaps_of = [bisect_left(timed, k) for k in untimed]
        tally.standing[UNTIMED] = _standing(Counter(gaps_of), cells)
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
        """Classify and count the events that are in a window."""
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
    """Count the lines of a block that are not events, by outcome."""
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
    """Return the records without a time of a block, placed between its timed events.

    Args:
        gaps: The number of records, by the number of timed events before them.
        cells: The cells of the timed events, in order.
    """
    if not cells:
        return Standing(floating=gaps.total())
    standing = Standing(leading=gaps.pop(0, 0), trailing=gaps.pop(len(cells), 0))
    for gap, count in gaps.items():
        standing.place(count, cells[gap - 1], cells[gap])
    return standing


def _grouped(rows: Iterable[tuple[int, Values]]) -> list[tuple[tuple[int, Values], int]]:
    """Group equal rows, so that each is classified once.

    Rows are not grouped if their values may be equal in Python but not in JSON (``true`` and 1), or
    if they cannot be hashed (arrays and objects).

    Returns:
        The rows with the number of their occurrences.
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
