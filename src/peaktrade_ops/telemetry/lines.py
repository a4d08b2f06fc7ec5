"""What a line is: blank, an event, rejected with a reason, or partial (section 4).

msgspec judges almost every line and decodes the wanted keys in the same step. What it cannot
judge (numbers and nesting beyond its own limits) is decided by a scanner of the JSON grammar that
uses no recursion.
"""

from __future__ import annotations

import codecs
import re
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec

from peaktrade_ops.telemetry.fields import wanted_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Reason = Literal["not UTF-8", "too long", "not JSON", "too deep", "not an object"]

MAX_DEPTH: Final = 512
BLANK: Final = b" \t\r"

_CHECK_BYTES: Final = 2**20
_NULL: Final = msgspec.Raw(b"null")
_NUMBER_STARTS: Final = frozenset({bytes([byte]) for byte in b"-0123456789"})
# Fewer bytes cannot hold more than MAX_DEPTH opening and closing brackets.
_SHALLOW_BYTES: Final = 2 * MAX_DEPTH
# Decoding an array or an object takes up to a hundred times its bytes: of a longer line only what
# is wanted of it is decoded.
_BIG_BYTES: Final = 2**16

_STRING = (
    rb'"(?:[^"\\\x00-\x1f]'
    rb'|\\["\\/bfnrt]'
    rb"|\\u(?:[0-9a-ce-fA-CE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})"
    rb'|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+"'
)
_TOKEN = re.compile(
    rb"[ \t\r\n]*+(?:(?P<string>" + _STRING + rb")"
    rb"|(?P<scalar>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)"
    rb"|(?P<array>\[++)|(?P<object>\{)|(?P<array_end>\]++)|(?P<object_end>\})"
    rb"|(?P<comma>,)|(?P<colon>:)|(?P<end>\Z)|(?P<wrong>))"
)
# What is expected after a token, by what was expected before it: "first" is a value or the end of
# an empty array, "name" a key or the end of an empty object, "more" a comma or a closing bracket.
_NEXT: Final[dict[tuple[str | None, str | None], str]] = {
    **{(before, kind): "more" for before in ("value", "first") for kind in ("string", "scalar")},
    **{(before, "array"): "first" for before in ("value", "first")},
    **{(before, "object"): "name" for before in ("value", "first")},
    **{(before, "array_end"): "more" for before in ("first", "more")},
    **{(before, "object_end"): "more" for before in ("name", "more")},
    **{(before, "string"): "colon" for before in ("key", "name")},
    ("colon", "colon"): "value",
    ("more", "comma"): "value",
    ("more", "end"): "end",
}
_NOT_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[^\[\]{}"]++', re.DOTALL)
_WITH_WHOLE_STRINGS = re.compile(rb'(?:[^"]{1,4096}+|"(?:[^"\\]|\\.)*+"){1,8}+', re.DOTALL)
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class Utf8(NamedTuple):
    """Whether bytes are UTF-8; `cut`: they only end inside a character."""

    valid: bool
    cut: bool


class Utf8Check:
    """Checks bytes piece by piece, so that a long line need not be decoded at once."""

    def __init__(self) -> None:
        """Begin with no bytes."""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._bad = False

    def feed(self, piece: bytes | memoryview) -> None:
        """Look at the next bytes."""
        if not self._bad:
            try:
                self._decoder.decode(bytes(piece))
            except UnicodeDecodeError:
                self._bad = True

    def result(self) -> Utf8:
        """Say what the bytes so far are."""
        held = b"" if self._bad else self._decoder.getstate()[0]
        try:
            held.decode("utf-8")
        except UnicodeDecodeError as error:
            # The incremental decoder also holds back beginnings that no character has.
            return Utf8(valid=False, cut=error.reason == "unexpected end of data")
        return Utf8(valid=not self._bad, cut=False)


def check_utf8(data: bytes) -> Utf8:
    """Say whether `data` is UTF-8, in little memory."""
    if data.isascii():
        return Utf8(valid=True, cut=False)
    if len(data) <= _CHECK_BYTES:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            return Utf8(valid=False, cut=error.reason == "unexpected end of data")
        return Utf8(valid=True, cut=False)
    check = Utf8Check()
    view = memoryview(data)
    for start in range(0, len(data), _CHECK_BYTES):
        check.feed(view[start : start + _CHECK_BYTES])
    return check.result()


class Outcomes(NamedTuple):
    """What the lines of a block are.

    Attributes:
        events: The events, in the order of the lines.
        others: The lines that are no events: the position of each in the block, and its `Reason`,
            or none where it is blank.
    """

    events: list[Any]
    others: list[tuple[int, Reason | None]]


def _lines_not_utf8(data: bytes) -> Iterator[int]:
    """Find the lines of a block that are not UTF-8, by their positions in it."""
    view = memoryview(data)
    line = start = 0
    while True:
        try:
            codecs.utf_8_decode(view[start:], "strict", True)  # noqa: FBT003 (takes no keywords)
        except UnicodeDecodeError as error:
            place = start + error.start
            line += data.count(b"\n", start, place)
            yield line
            # A line feed is never part of a character: the next line stands for itself.
            start = data.find(b"\n", place) + 1
            if not start:
                return
            line += 1
        else:
            return


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
            suspects.update(_lines_not_utf8(data))
        if max(map(len, lines), default=0) > _SHALLOW_BYTES:
            suspects.update(
                i
                for i, line in enumerate(lines)
                if len(line) > min(self._record_bytes, _BIG_BYTES) or _may_be_deep(line)
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
        return "too deep" if _may_be_deep(line) and _depth(line) > MAX_DEPTH else event

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


def scan_json(line: bytes) -> int | None:
    """Decide whether UTF-8 bytes are one JSON value of RFC 8259, at any depth.

    Args:
        line: The bytes.

    Returns:
        How deep arrays and objects nest in it (0 for a scalar); none if it is not JSON.
    """
    stack = bytearray()
    deepest = 0
    expected: str | None = "value"
    for token in _TOKEN.finditer(line):
        kind = token.lastgroup
        expected = _NEXT.get((expected, kind))
        if expected is None:
            return None
        if kind in {"array", "object"}:
            stack += token[kind]
            deepest = max(deepest, len(stack))
        elif kind in {"array_end", "object_end"}:
            # A run of closing brackets stands in one token.
            closed = len(token[kind])
            if not stack.endswith(b"[" * closed if kind == "array_end" else b"{"):
                return None
            del stack[-closed:]
        elif kind == "comma":
            if not stack:
                return None
            expected = "key" if stack[-1:] == b"{" else "value"
        elif kind == "end":
            return None if stack else deepest
    return None


def _depth(line: bytes) -> int:
    """Measure how deep valid JSON nests, a piece at a time to keep memory small."""
    depth = deepest = 0
    for piece in _WITH_WHOLE_STRINGS.finditer(line):
        brackets = _NOT_BRACKETS.sub(b"", piece[0])
        levels = list(accumulate((_STEPS[bracket] for bracket in brackets), initial=depth))
        deepest, depth = max(deepest, *levels), levels[-1]
    return deepest


def _may_be_deep(line: bytes) -> bool:
    """Say whether a line has enough brackets to nest too deep."""
    return len(line) > _SHALLOW_BYTES and line.count(b"[") + line.count(b"{") > MAX_DEPTH
