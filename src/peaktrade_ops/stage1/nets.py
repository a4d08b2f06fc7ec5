"""Find severities in raw lines that the severity keys do not show (section 5 of the contract).

The nets run over the bytes of a line as it is written, also inside of JSON in strings. `SUSPICIOUS`
finds the lines on which the nets for words can find anything. `NAMED` does the same for the net for
keys. Both run over whole blocks at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peaktrade_ops.text import word_list

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

VALUE: Final = "(value)"
TEXT: Final = "(text)"
"""The names of findings that have no key."""

_WORDS: Final = "critical|crit|fatal|emergency|emerg|dpanic|panic|disaster"
_CAPITALS: Final = "CRITICAL|FATAL|EMERGENCY|PANIC"
_BEFORE_WORDS: Final = "level|lvl|severity"

SUSPICIOUS: Final = (
    rf'(?:"|\\u0022)(?i:{_WORDS})\\*(?:"|u0022)'
    rf"|(?i:{_BEFORE_WORDS})=(?:[^A-Za-z\n]|\\u0022)*(?i:{_WORDS})|{_CAPITALS}"
)
"""A pattern in RE2's syntax that finds every line with a word that the nets look for."""

_MARKS: Final = b"_-.@"
_NO_SEVERITY_KEYS: Final = frozenset(
    {
        b"level",
        b"severity",
        b"sev",
        b"lvl",
        b"loglevel",
        b"levelno",
        b"levelnum",
        b"levelname",
        b"levelvalue",
        b"severitynumber",
        b"severitylevel",
        b"severityvalue",
        b"severitytext",
        b"severitylabel",
        b"severityid",
        b"syslogseverity",
        b"errorseverity",
        b"sevcode",
    }
)
NAMED: Final = (
    r"(?i:l[_.@-]*v[_.@-]*l|l[_.@-]*e[_.@-]*v|s[_.@-]*e[_.@-]*v"
    r'|p[_.@-]*r[_.@-]*i[_.@-]*o)[^"\\\n]*"[ \t\r]*:'
)
"""A pattern in RE2's syntax that finds every line with a key that the net for keys looks for."""

WORDS: Final = frozenset(_WORDS.split("|"))
"""The words that the nets look for, in small letters."""

# A quote in a string may be written as a number, as .NET does.
_NUMBERED: Final = b"u0022"
_ESCAPED_QUOTE: Final = rb"(?<=\\)(?-i:%b)" % _NUMBERED
_QUOTE: Final = rb'(?:"|%b)' % _ESCAPED_QUOTE
# The groups are the first quote, the word, the backslashes before the last quote, and what follows.
# It begins with a quote, so that it is found fast: `_strings_in` looks at what is before it.
_IN_QUOTES: Final = rb"(%b)(%b)(\\*)%b([ \t\r]*:)?([ \t\r]*true(?![\w.]))?"
_strings = re.compile(_IN_QUOTES % (b'"', _WORDS.encode(), b'"'), re.IGNORECASE)
# It takes three times as long, and few lines need it.
_numbered_strings = re.compile(_IN_QUOTES % (_QUOTE, _WORDS.encode(), _QUOTE), re.IGNORECASE)
# What follows is not part of the match, because it can be the next one: ``level=level=fatal``.
# The first of the letters may be a word of its own: ``level=fatalError``.
_after_equals = re.compile(
    rb"(?:%b)=(?=[^A-Za-z]*+(?:%b[^A-Za-z]*+)*+((?:%b)[A-Za-z]?))"
    % (_BEFORE_WORDS.encode(), _ESCAPED_QUOTE, _WORDS.encode()),
    re.IGNORECASE,
)
# No letter is before the first one, which comes first in the pattern so that it is found fast.
_capitals = re.compile(
    "|".join(
        f"{word[0]}(?<![A-Z]{word[0]}){word[1:]}(?![A-Za-z])" for word in _CAPITALS.split("|")
    ).encode()
)
_keys = re.compile(rb'[{,][ \t\r]*"([^"\\]*)"[ \t\r]*:[ \t\r]*+(?!null|""|"-")(?=(.))', re.DOTALL)


def key_of(written: str) -> str:
    """Return the key that events have, of a key as it is written in a line, with escapes or not."""
    if "\\" not in written:
        return written
    try:
        return msgspec.json.decode(f'"{written}"'.encode(), type=str)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return written


class Found(NamedTuple):
    """What the nets find in a line.

    Attributes:
        always: The name of the first finding that counts for every event; `None` if there is none.
        bare: The name of the first finding that counts for an event without a severity; `None` if
            there is none.
    """

    always: str | None = None
    bare: str | None = None


NOTHING: Final = Found()


class Nets:
    """The nets, with what the configuration takes out of them.

    Args:
        not_keys: Keys that are passed over.
        severity_keys: The keys of the severity.
        is_mapped: Returns whether the configuration says what a text at a severity key means.
    """

    def __init__(
        self,
        not_keys: Collection[str],
        severity_keys: Collection[str],
        is_mapped: Callable[[str], bool],
    ) -> None:
        """Store the exceptions."""
        self._not_keys = frozenset(not_keys)
        self._severity_keys = frozenset(severity_keys) | {
            key.rpartition(".")[-1] for key in severity_keys
        }
        self._is_mapped = is_mapped

    def words_in(self, line: bytes) -> Found:
        """Return what the nets for words find in a line."""
        always = self._word_in(line)
        if always is None and b"=" in line and any(map(_says, _after_equals.finditer(line))):
            always = TEXT
        return Found(always, TEXT if _capitals.search(line) else None)

    def key_in(self, line: bytes) -> str | None:
        """Return the first key in a line that says that the event has a severity."""
        for match in _keys.finditer(line):
            written = match[1]
            name = written.translate(None, _MARKS).lower()
            if (
                name in _NO_SEVERITY_KEYS
                or written == b"PRIORITY"
                or (name == b"priority" and match[2] == b'"')
            ):
                key = written.decode("utf-8")
                if key not in self._not_keys:
                    return key
        return None

    def _word_in(self, line: bytes) -> str | None:
        """Return the key before the first string that is one of the words, or `VALUE`.

        Without one it is the first of the words that is a key whose value is true.
        """
        true_key: str | None = None
        for match in _strings_in(line):
            if match[4]:
                word = match[2].decode("ascii")
                if true_key is None and match[5] and word not in self._not_keys:
                    true_key = word
                continue
            key = _key_before(line, match.start() - len(match[3]), match[3] + match[1])
            if key is None:
                return VALUE
            if key not in self._not_keys and not (
                key in self._severity_keys and self._is_mapped(match[2].decode("ascii"))
            ):
                return key
        return true_key


def _strings_in(line: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the matches whose quotes have as many backslashes before them."""
    search = (_numbered_strings if _NUMBERED in line else _strings).search
    place = 0
    while match := search(line, place):
        start, escape = match.start(), match[3]
        before = line[max(start - len(escape) - 1, 0) : start]
        if before.endswith(escape) and before != b"\\" + escape:
            yield match
        # The last quote can be the first one of another match.
        place = match.end(2)


def _says(match: re.Match[bytes]) -> bool:
    """Return whether the first word behind ``level=`` is one of the words."""
    return word_list(match[1].decode("ascii"))[0] in WORDS


def _key_before(line: bytes, end: int, quote: bytes) -> str | None:
    """Return the key whose value begins at a position, as it is written; `None` if there is none.

    Args:
        line: The line.
        end: The position of the value.
        quote: The first quote of the value with its backslashes, and so each quote of the key.
    """
    end = _before_space(line, end)
    if line[end - 1 : end] != b":":
        return None
    end = _before_space(line, end - 1)
    if not line.endswith(quote, 0, end):
        return None
    end -= len(quote)
    start = end
    while (start := line.rfind(quote, 0, start)) >= 0:
        if line[max(start - 1, 0) : start] != b"\\":
            return line[start + len(quote) : end].decode("utf-8")
    return None


def _before_space(line: bytes, end: int) -> int:
    """Return the position behind the last byte before `end` that is no space."""
    while end and line[end - 1] in b" \t\r":
        end -= 1
    return end
