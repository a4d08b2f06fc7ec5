"""Take events out of records that contain them: lists of objects, and JSON in strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.telemetry.records.depth import is_too_deep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Layers = tuple[bytes, ...]
"""The objects that describe an event, as JSON, the first ones first."""

_objects: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_lists: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_strings: Final = msgspec.json.Decoder(str).decode

# Each value of a list takes several times its bytes, so that a long list is decoded in slices.
_SLICE_BYTES: Final = 2**18

_tokens: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.DOTALL)


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
        return Held(events or [record], len(events))

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
            yield record, False

    def _record(self, line: bytes) -> Layers:
        """Return the line, and what is embedded in it."""
        record: Layers = (line,)
        for key in self._embedded:
            inner = _first(_embedded(value) for value in _values(record, key))
            if inner is not None:
                record = (inner, *record)
        return record

    def _unpacked(self, record: Layers) -> Iterator[Layers]:
        for path in self._unpack:
            for text in _objects_at(record, path):
                yield (text, *record)


def _first(values: Iterator[bytes | None]) -> bytes | None:
    return next((value for value in values if value is not None), None)


def _values(layers: Layers, key: str) -> Iterator[bytes]:
    """Yield the values of a key, as JSON, in the order in which they are tried."""
    value = _value(layers, key)
    if value is not None:
        yield value
    top, *steps = key.split(".")
    below = _value(layers, top) if steps else None
    for step in steps:
        if below is None or not _starts(below, b"{"):
            return
        below = _value((below,), step)
    if below is not None:
        yield below


def _value(layers: Layers, key: str) -> bytes | None:
    """Return the value, as JSON, in the first object in which a key is there and not null."""
    for layer in layers:
        value = bytes(_objects(layer).get(key, b"null"))
        if value.strip(b" \t\r\n") != b"null":
            return value
    return None


def _starts(text: msgspec.Raw | bytes, mark: bytes) -> bool:
    return bytes(text).lstrip(b" \t\r\n").startswith(mark)


def _embedded(value: bytes) -> bytes | None:
    """Return the object that a string contains; `None` if the value is no such string."""
    if not _starts(value, b'"'):
        return None
    text = _strings(value).encode("utf-8")
    if not _starts(text, b"{") or is_too_deep(text):
        return None
    try:
        _objects(text)
    except msgspec.DecodeError:
        return None
    return text.strip(b" \t\r\n")


def _objects_at(layers: Layers, path: str) -> Iterator[bytes]:
    """Yield the objects of the list, or of the lists, at a path."""
    top, _, rest = path.partition(".")
    value = _value(layers, top)
    if value is None:
        return
    is_list = _starts(value, b"[")
    if not rest and not is_list:
        return
    for each in _elements(value) if is_list else [value]:
        if _starts(each, b"{"):
            if rest:
                yield from _objects_at((bytes(each),), rest)
            else:
                yield bytes(each)


def _elements(text: bytes) -> Iterator[msgspec.Raw]:
    """Yield the values of a list in bounded memory."""
    if len(text) <= _SLICE_BYTES:
        yield from _lists(text)
        return
    start, end = text.index(b"[") + 1, text.rindex(b"]")
    depth = 0
    for token in _tokens.finditer(text, start, end):
        mark, place = token[0], token.start()
        if mark in {b"{", b"["}:
            depth += 1
        elif mark in {b"}", b"]"}:
            depth -= 1
        elif mark == b"," and not depth and place - start >= _SLICE_BYTES:
            yield from _lists(b"[%b]" % text[start:place])
            start = place + 1
    yield from _lists(b"[%b]" % text[start:end])
