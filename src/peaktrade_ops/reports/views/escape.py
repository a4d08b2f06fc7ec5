"""Escape untrusted text for Markdown; the result is also safe on a terminal."""

from __future__ import annotations

import re

from peaktrade_ops.text import printable

_MARKUP = re.compile(r"[\\`*_\[\]<>|~#!&@$]|:(?=//)|(?<![A-Za-z0-9])www(?=\.)", re.IGNORECASE)


def markdown_text(text: str) -> str:
    """Return text escaped for any place inside a line or a table cell of Markdown.

    The result cannot start a new line, a cell, emphasis, a link (also a bare address) or HTML.
    """
    return _MARKUP.sub(_mark, printable(text))


def _mark(match: re.Match[str]) -> str:
    found = match[0]
    # A backslash cannot escape a letter, so one letter is written as an entity.
    return f"{found[:-1]}&#{ord(found[-1])};" if len(found) > 1 else f"\\{found}"
