"""Count a part of a file in a tally: the outcome of each line, and the time cell of each event."""

from __future__ import annotations

import contextlib
import gc
import re
from collections import Counter
from itertools import compress, groupby, islice
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.telemetry.counting.block import Block, Gaps, Reader, cells_of
from peaktrade_ops.telemetry.counting.counts import Counts
from peaktrade_ops.telemetry.counting.exhibits import MOST_EXHIBITS
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
from peaktrade_ops.telemetry.records.events import without
from peaktrade_ops.telemetry.records.keywords import Hits, Keywords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from peaktrade_ops.telemetry.counting.block import Classified
    from peaktrade_ops.telemetry.counting.cells import Cells, Placed
    from peaktrade_ops.telemetry.counting.classifier import Class, Classifier
    from peaktrade_ops.telemetry.counting.exhibits import Exhibits
    from peaktrade_ops.telemetry.counting.spill import Table
    from peaktrade_ops.telemetry.files import blocks as cutting
    from peaktrade_ops.telemetry.files.source import Source
    from peaktrade_ops.telemetry.files.store import Store
    from peaktrade_ops.telemetry.records.events import Outcome, Records

_is_blank: Final = re.compile(rb"[ \t\r\n]*+").fullmatch

# The events of a longer line are counted some at a time.
_LONG_BYTES: Final = 2**16

# Fewer lines of events without a time are searched one by one.
_FEW_UNTIMED: Final = 16

# Equal lines are looked for among at least so many lines, if they are so short on average.
_FEW_LINES: Final = 64
_SHORT_BYTES: Final = 64
# Lines are alike if each occurs so often on average.
_FEW_ALIKE: Final = 4

# Classes are counted by identity before their names are, so as many are kept in memory.
_MOST_CLASSES: Final = 2**14


class Part(NamedTuple):
    """The lines of a file that start in a byte range."""

    source: Source
    start: int
    end: int


class Setup(NamedTuple):
    """The settings of a scan; they can be sent to another process.

    Attributes:
        cells: The time cells to count by.
        classifier: Says how files are read, and classifies their events.
        keywords: The keyword search, a regular expression in RE2's syntax.
        record_bytes: The maximum length of a record, bytes; a longer one is ``too long``.
        memory_bytes: The approximate memory limit of the names of a tally, bytes.
        store: The store that contains the files.
        cache: The folder of the cache; `None` for no cache.
    """

    cells: Cells
    classifier: Classifier
    keywords: str
    record_bytes: int
    memory_bytes: int
    store: Store = LOCAL
    cache: Path | None = None


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
        """Compile the searches."""
        self.setup = setup
        self._new_table = new_table
        self.keywords = Keywords(setup.keywords, setup.classifier.suspicious)
        self._readers: dict[int, Reader] = {}

    def new_tally(self) -> Tally:
        """Return an empty tally whose names have a memory limit."""
        classifier = self.setup.classifier
        each = self.setup.memory_bytes // max(len(classifier.names), 1)
        return Tally(
            names={column: Counts(each, self._new_table) for column in classifier.names},
            marks={mark: Counter() for mark in classifier.marks},
        )

    def scan(self, part: Part, observe: Callable[[bytes], object] | None = None) -> Tally:
        """Count the lines of a part.

        Args:
            part: The part.
            observe: Called with all bytes of the lines, as they are in the file, in order.

        Returns:
            A tally with one file. It contains the problem if the file cannot be read to its end.

        Raises:
            OutgrownError: The names exceed their memory limit, and no table is allowed.
            TelemetryError: The names exceed their memory limit, and the temporary file cannot be
                written.
        """
        tally = self.new_tally()
        path = part.source.path
        reader = self._reader_of(part.source.name)
        file = tally.files[path] = FileTally(counts=reader.is_counted)
        scan = _FileScan(self, part.source, reader, tally)
        limit, store = self.setup.record_bytes, self.setup.store
        try:
            with _no_search_for_cycles():
                for piece in read_range(*part, limit, store, observe=observe):
                    if isinstance(piece, LongLine):
                        file.absorb(scan.long_line(piece))
                    else:
                        file.absorb(scan.block(piece))
                    # A long line is freed before the next one is read.
                    del piece
        except ReadProblemError as problem:
            file.problem = problem.reason
        scan.finish()
        return tally

    def _reader_of(self, name: str) -> Reader:
        kind = self.setup.classifier.kind_of(name)
        if id(kind) not in self._readers:
            self._readers[id(kind)] = Reader(kind, self.setup.record_bytes)
        return self._readers[id(kind)]


class _FileScan:
    """The scan of one file: returns the tally of each block, and counts events in `tally`."""

    def __init__(self, scanner: Scanner, source: Source, reader: Reader, tally: Tally) -> None:
        setup = scanner.setup
        self._path = source.path
        self._tally = tally
        self._cells = setup.cells
        self._limit = setup.record_bytes
        self._keywords = scanner.keywords
        self._reader = reader
        self._counted = reader.is_counted
        self._may_grow = not is_finished_name(source.name)
        # Whether the block before is in windows: then the next one is so most probably.
        self._most_are_read = False
        self._named: dict[int, Counter[Class]] = {}

    def finish(self) -> None:
        """Count in `tally` the names that are still held back."""
        for span, classes in self._named.items():
            names: dict[str, dict[str, int]] = {}
            for each, count in classes.items():
                for column, text in each.names:
                    counts = names.setdefault(column, {})
                    counts[text] = counts.get(text, 0) + count
            for column, counts in names.items():
                self._tally.names[column].add_all(span, counts)
        self._named.clear()

    def block(self, block: cutting.Block) -> FileTally:
        """Return the tally of a part that consists of this block only."""
        data = block.data
        lines, terminated = block.lines()
        if _is_blank(data):
            # Count all lines at once, because a small archive can contain very many blank lines.
            hits = self._search(data, lines, wants_suspects=False).lines
            return FileTally(lines=len(lines), blank=len(lines), hits=hits)
        may_grow = self._may_grow and not terminated
        if self._reader.opens and max(map(len, lines)) > _LONG_BYTES:
            return self._long_lines(lines, may_grow=may_grow)
        return self._read(data, lines, may_grow=may_grow)

    def _read(self, data: bytes, lines: list[bytes], *, may_grow: bool) -> FileTally:
        """Return the tally of lines."""
        alike: dict[bytes, bytes] = {}
        if len(lines) > _FEW_LINES and len(data) < _SHORT_BYTES * len(lines):
            # Short lines are often equal. Each is decoded, searched and classified once.
            same = list(map(alike.setdefault, lines, lines))
            if len(alike) > len(lines) // _FEW_ALIKE:
                alike = {}
            else:
                lines = same
        records = self._reader.events.read(
            data, lines, may_grow=may_grow, wants_details=self._most_are_read, distinct=alike
        )
        placed = cells_of(records.times, self._cells)
        is_read = [self._cells.read[cell] for cell in placed.counts]
        in_window = any(is_read)
        self._most_are_read = in_window and all(is_read)
        has_untimed = len(records.times.untimed) > len(lines) // _FEW_UNTIMED
        wants_suspects = in_window or has_untimed
        if alike:
            found = self._search_alike(lines, alike, wants_suspects=wants_suspects)
        else:
            found = self._search(data, lines, wants_suspects=wants_suspects)
        if records.times.untimed and not in_window and not has_untimed:
            found = found._replace(suspects=self._untimed_suspects(records, lines))
        tally = self._tally_of(Block(records, found.suspects), placed)
        tally.hits = found.lines
        if not self._counted:
            others = (self._found(lines[position]) for position, _ in records.others)
            tally.hits = tally.events + sum(others)
        return tally

    def _long_lines(self, lines: Sequence[bytes], *, may_grow: bool) -> FileTally:
        """Return the tally of lines of which some may contain very many events."""
        tally = FileTally(counts=self._counted)
        for is_long, group in groupby(enumerate(lines), lambda each: len(each[1]) > _LONG_BYTES):
            some = list(group)
            may_end_grow = may_grow and some[-1][0] == len(lines) - 1
            if is_long:
                for position, line in some:
                    is_last = position == some[-1][0]
                    self._slices(tally, line, may_grow=may_end_grow and is_last)
            else:
                shorter = [line for _, line in some]
                text = b"\n".join((*shorter, b""))
                tally.absorb(self._read(text, shorter, may_grow=may_end_grow))
        return tally

    def _slices(self, tally: FileTally, line: bytes, *, may_grow: bool) -> None:
        """Add the tally of a long line."""
        is_suspect = self._keywords.is_suspect(line[: self._limit])
        hits = int(self._found(line))
        for records in self._reader.events.read_slices(line, may_grow=may_grow):
            placed = cells_of(records.times, self._cells)
            suspects = records.positions()[:1] if is_suspect else ()
            part = self._tally_of(Block(records, suspects), placed)
            part.counts = self._counted
            part.hits, hits = hits, 0
            if not self._counted and part.events:
                part.hits = 1
            tally.absorb(part)

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

    def _search(self, data: bytes, lines: list[bytes], *, wants_suspects: bool) -> Hits:
        """Search the lines of a block within the limit."""
        if len(data) > self._limit:
            lines = [line[: self._limit] for line in lines]
            data = b"\n".join(lines)
        if wants_suspects:
            return self._keywords.search(data, lines)
        return Hits(self._keywords.count(data, lines), [])

    def _search_alike(
        self, lines: list[bytes], distinct: Iterable[bytes], *, wants_suspects: bool
    ) -> Hits:
        """Search lines of which many are equal."""
        hits = set(filter(self._found, distinct))
        suspects: list[int] = []
        if wants_suspects:
            is_suspect = self._keywords.is_suspect
            some = {line for line in distinct if is_suspect(line[: self._limit])}
            suspects = list(compress(range(len(lines)), map(some.__contains__, lines)))
        return Hits(sum(map(hits.__contains__, lines)) if hits else 0, suspects)

    def _untimed_suspects(self, records: Records, lines: list[bytes]) -> list[int]:
        """Return the positions of the suspicious lines among those of events without a time."""
        positions = records.positions()
        untimed = dict.fromkeys(positions[k] for k in records.times.untimed)
        is_suspect = self._keywords.is_suspect
        return [position for position in untimed if is_suspect(lines[position][: self._limit])]

    def _tally_of(self, block: Block, placed: Placed) -> FileTally:
        """Return the tally of the records of a block, and count the events in windows."""
        records, times, cells = block.records, block.records.times, placed.cells
        size = records.size
        tally = FileTally(lines=size, events=size - len(records.others), naive=times.naive)
        tally.unpacked = records.held.unpacked if records.held else 0
        _count_others(tally, records.others)
        if cells:
            spans = self._cells.spans
            tally.first, tally.last = times.first, times.last
            tally.timed = placed.counts
            tally.opening, tally.closing = cells[0], cells[-1]
            tally.exhibits.opening, tally.exhibits.closing = spans[cells[0]], spans[cells[-1]]
        gaps = Gaps(times.untimed, cells)
        if times.untimed:
            tally.untimed = len(times.untimed)
            self._place_untimed(tally, block, gaps)
        if tally.rejected and not cells:
            tally.standing[REJECTED] = Standing(floating=tally.rejected)
        elif tally.rejected:
            before = (
                gaps.before(events)
                for events, outcome in block.events_before_others()
                if outcome is not None and outcome != "partial"
            )
            tally.standing[REJECTED] = _standing(Counter(before), cells)
        if tally.partial:
            tally.standing[PARTIAL] = _standing(Counter([len(cells)]), cells)
        if any(self._cells.read[cell] for cell in placed.counts):
            self._count(tally, block, placed)
        return tally

    def _place_untimed(self, tally: FileTally, block: Block, gaps: Gaps) -> None:
        """Record the timed events beside each event of the block that has no time."""
        if self._counted:
            tally.standing[UNTIMED] = _standing(Counter(gaps.of), gaps.cells)
        some = self._reader.classify(block, gaps.untimed)
        marked: dict[str, Counter[int]] = {}
        for classes in some.classes:
            for (gap, marks), count in _marked(gaps.of, classes):
                for mark in marks:
                    marked.setdefault(mark, Counter())[gap] += count
        for mark, counts in marked.items():
            tally.standing[mark] = _standing(counts, gaps.cells)
        for kind, places in some.exhibits(attrgetter("untimed_exhibits")).items():
            self._place_exhibits(tally.exhibits, some, kind, places, gaps)

    def _place_exhibits(
        self, exhibits: Exhibits, some: Classified, kind: str, places: Sequence[int], gaps: Gaps
    ) -> None:
        """Keep events without a time as evidence, between the timed events beside them."""
        kept: dict[str | tuple[int, int], list[int]] = {}
        for place in places:
            at_ends = kept.setdefault(self._ends_of(gaps, gaps.of[place]), [])
            if len(at_ends) < MOST_EXHIBITS:
                at_ends.append(place)
        at_an_end = {
            "floating": exhibits.floating,
            "leading": exhibits.leading,
            "trailing": exhibits.trailing,
        }
        for ends, chosen in kept.items():
            found = [self._reader.exhibit(some, place, None) for place in chosen]
            if isinstance(ends, str):
                at_an_end[ends][kind] = found
            else:
                exhibits.place(kind, ends, found)

    def _ends_of(self, gaps: Gaps, gap: int) -> str | tuple[int, int]:
        """Return the spans beside a gap, in order; the name of the list at an end of the block."""
        if not gaps.cells:
            return "floating"
        if gap == 0:
            return "leading"
        if gap == len(gaps.cells):
            return "trailing"
        spans = self._cells.spans
        before, after = spans[gaps.cells[gap - 1]], spans[gaps.cells[gap]]
        return min(before, after), max(before, after)

    def _count(self, tally: FileTally, block: Block, placed: Placed) -> None:
        """Classify and count the events that are in a window, or ahead of the clock."""
        times, read = block.records.times, self._cells.read
        at: Sequence[int] = range(len(times.values))
        if times.untimed:
            at = without(at, times.untimed)
        inside: Sequence[int] = placed.cells
        if not all(read[cell] for cell in placed.counts):
            is_read = [read[cell] for cell in inside]
            at, inside = list(compress(at, is_read)), list(compress(inside, is_read))
        some = self._reader.classify(block, at)
        if self._counted:
            self._tally.events.update(
                {cell: count for cell, count in placed.counts.items() if read[cell]}
            )
        for classes in some.classes:
            self._count_classes(classes, inside)
        for kind, places in some.exhibits(attrgetter("exhibits")).items():
            self._keep_exhibits(tally.exhibits, some, kind, places, inside)

    def _count_classes(self, classes: Sequence[Class], cells: Sequence[int]) -> None:
        for (cell, marks), count in _marked(cells, classes):
            for mark in marks:
                self._tally.marks[mark][cell] += count
        # Equal events of many blocks are counted together, because adding a name is slow.
        span_of = self._cells.spans
        if len({span_of[cell] for cell in set(cells)}) > 1:
            spans = [span_of[cell] for cell in cells]
            for (span, each), count in Counter(zip(spans, classes, strict=True)).items():
                self._named.setdefault(span, Counter())[each] += count
        else:
            span = span_of[cells[0]]
            self._named.setdefault(span, Counter()).update(classes)
        if sum(map(len, self._named.values())) > _MOST_CLASSES:
            self.finish()

    def _keep_exhibits(
        self,
        exhibits: Exhibits,
        some: Classified,
        kind: str,
        places: Sequence[int],
        cells: Sequence[int],
    ) -> None:
        """Keep the first events of each span as evidence.

        Args:
            exhibits: Where to keep them.
            some: Events with a time.
            kind: The kind of evidence.
            places: The places of the evidence among the events.
            cells: The cell of each event.
        """
        counted, span_of = self._cells.counted, self._cells.spans
        by_span: dict[int, list[int]] = {}
        for place in places:
            if counted[cells[place]]:
                by_span.setdefault(span_of[cells[place]], []).append(place)
        kept = self._tally.files[self._path].exhibits
        for span, found in by_span.items():
            first = some.first(found, MOST_EXHIBITS, kept.latest(kind, span))
            if first:
                shown = [self._reader.exhibit(some, place, moment) for moment, place in first]
                exhibits.add(kind, span, shown)


def _marked(
    places: Sequence[int], classes: Sequence[Class]
) -> Iterable[tuple[tuple[int, tuple[str, ...]], int]]:
    """Return the number of events at each place with the same marks, if they have any."""
    marked = {each for each in set(classes) if each.marks}
    if not marked:
        return ()
    has_marks = list(map(marked.__contains__, classes))
    marks = map(attrgetter("marks"), compress(classes, has_marks))
    return Counter(zip(compress(places, has_marks), marks, strict=True)).items()


@contextlib.contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Switch off the search for objects in reference cycles; values from JSON are in none.

    A scan makes so many tuples that the search takes longer than the scan itself.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _count_others(tally: FileTally, others: Sequence[tuple[int, Outcome]]) -> None:
    """Count the lines of a block that are not events, by outcome."""
    counts = Counter(map(itemgetter(1), others))
    tally.blank += counts.pop(None, 0)
    tally.partial += counts.pop("partial", 0)
    tally.rejected += counts.total()
    rejects = (
        (position + 1, outcome)
        for position, outcome in others
        if outcome is not None and outcome != "partial"
    )
    tally.rejects += islice(rejects, MOST_REJECTS - len(tally.rejects))


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
