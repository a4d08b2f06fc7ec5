"""Decode lines: each is blank, an event, or rejected with a reason.

msgspec validates a line and decodes the wanted keys in one step. It does not check the UTF-8 of
skipped values, the length and the depth. Lines that may fail these checks are checked first.
"""

from __future__ import annotations

import re
from itertools import filterfalse
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec

from peaktrade_ops.telemetry.records.depth import MAX_DEPTH, is_too_deep, may_be_too_deep
from peaktrade_ops.telemetry.records.keys import wanted_keys
from peaktrade_ops.telemetry.records.utf8 import check_utf8, lines_not_utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from peaktrade_ops.telemetry.records.keys import Memo


Reason = Literal["not UTF-8", "too long", "too deep", "not JSON", "not an object"]
"""The reason why a line is rejected: the first of these that applies."""

BLANK: Final = b" \t\r"

_is_blank: Final = re.compile(rb"[ \t\r]*+").fullmatch

NULL: Final = msgspec.Raw(b"null")
"""The JSON of a value that is not there."""

# What takes the place of a line that is decoded apart from the others.
_OBJECT: Final = b"{}"

# With another first byte, a line is no object.
_STARTS: Final = frozenset({b"{", b" ", b"\t"})

_NUMBER_STARTS: Final = frozenset({bytes([byte]) for byte in b"-0123456789"})

# Decoding an array or an object takes up to a hundred times its bytes. Of a longer line only the
# wanted values are decoded.
_BIG_BYTES: Final = 2**16

# JSON that nests too deep is longer, because it has as many closing brackets as opening ones.
_SHALLOW_BYTES: Final = 2 * MAX_DEPTH

# Longer objects are rarely written twice.
_ALIKE_BYTES: Final = 256

_Known = dict[int, tuple[bytes, list[tuple[str, object]]]]

_EMPTY: Final[dict[bytes, type]] = {b"{": dict, b"[": list}
_is_empty: Final = re.compile(rb".[ \t\r\n]*+.", re.DOTALL).fullmatch

_skip_json = msgspec.json.Decoder(msgspec.Raw).decode


class Outcomes(NamedTuple):
    """The outcomes of the lines of a block.

    Attributes:
        events: The events, in the order of the lines.
        others: The lines that are not events: the position of each in the block, and its `Reason`,
            or `None` where it is blank.
    """

    events: list[Any]
    others: list[tuple[int, Reason | None]]


def raw_decoder(
    keys: Iterable[str],
) -> tuple[dict[str, str], Callable[[bytes | memoryview], msgspec.Struct]]:
    """Return a decoder of objects that leaves the values of some keys as JSON, in little memory.

    Args:
        keys: The keys, each once.

    Returns:
        The name of the attribute for each key, and a function that returns an object with these
        attributes, each the `msgspec.Raw` of a value; `NULL` itself if it is not there.
    """
    names = {key: f"k{i}" for i, key in enumerate(keys)}
    kind = msgspec.defstruct(
        "RawObject",
        [(name, msgspec.Raw, NULL) for name in names.values()],
        rename={name: key for key, name in names.items()},
        gc=False,
    )
    return names, msgspec.json.Decoder(kind).decode


class SparseDecoder:
    """Decodes only the wanted keys of an object, in little memory, with numbers of any size.

    An array with values becomes one with `None`. An object keeps only what a key with a dot needs.

    Args:
        keys: The wanted keys, each once. The top of each key with a dot is a wanted key, too.
        number: Makes the value of a number from its text.
    """

    def __init__(self, keys: Sequence[str], number: type[str] = str) -> None:
        """Build the decoder of the object, and the decoders of objects that paths lead into."""
        self._number = number
        self._below = {
            top: SparseDecoder(wanted_keys(paths), number)
            for top in keys
            if (paths := [key.removeprefix(f"{top}.") for key in keys if key.startswith(f"{top}.")])
        }
        self._names, self._decode = raw_decoder(keys)

    def values(self, text: bytes | memoryview) -> list[object]:
        """Return the value of each key, in the form that events of `LineDecoder` have.

        Args:
            text: UTF-8, at most `MAX_DEPTH` deep.

        Raises:
            msgspec.ValidationError: The text starts like JSON that is not an object.
            msgspec.DecodeError: The text is not JSON.
        """
        event = self._decode(text)
        return [
            self._value(key, memoryview(getattr(event, name))) for key, name in self._names.items()
        ]

    def _value(self, key: str, text: memoryview) -> object:
        """Return a value, from its JSON without space around it."""
        first = bytes(text[:1])
        if first in _EMPTY and _is_empty(text):
            return _EMPTY[first]()
        if first == b"{":
            below = self._below.get(key)
            return dict(zip(below.keys, below.values(text), strict=True)) if below else {"": None}
        if first == b"[":
            return [None]
        if first in _NUMBER_STARTS:
            # The text, because a number may have more digits than Python converts.
            digits = str(text, "ascii")
            return self._number("0" if digits == "-0" else digits)
        value: object = msgspec.json.decode(text)
        return value

    @property
    def keys(self) -> tuple[str, ...]:
        """The wanted keys."""
        return tuple(self._names)


class LineDecoder:
    """Decodes lines to events that hold the values of the wanted keys.

    Args:
        keys: The wanted keys, each once. Attribute ``k<i>`` of an event is the value of the key at
            position i, `None` where the key is absent or null. A number with a fraction or an
            exponent is its text, so that no digit is lost.
        record_bytes: A longer line is ``too long``; at least 1,024.
        number: Makes the value of a number with a fraction or an exponent from its text.
        short: Makes a short value that is read alike from a value that many events may share.
    """

    def __init__(
        self,
        keys: Sequence[str],
        record_bytes: int,
        number: type[str] = str,
        short: Callable[[object], object] | None = None,
    ) -> None:
        """Build the event type and its decoder."""
        self._short = short
        self._names = {key: f"k{i}" for i, key in enumerate(keys)}
        self._event_type = msgspec.defstruct(
            "Event",
            [(name, object, None) for name in self._names.values()],
            rename={name: key for key, name in self._names.items()},
            # Values from JSON are trees: there are no cycles to collect.
            gc=False,
        )
        self._decode = msgspec.json.Decoder(self._event_type, float_hook=number).decode
        self._sparse = SparseDecoder(keys, number)
        self._record_bytes = record_bytes
        self._keys = tuple(keys)
        self._attributes = tuple(self._names.values())
        self._row_of = self.values_of(keys) if keys else lambda _: ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The wanted keys."""
        return tuple(self._names)

    def names_of(self, keys: Iterable[str]) -> list[str]:
        """Return the attributes of an event that hold the values of some of the wanted keys."""
        return [self._names[key] for key in keys]

    def values_of(self, keys: Iterable[str]) -> Callable[[object], tuple[object, ...]]:
        """Return a function from an event to the values of some of the wanted keys."""
        names = self.names_of(keys)
        if len(names) > 1:
            return attrgetter(*names)
        one = attrgetter(names[0])
        return lambda event: (one(event),)

    def rows(self, events: Sequence[object], keys: Sequence[str]) -> list[tuple[object, ...]]:
        """Return the values of some keys of events, `None` for keys that are not wanted."""
        if keys == self._keys:
            return list(map(self._row_of, events))
        names = [self._names.get(key, "") for key in keys]
        return [tuple(getattr(event, name, None) for name in names) for event in events]

    def read_alike(self, lines: Sequence[bytes], distinct: Collection[bytes]) -> Outcomes:
        """Decode lines of which many are equal; the events of equal lines are one object.

        Args:
            lines: The lines, without line ends.
            distinct: The same, each once.
        """
        some = list(distinct)
        events, others = self.read_block(b"\n".join((*some, b"")), some)
        bad = {some[position]: outcome for position, outcome in others}
        good = dict(zip(filterfalse(bad.__contains__, some), events, strict=True))
        if not good:
            return Outcomes([], list(enumerate(map(bad.__getitem__, lines))))
        if not bad:
            return Outcomes(list(map(good.__getitem__, lines)), [])
        kept = filterfalse(bad.__contains__, lines)
        return Outcomes(
            list(map(good.__getitem__, kept)),
            [(position, bad[line]) for position, line in enumerate(lines) if line in bad],
        )

    def read_block(self, data: bytes, lines: Sequence[bytes]) -> Outcomes:
        """Decode the lines of a block.

        Args:
            data: The block.
            lines: Its lines, without line ends.
        """
        # Equal lines that are no events are judged once.
        known: dict[bytes, Any] = {}
        # msgspec alone must not accept these lines.
        apart = self._suspects(data, lines)
        found = self._found(lines, apart, known)
        if not apart and not known:
            return Outcomes(found, [])
        for position in apart:
            line = lines[position]
            if line not in known:
                known[line] = self.read(line)
            found[position] = known[line]
        kind = self._event_type
        return Outcomes(
            [each for each in found if type(each) is kind],
            [(position, each) for position, each in enumerate(found) if type(each) is not kind],
        )

    def _found(self, lines: Sequence[bytes], apart: set[int], known: dict[bytes, Any]) -> list[Any]:
        """Return the outcome of each line (see `read`).

        Args:
            lines: The lines.
            apart: The positions of lines that are to be read apart from the others, which get any
                outcome here. Lines of a block that are no objects by their first byte are added
                where the block has bad lines, because an error takes long.
            known: Outcomes of lines that are no events; new ones are added.
        """
        tried = list(lines)
        for position in apart:
            tried[position] = _OBJECT
        found: list[Any] = []
        rest: Any = iter(tried)
        while len(found) < len(lines):
            try:
                # Events that are decoded before an error stay in the list.
                found.extend(map(self._decode, rest))
            except (msgspec.MsgspecError, RecursionError) as error:
                # A short line without closing brackets can be deep enough for a `RecursionError`.
                place = len(found)
                if not known:
                    others = {k for k in range(place, len(lines)) if lines[k][:1] not in _STARTS}
                    apart |= others
                    for position in others:
                        tried[position] = _OBJECT
                if lines[place] not in known:
                    known[lines[place]] = self._judge(lines[place], error)
                while place < len(lines) and lines[place] in known:
                    found.append(known[lines[place]])
                    place += 1
                rest.__setstate__(place)
        return found

    def _judge(self, line: bytes, error: Exception) -> Any:  # noqa: ANN401 (see `read`)
        """Return the outcome of a line for which msgspec has raised an error (see `read`)."""
        if type(error) is msgspec.DecodeError and line[:1] == b"{" and not is_too_deep(line):
            return "not JSON"
        return self.read(line)

    def _suspects(self, data: bytes, lines: Sequence[bytes]) -> set[int]:
        """Return the positions of the lines that msgspec may accept although they are not events.

        They include the lines that take much memory to decode.
        """
        suspects: set[int] = set()
        if not data.isascii():
            suspects.update(lines_not_utf8(data))
        if max(map(len, lines), default=0) > _SHALLOW_BYTES:
            suspects.update(
                i
                for i, line in enumerate(lines)
                if len(line) > min(self._record_bytes, _BIG_BYTES)
                or (len(line) > _SHALLOW_BYTES and may_be_too_deep(line))
            )
        return suspects

    def read_events(self, lines: Sequence[bytes]) -> list[Any]:
        """Decode lines that are known to be events."""
        try:
            if max(map(len, lines)) <= _BIG_BYTES:
                return list(map(self._decode, lines))
        except msgspec.ValidationError:
            pass
        return list(map(self._event, lines))

    def read_layers(self, layers: Sequence[Sequence[bytes]], memo: Memo | None = None) -> list[Any]:
        """Decode events that several objects describe.

        Args:
            layers: The objects of each event, the first ones first, known to be JSON objects. A key
                has the value of the first object in which it is not absent or null. Events with the
                same second object have the same further ones.
            memo: What is known of the lines of the events.

        Returns:
            The events; those that are described alike may be the same object.
        """
        decoded: list[Any] = []
        # All events of a line share the object of the line itself, which has few of the keys.
        known: _Known = {} if memo is None else memo.setdefault(self, {})
        alike: dict[tuple[bytes, int], Any] = {}
        for objects in layers:
            text, *others = objects
            key = text, id(others[0]) if others else 0
            event = alike.get(key)
            if event is None:
                event = self._event(text)
                for name, value in self._below(others, known):
                    if getattr(event, name) is None:
                        setattr(event, name, value)
                if len(text) <= _ALIKE_BYTES:
                    alike[key] = event
            decoded.append(event)
        return decoded

    def _below(self, objects: Sequence[bytes], known: _Known) -> list[tuple[str, object]]:
        """Return the attributes that have a value in any object, with the first value of each."""
        if not objects:
            return []
        first = objects[0]
        if id(first) not in known:
            values: dict[str, object] = {}
            for text in reversed(objects):
                pairs = zip(self._attributes, self._row_of(self._event(text)), strict=True)
                values |= {name: value for name, value in pairs if value is not None}
            if self._short is not None:
                values = {name: self._short(value) for name, value in values.items()}
            # The object is kept, so that no other one gets its identity.
            known[id(first)] = first, list(values.items())
        return known[id(first)][1]

    def read(self, line: bytes) -> Any:  # noqa: ANN401, PLR0911 (the event type is made at run time; an outcome each)
        """Decode one line, with all checks.

        Returns:
            Its event, its `Reason`, or `None` where it is blank.
        """
        if _is_blank(line):
            return None
        if not check_utf8(line).valid:
            return "not UTF-8"
        if len(line) > self._record_bytes:
            return "too long"
        if is_too_deep(line):
            return "too deep"
        if line.lstrip(BLANK)[:1] != b"{":
            return "not an object" if _is_json(line) else "not JSON"
        try:
            return self._event(line)
        except msgspec.DecodeError:
            return "not JSON"

    def is_object(self, text: bytes) -> bool:
        """Return whether bytes of any length are a JSON object that is not too deep."""
        if not check_utf8(text).valid or is_too_deep(text):
            return False
        try:
            self._event(text)
        except msgspec.DecodeError:
            return False
        return True

    def _event(self, line: bytes) -> Any:  # noqa: ANN401 (as for read)
        """Return the event of a line, which is UTF-8 and at most `MAX_DEPTH` deep.

        Raises:
            msgspec.ValidationError: The line starts like JSON that is not an object.
            msgspec.DecodeError: The line is not JSON.
        """
        if len(line) <= _BIG_BYTES:
            try:
                return self._decode(line)
            except msgspec.ValidationError:
                # Not an object, or one with a number that has too many digits for msgspec.
                if not line.lstrip().startswith(b"{"):
                    raise
        return self._event_type(*self._sparse.values(line))


def _is_json(text: bytes) -> bool:
    """Return whether UTF-8 that is at most `MAX_DEPTH` deep is JSON."""
    try:
        _skip_json(text)
    except msgspec.DecodeError:
        return False
    return True
