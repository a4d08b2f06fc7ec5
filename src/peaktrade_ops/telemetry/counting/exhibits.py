"""Keep the first events of each kind of evidence, with their places, in bounded memory."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (kept evidence is decoded by its types)
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.window import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_EXHIBITS: Final = 20
"""The maximum number of events that a list of evidence shows."""


class Exhibit(NamedTuple):
    """One event as evidence.

    Attributes:
        moment: Its time, aware; `None` if it has none.
        line: Its line number in the file, or in the part of it, from 1.
        labels: What the aspects say of it, by name.
        text: Its text; `None` if it has none.
        place: Its place among the events of its line.
    """

    moment: datetime | None
    line: int
    labels: tuple[tuple[str, str | None], ...]
    text: str | None
    place: int = 0

    def moved(self, lines: int) -> Exhibit:
        """Return the same event some lines further."""
        return self._replace(line=self.line + lines)


class Exhibits(msgspec.Struct):
    """The evidence of a file, or of a part of it.

    An event with a time is kept for its span. An event without one stands between two timed events
    (see `tally.Standing`), so it is kept for the spans of both.

    Attributes:
        timed: The first events by kind and span, by time and line.
        placed: Events between two timed events, by kind, earlier span and later span.
        leading: Events before the first timed event, by kind.
        trailing: Events after the last timed event, by kind.
        floating: Events of a part without any timed event, by kind.
        opening: The span of the first timed event, in the order of the file.
        closing: The span of the last timed event, in the order of the file.
    """

    timed: dict[tuple[str, int], list[Exhibit]] = msgspec.field(default_factory=dict)
    placed: dict[tuple[str, int, int], list[Exhibit]] = msgspec.field(default_factory=dict)
    leading: dict[str, list[Exhibit]] = msgspec.field(default_factory=dict)
    trailing: dict[str, list[Exhibit]] = msgspec.field(default_factory=dict)
    floating: dict[str, list[Exhibit]] = msgspec.field(default_factory=dict)
    opening: int | None = None
    closing: int | None = None

    @property
    def size(self) -> int:
        """The number of events, counted once for each list that has them."""
        lists = (self.timed, self.placed, self.leading, self.trailing, self.floating)
        return sum(len(found) for each in lists for found in each.values())

    def latest(self, kind: str, span: int) -> datetime | None:
        """Return the time from which on events are too late to be kept; `None` if there is none."""
        known = self.timed.get((kind, span), [])
        return known[-1].moment if len(known) == MOST_EXHIBITS else None

    def add(self, kind: str, span: int, found: Iterable[Exhibit]) -> None:
        """Add events with a time, which follow those that are kept."""
        key = kind, span
        self.timed[key] = _first_of((*self.timed.get(key, ()), *found))

    def place(self, kind: str, spans: tuple[int, int], found: Iterable[Exhibit]) -> None:
        """Add events between two times, which follow those that are kept."""
        key = kind, min(spans), max(spans)
        self.placed[key] = _first_of((*self.placed.get(key, ()), *found))

    def absorb(self, after: Exhibits, lines: int) -> None:
        """Add the evidence of the part that follows directly.

        Args:
            after: The evidence of that part.
            lines: The number of lines before it.
        """
        for (kind, span), found in after.timed.items():
            self.add(kind, span, _moved(found, lines))
        for (kind, *spans), found in after.placed.items():
            self.place(kind, (spans[0], spans[1]), _moved(found, lines))
        waiting = (self.trailing, self.floating, after.leading, after.floating, after.trailing)
        for kind in {kind for lists in waiting for kind in lists}:
            self._join(kind, after, lines)
        if self.opening is None:
            self.opening = after.opening
        if after.closing is not None:
            self.closing = after.closing

    def _join(self, kind: str, after: Exhibits, lines: int) -> None:
        """Add the events at the ends of both parts that have no time."""
        leading = _moved(after.leading.get(kind, ()), lines)
        floating = _moved(after.floating.get(kind, ()), lines)
        if self.closing is None and after.opening is None:
            _extend(self.floating, kind, floating)
        elif self.closing is None:
            _extend(self.leading, kind, (*self.floating.pop(kind, ()), *leading))
            _extend(self.trailing, kind, _moved(after.trailing.get(kind, ()), lines))
        elif after.opening is None:
            _extend(self.trailing, kind, floating)
        else:
            between = (*self.trailing.pop(kind, ()), *leading)
            if between:
                self.place(kind, (self.closing, after.opening), between)
            _extend(self.trailing, kind, _moved(after.trailing.get(kind, ()), lines))

    def untimed_in(self, kind: str, spans: range, written: int) -> list[Exhibit]:
        """Return the first events without a time that stand in some spans, of a whole file.

        Args:
            kind: The kind.
            spans: The spans of a window.
            written: The span of the modification time (see `tally.Standing.settled`).
        """
        found = [
            exhibit
            for first, last, exhibits in self._settled(kind, written)
            if first < spans.stop and last >= spans.start
            for exhibit in exhibits
        ]
        return sorted(found, key=_order)[:MOST_EXHIBITS]

    def _settled(self, kind: str, written: int) -> Iterator[tuple[int, int, list[Exhibit]]]:
        for (name, first, last), found in self.placed.items():
            if name == kind:
                yield first, last, found
        yield 0, written, self.floating.get(kind, [])
        if self.opening is not None and self.closing is not None:
            yield self.opening, self.opening, self.leading.get(kind, [])
            yield self.closing, max(self.closing, written), self.trailing.get(kind, [])


def _extend(lists: dict[str, list[Exhibit]], kind: str, found: Iterable[Exhibit]) -> None:
    """Add events to a list, which they follow."""
    joined = [*lists.get(kind, ()), *found][:MOST_EXHIBITS]
    if joined:
        lists[kind] = joined


def _moved(found: Iterable[Exhibit], lines: int) -> list[Exhibit]:
    return [exhibit.moved(lines) for exhibit in found]


def _first_of(found: Iterable[Exhibit]) -> list[Exhibit]:
    return sorted(found, key=_order)[:MOST_EXHIBITS]


def _order(exhibit: Exhibit) -> tuple[datetime, int, int]:
    """Return the place of an event in the order of time, then of lines."""
    return exhibit.moment or EPOCH, exhibit.line, exhibit.place
