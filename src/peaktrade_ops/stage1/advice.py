"""Advise what to do about a file of which no line is an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_ON_ONE_SIDE: Final = 0.9
_LOOKED_AT: Final = 65_536
_TO_CONVERT: Final = {
    "archive": "the file is an archive: unpack it",
    "compression not supported": "the compression is not supported: use gzip, zstd, bzip2 or xz",
}
_BY_START: Final = {
    b"": "the file has no line with text: there is nothing to read yet",
    b"{": "the file has JSON over several lines: the writer must write one object a line; "
    "jq -c . converts",
    b"[": "the file is one JSON list: the writer must write one object a line; "
    "jq -c '.[]' converts",
}
_CONTROLS: Final = bytes({*range(32), 127} - {*b"\t\n\f\r\x1b"})
_MOST_CONTROLS: Final = 20
"""Of so many bytes of text at most one is a control character."""


def advice_for(lines: Sequence[bytes], taken: str) -> str:
    """Return what is wrong with a file of which no line is an event, and what to do.

    Args:
        lines: Its first lines.
        taken: How a scan takes its name.
    """
    if taken in _TO_CONVERT:
        return _TO_CONVERT[taken]
    text = b"\n".join(lines)[:_LOOKED_AT]
    if encoding := _wide_encoding_of(text):
        return (
            f"the file is {encoding}: the writer must write UTF-8; iconv -f {encoding} -t UTF-8 "
            "converts"
        )
    controls = len(text) - len(text.translate(None, _CONTROLS))
    if 0 in text or controls * _MOST_CONTROLS > len(text):
        return (
            "this is not text: the writer must write JSON lines; a compressed file needs its "
            "ending, such as .gz"
        )
    return _BY_START.get(
        text.removeprefix(b"\xef\xbb\xbf").lstrip()[:1],
        "no line is a JSON object: the writer must write one object a line, which most logging "
        "libraries can",
    )


def _wide_encoding_of(text: bytes) -> str:
    """Return the name of the encoding with two bytes for each character; empty if it is none.

    Without a byte-order mark, the zero bytes of ASCII characters say which byte comes first.
    """
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    zeros = text.count(0)
    first = text[::2].count(0)
    if zeros * 3 <= len(text) or _LEAST_ON_ONE_SIDE * zeros > max(first, zeros - first):
        return ""
    return "UTF-16BE" if first > zeros - first else "UTF-16LE"
