"""What a line is: blank, an event, rejected with a reason, or partial (section 4).

msgspec judges almost every line and decodes the wanted keys in the same step. What it cannot
judge (numbers and nesting beyond its own limits) is decided by a scanner of the JSON grammar that
uses no recursion.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec

from peaktrade_ops.telemetry.records.grammar import (
    MAX_DEPTH,
    SHALLOW_BYTES,
    depth_of,
    may_be_deep,
    scan_json,
)
from peaktrade_ops.telemetry.records.keys import wanted_keys
from peaktrade_ops.telemetry.records.utf8 import check_utf8, lines_not_utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


Reason = Literal["not UTF-8", "too long", "not JSON", "too deep", "not an object"]

BLANK: Final = b" \t\r"

_NULL: Final = msgspec.Raw(b"null")

_NUMBER_STARTS: Final = frozenset({bytes([byte]) for byte in b"-0123456789"})

# Decoding an array or an object takes up to a hundred times its bytes: of a longer line only what
# is wanted of it is decoded.
_BIG_BYTES: Final = 2**16


class Outcomes(NamedTuple):
    """What the lines of a block are.

    Attributes:
        events: The events, in the order of the lines.
        others: The lines that are no events: the position of each in the block, and its `Reason`,
            or none where it is blank.
    """

    events: list[Any]
    others: list[tuple[int, Reason | None]]


class SparseDecoder:
    """Decodes the wanted keys of an object alone, in little memory and with numbers of any size.

    Of arrays nothing is kept, and of objects only what a key with a dot asks for.

    Args:
        keys: The wanted keys, each once; where a key has a dot, the top of its path is one too.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Build the decoder of the object, and those of the objects that paths lead into."""
        self._below = {
            top: SparseDecoder(wanted_keys(paths))
            for top in keys
            if (paths := [key.removeprefix(f"{top}.") for key in keys if key.startswith(f"{top}.")])
        }
        self._names = {key: f"k{i}" for i, key in enumerate(keys)}
        self._decode = msgspec.json.Decoder(
            msgspec.defstruct(
                "RawEvent",
                [(name, msgspec.Raw, _NULL) for name in self._names.values()],
                rename={name: key for key, name in self._names.items()},
                gc=False,
            )
        ).decode

    def values(self, text: bytes) -> list[object]:
        """Give the value of each key, as an event of `LineDecoder` holds it.

        Raises:
            msgspec.ValidationError: The text is JSON, but no object.
            msgspec.DecodeError: The text is not JSON.
            RecursionError: It nests too deep to be judged.
        """
        event = self._decode(text)
        return [
            self._value(key, bytes(getattr(event, name)).strip())
            for key, name in self._names.items()
        ]

    def _value(self, key: str, text: bytes) -> object:
        if text.startswith(b"{"):
            below = self._below.get(key)
            return dict(zip(below.keys, below.values(text), strict=True)) if below else {}
        if text.startswith(b"["):
            return []
        if text[:1] in _NUMBER_STARTS:
            # As its text: it may have more digits than Python converts.
            return "0" if text == b"-0" else text.decode("ascii")
        value: object = msgspec.json.decode(text)
        return value

    @property
    def keys(self) -> tuple[str, ...]:
        """The wanted keys."""
        return tuple(self._names)


class LineDecoder:
    """Decodes lines to events that hold the values of the wanted keys.

    Args:
        keys: The wanted keys, each once. Attribute ``k<i>`` of an event holds the value of the
            key at position i: a number with a fraction or an exponent is its text, so that
            nothing of it is lost; none where the key is absent or null.
        record_bytes: A longer line is ``too long``.
    """

    def __init__(self, keys: Sequence[str], record_bytes: int) -> None:
        """Build the event type and its decoder."""
        self._names = {key: f"k{i}" for i, key in enumerate(keys)}
        self._event_type = msgspec.defstruct(
            "Event",
            [(name, object, None) for name in self._names.values()],
            rename={name: key for key, name in self._names.items()},
            # The values are trees out of JSON: there are no cycles to collect.
            gc=False,
        )
        self._decode = msgspec.json.Decoder(self._event_type, float_hook=str).decode
        self._sparse = SparseDecoder(keys)
        self._record_bytes = record_bytes

    def names_of(self, keys: Iterable[str]) -> list[str]:
        """Give the attributes of an event that hold the values of some of the wanted keys."""
        return [self._names[key] for key in keys]

    def values_of(self, keys: Iterable[str]) -> Callable[[object], tuple[object, ...]]:
        """Make a function that gives the values of some of the wanted keys of an event."""
        names = self.names_of(keys)
        if len(names) > 1:
            return attrgetter(*names)
        one = attrgetter(names[0])
        return lambda event: (one(event),)

    def read_block(self, data: bytes, lines: Sequence[bytes]) -> Outcomes:
        """Decide about the lines of a block.

        Args:
            data: The block.
            lines: Its lines, without line ends.
        """
        # A line that the decoder must not judge by itself is hidden from it by an empty one.
        hidden = self._suspects(data, lines)
        tried = list(lines)
        for position in hidden:
            tried[position] = b""
        events: list[Any] = []
        others: list[tuple[int, Reason | None]] = []
        rest = iter(tried)
        while len(events) + len(others) < len(lines):
            try:
                # What was decoded before an error stays in the list.
                events.extend(map(self._decode, rest))
            except (msgspec.MsgspecError, RecursionError):
                position = len(events) + len(others)
                outcome = self.read(lines[position])
                if isinstance(outcome, self._event_type):
                    events.append(outcome)
                else:
                    others.append((position, outcome))
        return Outcomes(events, others)

    def _suspects(self, data: bytes, lines: Sequence[bytes]) -> set[int]:
        """Find the lines about which msgspec would say too little: it skips what is not wanted."""
        suspects: set[int] = set()
        if not data.isascii():
            suspects.update(lines_not_utf8(data))
        if max(map(len, lines), default=0) > SHALLOW_BYTES:
            suspects.update(
                i
                for i, line in enumerate(lines)
                if len(line) > min(self._record_bytes, _BIG_BYTES) or may_be_deep(line)
            )
        return suspects

    def read_events(self, lines: Sequence[bytes]) -> list[Any]:
        """Decode lines that are known to be events."""
        try:
            if max(map(len, lines)) <= _BIG_BYTES:
                return list(map(self._decode, lines))
        except (msgspec.MsgspecError, RecursionError):
            pass
        return list(map(self.read, lines))

    def read(self, line: bytes) -> Any:  # noqa: ANN401 (the event type is made at run time)
        """Decide about one line, by all the rules.

        Returns:
            Its event, its `Reason`, or none where it is blank.
        """
        if not line.strip(BLANK):
            return None
        if not check_utf8(line).valid:
            return "not UTF-8"
        if len(line) > self._record_bytes:
            return "too long"
        try:
            if len(line) <= _BIG_BYTES:
                event = self._decode(line)
            else:
                event = self._event_type(*self._sparse.values(line))
        except (msgspec.ValidationError, RecursionError):
            return self._read_slowly(line)
        except msgspec.DecodeError:
            return "not JSON"
        return "too deep" if may_be_deep(line) and depth_of(line) > MAX_DEPTH else event

    def _read_slowly(self, line: bytes) -> Any:  # noqa: ANN401
        """Decide about a line that msgspec could not judge."""
        depth = scan_json(line)
        if depth is None:
            return "not JSON"
        if depth > MAX_DEPTH:
            return "too deep"
        try:
            return self._event_type(*self._sparse.values(line))
        except msgspec.ValidationError:
            return "not an object"
