"""Check whether appended bytes can make a line without a line end a JSON object (section 4).

The brackets and the string that are open at the end of the line determine what can follow. The
check completes the line with each possible ending and passes the results to the JSON decoder, so it
is as strict as the decoder.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from peaktrade_ops.telemetry.records.decode import BLANK
from peaktrade_ops.telemetry.records.depth import MAX_DEPTH
from peaktrade_ops.telemetry.records.utf8 import check_utf8

if TYPE_CHECKING:
    from collections.abc import Callable

# Text without an open bracket or string; a bracket; or a string: whole if it has its closing quote.
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+'
_INSIDE: Final = rb'(?:[^"\[\]{}]++|%b")*+' % _STRING
_piece = re.compile(
    rb'(?:[^"\[\]{}]++|%b"|\[%b\]|\{%b\})++|[\[\]{}]|%b("?)' % (_STRING, _INSIDE, _INSIDE, _STRING),
    re.DOTALL,
)
_CLOSERS: Final = {b"{": b"}", b"[": b"]"}

_escape = re.compile(rb"\\(?:u([0-9A-Fa-f]{0,3}))?\Z")
# The first half of a surrogate pair, with the available part of the second half.
_half_pair = re.compile(
    rb"\\u[Dd][89ABab][0-9A-Fa-f]{2}(\\(?:u(?:[Dd](?:[C-Fc-f][0-9A-Fa-f]?)?)?)?)?\Z"
)
_SECOND_HALF: Final = b"\\udc00"
_PAIR_BYTES: Final = 12

_word = re.compile(rb"[a-z]+\Z")
_WORDS: Final = (b"true", b"false", b"null")
_WORD_BYTES: Final = 5
_NUMBER_ENDS: Final = (b"-", b"+", b".", b"e", b"E")

# What can stand between a token and the closing brackets: nothing, the value of a key, a value, or
# another member.
_STRUCTURES: Final = (b"", b":0", b"0", b'"":0')

_CHARACTER_BYTES: Final = 4


def can_become_object(line: bytes, is_object: Callable[[bytes], bool]) -> bool:
    """Return whether a line that is not JSON begins like an object and can become one.

    Args:
        line: The line. Its end may be in the middle of a character.
        is_object: Returns whether bytes are a JSON object, at most `MAX_DEPTH` deep.
    """
    if not line.lstrip(BLANK).startswith(b"{"):
        return False
    whole = _without_cut_character(line)
    is_cut = len(whole) < len(line)
    state = _open_at_end(whole)
    if state is None:
        return False
    closers, string_start = state
    if string_start is None:
        # Characters of more than one byte occur only in strings.
        endings = [] if is_cut else _ends_of_token(whole)
    else:
        ends = _ends_of_escape(whole[string_start:])
        if is_cut and ends != [b""]:
            # The character is in the middle of an escape.
            return False
        endings = [end + b'"' for end in ends]
    return any(
        is_object(whole + end + structure + closers) for end in endings for structure in _STRUCTURES
    )


def _without_cut_character(line: bytes) -> bytes:
    """Return a line without the incomplete character at its end, if there is one."""
    if check_utf8(line).cut:
        for size in range(1, _CHARACTER_BYTES):
            if check_utf8(line[:-size]).valid:
                return line[:-size]
    return line


def _open_at_end(line: bytes) -> tuple[bytes, int | None] | None:
    """Return the brackets that close the open ones, and the start of the open string.

    Args:
        line: The line, which begins like an object.

    Returns:
        The brackets, and `None` for the start if no string is open. `None` instead of both if a
        bracket does not match, if the first one is already closed, or if too many are open.
    """
    closers = [b"}"]
    for piece in _piece.finditer(line, line.index(b"{") + 1):
        text = piece[0]
        if closer := _CLOSERS.get(text):
            closers.append(closer)
            if len(closers) > MAX_DEPTH:
                return None
        elif text in {b"]", b"}"}:
            if not closers or closers.pop() != text or not closers:
                return None
        elif piece[1] == b"":
            return b"".join(reversed(closers)), piece.start()
    return b"".join(reversed(closers)), None


def _ends_of_escape(string: bytes) -> list[bytes]:
    """Return the bytes that complete an escape at the end of an open string.

    Returns:
        Only empty bytes if the string does not end in the middle of an escape.
    """
    if half := _escape_at_end(_half_pair, string):
        return [_SECOND_HALF[len(half[1] or b"") :]]
    escape = _escape_at_end(_escape, string)
    if escape is None:
        return [b""]
    if escape[1] is None:
        return [b"n"]
    digits = b"0" * (4 - len(escape[1]))
    # Half of a surrogate pair needs the second half.
    return [digits, digits + _SECOND_HALF]


def _escape_at_end(pattern: re.Pattern[bytes], string: bytes) -> re.Match[bytes] | None:
    """Return the match of an escape at the end of a string whose backslash is not escaped."""
    tail = string[-_PAIR_BYTES:]
    for found in pattern.finditer(tail):
        before = string[: len(string) - len(tail) + found.start()]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return found
    return None


def _ends_of_token(line: bytes) -> list[bytes]:
    """Return the bytes that complete the last word or number of a line."""
    if line.endswith(_NUMBER_ENDS):
        # A word can end with "e" too.
        return [b"", b"0"]
    word = _word.search(line[-_WORD_BYTES:])
    if word is None:
        return [b""]
    return [each[len(word[0]) :] for each in _WORDS if each.startswith(word[0])]
