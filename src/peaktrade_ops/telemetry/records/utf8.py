"""Check UTF-8 in bounded memory."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


_CHECK_BYTES: Final = 2**20

_FIRST_BYTES: Final = 2**10
_GROWTH: Final = 16


class Utf8(NamedTuple):
    """The result of a check.

    Attributes:
        valid: The bytes are UTF-8.
        cut: The bytes are not UTF-8, but only because they end inside a character.
    """

    valid: bool
    cut: bool


_VALID: Final = Utf8(valid=True, cut=False)


class Utf8Check:
    """Checks bytes in pieces, so that a long line need not be decoded at once."""

    def __init__(self) -> None:
        """Start without bytes."""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._bad = False

    def feed(self, piece: bytes | memoryview) -> None:
        """Check the next bytes."""
        if not self._bad:
            try:
                self._decoder.decode(bytes(piece))
            except UnicodeDecodeError:
                self._bad = True

    def result(self) -> Utf8:
        """Return the result for the bytes so far."""
        held = b"" if self._bad else self._decoder.getstate()[0]
        try:
            held.decode("utf-8")
        except UnicodeDecodeError as error:
            # The incremental decoder also keeps bytes that cannot start a character.
            return Utf8(valid=False, cut=error.reason == "unexpected end of data")
        return Utf8(valid=not self._bad, cut=False)


def check_utf8(data: bytes) -> Utf8:
    """Return whether `data` is UTF-8. Memory does not grow with its length."""
    if data.isascii():
        return _VALID
    if len(data) <= _CHECK_BYTES:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            return Utf8(valid=False, cut=error.reason == "unexpected end of data")
        return _VALID
    check = Utf8Check()
    view = memoryview(data)
    for start in range(0, len(data), _CHECK_BYTES):
        check.feed(view[start : start + _CHECK_BYTES])
    return check.result()


def lines_not_utf8(data: bytes) -> Iterator[int]:
    """Yield the positions of the lines of a block that are not UTF-8."""
    view = memoryview(data)
    line = start = 0
    size = _FIRST_BYTES
    while start < len(data):
        end = data.find(b"\n", start + size) + 1 or len(data)
        try:
            codecs.utf_8_decode(view[start:end], "strict", True)  # noqa: FBT003 (takes no keywords)
        except UnicodeDecodeError as error:
            # An error copies all bytes that it is about, so they are few after an error.
            place, size = start + error.start, _FIRST_BYTES
            line += data.count(b"\n", start, place)
            yield line
            # A line feed is never part of another character: the check restarts after it.
            start = data.find(b"\n", place) + 1
            if not start:
                return
            line += 1
        else:
            line += data.count(b"\n", start, end)
            start, size = end, size * _GROWTH
