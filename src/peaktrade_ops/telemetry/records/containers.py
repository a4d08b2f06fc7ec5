"""Take events out of records that contain them: lists of objects, and JSON in strings."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from peaktrade_ops.telemetry.records.decode import NULL, raw_decoder
from peaktrade_ops.telemetry.records.depth import is_too_deep
from peaktrade_ops.telemetry.records.keys import wanted_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Layers = tuple[bytes, ...]
"""The objects that describe an event, as JSON, the first ones first."""

_lists: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_strings: Final = msgspec.json.Decoder(str).decode

_T = TypeVar("_T")

_Json = bytes | memoryview
_Values = dict[str, memoryview]

_SPACE: Final = b" \t\r\n"

# Each value of a list takes several times its bytes, so that a long list is decoded in slices.
_SLICE_BYTES: Final = 2**18

_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# A list or an object without others inside.
_FLAT: Final = rb"[\[{](?:[^\"\[\]{}]++|%b)*+[\]}]" % _STRING
_PLAIN: Final = rb"[^\"\[\]{},]++|%b|%b" % (_STRING, _FLAT)
# Plain values with the commas behind them: no list or object inside of another.
_plain_values: Final = re.compile(rb"(?:(?:%b)*+,){1,256}+" % _PLAIN, re.DOTALL)
# The brackets of other values, without those of plain values inside.
_marks: Final = re.compile(rb"(?:%b|,)++|[\[\]{}]" % _PLAIN, re.DOTALL)
_comma: Final = re.compile(rb"[ \t\r\n]*+,")
_OPENING: Final = frozenset({b"[", b"{"})
_CLOSING: Final = frozenset({b"]", b"}"})
_space: Final = re.compile(rb"[ \t\r\n]*+")


class Held(NamedTuple):
    """The events of a record.

    Attributes:
        events: The layers of each event; at least one event.
        unpacked: The number of events that came out of lists.
    """

    events: list[Layers]
    unpacked: int


class Containers:
    """Takes events out of records.

    The key of a string is looked up as it stands, then as a path into nested objects. The path of a
    list leads through nested objects, and through the objects of other lists.

    Args:
        unpack: The paths of lists whose objects are events.
        embedded: The keys of strings that contain an object as JSON.
    """

    def __init__(self, unpack: Sequence[str], embedded: Sequence[str]) -> None:
        """Store the paths."""
        self._unpack = unpack
        self._embedded = embedded
        tops = (path.split(".", 1)[0] for path in unpack)
        self._members = _Members(wanted_keys((*embedded, *tops)))

    def __bool__(self) -> bool:
        """Return whether records may contain events at all."""
        return bool(self._unpack or self._embedded)

    def open(self, line: bytes) -> Held:
        """Return the events of a record.

        Args:
            line: A JSON object, at most `MAX_DEPTH` deep.
        """
        record = self._record(line)
        events = list(self._unpacked(record))
        return Held(events or [record.layers], len(events))

    def stream(self, line: bytes) -> Iterator[tuple[Layers, bool]]:
        """Yield the events of a long record in bounded memory, and whether each is unpacked.

        Args:
            line: A JSON object, at most `MAX_DEPTH` deep.
        """
        record = self._record(line)
        is_empty = True
        for layers in self._unpacked(record):
            is_empty = False
            yield layers, True
        if is_empty:
            yield record.layers, False

    def _record(self, line: bytes) -> _Record:
        """Return the line, and what is embedded in it."""
        record = _Record((line,), self._members.values(line))
        for key in self._embedded:
            inner = _first(map(self._embedded_in, record.of_key(key)))
            if inner is not None:
                text, values = inner
                record = _Record((text, *record.layers), record.values | values)
        return record

    def _embedded_in(self, value: _Json) -> tuple[bytes, _Values] | None:
        """Return the object that a string contains; `None` if the value is no such string."""
        if not _starts(value, b'"'):
            return None
        text = _strings(value).encode("utf-8").strip(_SPACE)
        if not text.startswith(b"{") or is_too_deep(text):
            return None
        try:
            return text, self._members.values(text)
        except msgspec.DecodeError:
            return None

    def _unpacked(self, record: _Record) -> Iterator[Layers]:
        for path in self._unpack:
            top, *steps = path.split(".")
            value = record.values.get(top)
            if value is not None:
                for text in _objects_at(value, steps):
                    yield (text, *record.layers)


class _Members:
    """Decodes the values of some keys of an object, as JSON, in little memory.

    Args:
        keys: The keys, each once.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        """Build the decoder."""
        self._names, self._decode = raw_decoder(keys)

    def values(self, text: _Json) -> _Values:
        """Return the values that are there and not null.

        Raises:
            msgspec.DecodeError: The text is not JSON.
        """
        event = self._decode(text)
        values = ((key, getattr(event, name)) for key, name in self._names.items())
        found = ((key, memoryview(value)) for key, value in values if value is not NULL)
        return {key: value for key, value in found if bytes(value[:5]) != b"null"}


class _Record(NamedTuple):
    """The objects that describe a record.

    Attributes:
        layers: The objects.
        values: The values of the keys that containers have, each in the first object in which it is
            there and not null.
    """

    layers: Layers
    values: _Values

    def of_key(self, key: str) -> Iterator[_Json]:
        """Yield the values of a key in the order in which they are tried."""
        value = self.values.get(key)
        if value is not None:
            yield value
        if "." not in key:
            return
        top, *steps = key.split(".")
        below: _Json | None = self.values.get(top)
        for step in steps:
            below = None if below is None else _step(below, step)
        if below is not None:
            yield below


def _first(values: Iterator[_T | None]) -> _T | None:
    return next((value for value in values if value is not None), None)


@cache
def _members(key: str) -> _Members:
    return _Members([key])


def _step(text: _Json, key: str) -> _Json | None:
    """Return the value of a key, if the text is an object in which it is there and not null."""
    return _members(key).values(text).get(key) if _starts(text, b"{") else None


def _starts(text: _Json, mark: bytes) -> bool:
    start = _after_space(text)
    return bytes(text[start : start + 1]) == mark


def _after_space(text: _Json) -> int:
    found = _space.match(text)
    return found.end() if found else 0


def _objects_at(value: _Json, steps: Sequence[str]) -> Iterator[bytes]:
    """Yield the objects of a list, or of the lists at a path below the value."""
    is_list = _starts(value, b"[")
    if not steps and not is_list:
        return
    if not is_list:
        yield from _objects_below(value, steps)
        return
    for values in _elements(value):
        objects = (text for text in map(bytes, values) if text.startswith(b"{"))
        if not steps:
            yield from objects
            continue
        for each in objects:
            yield from _objects_below(each, steps)


def _objects_below(text: _Json, steps: Sequence[str]) -> Iterator[bytes]:
    value = _step(text, steps[0])
    if value is not None:
        yield from _objects_at(value, steps[1:])


def _elements(text: _Json) -> Iterator[Sequence[msgspec.Raw]]:
    """Yield the values of a list, without space around them, some at a time."""
    if len(text) <= _SLICE_BYTES:
        yield _lists(text)
        return
    view = memoryview(text)
    start = _after_space(text) + 1
    for end in _cuts(text, start):
        yield _lists(b"".join((b"[", view[start:end], b"]")))
        start = end + 1
    yield _lists(b"".join((b"[", view[start:])))


def _cuts(text: _Json, start: int) -> Iterator[int]:
    """Yield the positions of commas between values of a list, a slice or more apart.

    Args:
        text: The list.
        start: The position behind its opening bracket.
    """
    place = last = start
    while True:
        if plain := _plain_values.match(text, place):
            place = plain.end()
        elif (end := _end_of_nested(text, place)) and (comma := _comma.match(text, end)):
            place = comma.end()
        else:
            return
        if place - last > _SLICE_BYTES:
            yield place - 1
            last = place


def _end_of_nested(text: _Json, place: int) -> int | None:
    """Return where a list or an object ends; `None` if the list around it ends before."""
    depth = 0
    for mark in _marks.finditer(text, place):
        if mark[0] in _OPENING:
            depth += 1
        elif mark[0] in _CLOSING:
            depth -= 1
            if depth <= 0:
                return None if depth else mark.end()
    return None
