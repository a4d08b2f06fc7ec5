"""The nets of section 5 for severities that are not read, on a line as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.support.oracle.json_text import members_of
from tests.support.oracle.severity import severity_keys
from tests.support.oracle.text import CAPITAL_LETTERS, LETTERS, small, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peaktrade_ops.formats import Reading
    from tests.support.oracle.json_text import Member

# Section 5: the words of the first and of the second net.
NET_WORDS = ("critical", "crit", "fatal", "emerg", "emergency", "panic", "dpanic", "disaster")
# Section 5: "`level=`, `lvl=` or `severity=` followed by one of these words".
ASSIGNMENTS = ("level=", "lvl=", "severity=")
# Section 5: "in capitals as a word".
CAPITAL_WORDS = ("CRITICAL", "FATAL", "EMERGENCY", "PANIC")
# Section 5: keys of the third net, "without case, `_`, `-`, `.`, `@`".
NET_KEYS = (
    *("level", "severity", "sev", "lvl", "loglevel", "levelno", "levelnum", "levelname"),
    *("levelvalue", "severitynumber", "severitylevel", "severityvalue", "severitytext"),
    *("severitylabel", "severityid", "syslogseverity", "errorseverity", "sevcode"),
)
PASSED_OVER_IN_KEYS = "_-.@"
JSON_SPACE = " \t\r"
# RFC 8259, section 7: how a string may hold a quote, without the backslashes before it.
PLAIN_QUOTE = '"'
ESCAPED_QUOTE = "u0022"

IN_A_VALUE = "(value)"
IN_A_TEXT = "(text)"


def unread_in(line: str, reading: Reading, *, has_severity: bool) -> str | None:
    """Return where a line has a severity that is not read; `None` if nowhere.

    Section 5: "`unread_keys` shows the first finding in the order of this list: for a string the
    key before it, as written, else `(value)`; for a key the key; for the second line `(text)`."

    Args:
        line: A line that is a JSON object.
        reading: How the line's file is read.
        has_severity: Whether the event has a severity: some nets are only for those without.
    """
    members = members_of(line)
    by_value = {member.value_start: member for member in members}
    findings = [
        *_strings(line, by_value, reading),
        *_true_words(line, reading),
        *([IN_A_TEXT] if has_assignment(line) else []),
    ]
    if not has_severity:
        findings += [IN_A_TEXT] if has_capital_word(line) else []
        findings += _keys(line, members, reading)
    return findings[0] if findings else None


def _strings(line: str, by_value: dict[int, Member], reading: Reading) -> Iterator[str]:
    """Yield where each word of the first net stands as a whole string that is no key."""
    for found in words_in_quotes(line):
        if _after_space(line, found.end) == ":":
            continue
        start = found.start
        key = by_value[start].key if start in by_value else _key_before(line, found)
        # Section 5: `not` "names keys that are [...] passed over in the first and the last".
        if key is not None and key in reading.not_keys:
            continue
        is_read = key is not None and is_severity_key(key, reading)
        if is_read and is_harmless(found.word, reading):
            # Section 5: "A string at a severity key that `map` holds has been read." One that is
            # mapped to critical makes its event critical where it is read.
            continue
        yield IN_A_VALUE if key is None else key


def is_harmless(word: str, reading: Reading) -> bool:
    """Return whether the map takes a word for another class than critical."""
    return dict(reading.map).get(word, "critical") != "critical"


def _true_words(line: str, reading: Reading) -> Iterator[str]:
    """Yield each word of the first net that is a key with the value `true`, as written."""
    for found in words_in_quotes(line):
        rest = line[found.end :].lstrip(JSON_SPACE)
        if not rest.startswith(":"):
            continue
        rest = rest[1:].lstrip(JSON_SPACE)
        is_true = rest.startswith("true") and not rest[4:5].isalnum()
        if is_true and found.written not in reading.not_keys:
            yield found.written


class InQuotes(NamedTuple):
    """A word of the first net in quotes.

    Attributes:
        start: The position of the first quote, behind its backslashes.
        depth: The number of backslashes before each quote.
        quote: How the first quote is written, without its backslashes.
        written: The word as it is written.
        word: The word in small letters.
        end: The position behind the last quote.
    """

    start: int
    depth: int
    quote: str
    written: str
    word: str
    end: int


def words_in_quotes(line: str) -> list[InQuotes]:
    """Return each word of the first net in quotes.

    Section 5: "a string that as a whole is [one of the words], without case, its quotes escaped or
    not, with as many backslashes at both". Each of the two is written in any way that JSON knows.
    """
    found = []
    in_small = small(line)
    for start in range(len(line)):
        for quote in (PLAIN_QUOTE, ESCAPED_QUOTE):
            depth = backslashes_before(line, start)
            if not line.startswith(quote, start) or (quote == ESCAPED_QUOTE and depth == 0):
                continue
            behind = start + len(quote)
            for word in NET_WORDS:
                if not in_small.startswith(word, behind):
                    continue
                after = behind + len(word)
                written = line[behind:after]
                endings = ["\\" * depth + PLAIN_QUOTE]
                endings += ["\\" * depth + ESCAPED_QUOTE] if depth else []
                found += [
                    InQuotes(start, depth, quote, written, word, after + len(ending))
                    for ending in endings
                    if line.startswith(ending, after)
                ]
    return found


def backslashes_before(line: str, position: int) -> int:
    """Return the number of backslashes directly before a position."""
    count = 0
    while position - count > 0 and line[position - count - 1] == "\\":
        count += 1
    return count


def _key_before(line: str, found: InQuotes) -> str | None:
    """Return the key before a string whose quotes have some backslashes; `None` if it has none.

    Such a string stands in JSON inside of a string. Its key has quotes like its first one.
    """
    if found.depth == 0:
        # The keys of the line itself are known from reading it.
        return None
    rest = line[: found.start - found.depth].rstrip(JSON_SPACE)
    if not rest.endswith(":"):
        return None
    rest = rest[:-1].rstrip(JSON_SPACE)
    quote = "\\" * found.depth + found.quote
    if not rest.endswith(quote):
        return None
    # More backslashes before the quote belong to the key, as it is written.
    rest = rest[: -len(quote)]
    for position in reversed(range(len(rest))):
        is_quote = rest.startswith(found.quote, position)
        if is_quote and backslashes_before(rest, position) == found.depth:
            return rest[position + len(found.quote) :]
    return None


def _after_space(line: str, position: int) -> str:
    """Return the next character that is no space, `""` at the end."""
    return line[position:].lstrip(JSON_SPACE)[:1]


def is_severity_key(key: str, reading: Reading) -> bool:
    """Return whether a key, as written before a string, is a severity key or the end of a path."""
    return any(key in (each, each.rpartition(".")[2]) for each in severity_keys(reading))


def has_assignment(line: str) -> bool:
    """Return whether `level=`, `lvl=` or `severity=` is followed by a word of the first net.

    The word that follows is the first one behind the sign; a quote between them, however it is
    written, is no word. Introduction: "words compare without case".
    """
    in_small = small(line)
    for assignment in ASSIGNMENTS:
        start = in_small.find(assignment)
        while start >= 0:
            behind = words(line[start + len(assignment) :].replace("\\" + ESCAPED_QUOTE, '"'))
            if behind and behind[0] in NET_WORDS:
                return True
            start = in_small.find(assignment, start + 1)
    return False


def has_capital_word(line: str) -> bool:
    """Return whether a line has one of the four words in capitals.

    Introduction: "A word of a text is what remains when it is cut at everything that is no ASCII
    letter and between a small letter and a capital". So such a word begins behind anything but a
    capital, and ends before anything but a letter.
    """
    for word in CAPITAL_WORDS:
        start = line.find(word)
        while start >= 0:
            end = start + len(word)
            begins = start == 0 or line[start - 1] not in CAPITAL_LETTERS
            ends = end == len(line) or line[end] not in LETTERS
            if begins and ends:
                return True
            start = line.find(word, start + 1)
    return False


def _keys(line: str, members: list[Member], reading: Reading) -> Iterator[str]:
    """Yield each key of the third net, in the order of their positions."""
    for member in members:
        value = line[member.value_start :]
        # Section 5: "its value not null, `""` or `-`".
        if value.startswith(("null", '""', '"-"')) or member.key in reading.not_keys:
            continue
        if (
            plain_key(member.key) in NET_KEYS
            or (member.key == "priority" and value.startswith('"'))
            or member.key == "PRIORITY"
        ):
            yield member.key


def plain_key(key: str) -> str:
    """Return a key in small letters, without the signs that keys are compared without."""
    return "".join(character for character in small(key) if character not in PASSED_OVER_IN_KEYS)
