"""Match relative paths by glob patterns (section 3), without disk access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
# Three or more stars match what two do.
_GLOB_PIECE = re.compile(r"((?<![^/])\*\*/)|(\*\*+)|(\*)|(\?)|(.)", re.DOTALL)
_ACROSS: Final = {1: "(?:.*?/)??", 2: ".*?"}
_STAR: Final = 3
_ANY: Final = 4


def _compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(_translate, patterns)) or r"(?!)", re.DOTALL)


def _translate(pattern: str) -> str:
    """Return the regular expression of a glob.

    Each star takes the least that lets the text behind it match, and never more: what is behind
    that can take the rest. So the time does not grow with the number of stars to choose from. Only
    the last star of a pattern, and the last that goes across parts, must reach the end.
    """
    # The parts of the pattern that go across folders, each with the texts between its stars.
    runs: list[tuple[str, list[str]]] = [("", [""])]
    for piece in _GLOB_PIECE.finditer(pattern.removeprefix("./")):
        kind = piece.lastindex or 0
        texts = runs[-1][1]
        if kind in _ACROSS:
            runs.append((_ACROSS[kind], [""]))
        elif kind == _STAR:
            texts.append("")
        else:
            texts[-1] += "[^/]" if kind == _ANY else re.escape(piece[0])
    *earlier, (across, texts) = runs
    before = "".join(f"(?>{opener}{_of_part(each)})" for opener, each in earlier)
    *first, last = texts
    rest = f"{_of_part(first)}[^/]*{last}" if first else last
    return f"{before}{across}{rest}"


def _of_part(texts: Sequence[str]) -> str:
    """Return the regular expression of texts with a star between each two."""
    first, *others = texts
    return first + "".join(f"(?>[^/]*?{text})" for text in others)
