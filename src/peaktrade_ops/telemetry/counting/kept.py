"""Write the tally of a part as bytes, and count it again by other cells.

A tally is counted by the cells of the windows that were asked for. Later runs ask for other
windows. A cell of then fits if it lies in one cell of now, so that its counts can be added up. A
cell without events always fits. What is kept says nothing about the name and the modification time
of the file, or about the clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from peaktrade_ops.telemetry.counting.exhibits import Exhibit, Exhibits
from peaktrade_ops.telemetry.counting.tally import FileTally, Standing, Tally
from peaktrade_ops.telemetry.records.decode import Reason
from peaktrade_ops.window import EPOCH, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from peaktrade_ops.telemetry.counting.cells import Cells

_NUMBERS: Final = (
    "lines",
    "blank",
    "events",
    "rejected",
    "partial",
    "untimed",
    "naive",
    "hits",
    "unpacked",
)
_numbers_of = attrgetter(*_NUMBERS)

ByKind = dict[str, list[Exhibit]]


class _Standing(msgspec.Struct, frozen=True, array_like=True):
    earlier: dict[int, int]
    later: dict[int, int]
    leading: int
    trailing: int
    floating: int


class _Exhibits(msgspec.Struct, frozen=True, array_like=True):
    timed: list[tuple[str, int, list[Exhibit]]]
    placed: list[tuple[str, int, int, list[Exhibit]]]
    leading: ByKind
    trailing: ByKind
    floating: ByKind
    opening: int | None
    closing: int | None


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """The tally of a part of a file, as it is kept.

    Attributes:
        ends: The ends of the windows that it was counted by.
        ahead: The moment from which on events were ahead of the clock.
        numbers: The numbers of the `FileTally`.
        timed: Its events with a time, by cell; `opening` and `closing` are cells, too.
        first: Its earliest time; `last` is its latest.
        rejects: Its first rejected records.
        standing: Its records without a time of their own.
        exhibits: Its evidence.
        counts: Whether its events count.
        problem: The reason why the part was not read to its end; empty if it was.
        counted: The events of the `Tally`, by cell.
        marks: Its marked events, by mark and cell.
        names: Its names, by column and span.
    """

    ends: tuple[datetime, ...]
    ahead: datetime | None
    numbers: tuple[int, int, int, int, int, int, int, int, int]
    timed: dict[int, int]
    opening: int | None
    closing: int | None
    first: datetime | None
    last: datetime | None
    rejects: list[tuple[int, Reason]]
    standing: dict[str, _Standing]
    exhibits: _Exhibits
    counts: bool
    problem: str
    counted: dict[int, int]
    marks: dict[str, dict[int, int]]
    names: dict[str, dict[int, dict[str, int]]]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Kept).decode


def to_bytes(tally: Tally, cells: Cells) -> bytes:
    """Return the tally of one part as bytes.

    Args:
        tally: A tally of one file, whose names are in memory.
        cells: The cells that it was counted by.
    """
    [file] = tally.files.values()
    shown = file.exhibits
    names: dict[str, dict[int, dict[str, int]]] = {}
    for column, counted in tally.names.items():
        spans = names.setdefault(column, {})
        for span, name, count in counted.items():
            spans.setdefault(span, {})[name] = count
    return _encode(
        Kept(
            ends=cells.ends,
            ahead=cells.ahead,
            numbers=_numbers_of(file),
            timed=file.timed,
            opening=file.opening,
            closing=file.closing,
            first=file.first,
            last=file.last,
            rejects=file.rejects,
            standing={
                kind: _Standing(
                    each.earlier, each.later, each.leading, each.trailing, each.floating
                )
                for kind, each in file.standing.items()
            },
            exhibits=_Exhibits(
                timed=[(*key, found) for key, found in shown.timed.items()],
                placed=[(*key, found) for key, found in shown.placed.items()],
                leading=shown.leading,
                trailing=shown.trailing,
                floating=shown.floating,
                opening=shown.opening,
                closing=shown.closing,
            ),
            counts=file.counts,
            problem=file.problem,
            counted=tally.events,
            marks={mark: counts for mark, counts in tally.marks.items() if counts},
            names={column: spans for column, spans in names.items() if spans},
        )
    )


def from_bytes(data: bytes) -> Kept:
    """Return what was kept.

    Raises:
        msgspec.MsgspecError: The bytes are not a kept tally.
    """
    try:
        kept = _decode(data)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"a text: {error.reason}") from error
    if any(end.tzinfo is None for end in (*kept.ends, kept.ahead or EPOCH)):
        raise msgspec.ValidationError("a moment without a time zone")
    return kept


class Recut:
    """Counts kept tallies by the cells that are asked for.

    Args:
        cells: The cells that are asked for.
        new_tally: Returns an empty tally.
    """

    def __init__(self, cells: Cells, new_tally: Callable[[], Tally]) -> None:
        """Start without known cells of earlier runs."""
        self._cells = cells
        self._new_tally = new_tally
        self._maps: dict[tuple[tuple[datetime, ...], datetime | None], _Map] = {}

    def tally(self, kept: Kept, path: str) -> Tally | None:
        """Return a kept tally by the cells that are asked for.

        Args:
            kept: The tally.
            path: The file in reports.

        Returns:
            The tally; `None` if it does not say enough, so that the part must be scanned.
        """
        asked = kept.ends, kept.ahead
        if asked not in self._maps:
            then = type(self._cells)([Window(end, end.date()) for end in kept.ends], kept.ahead)
            self._maps[asked] = _Map(then, self._cells)
        cells = self._maps[asked]
        try:
            return _recut(kept, cells, path, self._new_tally())
        except (_DoesNotFitError, KeyError):
            # A mark or a column that this version does not know is a reason, too.
            return None


class _DoesNotFitError(Exception):
    """A cell or a span of then with events does not lie in one of now, or was not read."""


class _Map:
    """The cells and spans of now in which those of then lie.

    Args:
        then: The cells of then.
        now: The cells of now.
    """

    def __init__(self, then: Cells, now: Cells) -> None:
        self.now = now
        self._cells = {
            cell: inside
            for cell, inside in enumerate(_insides(then.marks, now.marks))
            if inside is not None
            and (then.read[cell] or not now.read[inside])
            and (then.counted[cell] or not now.counted[inside])
        }
        self._spans = dict(enumerate(_insides(then.edges, now.edges)))

    def cell(self, cell: int) -> int:
        """Return the cell of now."""
        inside = self._cells.get(cell)
        if inside is None:
            raise _DoesNotFitError
        return inside

    def span(self, span: int) -> int:
        """Return the span of now."""
        inside = self._spans.get(span)
        if inside is None:
            raise _DoesNotFitError
        return inside

    def cells(self, counts: Mapping[int, int]) -> Counter[int]:
        """Return counts by the cells of now."""
        moved: dict[int, int] = {}
        for cell, count in counts.items():
            inside = self.cell(cell)
            moved[inside] = moved.get(inside, 0) + count
        return Counter(moved)

    def read_cells(self, counts: Mapping[int, int]) -> Counter[int]:
        """Return counts by the cells of now, without those whose events are not read now."""
        read = self.now.read
        return Counter({cell: n for cell, n in self.cells(counts).items() if read[cell]})


def _insides(then: Sequence[datetime], now: Sequence[datetime]) -> Iterable[int | None]:
    """Yield the interval between borders of now in which each one between borders of then lies."""
    for number in range(len(then) + 1):
        inside = bisect_right(now, then[number - 1]) if number else 0
        end = then[number] if number < len(then) else None
        is_whole = inside == len(now) or (end is not None and end <= now[inside])
        yield inside if is_whole else None


def _recut(kept: Kept, cells: _Map, path: str, tally: Tally) -> Tally:
    shown = kept.exhibits
    file = FileTally(
        **dict(zip(_NUMBERS, kept.numbers, strict=True)),
        timed=cells.cells(kept.timed),
        opening=None if kept.opening is None else cells.cell(kept.opening),
        closing=None if kept.closing is None else cells.cell(kept.closing),
        first=kept.first,
        last=kept.last,
        rejects=kept.rejects,
        counts=kept.counts,
        problem=kept.problem,
        standing={
            kind: Standing(
                cells.cells(each.earlier),
                cells.cells(each.later),
                each.leading,
                each.trailing,
                each.floating,
            )
            for kind, each in kept.standing.items()
        },
        exhibits=Exhibits(
            leading=shown.leading,
            trailing=shown.trailing,
            floating=shown.floating,
            opening=None if shown.opening is None else cells.span(shown.opening),
            closing=None if shown.closing is None else cells.span(shown.closing),
        ),
    )
    in_windows = cells.now.in_windows
    for kind, span, found in shown.timed:
        if in_windows[inside := cells.span(span)]:
            file.exhibits.add(kind, inside, found)
    for kind, first, last, found in shown.placed:
        file.exhibits.place(kind, (cells.span(first), cells.span(last)), found)
    tally.files[path] = file
    tally.events.update(cells.read_cells(kept.counted))
    for mark, counts in kept.marks.items():
        tally.marks[mark].update(cells.read_cells(counts))
    for column, spans in kept.names.items():
        for span, names in spans.items():
            if in_windows[inside := cells.span(span)]:
                tally.names[column].add_all(inside, names)
    return tally
