"""Untrusted text: compare it without case, cut it into words, make it printable."""

from __future__ import annotations

import re
from typing import Final

_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# How Python holds the bytes of names that are not UTF-8.
_RAW_BYTES = re.compile("[\udc80-\udcff]+")
_WORD = re.compile(r"[A-Z]+[a-z]*|[a-z]+")
# Control characters, separators of lines and paragraphs, invisible characters and those that change
# the direction of text. The list is fixed, because the Unicode tables differ between Pythons.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def ascii_lower(text: str) -> str:
    """Return text with ASCII capitals made small, and all other characters as they are.

    What other letters fold to depends on the Unicode tables of each Python.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)


def words_of(text: str) -> set[str]:
    """Return the words of a text, in small letters.

    A text is cut at everything that is no ASCII letter, and between a small letter and a capital.
    """
    return {word.lower() for word in _WORD.findall(text)}


def shown(text: str) -> str:
    """Return text of the system, such as a path, in which bytes that are no UTF-8 are escapes."""
    return _RAW_BYTES.sub(_decode, text)


def printable(text: str) -> str:
    """Return text in which control, invisible and direction characters are escapes.

    So are bytes that are no UTF-8, as `shown` has them.
    """
    return _UNPRINTABLE.sub(_escape, shown(text))


def quoted(text: str) -> str:
    """Return printable text in quotes, for a message."""
    return f"'{printable(text)}'"


def _decode(match: re.Match[str]) -> str:
    raw = match[0].encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
