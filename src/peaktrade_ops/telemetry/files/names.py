"""The claims of file names: telemetry to scan, data to leave out, or nothing (section 3).

The comparison uses whole names, ignores case, and needs no disk access.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from peaktrade_ops.text import ascii_lower, words_of

_KEYWORDS: Final = ("alert", "telemetry", "event", "history")

# Rotation marks and compression endings in any order. Two rotation marks in a row count as one,
# because a mark may contain the start of another. Otherwise the match could take exponential time.
_MARK: Final = r"(?:[._-][0-9][0-9TZ_:+.-]*)"
_COMPRESSION: Final = r"\.(?:gz|zstd?|bz2|xz)"
_TAIL: Final = rf"(?:{_MARK}?{_COMPRESSION})*{_MARK}?"
_UNSUPPORTED: Final = r"\.(?:lz4|br|z)"
_TAR: Final = r"\.(?:tar|tgz|taz|tbz2?|tlz|txz|tzst)"
_OTHER_DATA: Final = "lock|pid|idx|offset|pos|swp|sha256|md5|asc|sig"


# These are compiled, by `re`, when they are first needed: most folders need few of them.
_ROTATED: Final = rf"(?ai)\.[A-Z]+{_MARK}\Z"
_JSON_LINES: Final = rf"(?ai)\.(?:jsonl|ndjson){_TAIL}"
_COMPRESSED: Final = rf"(?ai){_COMPRESSION}{_TAIL}\Z"
_TEXT: Final = rf"(?ai)\.(?:json|log|txt){_TAIL}\Z"
_NOT_DATA: Final = rf"(?ai)\.(?:{_OTHER_DATA})\Z"
_ARCHIVE: Final = rf"(?ai)(?:{_TAR}(?:{_UNSUPPORTED})?|\.(?:zip|7z)){_TAIL}\Z"
_NOT_SUPPORTED: Final = rf"(?ai){_UNSUPPORTED}{_TAIL}\Z"


class Claim(Enum):
    """The claim of a path. The first member that applies, in this order, is used."""

    SCAN = auto()
    NOT_DATA = auto()
    ARCHIVE = auto()
    NOT_SUPPORTED = auto()
    NOT_RECOGNISED = auto()
    ELSEWHERE = auto()
    """JSON lines in a path that is not scanned."""
    TEXT = auto()
    """Another kind of text, which may contain JSON lines."""
    NOTHING = auto()


def claim_of(path: str) -> Claim:
    """Return the claim of a path relative to the telemetry root."""
    name = path.rsplit("/", 1)[-1]
    if is_json_lines_name(name):
        return Claim.SCAN if is_scanned_path(path) else Claim.ELSEWHERE
    if (ending := re.search(_NOT_DATA, name)) and is_json_lines_name(name[: ending.start()]):
        return Claim.NOT_DATA
    for pattern, claim in ((_ARCHIVE, Claim.ARCHIVE), (_NOT_SUPPORTED, Claim.NOT_SUPPORTED)):
        ending = re.search(pattern, name)
        if ending and (is_scanned_path(path) or is_json_lines_name(name[: ending.start()])):
            return claim
    if _last_ending(name) >= 0:
        return Claim.NOT_RECOGNISED
    return Claim.TEXT if re.search(_TEXT, name) else Claim.NOTHING


def is_json_lines_name(path: str) -> bool:
    """Return whether a path has the name of a JSON-lines file, also rotated or compressed."""
    name = path.rsplit("/", 1)[-1]
    ending = _last_ending(name)
    return ending >= 0 and re.fullmatch(_JSON_LINES, name[ending:]) is not None


def is_compressed_name(path: str) -> bool:
    """Return whether a path has the name of a compressed file, also rotated."""
    return re.search(_COMPRESSED, path.rsplit("/", 1)[-1]) is not None


def is_finished_name(path: str) -> bool:
    """Return whether a file is rotated or compressed by its name, so it is not written any more."""
    return is_compressed_name(path) or re.search(_ROTATED, path.rsplit("/", 1)[-1]) is not None


def is_scanned_path(path: str) -> bool:
    """Return whether telemetry is scanned at a path relative to the telemetry root."""
    lowered = ascii_lower(path)
    return any(keyword in lowered for keyword in _KEYWORDS) or "obs" in words_of(path)


def _last_ending(name: str) -> int:
    """Return the index of the last JSON-lines ending in a name; -1 if it has none."""
    lowered = ascii_lower(name)
    return max(lowered.rfind(".jsonl"), lowered.rfind(".ndjson"))
