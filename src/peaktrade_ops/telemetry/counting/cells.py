"""Divide time into cells at the borders of all windows that a scan counts.

Each window also adds a border at each of its hours, so each hour and each window is a range of
whole cells, even if windows overlap. The counts of a window are sums over cells, so one scan serves
any number of windows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from peaktrade_ops.window import HOUR, NO_TIME_BEFORE, epoch_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from peaktrade_ops.telemetry.records.times import Scale
    from peaktrade_ops.window import Window

HOURS: Final = 24


class Placed(NamedTuple):
    """The cells of some times.

    Attributes:
        cells: The number of the cell of each time.
        counts: The number of times by cell.
    """

    cells: list[int]
    counts: Counter[int]


class Cells:
    """Numbered cells that cover all time.

    A moment from which on events are ahead of the clock is a border, too.

    Cell 0 ends before the first mark, cell ``i`` begins at mark ``i - 1``, and the last cell has
    no end. Names are counted by *spans*, which are larger cells between the starts and ends of
    windows, because no report lists names by hour.

    Args:
        windows: The windows, in any order; they may overlap, touch or be the same.
        ahead: The moment from which on events are ahead of the clock; `None` if none are.

    Attributes:
        ends: The sorted ends of the windows, each once.
        ahead: The moment from which on events are ahead of the clock.
        marks: The sorted borders of the cells.
        edges: The sorted borders of the spans.
        spans: The number of the span that contains each cell, by the number of the cell.
        counted: Whether each cell is in a window, by the number of the cell.
        in_windows: Whether each span is in a window, by the number of the span.
        read: Whether events are classified, for each cell: those in a window and those ahead.
        first_ahead: The first cell that is ahead; the number of all cells if none is.
    """

    def __init__(self, windows: Iterable[Window], ahead: datetime | None = None) -> None:
        """Collect the borders of the windows."""
        windows = list(windows)
        self.ends = tuple(sorted({window.end for window in windows}))
        self.ahead = ahead
        borders = {w.start + hour * HOUR for w in windows for hour in range(HOURS + 1)}
        self.marks = sorted(borders | ({ahead} if ahead else set()))
        self._marks_ns = [epoch_ns(mark) for mark in self.marks]
        self.edges = sorted({edge for w in windows for edge in (w.start, w.end)})
        self.spans = [0, *(bisect_right(self.edges, mark) for mark in self.marks)]
        inside = {cell for window in windows for cell in self.of_window(window)}
        cells = range(len(self.marks) + 1)
        self.first_ahead = self.of(ahead) if ahead else len(cells)
        self.counted = [cell in inside for cell in cells]
        spans = {span for window in windows for span in self.spans_of(window)}
        self.in_windows = [span in spans for span in range(len(self.edges) + 1)]
        self.read = [cell in inside or cell >= self.first_ahead for cell in cells]

    def of(self, moment: datetime) -> int:
        """Return the number of the cell that contains a moment (aware)."""
        return bisect_right(self.marks, moment)

    def of_write(self, modified_ns: int) -> int:
        """Return the cell of a modification time, nanoseconds since 1970.

        Returns:
            The cell; the last one if the time lies before 2000, because file systems that keep no
            time show such.
        """
        if modified_ns < epoch_ns(NO_TIME_BEFORE):
            return len(self.marks)
        # Not as a moment, because a file can be dated after the last one.
        return bisect_right(self._marks_ns, modified_ns)

    def of_all(
        self, values: list[Any], scale: Scale, earliest: datetime, latest: datetime
    ) -> Placed:
        """Find the cells of some times.

        Args:
            values: A value for each time.
            scale: What the values mean.
            earliest: The earliest time, which limits the search.
            latest: The latest time, which limits the search.
        """
        first, last = self.of(earliest), self.of(latest)
        if first == last:
            return Placed([first] * len(values), Counter({first: len(values)}))
        marks = list(map(scale.value, self.marks[first:last]))
        if values != sorted(values):
            cells = [first + bisect_right(marks, value) for value in values]
            return Placed(cells, Counter(cells))
        # Most logs are in order, so that each cell is a run of times.
        cells, counts = [], Counter[int]()
        for cell in range(first, last + 1):
            end = bisect_left(values, marks[cell - first]) if cell < last else len(values)
            if count := end - len(cells):
                cells += [cell] * count
                counts[cell] = count
        return Placed(cells, counts)

    def of_window(self, window: Window) -> range:
        """Return the cells of one of the windows."""
        return _between(self.marks, window.start, window.end)

    def of_hours(self, window: Window) -> list[range]:
        """Return the cells of each of the 24 hours of one of the windows."""
        starts = [window.start + hour * HOUR for hour in range(HOURS)]
        return [_between(self.marks, start, start + HOUR) for start in starts]

    def spans_of(self, window: Window) -> range:
        """Return the spans of one of the windows."""
        return _between(self.edges, window.start, window.end)


def _between(borders: Sequence[datetime], start: datetime, end: datetime) -> range:
    """Return the numbers of the cells between two of the borders."""
    return range(bisect_right(borders, start), bisect_left(borders, end) + 1)
