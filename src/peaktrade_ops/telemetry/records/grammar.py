"""The JSON grammar of RFC 8259 without recursion, for what msgspec cannot judge."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

MAX_DEPTH: Final = 512

# Fewer bytes cannot hold more than MAX_DEPTH opening and closing brackets.
SHALLOW_BYTES: Final = 2 * MAX_DEPTH

_STRING = (
    rb'"(?:[^"\\\x00-\x1f]'
    rb'|\\["\\/bfnrt]'
    rb"|\\u(?:[0-9a-ce-fA-CE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})"
    rb'|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+"'
)

_TOKEN = re.compile(
    rb"[ \t\r\n]*+(?:(?P<string>" + _STRING + rb")"
    rb"|(?P<scalar>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)"
    rb"|(?P<array>\[++)|(?P<object>\{)|(?P<array_end>\]++)|(?P<object_end>\})"
    rb"|(?P<comma>,)|(?P<colon>:)|(?P<end>\Z)|(?P<wrong>))"
)

# What is expected after a token, by what was expected before it: "first" is a value or the end of
# an empty array, "name" a key or the end of an empty object, "more" a comma or a closing bracket.
_NEXT: Final[dict[tuple[str | None, str | None], str]] = {
    **{(before, kind): "more" for before in ("value", "first") for kind in ("string", "scalar")},
    **{(before, "array"): "first" for before in ("value", "first")},
    **{(before, "object"): "name" for before in ("value", "first")},
    **{(before, "array_end"): "more" for before in ("first", "more")},
    **{(before, "object_end"): "more" for before in ("name", "more")},
    **{(before, "string"): "colon" for before in ("key", "name")},
    ("colon", "colon"): "value",
    ("more", "comma"): "value",
    ("more", "end"): "end",
}

_NOT_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[^\[\]{}"]++', re.DOTALL)

_WITH_WHOLE_STRINGS = re.compile(rb'(?:[^"]{1,4096}+|"(?:[^"\\]|\\.)*+"){1,8}+', re.DOTALL)

_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def scan_json(line: bytes) -> int | None:
    """Decide whether UTF-8 bytes are one JSON value of RFC 8259, at any depth.

    Args:
        line: The bytes.

    Returns:
        How deep arrays and objects nest in it (0 for a scalar); none if it is not JSON.
    """
    stack = bytearray()
    deepest = 0
    expected: str | None = "value"
    for token in _TOKEN.finditer(line):
        kind = token.lastgroup
        expected = _NEXT.get((expected, kind))
        if expected is None:
            return None
        if kind in {"array", "object"}:
            stack += token[kind]
            deepest = max(deepest, len(stack))
        elif kind in {"array_end", "object_end"}:
            # A run of closing brackets stands in one token.
            closed = len(token[kind])
            if not stack.endswith(b"[" * closed if kind == "array_end" else b"{"):
                return None
            del stack[-closed:]
        elif kind == "comma":
            if not stack:
                return None
            expected = "key" if stack[-1:] == b"{" else "value"
        elif kind == "end":
            return None if stack else deepest
    return None


def depth_of(line: bytes) -> int:
    """Measure how deep valid JSON nests, a piece at a time to keep memory small."""
    depth = deepest = 0
    for piece in _WITH_WHOLE_STRINGS.finditer(line):
        brackets = _NOT_BRACKETS.sub(b"", piece[0])
        levels = list(accumulate((_STEPS[bracket] for bracket in brackets), initial=depth))
        deepest, depth = max(deepest, *levels), levels[-1]
    return deepest


def may_be_deep(line: bytes) -> bool:
    """Say whether a line has enough brackets to nest too deep."""
    return len(line) > SHALLOW_BYTES and line.count(b"[") + line.count(b"{") > MAX_DEPTH
