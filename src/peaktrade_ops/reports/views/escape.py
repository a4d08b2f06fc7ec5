"""Escape untrusted text for Markdown; the result is also safe on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from peaktrade_ops.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEAST_FENCE: Final = 3
_BACKTICKS = re.compile("`+")

_MARKUP = re.compile(r"[\\`*_\[\]<>|~#!&@$]|:(?=//)|(?<![A-Za-z0-9])www(?=\.)", re.IGNORECASE)


def markdown_text(text: str) -> str:
    """Return text escaped for any place inside a line or a table cell of Markdown.

    The result cannot start a new line, a cell, emphasis, a link (also a bare address) or HTML.
    """
    return _MARKUP.sub(_mark, printable(text))


def code_fence(lines: Iterable[str]) -> str:
    """Return the line that begins and ends a block of code, so that none of its lines ends it.

    Code cannot be escaped in Markdown. Only as many backticks as at its beginning can end it.

    Args:
        lines: The lines of the code, without line ends.
    """
    runs = (len(run) for line in lines for run in _BACKTICKS.findall(line))
    return "`" * max(_LEAST_FENCE, 1 + max(runs, default=0))


def _mark(match: re.Match[str]) -> str:
    found = match[0]
    # A backslash cannot escape a letter, so one letter is written as an entity.
    return f"{found[:-1]}&#{ord(found[-1])};" if len(found) > 1 else f"\\{found}"
