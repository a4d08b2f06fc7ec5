"""Untrusted text: case-insensitive comparison, words, and printable forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# The surrogates by which Python represents bytes of names that are not UTF-8.
# These are compiled, by `re`, when they are first needed: every start of the program loads them.
_RAW_BYTES: Final = "[\udc80-\udcff]+"
_COLOUR: Final = r"\x1b\[[0-9;]*m"
# Greedy to the end and back, so that a long text takes linear time.
_CLEAN: Final = r"[A-Za-z0-9](?s:.*[A-Za-z0-9])?"
# Values that reports show for severities that are no text, and numbers, whose sign counts.
_NO_TEXT: Final = r"\(array\)|\(object\)|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_NOT_PLAIN: Final = r'["\\\x00-\x1f\ud800-\udfff]'
_SURROGATE: Final = "[\ud800-\udfff]"
_LAST_OF_FOUR_DIGITS: Final = 0xFFFF
_WORD: Final = r"[A-Z]+[a-z]*|[a-z]+"
# Control characters, separators of lines and paragraphs, invisible characters and those that change
# the direction of text. The list is fixed, because the Unicode tables differ between Pythons.
_UNPRINTABLE: Final = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class NumberText(str):
    """The text of a JSON number that has a fraction, an exponent or very many digits.

    It never equals the same text in a JSON string.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Return whether the other value is the same text of a number."""
        return isinstance(other, NumberText) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        """Return whether the other value is not the same text of a number."""
        return not self == other

    __hash__ = str.__hash__


def ascii_lower(text: str) -> str:
    """Return text with ASCII letters in lower case, and all other characters unchanged.

    The lower case of other letters depends on the Unicode tables of the Python version.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)


def cleaned(text: str) -> str:
    """Return the value of a severity without colours and decoration (section 5 of the contract).

    ANSI colour sequences are removed, then everything at both ends that is not an ASCII letter or
    digit. The result may be empty. Upper case stays.
    """
    if text.isascii() and text.isalnum():
        return str(text)
    kept = re.search(_CLEAN, re.sub(_COLOUR, "", text))
    return kept[0] if kept else ""


def is_plain_key(key: str) -> bool:
    """Return whether a key of an event can be looked for: it needs no escape in JSON."""
    if key.isascii() and key.isprintable():
        return '"' not in key and "\\" not in key
    return re.search(_NOT_PLAIN, key) is None


def severity_key(value: str) -> str:
    """Return the value of a severity as reports show it and as `map` is compared with it.

    It is cleaned and in lower case (section 5 of the contract). A number, the marks of arrays and
    objects, and a value that cleaning empties are not cleaned.
    """
    return ascii_lower(value if re.fullmatch(_NO_TEXT, value) else cleaned(value) or value)


def words_of(text: str) -> set[str]:
    """Return the different words of a text, in lower case (see `word_list`)."""
    return set(word_list(text))


def word_list(text: str) -> list[str]:
    """Return the words of a text in order, in lower case.

    Words are separated by characters other than ASCII letters, and by a change from a lower-case
    to an upper-case letter.
    """
    return [word.lower() for word in re.findall(_WORD, text)]


def each_word(text: str) -> Iterator[str]:
    """Yield the words of a text in order, in lower case (see `word_list`).

    A long text has so many words that a list of them takes many times its memory.
    """
    return (found[0].lower() for found in re.finditer(_WORD, text))


def shown(text: str) -> str:
    """Return text of the system, such as a path, with bytes that are not UTF-8 escaped."""
    return re.sub(_RAW_BYTES, _decode, text)


def printable(text: str) -> str:
    """Return text with control, invisible and direction characters escaped.

    Bytes that are not UTF-8 are escaped as by `shown`.
    """
    if text.isascii() and text.isprintable():
        # A plain text, also of a `NumberText`.
        return str(text)
    return re.sub(_UNPRINTABLE, _escape, shown(text))


def quoted(text: str) -> str:
    """Return a text as printable text in quotes, for a message."""
    return f"'{printable(text)}'"


def toml_string(text: str) -> str:
    """Return a text as a basic string of TOML, on one line and printable.

    Control, invisible and direction characters are escaped, so that a reader sees all of the string
    and nothing in it ends it. Half a surrogate pair, which TOML cannot represent, is replaced.
    """
    kept = re.sub(_SURROGATE, "\ufffd", text).replace("\\", r"\\").replace('"', r"\"")
    return f'"{re.sub(_UNPRINTABLE, _toml_escape, kept)}"'


def toml_array(texts: Iterable[str]) -> str:
    """Return texts as an array of TOML, on one line and printable."""
    return f"[{', '.join(map(toml_string, texts))}]"


def _toml_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"


def _decode(match: re.Match[str]) -> str:
    raw = match[0].encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
