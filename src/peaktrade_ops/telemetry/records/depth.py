"""Check how deep brackets nest in a line, which need not be JSON."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

MAX_DEPTH: Final = 512

# A string starts at a quote. It ends at the next quote that is not escaped, or at the end of the
# line.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_strings = re.compile(_STRING, re.DOTALL)

# At most 256 KiB outside of strings, so that a long line is not copied as a whole.
_pieces = re.compile(rb'(?:[^"]{1,1024}+|' + _STRING + rb"){1,256}+", re.DOTALL)

_AS_SQUARE: Final = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))

# Brackets are counted in groups: all groups that are possible fit into a cache.
_GROUP: Final = 12


def may_be_too_deep(line: bytes) -> bool:
    """Return whether a line has enough opening brackets to nest too deep."""
    return len(line) > MAX_DEPTH and line.count(b"[") + line.count(b"{") > MAX_DEPTH


def is_too_deep(line: bytes) -> bool:
    """Return whether more than `MAX_DEPTH` brackets outside of strings are open at once.

    A closing bracket closes any opening one. It has no effect if no bracket is open.

    Args:
        line: The line. It need not be JSON.
    """
    if not may_be_too_deep(line):
        return False
    depth = 0
    view = memoryview(line)
    for piece in _pieces.finditer(line):
        outside = _strings.sub(b"", view[piece.start() : piece.end()])
        brackets = outside.translate(_AS_SQUARE, _NOT_BRACKETS)
        for start in range(0, len(brackets), _GROUP):
            lowest, highest, change = _depths_of(brackets[start : start + _GROUP])
            if depth + lowest < 0:
                # Closing brackets have no effect if no bracket is open.
                depth = -lowest
            if depth + highest > MAX_DEPTH:
                return True
            depth += change
    return False


@cache
def _depths_of(brackets: bytes) -> tuple[int, int, int]:
    """Return the lowest and the highest depth in a group of brackets, and the depth at its end.

    Args:
        brackets: At most `_GROUP` brackets, all of them square. The depth before them counts as 0.
    """
    depth = lowest = highest = 0
    for bracket in brackets:
        depth += 1 if bracket == ord("[") else -1
        lowest, highest = min(lowest, depth), max(highest, depth)
    return lowest, highest, depth
