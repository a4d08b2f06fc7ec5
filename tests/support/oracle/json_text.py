"""JSON of RFC 8259 for the oracle (section 4 of the contract), with the places of members."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Number:
    """A JSON number with its original text (section 4: "numbers of any size are")."""

    text: str


@dataclass(frozen=True)
class Member:
    """A member of an object: its key as written, and where its key and its value start."""

    key: str
    key_start: int
    value_start: int


class NotJsonError(ValueError):
    """The text is not JSON of RFC 8259."""


class UnfinishedError(NotJsonError):
    """The text is not JSON, but it is the beginning of a JSON text."""


# Section 4: "`too deep` (brackets outside of strings open more than 512 deep [...])".
MAX_NESTING = 512

JSON_SPACE = " \t\r\n"
JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# The beginning of a number that needs at least one more digit.
UNFINISHED_NUMBER = re.compile(r"(?:-|-?(?:0|[1-9][0-9]*)(?:\.|(?:\.[0-9]+)?[eE][+-]?))\Z")
JSON_WORDS: tuple[tuple[str, bool | None], ...] = (("true", True), ("false", False), ("null", None))
JSON_ESCAPES = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}
HEX_DIGITS = "0123456789abcdefABCDEF"
FIRST_PRINTABLE = 0x20
FIRST_HIGH_SURROGATE = 0xD800
LAST_HIGH_SURROGATE = 0xDBFF
FIRST_LOW_SURROGATE = 0xDC00
LAST_LOW_SURROGATE = 0xDFFF
LOW_SURROGATES = ((FIRST_LOW_SURROGATE, LAST_LOW_SURROGATE),)
NOT_LOW_SURROGATES = ((0, FIRST_LOW_SURROGATE - 1), (LAST_LOW_SURROGATE + 1, 0xFFFF))


class _Text:
    """A text and the position of its next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.members: list[Member] = []

    def at_end(self) -> bool:
        return self.position == len(self.text)

    def next_is(self, wanted: str) -> bool:
        return self.text.startswith(wanted, self.position)

    def take(self) -> str:
        """Read one character."""
        if self.at_end():
            raise UnfinishedError
        character = self.text[self.position]
        self.position += 1
        return character

    def expect(self, wanted: str) -> None:
        """Read one character, which must be the given one."""
        if self.take() != wanted:
            raise NotJsonError

    def skip_space(self) -> None:
        while not self.at_end() and self.text[self.position] in JSON_SPACE:
            self.position += 1

    def take_four_hex_digits(self, allowed: Sequence[tuple[int, int]]) -> int:
        """Read four digits: a number between the first and the last of one of some ranges."""
        digits = ""
        for _ in range(4):
            digit = self.take()
            if digit not in HEX_DIGITS:
                raise NotJsonError
            digits += digit
            # The possible values of the digits so far.
            smallest = int(digits.ljust(4, "0"), 16)
            greatest = int(digits.ljust(4, "f"), 16)
            if not any(first <= greatest and smallest <= last for first, last in allowed):
                raise NotJsonError
        return int(digits, 16)

    def take_string(self) -> str:
        """Read a string with its quotes."""
        self.expect('"')
        pieces: list[str] = []
        while True:
            character = self.take()
            if character == '"':
                return "".join(pieces)
            if ord(character) < FIRST_PRINTABLE:
                raise NotJsonError
            if character == "\\":
                pieces.append(self.take_escape())
            else:
                pieces.append(character)

    def take_escape(self) -> str:
        """Read an escape, after its backslash.

        Section 4: "half a surrogate pair is not JSON".
        """
        letter = self.take()
        if letter in JSON_ESCAPES:
            return JSON_ESCAPES[letter]
        if letter != "u":
            raise NotJsonError
        unit = self.take_four_hex_digits(NOT_LOW_SURROGATES)
        if FIRST_HIGH_SURROGATE <= unit <= LAST_HIGH_SURROGATE:
            self.expect("\\")
            self.expect("u")
            second = self.take_four_hex_digits(LOW_SURROGATES)
            high = unit - FIRST_HIGH_SURROGATE
            low = second - FIRST_LOW_SURROGATE
            return chr(0x10000 + high * 0x400 + low)
        return chr(unit)

    def take_key(self) -> str:
        """Read the key of an object's member and the colon after it."""
        self.skip_space()
        key_start = self.position
        key = self.take_string()
        written = self.text[key_start + 1 : self.position - 1]
        self.skip_space()
        self.expect(":")
        self.skip_space()
        self.members.append(Member(written, key_start, self.position))
        return key

    def take_scalar(self) -> object:
        """Read a string, a number, `true`, `false` or `null`."""
        if self.next_is('"'):
            return self.take_string()
        next_few = self.text[self.position : self.position + len("false")]
        for word, value in JSON_WORDS:
            if self.next_is(word):
                self.position += len(word)
                return value
            if word.startswith(next_few):
                # The text ends inside the word, or before any value.
                raise UnfinishedError
        if UNFINISHED_NUMBER.match(self.text, self.position) is not None:
            raise UnfinishedError
        number = JSON_NUMBER.match(self.text, self.position)
        if number is None:
            raise NotJsonError
        self.position = number.end()
        return Number(number.group())


class _OpenObject:
    """An object without its closing brace yet, and the key of the next value."""

    def __init__(self, key: str) -> None:
        self.value: dict[str, object] = {}
        self.key = key


class _OpenArray:
    """An array without its closing bracket yet."""

    def __init__(self) -> None:
        self.value: list[object] = []


def _add_to_container(text: _Text, container: _OpenObject | _OpenArray, value: object) -> bool:
    """Add a complete value to its container; return whether the container is complete, too.

    Section 4: "Of duplicate keys the last counts".
    """
    if isinstance(container, _OpenObject):
        container.value[container.key] = value
        closing = "}"
    else:
        container.value.append(value)
        closing = "]"
    text.skip_space()
    mark = text.take()
    if mark == closing:
        return True
    if mark != ",":
        raise NotJsonError
    if isinstance(container, _OpenObject):
        container.key = text.take_key()
    return False


def parse_json(source: str) -> object:
    """Read a JSON text and return its value.

    Objects become `dict`, arrays `list`, numbers `Number`. There is no recursion, so any nesting
    is possible. Raises `NotJsonError` for everything that RFC 8259 does not allow, as
    `UnfinishedError` where nothing is wrong but that the text ends too early.
    """
    return _read(_Text(source))


def members_of(source: str) -> list[Member]:
    """Return the members of all objects of a JSON text, at any depth, in the order of their keys.

    Raises `NotJsonError` like `parse_json`.
    """
    text = _Text(source)
    _read(text)
    return text.members


def _read(text: _Text) -> object:
    """Read a whole JSON text."""
    containers: list[_OpenObject | _OpenArray] = []
    while True:
        # A value must start here.
        value: object
        text.skip_space()
        if text.next_is("{"):
            text.expect("{")
            text.skip_space()
            if not text.next_is("}"):
                containers.append(_OpenObject(text.take_key()))
                continue
            text.expect("}")
            value = {}
        elif text.next_is("["):
            text.expect("[")
            text.skip_space()
            if not text.next_is("]"):
                containers.append(_OpenArray())
                continue
            text.expect("]")
            value = []
        else:
            value = text.take_scalar()
        # A value is complete, and maybe the containers around it.
        while containers and _add_to_container(text, containers[-1], value):
            value = containers.pop().value
        if not containers:
            text.skip_space()
            if not text.at_end():
                raise NotJsonError
            return value


def opens_too_deep(text: str | bytes) -> bool:
    """Return whether more than 512 brackets are open at once.

    Section 4: "brackets outside of strings open more than 512 deep, whatever else is wrong; a
    closing one without an open one counts nothing".
    """
    open_brackets = 0
    in_string = False
    escaped = False
    for each in text:
        character = each if isinstance(each, str) else chr(each)
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            open_brackets += 1
            if open_brackets > MAX_NESTING:
                return True
        elif character in "]}" and open_brackets > 0:
            open_brackets -= 1
    return False
