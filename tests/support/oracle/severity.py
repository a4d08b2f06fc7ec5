"""The severity of an event (sections 5 and 8 of the contract)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tests.support.oracle.json_text import Number
from tests.support.oracle.numbers import value_of_number
from tests.support.oracle.properties import text_of, values_of_key
from tests.support.oracle.text import DIGITS, LETTERS, small, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from peaktrade_ops.formats import Reading

CRITICAL = "critical"

# Section 5: the table of classes.
TABLE = {
    CRITICAL: (
        *("critical", "crit", "fatal", "ftl", "emerg", "emergency", "panic", "dpanic", "alert"),
        *("disaster", "catastrophic"),
    ),
    "error": ("error", "err", "eror", "fault", "failure"),
    "warn": ("warn", "warning", "wrn"),
    "notice": ("notice",),
    "info": (
        *("info", "information", "informational", "inf", "config", "log", "default", "normal"),
        *("ok", "success", "none"),
    ),
    "debug": ("debug", "dbg", "fine"),
    "trace": ("trace", "verbose", "vrb", "finer", "finest"),
}
CLASS_OF = {value: name for name, values in TABLE.items() for value in values}

# Section 5: "with one digit 1 to 4 behind them allowed".
ALLOWED_DIGITS = "1234"
# Section 5: "every value that has one of the words [...] unless `non` or `not` is the word directly
# before it".
CRITICAL_WORDS = ("critical", "fatal", "emergency", "panic")
DENYING_WORDS = ("non", "not")

# Section 5: "critical is the most severe, unknown next".
UNKNOWN = "unknown"
ORDER = (CRITICAL, UNKNOWN, "error", "warn", "notice", "info", "debug", "trace")

# Section 8: "In scales that rise [...] a number between two steps belongs to the lower step".
RISING_SCALES = {
    "python": {50: CRITICAL, 40: "error", 30: "warn", 20: "info", 10: "debug"},
    "pino": {60: CRITICAL, 50: "error", 40: "warn", 30: "info", 20: "debug", 10: "trace"},
    "monolog": {
        500: CRITICAL,
        400: "error",
        300: "warn",
        250: "notice",
        200: "info",
        100: "debug",
    },
}
# Section 8, the other scales: the first and the last number of each class.
OTHER_SCALES = {
    "syslog": (
        (0, 2, CRITICAL),
        (3, 3, "error"),
        (4, 4, "warn"),
        (5, 5, "notice"),
        (6, 6, "info"),
        (7, 7, "debug"),
    ),
    "otel": (
        (21, 24, CRITICAL),
        (17, 20, "error"),
        (13, 16, "warn"),
        (9, 12, "info"),
        (5, 8, "debug"),
        (1, 4, "trace"),
    ),
    "windows": (
        (1, 1, CRITICAL),
        (2, 2, "error"),
        (3, 3, "warn"),
        (0, 0, "info"),
        (4, 4, "info"),
        (5, 5, "debug"),
    ),
}

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
JSON_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")


class Severity(NamedTuple):
    """A severity: its class, and the name that a report shows."""

    kind: str
    name: str


def severity_of(event: Mapping[str, object], reading: Reading) -> Severity | None:
    """Return the severity of an event; `None` if it has none.

    Section 5: "All keys are read (one with a dot both ways), and the most severe counts; of equal
    ones the first."
    """
    worst: Severity | None = None
    for key in severity_keys(reading):
        for value in values_of_key(event, key):
            if is_absent(value):
                continue
            found = judge(value, reading)
            if worst is None or ORDER.index(found.kind) < ORDER.index(worst.kind):
                worst = found
    return worst


def severity_keys(reading: Reading) -> list[str]:
    """Return the keys of the severity (section 5: `not` "names keys that are no severity keys")."""
    return [key for key in reading.severity if key not in reading.not_keys]


def is_absent(value: object) -> bool:
    """Return whether a value is no severity: section 5, `""`, `-`, null, `[]` and `{}`."""
    return value is None or value in ("", "-", [], {})


def judge(value: object, reading: Reading) -> Severity:
    """Return the severity of one value that is not absent.

    Section 5: "The configuration's `map` goes before table and scale." The name that a report shows
    is the one to map (introduction: "every HOLD says [...] which line of the configuration to
    write").
    """
    number = number_in(value)
    if isinstance(value, list):
        name = "(array)"
    elif isinstance(value, dict):
        name = "(object)"
    elif number is not None:
        name = small(text_of(number) or "")
    elif isinstance(value, str):
        # Section 5: "for an unknown value the cleaned value in small letters (as written, where
        # cleaning empties it)".
        name = small(cleaned(value)) or value
    else:
        name = text_of(value) or ""

    mapped = dict(reading.map).get(name)
    if mapped is not None:
        kind: str = mapped
    elif number is not None:
        kind = class_on_scale(value_of_number(number.text), reading.scale)
    elif isinstance(value, str) and cleaned(value) != "":
        kind = class_of_text(cleaned(value))
    else:
        # Section 5: "what only cleaning empties is unknown"; so are booleans, arrays and objects.
        kind = UNKNOWN
    return Severity(kind, name if kind == UNKNOWN else kind)


def cleaned(text: str) -> str:
    """Return a value without colours, and without what is no ASCII letter or digit at both ends.

    Section 5: "ANSI colour sequences (`ESC [`, digits and `;`, `m`), then everything at both ends
    that is no ASCII letter or digit, is taken away".
    """
    text = COLOUR.sub("", text)
    while text != "" and text[0] not in LETTERS + DIGITS:
        text = text[1:]
    while text != "" and text[-1] not in LETTERS + DIGITS:
        text = text[:-1]
    return text


def number_in(value: object) -> Number | None:
    """Return the number that a value is.

    Section 5: "a string that is a JSON integer, as written or else cleaned, is that number".
    """
    if isinstance(value, Number):
        return value
    if isinstance(value, str):
        for text in (value, cleaned(value)):
            if JSON_INTEGER.fullmatch(text) is not None:
                return Number(text)
    return None


def class_of_text(text: str) -> str:
    """Return the class of a cleaned text by the table of section 5."""
    name = small(text)
    if name in CLASS_OF:
        return CLASS_OF[name]
    if name[-1] in ALLOWED_DIGITS and name[:-1] in CLASS_OF:
        return CLASS_OF[name[:-1]]
    found = words(text)
    for index, word in enumerate(found):
        denied = index > 0 and found[index - 1] in DENYING_WORDS
        # Section 5: "one occurrence without is enough".
        if word in CRITICAL_WORDS and not denied:
            return CRITICAL
    return UNKNOWN


def class_on_scale(number: Decimal, scale: str | None) -> str:
    """Return the class of a number by the table of section 8.

    Section 8: "a number between two steps belongs to the lower step; what a scale does not hold is
    unknown".
    """
    if scale is None:
        return UNKNOWN
    if scale in RISING_SCALES:
        steps = RISING_SCALES[scale]
        reached = [step for step in steps if Decimal(step) <= number]
        return steps[max(reached)] if reached else UNKNOWN
    for first, last, kind in OTHER_SCALES[scale]:
        if Decimal(first) <= number <= Decimal(last):
            return kind
    return UNKNOWN
