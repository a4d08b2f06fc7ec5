"""A slow and obvious implementation of the scanning contract, to compare the scanner with.

It shares nothing with the program: no parser and no constants. Every rule quotes its section of
the contract. The code is plain, even where it could be shorter or faster.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Section 1: the default of `--legacy-regex`.
DEFAULT_LEGACY_REGEX = "(legacy|risk[_ -]?limit|old[_ -]?alert|v1|previous)"
# Section 5: the default pattern of legacy sources.
DEFAULT_LEGACY_SOURCES = ("live_runs/alerts/**",)
# Section 4: "`too long` (over 64 MiB)".
DEFAULT_RECORD_BYTES = 64 * 2**20
# Section 4: "`too deep` (brackets outside of strings open more than 512 deep [...])".
MAX_NESTING = 512
# Section 4: "The first 20 rejected records are listed".
LISTED_REJECTS = 20
# Section 5: "8 severities, 10 types and 12 rules".
TOP_SEVERITIES = 8
TOP_TYPES = 10
TOP_RULES = 12
# Section 5: "values are counted by their first 200 characters".
COUNTED_CHARACTERS = 200
# Section 5: "an absent property as `(none)`".
ABSENT = "(none)"

# Section 5: the table of properties and their keys, in order.
DEFAULT_FIELDS: dict[str, tuple[str, ...]] = {
    "time": (
        "ts",
        "timestamp",
        "time",
        "created_at",
        "at",
        "datetime",
        "ts_utc",
        "timestamp_utc",
        "@timestamp",
        "wall_ts",
        "event_ts_unix",
        "captured_at",
    ),
    "severity": ("severity", "level", "sev", "levelname"),
    "type": ("event_type", "type", "kind", "event", "category", "name"),
    "rule": ("rule_id", "rule", "rule_name", "labels.rule_id", "name", "source"),
}

# Section 5: "`warning` is `warn`; `crit`, `fatal`, `emerg`, `emergency` and `panic` are
# `critical`".
SEVERITY_SYNONYMS = {
    "warning": "warn",
    "crit": "critical",
    "fatal": "critical",
    "emerg": "critical",
    "emergency": "critical",
    "panic": "critical",
}
CRITICAL = "critical"

# Section 5, alert rule (b): severities that are not alerts in an alert file.
QUIET_SEVERITIES = ("trace", "debug", "info", "notice")

# Section 5: the words of the type of an operator action.
OPERATOR_WORDS = (
    "ack",
    "acked",
    "acknowledge",
    "acknowledged",
    "snooze",
    "snoozed",
    "resolve",
    "resolved",
    "silence",
    "silenced",
)

SMALL_LETTERS = "abcdefghijklmnopqrstuvwxyz"
CAPITAL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Expected:
    """The exact result of a scan (the fields of section 6)."""

    # Section 4: "lines = blank + events + rejected + partial", in total ...
    lines: int
    blank: int
    events: int
    rejected: int
    partial: int
    # ... and for every file: path -> lines, blank, events, rejected, partial.
    files: dict[str, tuple[int, int, int, int, int]]
    # Section 6, `coverage`: of each file its `in_window`, and the numbers of all files.
    in_window_of: dict[str, int]
    untimed: int
    untimed_in_window: int
    untimed_critical: int
    naive: int
    future: int
    in_window: int
    legacy_in_window: int
    first: datetime | None
    last: datetime | None
    # Section 5, the five metrics.
    new_alerts: int
    critical_alerts: int
    parse_errors: int
    operator_actions: int
    legacy_alerts: int
    # Section 6, `understanding`.
    critical_actions: int
    # Section 4: the files with a partial record that stands in the window.
    cut_off: list[str]
    # Section 6, `top`: (name, count) in report order.
    severities: list[tuple[str, int]]
    types: list[tuple[str, int]]
    rules: list[tuple[str, int]]
    # Section 6, `hourly`: 24 of (events, alerts).
    hourly: list[tuple[int, int]]
    # Section 6, `rejected`: (path, line number from 1, reason).
    rejects: list[tuple[str, int, str]]


# ---------------------------------------------------------------------------------------------
# Small text helpers
# ---------------------------------------------------------------------------------------------


def small(text: str) -> str:
    """Return the text with only A to Z in lower case."""
    result = ""
    for character in text:
        if character in CAPITAL_LETTERS:
            result += SMALL_LETTERS[CAPITAL_LETTERS.index(character)]
        else:
            result += character
    return result


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case.

    Introduction: "A word of a text is what remains when it is cut at everything that is no ASCII
    letter and between a small letter and a capital; words compare without case."
    """
    found = []
    word = ""
    for character in text:
        is_small = character in SMALL_LETTERS
        is_capital = character in CAPITAL_LETTERS
        if not is_small and not is_capital:
            found.append(word)
            word = ""
        elif is_capital and word != "" and word[-1] in SMALL_LETTERS:
            found.append(word)
            word = character
        else:
            word += character
    found.append(word)
    return [small(word) for word in found if word != ""]


def matches_glob(pattern: str, path: str) -> bool:
    """Return whether a path matches a source pattern (section 5, legacy source).

    `**` crosses folders, `*` and `?` do not cross `/`, `**/` at the start of a component may match
    nothing. Everything else, brackets too, stands for itself, case and all.
    """
    regex = ""
    rest = pattern
    at_component_start = True
    while rest != "":
        if rest.startswith("**/") and at_component_start:
            regex += "(?:.*/)?"
            rest = rest[3:]
            at_component_start = True
            continue
        if rest.startswith("**"):
            regex += ".*"
            rest = rest[2:]
        elif rest.startswith("*"):
            regex += "[^/]*"
            rest = rest[1:]
        elif rest.startswith("?"):
            regex += "[^/]"
            rest = rest[1:]
        else:
            regex += re.escape(rest[0])
            at_component_start = rest[0] == "/"
            rest = rest[1:]
            continue
        at_component_start = False
    return re.fullmatch(regex, path, re.DOTALL) is not None


# ---------------------------------------------------------------------------------------------
# JSON (section 4: "JSON is RFC 8259")
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A JSON number with its original text (section 4: "numbers of any size are")."""

    text: str


class NotJsonError(ValueError):
    """The text is not JSON of RFC 8259."""


class UnfinishedError(NotJsonError):
    """The text is not JSON, but it is the beginning of a JSON text."""


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
        key = self.take_string()
        self.skip_space()
        self.expect(":")
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
    text = _Text(source)
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


# ---------------------------------------------------------------------------------------------
# Time (section 5)
# ---------------------------------------------------------------------------------------------

ISO_TIME = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"[T ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
EARLIEST_YEAR = 1970
LAST_OFFSET_HOUR = 23
LAST_OFFSET_MINUTE = 59
SECONDS_BELOW = Decimal("1e11")
MILLISECONDS_BELOW = Decimal("1e14")
MICROSECONDS_BELOW = Decimal("1e17")
# 10000-01-01 is 2.5e20 nanoseconds: no larger number is a time.
NO_TIME_FROM = Decimal("1e21")
# An exponent with more digits is greater than the number of digits that fit into a line.
MOST_EXPONENT_DIGITS = 12


def read_time(value: object) -> tuple[datetime, bool] | None:
    """Return the time of a JSON value in UTC, cut to microseconds, and whether it was naive.

    Section 5: "a number, or a string that is a JSON number, is epoch seconds, milliseconds,
    microseconds or nanoseconds by its size; a string is ISO 8601 [...] Nothing else is a time".
    """
    if isinstance(value, Number):
        return _read_epoch(value.text)
    if isinstance(value, str):
        if JSON_NUMBER.fullmatch(value) is not None:
            return _read_epoch(value)
        return _read_iso(value)
    return None


def _read_epoch(text: str) -> tuple[datetime, bool] | None:
    """Return the time of a JSON number, and that it is not naive.

    Section 5: "by its size (below 1e11, 1e14, 1e17, else)"; "Times are kept to the microsecond, cut
    and not rounded"; no "year outside 1970 to 9999".
    """
    mantissa, _, exponent = text.replace("E", "e").partition("e")
    is_zero = not any(digit in mantissa for digit in "123456789")
    is_negative = mantissa.startswith("-")
    if is_zero:
        return EPOCH, False
    if is_negative:
        # Any negative number is before 1970.
        return None
    if len(exponent.lstrip("+-0")) > MOST_EXPONENT_DIGITS:
        # Either after the year 9999, or in the first microsecond of 1970.
        return (EPOCH, False) if exponent.startswith("-") else None

    exact = Context(prec=len(text) + 50, Emin=MIN_EMIN, Emax=MAX_EMAX)
    number = exact.create_decimal(text)
    if number >= NO_TIME_FROM:
        return None
    if number < SECONDS_BELOW:
        microseconds = exact.multiply(number, Decimal("1e6"))
    elif number < MILLISECONDS_BELOW:
        microseconds = exact.multiply(number, Decimal("1e3"))
    elif number < MICROSECONDS_BELOW:
        microseconds = number
    else:
        microseconds = exact.multiply(number, Decimal("1e-3"))
    whole = int(microseconds.to_integral_value(ROUND_FLOOR, exact))
    try:
        return EPOCH + timedelta(microseconds=whole), False
    except OverflowError:
        return None


def _read_iso(text: str) -> tuple[datetime, bool] | None:
    """Return an ISO 8601 time in UTC, and whether it was naive.

    Section 5: "`YYYY-MM-DD`, `T` or a space, `hh:mm:ss`, optionally `.` and any number of digits,
    optionally `Z`, `+hh:mm`, `+hhmm` or `+hh` (at most 23:59). [...] Without an offset it is UTC
    and counted as naive."
    """
    match = ISO_TIME.fullmatch(text)
    if match is None:
        return None

    fraction = match["fraction"] or ""
    # Cut, not rounded: the first six digits, with zeros for missing ones.
    microsecond = int((fraction + "000000")[:6])

    offset = match["offset"]
    offset_hours = 0
    offset_minutes = 0
    if offset is not None and offset != "Z":
        digits = offset[1:].replace(":", "")
        offset_hours = int(digits[:2])
        offset_minutes = int(digits[2:] or "0")
    if offset_hours > LAST_OFFSET_HOUR or offset_minutes > LAST_OFFSET_MINUTE:
        return None
    ahead_of_utc = timedelta(hours=offset_hours, minutes=offset_minutes)
    if offset is not None and offset.startswith("-"):
        ahead_of_utc = -ahead_of_utc

    try:
        clock = datetime(
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"]),
            microsecond,
            tzinfo=UTC,
        )
        moment = clock - ahead_of_utc
    except (ValueError, OverflowError):
        # A day or hour that does not exist, second 60, or a year outside of 1 to 9999 in UTC.
        return None
    if moment.year < EARLIEST_YEAR:
        return None
    return moment, offset is None


# ---------------------------------------------------------------------------------------------
# The properties of an event (section 5)
# ---------------------------------------------------------------------------------------------


def values_of_key(event: dict[str, object], key: str) -> list[object]:
    """Return the values of an event under a key, in the order in which to try them.

    Section 5: "A key with a dot is looked up as it stands, then as a path into nested objects."
    """
    found = []
    if key in event:
        found.append(event[key])
    if "." in key:
        place: object = event
        there = True
        for step in key.split("."):
            if isinstance(place, dict) and step in place:
                place = place[step]
            else:
                there = False
                break
        if there:
            found.append(place)
    return found


def text_of(value: object) -> str | None:
    """Return a property's value as text, `None` if it falls through to the next key.

    Section 5: "a non-empty string, a number or a boolean; null, `""`, arrays and objects fall
    through". An integer is written as an integer (`-0` is `0`), any other number as it stands.
    """
    if isinstance(value, str):
        return value if value != "" else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return "0" if value.text == "-0" else value.text
    return None


def property_of(event: dict[str, object], keys: Sequence[str]) -> str | None:
    """Return the text of the first key that has one (section 5)."""
    for key in keys:
        for value in values_of_key(event, key):
            text = text_of(value)
            if text is not None:
                return text
    return None


def time_of(event: dict[str, object], keys: Sequence[str]) -> tuple[datetime, bool] | None:
    """Return an event's time.

    Section 5: "Time is the first of its keys whose value can be read as a time."
    """
    for key in keys:
        for value in values_of_key(event, key):
            time = read_time(value)
            if time is not None:
                return time
    return None


def severity_of(event: dict[str, object], keys: Sequence[str]) -> str | None:
    """Return the name of an event's severity, with synonyms replaced.

    Section 5: "Severity is trimmed and compared without case", then the synonyms.
    """
    text = property_of(event, keys)
    if text is None:
        return None
    name = small(text.strip())
    return SEVERITY_SYNONYMS.get(name, name)


def is_operator_action(event_type: str | None) -> bool:
    """Return whether a type is an operator action (section 5: "the type has one of the words")."""
    if event_type is None:
        return False
    return any(word in OPERATOR_WORDS for word in words(event_type))


def is_alert(
    event: dict[str, object], path: str, event_type: str | None, severity: str | None
) -> bool:
    """Return whether an event is an alert: section 5, rules (a), (b) and (c)."""
    if is_operator_action(event_type):
        return False
    # (a) "whose type contains `alert`"
    if event_type is not None and "alert" in small(event_type):
        return True
    # (b) "that stands in a file whose name has the word `alert` or `alerts`, and whose severity is
    # absent or none of `trace`, `debug`, `info`, `notice`"
    name_words = words(path.rsplit("/", maxsplit=1)[-1])
    in_alert_file = "alert" in name_words or "alerts" in name_words
    if in_alert_file and (severity is None or severity not in QUIET_SEVERITIES):
        return True
    # (c) "that has no type, and has a severity together with a `dedupe_key` or a `title`"
    has_dedupe_key = property_of(event, ("dedupe_key",)) is not None
    has_title = property_of(event, ("title",)) is not None
    return event_type is None and severity is not None and (has_dedupe_key or has_title)


# ---------------------------------------------------------------------------------------------
# Lines (section 4)
# ---------------------------------------------------------------------------------------------


@dataclass
class _Line:
    """One line of a file and its outcome."""

    path: str
    number: int
    raw: bytes
    # "blank", "event", "rejected" or "partial"
    outcome: str
    # Of a rejected record: the reason, in the words of section 4.
    reason: str = ""
    # Of an event:
    event: dict[str, object] | None = None
    time: tuple[datetime, bool] | None = None


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


def opens_too_deep(raw: bytes) -> bool:
    """Return whether more than 512 brackets are open at once.

    Section 4: "brackets outside of strings open more than 512 deep, whatever else is wrong; a
    closing one without an open one counts nothing".
    """
    open_brackets = 0
    in_string = False
    escaped = False
    for byte in raw:
        character = chr(byte)
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


def judge_line(  # noqa: PLR0911
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


def read_file(
    path: str, content: bytes, time_keys: Sequence[str], record_bytes: int
) -> list[_Line]:
    """Return every line of a file with its outcome."""
    lines = []
    for number, (raw, has_end) in enumerate(split_lines(content), start=1):
        ended = has_end or not is_still_written(path)
        outcome, reason, value = judge_line(raw, record_bytes, ended=ended)
        line = _Line(path=path, number=number, raw=raw, outcome=outcome, reason=reason)
        if isinstance(value, dict):
            line.event = value
            line.time = time_of(value, time_keys)
        lines.append(line)
    return lines


# ---------------------------------------------------------------------------------------------
# The window and the counts (section 5)
# ---------------------------------------------------------------------------------------------


def is_in_window(moment: datetime, end: datetime) -> bool:
    """Return whether a time is in the window (section 5: "Window: `[end - 24 h, end)`")."""
    return end - timedelta(hours=24) <= moment < end


def stands_in_window(
    lines: Sequence[_Line], index: int, end: datetime, modified: datetime | None
) -> bool:
    """Return whether the record at an index, which has no time, stands in the window.

    Section 4: it "stands in every window that touches the time between the nearest timed event
    before it in its file and the nearest after it, from the earlier to the later of the two, both
    included. Without one before it, it stands where the one after does; without one after it, from
    the one before up to the modification time of the file where that is later, without end where it
    is before 2000-01-01; without any, in every window that starts at or before the modification
    time (in every window, where that is before 2000-01-01)". `modified` is `None` before 2000.
    """
    start = end - timedelta(hours=24)
    before = next((line.time[0] for line in reversed(lines[:index]) if line.time), None)
    after = next((line.time[0] for line in lines[index + 1 :] if line.time), None)
    if before is None and after is None:
        return modified is None or start <= modified
    if before is None:
        assert after is not None
        return is_in_window(after, end)
    if after is None:
        return before < end and (modified is None or max(before, modified) >= start)
    return min(before, after) < end and max(before, after) >= start


def top(names: Sequence[str], size: int) -> list[tuple[str, int]]:
    """Return the most frequent names with their counts.

    Section 5: "values are counted by their first 200 characters; equal counts are ordered by name".
    """
    counts: dict[str, int] = {}
    for name in names:
        counted = name[:COUNTED_CHARACTERS]
        counts[counted] = counts.get(counted, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ordered[:size]


class _Tally:
    """The counts of all files."""

    def __init__(self, end: datetime, keys: Mapping[str, Sequence[str]]) -> None:
        self.end = end
        self.start = end - timedelta(hours=24)
        self.keys = keys
        self.untimed = 0
        self.untimed_in_window = 0
        self.untimed_critical = 0
        self.naive = 0
        self.future = 0
        self.in_window = 0
        self.in_window_of: dict[str, int] = {}
        self.legacy_in_window = 0
        self.moments: list[datetime] = []
        self.new_alerts = 0
        self.critical_alerts = 0
        self.parse_errors = 0
        self.operator_actions = 0
        self.legacy_alerts = 0
        self.critical_actions = 0
        self.cut_off: list[str] = []
        self.severities: list[str] = []
        self.types: list[str] = []
        self.rules: list[str] = []
        self.hourly_events = [0] * 24
        self.hourly_alerts = [0] * 24
        self.rejects: list[tuple[str, int, str]] = []

    def add_rejected(self, line: _Line, *, stands: bool) -> None:
        """Count a rejected record.

        Section 5: `parse_errors` are "rejected records that stand in the window".
        """
        self.rejects.append((line.path, line.number, line.reason))
        if stands:
            self.parse_errors += 1

    def add_untimed(self, line: _Line, *, stands: bool, legacy_source: bool) -> None:
        """Count an event without a time.

        Section 5: "An event without a time is untimed and counted".
        """
        assert line.event is not None
        self.untimed += 1
        if not stands or legacy_source:
            return
        # Section 6: "`untimed_in_window` (untimed events that stand in it)".
        self.untimed_in_window += 1
        severity = severity_of(line.event, self.keys["severity"])
        event_type = property_of(line.event, self.keys["type"])
        if severity == CRITICAL and not is_operator_action(event_type):
            self.untimed_critical += 1

    def add_timed(self, line: _Line, *, legacy_source: bool) -> None:
        """Count an event with a time, of any age."""
        assert line.time is not None
        moment, was_naive = line.time
        self.moments.append(moment)
        if was_naive:
            self.naive += 1
        # Section 5: "An event at or after the end is counted as future".
        if moment >= self.end:
            self.future += 1
        # Section 5: events of a legacy source "count in no metric but `legacy_alerts`".
        if is_in_window(moment, self.end):
            if legacy_source:
                self.legacy_in_window += 1
            else:
                self.add_in_window(line, moment)

    def add_in_window(self, line: _Line, moment: datetime) -> None:
        """Count an event in the window: metrics, top lists and hours."""
        assert line.event is not None
        severity = severity_of(line.event, self.keys["severity"])
        event_type = property_of(line.event, self.keys["type"])
        rule = property_of(line.event, self.keys["rule"])
        operator_action = is_operator_action(event_type)
        alert = is_alert(line.event, line.path, event_type, severity)

        self.in_window += 1
        self.in_window_of[line.path] += 1
        if alert:
            self.new_alerts += 1
        if severity == CRITICAL and not operator_action:
            self.critical_alerts += 1
        if operator_action:
            self.operator_actions += 1
            # Section 5: "One whose severity is critical is counted in `critical_actions` as well".
            if severity == CRITICAL:
                self.critical_actions += 1

        self.severities.append(severity if severity is not None else ABSENT)
        self.types.append(event_type if event_type is not None else ABSENT)
        self.rules.append(rule if rule is not None else ABSENT)

        for hour in range(24):
            from_here = self.start + timedelta(hours=hour)
            to_here = self.start + timedelta(hours=hour + 1)
            if from_here <= moment < to_here:
                self.hourly_events[hour] += 1
                if alert:
                    self.hourly_alerts[hour] += 1


def count_outcomes(lines: Sequence[_Line]) -> tuple[int, int, int, int, int]:
    """Return the numbers of lines, and of those that are blank, events, rejected and partial."""
    outcomes = [line.outcome for line in lines]
    return (
        len(outcomes),
        outcomes.count("blank"),
        outcomes.count("event"),
        outcomes.count("rejected"),
        outcomes.count("partial"),
    )


def expect(  # noqa: PLR0913
    files: Mapping[str, bytes],
    *,
    end: datetime,
    legacy_regex: str = DEFAULT_LEGACY_REGEX,
    legacy_sources: Sequence[str] = DEFAULT_LEGACY_SOURCES,
    fields: Mapping[str, Sequence[str]] | None = None,
    record_bytes: int = DEFAULT_RECORD_BYTES,
    modified: datetime | None = None,
) -> Expected:
    """Return the result of a scan of files (relative path -> uncompressed content).

    `modified` is the modification time of every file; `None` where it is before 2000.
    `fields` replaces the key lists of section 5 it names: `time`, `severity`, `type`, `rule`.
    """
    keys: dict[str, Sequence[str]] = dict(DEFAULT_FIELDS)
    if fields is not None:
        keys.update(fields)
    # Section 1: "keyword search over raw lines, ignoring case".
    keyword = re.compile(legacy_regex.encode("utf-8"), re.IGNORECASE)

    tally = _Tally(end, keys)
    every_line: list[_Line] = []
    outcomes_of_files: dict[str, tuple[int, int, int, int, int]] = {}

    # Section 3: "every list of files is in path order".
    for path in sorted(files):
        legacy_source = any(matches_glob(pattern, path) for pattern in legacy_sources)
        lines = read_file(path, files[path], keys["time"], record_bytes)
        every_line.extend(lines)
        outcomes_of_files[path] = count_outcomes(lines)
        tally.in_window_of[path] = 0

        for index, line in enumerate(lines):
            # Section 5: `legacy_alerts` are "raw lines that the legacy regex finds, of any age,
            # plus events of legacy sources; each line once".
            found = keyword.search(line.raw[:record_bytes]) is not None
            if found or (legacy_source and line.outcome == "event"):
                tally.legacy_alerts += 1

            if line.outcome == "rejected":
                tally.add_rejected(line, stands=stands_in_window(lines, index, end, modified))
            elif line.outcome == "event" and line.time is None:
                stands = stands_in_window(lines, index, end, modified)
                tally.add_untimed(line, stands=stands, legacy_source=legacy_source)
            elif line.outcome == "event":
                tally.add_timed(line, legacy_source=legacy_source)
            elif line.outcome == "partial" and stands_in_window(lines, index, end, modified):
                tally.cut_off.append(path)

    total_lines, blank, events, rejected, partial = count_outcomes(every_line)
    return Expected(
        lines=total_lines,
        blank=blank,
        events=events,
        rejected=rejected,
        partial=partial,
        files=outcomes_of_files,
        in_window_of=tally.in_window_of,
        untimed=tally.untimed,
        untimed_in_window=tally.untimed_in_window,
        untimed_critical=tally.untimed_critical,
        naive=tally.naive,
        future=tally.future,
        in_window=tally.in_window,
        legacy_in_window=tally.legacy_in_window,
        first=min(tally.moments, default=None),
        last=max(tally.moments, default=None),
        new_alerts=tally.new_alerts,
        critical_alerts=tally.critical_alerts,
        parse_errors=tally.parse_errors,
        operator_actions=tally.operator_actions,
        legacy_alerts=tally.legacy_alerts,
        critical_actions=tally.critical_actions,
        cut_off=tally.cut_off,
        severities=top(tally.severities, TOP_SEVERITIES),
        types=top(tally.types, TOP_TYPES),
        rules=top(tally.rules, TOP_RULES),
        hourly=list(zip(tally.hourly_events, tally.hourly_alerts, strict=True)),
        rejects=tally.rejects[:LISTED_REJECTS],
    )
