"""Look up the values of configured keys in decoded events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from peaktrade_ops.text import NumberText

if TYPE_CHECKING:
    from collections.abc import Iterable

Values = tuple[object, ...]
"""The values of the wanted keys of an event, `None` where a key is absent."""

Memo = dict[object, Any]
"""What is known of the lines that are being read, by who remembers it; it is kept with them."""

Column = Sequence[object] | None
"""The values of a wanted key of some events; `None` if no event has one."""

# Values of these types are equal only if they are the same JSON.
_PLAIN: Final = frozenset({str, NumberText, type(None)})


class Lookup(NamedTuple):
    """A place of a value.

    Attributes:
        position: The position of a wanted key.
        path: The keys of nested objects below it; empty for the value itself.
    """

    position: int
    path: tuple[str, ...]


def wanted_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the keys to decode: each key, and the top of the path of each key with a dot."""
    tops = [top for key in keys for top in (key, key.split(".", 1)[0])]
    return tuple(dict.fromkeys(tops))


def lookups(keys: Sequence[str], wanted: Sequence[str]) -> tuple[Lookup, ...]:
    """Return the places to try for a key list, in order.

    Args:
        keys: The key list. A key with a dot is one key first, then a path.
        wanted: The wanted keys, whose positions the places have.
    """
    places = []
    for key in keys:
        places.append(Lookup(wanted.index(key), ()))
        top, *path = key.split(".")
        if path:
            places.append(Lookup(wanted.index(top), tuple(path)))
    return tuple(places)


def look_up(values: Sequence[object], place: Lookup) -> object:
    """Return the value at a place, `None` if there is no value."""
    value = values[place.position]
    for step in place.path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def values_at(values: Sequence[object], places: Iterable[Lookup]) -> list[object]:
    """Return the values at the places that have one, in order: most keys are absent."""
    return [
        value if not path else look_up(values, Lookup(position, path))
        for position, path in places
        if (value := values[position]) is not None
    ]


def column_at(columns: Sequence[Column], place: Lookup) -> Column:
    """Return the values at a place of the events of some columns."""
    column = columns[place.position]
    if column is None or not place.path:
        return column
    first, *steps = place.path
    found = [value.get(first) if type(value) is dict else None for value in column]
    for step in steps:
        found = [value.get(step) if type(value) is dict else None for value in found]
    return found


def row_at(columns: Iterable[Column], position: int) -> Values:
    """Return the values of one of the events of some columns."""
    return tuple(None if column is None else column[position] for column in columns)


def rows_at(columns: Sequence[Column], size: int) -> list[Values]:
    """Return the values of all events of some columns, of which there are so many."""
    absent = [None] * size
    if not columns:
        return [()] * size
    return list(zip(*(absent if column is None else column for column in columns), strict=True))


def distinguished(column: Sequence[object]) -> Sequence[object]:
    """Return values that can be keys of a dictionary, in place of the values at a place.

    They are equal where the values are the same JSON. Python takes `true` for 1, but JSON does not.
    An array is like every other one, and an object too, except that it may be empty: what is inside
    has a place of its own.
    """
    if _PLAIN.issuperset(map(type, column)):
        return column
    return [value if type(value) in _PLAIN else _distinguished(value) for value in column]


def _distinguished(value: object) -> tuple[type, object]:
    return type(value), bool(value) if isinstance(value, (dict, list)) else value
