"""Decode many events to columns of the wanted keys, of which most files have only a few.

The time to decode an event grows with the number of keys to decode, even if they are absent. One
search of the text shows which of them can occur at all.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from peaktrade_ops.telemetry.records.decode import LineDecoder
from peaktrade_ops.telemetry.records.keywords import LinePattern

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Fewer lines are decoded sooner than searched.
_FEW_LINES: Final = 32
# Events are alike if each object occurs so often on average.
_FEW_ALIKE: Final = 4

# A key that is written with an escape of an ASCII character.
_ESCAPED_KEY: Final = r'\\u00[2-7](?:[^"\\\n]|\\.)*"[ \t\r]*:'

_NONE: Final = {type(None)}


class ColumnReader:
    """Decodes events to columns.

    Args:
        keys: The wanted keys, each once.
        record_bytes: The maximum length of a line, as for `LineDecoder`.
        number: Makes the value of a number with a fraction or an exponent from its text.

    Attributes:
        wide: A decoder of all wanted keys.
    """

    def __init__(self, keys: Sequence[str], record_bytes: int, number: type[str] = str) -> None:
        """Build the decoders."""
        self._record_bytes = record_bytes
        self._number = number
        self.wide = LineDecoder(keys, record_bytes, number)
        self._keys = tuple(keys)
        # Other keys can be written in ways that the search does not know.
        self._expect([key for key in keys if not _is_searchable(key)])

    def read(self, lines: Sequence[bytes]) -> dict[str, list[object]]:
        """Return the values of the keys that any of some events has, `None` where it is absent.

        Args:
            lines: Lines that are known to be events.
        """
        decoder = self.decoder_for(lines)
        if not decoder.keys:
            return {}
        return columns_of(decoder, decoder.read_events(lines))

    def decoder_for(self, lines: Sequence[bytes]) -> LineDecoder:
        """Return a decoder of all wanted keys that the events among some lines contain."""
        if len(lines) <= _FEW_LINES:
            return self.wide
        text = b"\n".join(lines)
        if self._occurs(text):
            known = set(self._narrow.keys)
            new = known.union(key for key in self._keys if f'"{key}"'.encode() in text)
            if new > known:
                self._expect(new)
            if new == known or self._occurs(text):
                # A key is written with an escape.
                return self.wide
        return self._narrow

    def _occurs(self, text: bytes) -> bool:
        """Return whether any key may occur that is not expected."""
        return self._unexpected is not None and self._unexpected.finds(text)

    def _expect(self, keys: Sequence[str] | set[str]) -> None:
        """Decode only some of the keys as long as no other one occurs."""
        # The decoder of long lines keeps of an object only what keys with dots lead to.
        tops = {key.split(".", 1)[0] for key in keys}
        below = (key for key in self._keys if "." in key and key.split(".", 1)[0] in tops)
        keys = {*keys, *below}
        self._narrow = LineDecoder(
            [key for key in self._keys if key in keys], self._record_bytes, self._number
        )
        others = [re.escape(key) for key in self._keys if key not in keys]
        either = rf'"(?:{"|".join(others)})"[ \t\r]*:|{_ESCAPED_KEY}'
        self._unexpected = LinePattern(either) if others else None


def columns_of(decoder: LineDecoder, events: Sequence[Any]) -> dict[str, list[object]]:
    """Return the values of the keys that any of some decoded events has."""
    columns = {}
    for key, name in zip(decoder.keys, decoder.names_of(decoder.keys), strict=True):
        column = list(map(attrgetter(name), events))
        if set(map(type, column)) != _NONE:
            columns[key] = column
    return columns


def are_alike(events: Sequence[object]) -> bool:
    """Return whether some events are so few objects that what they say is found once for each."""
    return len(set(map(id, events))) <= len(events) // _FEW_ALIKE


def columns_of_alike(decoder: LineDecoder, events: Sequence[Any]) -> dict[str, list[object]]:
    """Return the same for events of which many are one object."""
    ids = list(map(id, events))
    distinct = dict(zip(ids, events, strict=True))
    places = {each: place for place, each in enumerate(distinct)}
    return spread(columns_of(decoder, list(distinct.values())), list(map(places.__getitem__, ids)))


def spread(
    columns: Mapping[str, Sequence[object]], places: Sequence[int]
) -> dict[str, list[object]]:
    """Return the values at some places of columns, which can be repeated."""
    return {key: list(map(column.__getitem__, places)) for key, column in columns.items()}


def _is_searchable(key: str) -> bool:
    """Return whether a key is written as it is, or with an escape of an ASCII character."""
    return key.isascii() and "/" not in key
