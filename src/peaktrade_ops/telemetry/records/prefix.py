"""Check whether the last line of a file can become a JSON object by more bytes alone (section 4).

The brackets and the string that are open at the end of the line decide what has to follow. The line
is completed by the few endings that are possible, and the decoder of JSON judges the result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from peaktrade_ops.telemetry.records.utf8 import check_utf8

if TYPE_CHECKING:
    from collections.abc import Callable

_BLANK: Final = b" \t\r"
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+'
_outside = re.compile(rb'[^"\[\]{}]++|[\[\]{}]|' + _STRING + rb'("?)', re.DOTALL)

_escape = re.compile(rb"\\(?:u([0-9A-Fa-f]{0,3}))?\Z")
_surrogate = re.compile(
    rb"\\u[Dd][89ABab][0-9A-Fa-f]{2}(\\(?:u(?:[Dd](?:[C-Fc-f][0-9A-Fa-f]?)?)?)?)?\Z"
)
_literal = re.compile(rb"[a-z]+\Z")

# Only so many bytes at the end decide: a long run of digits or letters is not searched again and
# again.
_PAIR_BYTES: Final = 12
_LITERAL_BYTES: Final = 5
_NUMBER_ENDS: Final = (b"-", b"+", b".", b"e", b"E")

_LITERALS: Final = (b"true", b"false", b"null")
_LOW_SURROGATE: Final = b"\\udc00"
_CHARACTER_BYTES: Final = 3


def can_become_object(line: bytes, most_bytes: int, is_object: Callable[[bytes], bool]) -> bool:
    """Return whether a line, which is no JSON, can become a JSON object by more bytes alone.

    Args:
        line: The line, at most `MAX_DEPTH` deep. Its end may be inside of a character.
        most_bytes: The greatest length of a record.
        is_object: Returns whether bytes are a JSON object.
    """
    if not line.lstrip(_BLANK).startswith(b"{"):
        return False
    whole = _without_cut_character(line)
    state = _open_at_end(whole)
    if state is None:
        return False
    closers, string_start = state
    if string_start is None:
        endings = [] if whole != line else _after_token(whole)
    else:
        endings = [end + b'"' for end in _inside_string(whole[string_start:])]
    followed = (
        end + structure + closers for end in endings for structure in (b"", b":0", b"0", b'"":0')
    )
    return any(len(whole) + len(end) <= most_bytes and is_object(whole + end) for end in followed)


def _without_cut_character(line: bytes) -> bytes:
    """Return a line without the character that its end cuts, if it does."""
    if check_utf8(line).cut:
        for size in range(1, _CHARACTER_BYTES + 1):
            if check_utf8(line[:-size]).valid:
                return line[:-size]
    return line


def _open_at_end(line: bytes) -> tuple[bytes, int | None] | None:
    """Return what closes the open brackets, and where the open string starts, if one does.

    Returns:
        `None` if a bracket closes another kind of bracket, or none.
    """
    closers: list[bytes] = []
    for piece in _outside.finditer(line):
        text = piece[0]
        if text == b"{":
            closers.append(b"}")
        elif text == b"[":
            closers.append(b"]")
        elif text in {b"]", b"}"}:
            if not closers or closers.pop() != text:
                return None
        elif text.startswith(b'"') and not piece[1]:
            return b"".join(reversed(closers)), piece.start()
    return b"".join(reversed(closers)), None


def _inside_string(string: bytes) -> list[bytes]:
    """Return what can follow the end of an open string before its closing quote."""
    if surrogate := _search_escape(_surrogate, string):
        return [_LOW_SURROGATE[len(surrogate[1] or b"") :]]
    escape = _search_escape(_escape, string)
    if escape is None:
        return [b""]
    if escape[1] is None:
        return [b"n"]
    rest = b"0" * (4 - len(escape[1]))
    # Half of a pair needs the other half.
    return [rest, rest + _LOW_SURROGATE]


def _search_escape(pattern: re.Pattern[bytes], string: bytes) -> re.Match[bytes] | None:
    """Find an escape at the end of a string whose backslash is not itself escaped."""
    tail = string[-_PAIR_BYTES:]
    for found in pattern.finditer(tail):
        before = string[: len(string) - len(tail) + found.start()]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return found
    return None


def _after_token(line: bytes) -> list[bytes]:
    """Return what can complete the last word or number of a line."""
    if line.endswith(_NUMBER_ENDS):
        # A word can end with "e", too.
        return [b"", b"0"]
    word = _literal.search(line[-_LITERAL_BYTES:])
    if word is None:
        return [b""]
    return [literal[len(word[0]) :] for literal in _LITERALS if literal.startswith(word[0])]
