"""Untrusted text made harmless: for Markdown and for a terminal."""

from __future__ import annotations

import re

from peaktrade_ops.text import printable

_MARKUP = re.compile(r"[\\`*_\[\]<>|~#!&@$]|:(?=//)|(?<![A-Za-z0-9])www(?=\.)", re.IGNORECASE)


def markdown_text(text: str) -> str:
    """Make text that stands for itself anywhere inside a line or a table cell of Markdown.

    It cannot start a new line, a cell, emphasis, a link (bare addresses included) or HTML.
    """
    return _MARKUP.sub(_mark, printable(text))


def _mark(match: re.Match[str]) -> str:
    found = match[0]
    # Letters cannot be escaped by a backslash, but one of them can be written as an entity.
    return f"{found[:-1]}&#{ord(found[-1])};" if len(found) > 1 else f"\\{found}"
