"""The lines of a file and their outcomes (section 4 of the contract)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.oracle.json_text import (
    NotJsonError,
    UnfinishedError,
    opens_too_deep,
    parse_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

# Section 4: "`too long` (over 64 MiB)".
DEFAULT_RECORD_BYTES = 64 * 2**20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Line:
    """One line of a file and its outcome.

    Attributes:
        number: The number of the line, from 1.
        raw: The line without its line feed.
        outcome: One of "blank", "event", "rejected" and "partial".
        reason: Of a rejected record, in the words of section 4.
        record: Of an event, the object.
    """

    number: int
    raw: bytes
    outcome: str
    reason: str
    record: dict[str, object] | None


def split_lines(content: bytes) -> list[tuple[bytes, bool]]:
    """Return the lines of a file without line feeds, and whether each had one.

    Section 4: "CRLF and a byte-order mark are accepted": the mark is no part of the first line.
    """
    pieces = content.removeprefix(BYTE_ORDER_MARK).split(b"\n")
    lines = [(piece, True) for piece in pieces[:-1]]
    if pieces[-1] != b"":
        lines.append((pieces[-1], False))
    return lines


def is_blank(raw: bytes) -> bool:
    """Return whether a line is blank (section 4: "nothing but space, tab and CR")."""
    return all(byte in b" \t\r" for byte in raw)


def is_utf8(raw: bytes) -> bool:
    """Return whether the bytes are UTF-8."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def can_become_object(raw: bytes) -> bool:
    """Return whether bytes begin like a JSON object and can become one by more bytes alone.

    Section 4: the last line "that begins like a JSON object and can become one by more bytes
    alone: a writer is in the middle of it".
    """
    text = text_so_far(raw)
    if text is None or not text.lstrip(" \t\r").startswith("{") or opens_too_deep(raw):
        return False
    try:
        parse_json(text)
    except UnfinishedError:
        return True
    except NotJsonError:
        return False
    return True


def text_so_far(raw: bytes) -> str | None:
    """Return the text of bytes that may end inside a character; `None` if they are not UTF-8.

    The last character is then one of those that it can become: for JSON they are all alike.
    """
    if is_utf8(raw):
        return raw.decode("utf-8")
    for missing_from in range(max(0, len(raw) - 3), len(raw)):
        whole = raw[:missing_from]
        begun = raw[missing_from:]
        if not is_utf8(whole):
            continue
        # More bytes must be able to complete one character.
        for next_byte in range(0x80, 0xC0):
            for more in (b"", b"\x80", b"\x80\x80"):
                attempt = begun + bytes([next_byte]) + more
                if is_utf8(attempt) and len(attempt.decode("utf-8")) == 1:
                    return (whole + attempt).decode("utf-8")
    return None


def judge_line(  # noqa: PLR0911 (one for each case of the sentence)
    raw: bytes, record_bytes: int, *, ended: bool
) -> tuple[str, str, object]:
    """Return a line's outcome, the reason if it is rejected, and the value if it is an event.

    Section 4: "`not UTF-8`, `too long`, `too deep`, `not JSON`, `not an object`: the first of these
    that holds is the reason"; partial is the last line of a file "that begins like a JSON object
    and can become one by more bytes alone".
    """
    if is_blank(raw):
        return "blank", "", None
    if not is_utf8(raw):
        if not ended and len(raw) <= record_bytes and can_become_object(raw):
            return "partial", "", None
        return "rejected", "not UTF-8", None
    if len(raw) > record_bytes:
        return "rejected", "too long", None
    if opens_too_deep(raw):
        return "rejected", "too deep", None
    try:
        value = parse_json(raw.decode("utf-8"))
    except NotJsonError:
        if not ended and can_become_object(raw):
            return "partial", "", None
        return "rejected", "not JSON", None
    if not isinstance(value, dict):
        return "rejected", "not an object", None
    return "event", "", value


def is_still_written(path: str) -> bool:
    """Return whether a file is neither rotated nor compressed by its name (section 4)."""
    name = path.rpartition("/")[2]
    return name.lower().endswith((".jsonl", ".ndjson"))


def read_lines(path: str, content: bytes, record_bytes: int) -> list[Line]:
    """Return every line of a file with its outcome."""
    lines = []
    for number, (raw, has_end) in enumerate(split_lines(content), start=1):
        ended = has_end or not is_still_written(path)
        outcome, reason, value = judge_line(raw, record_bytes, ended=ended)
        record = value if isinstance(value, dict) else None
        lines.append(Line(number, raw, outcome, reason, record))
    return lines


def count_outcomes(lines: Sequence[Line]) -> tuple[int, int, int, int, int]:
    """Return the numbers of lines, and of those that are blank, events, rejected and partial.

    Section 4: "`lines = blank + events + rejected + partial`".
    """
    outcomes = [line.outcome for line in lines]
    return (
        len(outcomes),
        outcomes.count("blank"),
        outcomes.count("event"),
        outcomes.count("rejected"),
        outcomes.count("partial"),
    )
