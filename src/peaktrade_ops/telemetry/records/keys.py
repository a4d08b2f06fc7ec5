"""Look up the values of configured keys in decoded events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = tuple[object, ...]
"""The values of the wanted keys of an event, `None` where a key is absent."""


class Lookup(NamedTuple):
    """Where to look: the position of a wanted key, and the path below it (empty: the value)."""

    position: int
    path: tuple[str, ...]


def wanted_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """List what must be decoded: each key, and where it has a dot also the top of its path."""
    tops = [top for key in keys for top in (key, key.split(".", 1)[0])]
    return tuple(dict.fromkeys(tops))


def lookups(keys: Sequence[str], wanted: Sequence[str]) -> tuple[Lookup, ...]:
    """Turn a key list into the places to try, in order.

    Args:
        keys: The key list; a key with a dot is tried as it stands, then as a path.
        wanted: The keys whose values will be at hand.

    Returns:
        The places, as positions in `wanted` and paths below them.
    """
    places = []
    for key in keys:
        places.append(Lookup(wanted.index(key), ()))
        top, *path = key.split(".")
        if path:
            places.append(Lookup(wanted.index(top), tuple(path)))
    return tuple(places)


def look_up(values: Sequence[object], place: Lookup) -> object:
    """Give what stands at a place, none where nothing does."""
    value = values[place.position]
    for step in place.path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
