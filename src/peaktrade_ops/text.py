"""Untrusted text: case-insensitive comparison, words, and printable forms."""

from __future__ import annotations

import re
from typing import Final

_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# The surrogates by which Python represents bytes of names that are not UTF-8.
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
    """Return text with ASCII letters in lower case, and all other characters unchanged.

    The lower case of other letters depends on the Unicode tables of the Python version.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)


def words_of(text: str) -> set[str]:
    """Return the words of a text, in lower case.

    Words are separated by characters other than ASCII letters, and by a change from a lower-case
    to an upper-case letter.
    """
    return {word.lower() for word in _WORD.findall(text)}


def shown(text: str) -> str:
    """Return text of the system, such as a path, with bytes that are not UTF-8 escaped."""
    return _RAW_BYTES.sub(_decode, text)


def printable(text: str) -> str:
    """Return text with control, invisible and direction characters escaped.

    Bytes that are not UTF-8 are escaped as by `shown`.
    """
    return _UNPRINTABLE.sub(_escape, shown(text))


def quoted(text: str) -> str:
    """Return a text as printable text in quotes, for a message."""
    return f"'{printable(text)}'"


def _decode(match: re.Match[str]) -> str:
    raw = match[0].encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
