"""Look up the values of configured keys in decoded events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = tuple[object, ...]
"""The values of the wanted keys of an event, `None` where a key is absent."""


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
