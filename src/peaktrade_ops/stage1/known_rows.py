"""Remember what rows of values and long texts say, so that equal events are read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from peaktrade_ops.telemetry.counting.classifier import Class
from peaktrade_ops.telemetry.records.events import positions_of_none
from peaktrade_ops.telemetry.records.keys import (
    column_at,
    distinguished,
    row_at,
    rows_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from peaktrade_ops.telemetry.counting.classifier import Events
    from peaktrade_ops.telemetry.records.keys import Column, Lookup, Values

MOST_ROWS: Final = 4096
"""More rows than these are forgotten before the next block: a row keeps its values in memory."""

_MOST_CHARACTERS: Final = 1000
# More than the keys of an event, so that the values that all events of a line share stay known.
_MOST_TEXTS: Final = 512
_MOST_LONG_ROWS: Final = 64
_FEW_NEW: Final = 64

_T = TypeVar("_T")
_Class = TypeVar("_Class", bound=Class)
_Lines = TypeVar("_Lines", bound="Lines")


class Lines(msgspec.Struct, eq=False):
    """What is known of some lines while their events are read.

    All events of a line may share long values. What they say is found once, and kept only as long
    as the lines are.

    Attributes:
        rows: The classes of rows that are too long to be remembered for other lines.
    """

    rows: dict[tuple[object, ...], Any] = {}
    _texts: dict[tuple[object, int], tuple[str, Any]] = {}

    def of_text(self, text: str, find: Callable[[str], _T]) -> _T:
        """Return what a function finds in a text; of a long one it is remembered."""
        if len(text) < _MOST_CHARACTERS:
            return find(text)
        # The text is kept, so that no other one gets its identity.
        key = find, id(text)
        known = self._texts.pop(key, None) or (text, find(text))
        self._texts[key] = known
        if len(self._texts) > _MOST_TEXTS:
            del self._texts[next(iter(self._texts))]
        found: _T = known[1]
        return found

    def keep_row(self, row: Values, read: object) -> None:
        """Remember the class of a long row."""
        if len(self.rows) >= _MOST_LONG_ROWS:
            self.rows.clear()
        self.rows[row] = read


def lines_of(events: Events, aspect: object, kind: type[_Lines]) -> _Lines:
    """Return what an aspect knows of the lines of some events, in an object of a class."""
    if events.memo is None:
        return kind()
    lines: _Lines = events.memo.setdefault(aspect, kind())
    return lines


class KnownRows(Generic[_Class, _Lines]):
    """Remembers the class of each row of values at some places.

    Args:
        places: The places of the values on which the class depends.
    """

    def __init__(self, places: Sequence[Lookup]) -> None:
        """Know nothing yet."""
        self._places = places
        self._known: dict[Values, _Class] = {}

    def classes(
        self, events: Events, lines: _Lines, read: Callable[[Values, _Lines], _Class]
    ) -> list[_Class]:
        """Return the class of each event; equal events share it.

        Args:
            events: The events.
            lines: What is known of their lines.
            read: Returns the class of an event by the values of its keys.
        """
        size = len(events.lines)
        if events.columns.count(None) == len(events.columns):
            # Events without any of the values are alike.
            return self._classes(events, 1, lines, read) * size
        return self._classes(events, size, lines, read)

    def _classes(
        self, events: Events, size: int, lines: _Lines, read: Callable[[Values, _Lines], _Class]
    ) -> list[_Class]:
        """Return the classes of the first so many events."""
        if len(self._known) > MOST_ROWS:
            self._known.clear()
        rows = rows_of(events.columns, size, self._places)
        classes = list(map(self._known.get, rows))
        unknown = positions_of_none(classes)
        # Many rows are taken out of the columns at once.
        values = rows_at(events.columns, size) if len(unknown) > _FEW_NEW else None
        for place in unknown:
            row = rows[place]
            known = self._known.get(row) or lines.rows.get(row)
            if known is None:
                known = read(values[place] if values else row_at(events.columns, place), lines)
                self._keep(row, known, lines)
            classes[place] = known
        return classes  # type: ignore[return-value]  # there is no `None`

    def _keep(self, row: Values, known: _Class, lines: Lines) -> None:
        if can_be_kept(row):
            self._known[row] = known
        else:
            lines.keep_row(row, known)


def rows_of(columns: Sequence[Column], size: int, places: Sequence[Lookup]) -> list[Values]:
    """Return what is known of events by the values at some places: equal only for equal values.

    Most places have no value in any event of a block, so a row has only those that have one, and
    says which these are.
    """
    found = [column_at(columns, place) for place in places]
    present = bytes(column is not None for column in found)
    known = [distinguished(column) for column in found if column is not None]
    return list(zip([present] * size, *known, strict=True))


def can_be_kept(row: Values) -> bool:
    """Return whether a row is small enough to be remembered."""
    return sum(len(each) for each in row if isinstance(each, str)) < _MOST_CHARACTERS
