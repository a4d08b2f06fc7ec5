"""Match relative paths by glob patterns (section 3), without disk access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class Patterns:
    """Glob patterns for relative paths whose parts are separated by ``/``.

    ``*`` and ``?`` match within one part, ``**`` matches across parts, and ``**/`` may match
    nothing. A pattern matches the whole path and is case-sensitive.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        """Compile the patterns."""
        patterns = list(patterns)
        self._is_any = bool(patterns)
        self._match = _compiled(patterns)
        below = [each for each in patterns if each.endswith("**")]
        names = [each for each in patterns if "*" not in each and "?" not in each]
        self._folder = _compiled([*below, *(each.removesuffix(_BELOW) for each in below), *names])

    def __bool__(self) -> bool:
        """Return whether there is any pattern."""
        return self._is_any

    def match(self, path: str) -> bool:
        """Return whether one of the patterns matches a path."""
        return self._match.fullmatch(path) is not None

    def match_folder(self, path: str) -> bool:
        """Return whether a pattern names a folder, or matches everything that may be below it.

        A pattern such as ``*.bak`` is for files: it does not match a folder of such a name, because
        the files in the folder do not match it.
        """
        return self._folder.fullmatch(path) is not None


_BELOW: Final = "/**"
_GLOB_PIECE = re.compile(r"((?<![^/])\*\*/)|(\*\*)|(\*)|(\?)|(.)", re.DOTALL)
_PIECES: Final = {1: "(?:.*/)?", 2: ".*", 3: "[^/]*", 4: "[^/]"}


def _compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(_translate, patterns)) or r"(?!)", re.DOTALL)


def _translate(pattern: str) -> str:
    """Return the regular expression of a glob."""
    return "".join(
        _PIECES.get(piece.lastindex or 0, re.escape(piece[0]))
        for piece in _GLOB_PIECE.finditer(pattern.removeprefix("./"))
    )
