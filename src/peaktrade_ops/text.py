"""Text that others wrote: compared without case, cut into words, made printable."""

from __future__ import annotations

import re
from typing import Final

_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# A text is cut at everything that is no ASCII letter, and between a small letter and a capital.
_WORD = re.compile(r"[A-Z]+[a-z]*|[a-z]+")
# Control characters, line and paragraph separators, and everything that hides or turns text. A
# fixed list, because what a Python knows of Unicode changes from version to version.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def ascii_lower(text: str) -> str:
    """Make ASCII capitals small, and leave all other characters as they are.

    What other letters fold to depends on the Unicode tables of each Python.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)


def words_of(text: str) -> set[str]:
    """Give the words of a text, in small letters."""
    return {word.lower() for word in _WORD.findall(text)}


def printable(text: str) -> str:
    """Show characters that could steer a terminal, or hide or turn text, as escapes."""
    return _UNPRINTABLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
