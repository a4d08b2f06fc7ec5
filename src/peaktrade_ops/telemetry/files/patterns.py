"""Select relative paths by file name and by glob pattern (section 3), without disk access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from peaktrade_ops.text import ascii_lower, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEYWORDS: Final = ("alert", "telemetry", "event", "history")
_ROTATION = r"(?:\.[0-9]+|-[0-9]{8}|\.[0-9]{4}-[0-9]{2}-[0-9]{2})"
_JSON_LINES = re.compile(
    rf"\.(?:jsonl|ndjson)(?:{_ROTATION}?(?:\.(?:gz|zst))?|\.(?:gz|zst){_ROTATION})",
    re.IGNORECASE | re.ASCII,
)

_COMPRESSED = re.compile(rf"\.(?:gz|zst){_ROTATION}?$", re.IGNORECASE | re.ASCII)

_FINISHED = re.compile(
    r"\.[A-Za-z]+(?:[._-][0-9][0-9TZ_:+.-]*|\.(?:gz|zst|zstd|bz2|xz))+\Z", re.IGNORECASE | re.ASCII
)


def is_json_lines_name(path: str) -> bool:
    """Return whether a path has the name of a JSON-lines file, also rotated or compressed."""
    name = path.rsplit("/", 1)[-1]
    dot = max(ascii_lower(name).rfind(".jsonl"), ascii_lower(name).rfind(".ndjson"))
    return dot >= 0 and _JSON_LINES.fullmatch(name, dot) is not None


def is_compressed_name(path: str) -> bool:
    """Return whether a path has the name of a compressed file, also rotated."""
    return _COMPRESSED.search(path) is not None


def is_finished_name(path: str) -> bool:
    """Return whether a file is rotated or compressed by its name: nobody writes it any more."""
    return _FINISHED.search(path.rsplit("/", 1)[-1]) is not None


def is_telemetry_path(path: str) -> bool:
    """Return whether a path relative to the telemetry root is the path of a telemetry file."""
    lowered = ascii_lower(path)
    return is_json_lines_name(path) and (
        any(keyword in lowered for keyword in _KEYWORDS) or "obs" in words_of(path)
    )


class Patterns:
    """Glob patterns for relative paths whose parts are separated by ``/``.

    ``*`` and ``?`` match within one part, ``**`` matches across parts, and ``**/`` may match
    nothing. A pattern matches the whole path and is case-sensitive.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        """Compile the patterns."""
        self._match = re.compile("|".join(map(_translate, patterns)) or r"(?!)", re.DOTALL)

    def match(self, path: str) -> bool:
        """Return whether one of the patterns matches a path."""
        return self._match.fullmatch(path) is not None


_GLOB_PIECE = re.compile(r"((?<![^/])\*\*/)|(\*\*)|(\*)|(\?)|(.)", re.DOTALL)
_PIECES: Final = {1: "(?:.*/)?", 2: ".*", 3: "[^/]*", 4: "[^/]"}


def _translate(pattern: str) -> str:
    """Return the regular expression of a glob."""
    return "".join(
        _PIECES.get(piece.lastindex or 0, re.escape(piece[0]))
        for piece in _GLOB_PIECE.finditer(pattern.removeprefix("./"))
    )
