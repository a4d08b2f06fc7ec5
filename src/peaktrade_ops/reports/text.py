"""Untrusted text made harmless: for Markdown and for a terminal."""

from __future__ import annotations

import re

# Control characters, line and paragraph separators, and everything that hides or turns text. A
# fixed list, because what a Python knows of Unicode changes from version to version.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_MARKUP = re.compile(r"[\\`*_\[\]<>|~#!&@$]|:(?=//)|(?<![A-Za-z0-9])www(?=\.)", re.IGNORECASE)


def printable(text: str) -> str:
    """Show characters that could steer a terminal, or hide or turn text, as escapes."""
    return _UNPRINTABLE.sub(_escape, text)


def markdown_text(text: str) -> str:
    """Make text that stands for itself anywhere inside a line or a table cell of Markdown.

    It cannot start a new line, a cell, emphasis, a link (bare addresses included) or HTML.
    """
    return _MARKUP.sub(_mark, printable(text))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _mark(match: re.Match[str]) -> str:
    found = match[0]
    # Letters cannot be escaped by a backslash, but one of them can be written as an entity.
    return f"{found[:-1]}&#{ord(found[-1])};" if len(found) > 1 else f"\\{found}"
