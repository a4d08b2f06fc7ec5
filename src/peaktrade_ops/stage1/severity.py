"""The class of a severity: what a value at a severity key says (section 5 of the contract).

Critical is the most severe class, then comes a value that is not understood. Comparisons ignore the
case of ASCII letters only.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context
from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.text import ascii_lower, cleaned, each_word, severity_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from peaktrade_ops.config import Scale, SeverityClass

CRITICAL: Final = "critical"
UNKNOWN: Final = "unknown"

CLASSES: Final = (CRITICAL, UNKNOWN, "error", "warn", "notice", "info", "debug", "trace")
"""All classes, the most severe first."""

_NAMES: Final[Mapping[str, str]] = {
    CRITICAL: "critical crit fatal ftl emerg emergency panic dpanic alert disaster catastrophic",
    "error": "error err eror fault failure",
    "warn": "warn warning wrn",
    "notice": "notice",
    "info": "info information informational inf config log default normal ok success none",
    "debug": "debug dbg fine",
    "trace": "trace verbose vrb finer finest",
}
_TABLE: Final = {name: each for each, names in _NAMES.items() for name in names.split()}

_CRITICAL_WORDS: Final = frozenset({"critical", "fatal", "emergency", "panic"})
_NEGATIONS: Final = frozenset({"non", "not"})
_GRADES: Final = frozenset("1234")

_RISING: Final[Mapping[str, tuple[tuple[int, str], ...]]] = {
    "python": ((50, CRITICAL), (40, "error"), (30, "warn"), (20, "info"), (10, "debug")),
    "pino": (
        (60, CRITICAL),
        (50, "error"),
        (40, "warn"),
        (30, "info"),
        (20, "debug"),
        (10, "trace"),
    ),
    "monolog": (
        (500, CRITICAL),
        (400, "error"),
        (300, "warn"),
        (250, "notice"),
        (200, "info"),
        (100, "debug"),
    ),
}
"""The scales in which a number between two steps belongs to the lower; the highest step first."""

_RANGES: Final[Mapping[str, tuple[tuple[int, int, str], ...]]] = {
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
"""The other scales: the first and the last number of each class."""

# No number raises, and none takes long, however many digits its exponent has.
_NUMBERS: Final = Context(prec=50, rounding=ROUND_FLOOR, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])

_is_integer = re.compile(r"-?(?:0|[1-9][0-9]*)").fullmatch


class Severity(NamedTuple):
    """What the severity keys of an event say.

    Attributes:
        level: One of `CLASSES`.
        shown: The text in reports: the class, or the value where it is not understood.
    """

    level: str
    shown: str


class SeverityReader:
    """Reads severities by the table, and by the map and the scale of the configuration.

    Args:
        mapped: The class of each value, cleaned and in lower case.
        scale: The scale of numbers; `None` if no number is understood.
    """

    def __init__(self, mapped: Mapping[str, SeverityClass], scale: Scale | None) -> None:
        """Store the rules, by the names under which reports show values."""
        self._mapped = {severity_key(text): level for text, level in mapped.items()}
        self._scale = scale

    def most_severe(self, values: Iterable[object]) -> Severity | None:
        """Return the most severe of the values at the severity keys; of equal ones the first.

        Args:
            values: JSON values in the order of the keys, `None` where a key is absent.

        Returns:
            The severity; `None` if all values are absent.
        """
        return most_severe(self.read(value) for value in values if not is_absent(value))

    def read(self, value: object) -> Severity:
        """Return the severity of one value that is not absent."""
        if type(value) is not str:
            return self._of_other(value)
        kept = cleaned(value)
        if number := _is_integer(value) or _is_integer(kept):
            return self._of_number("0" if number[0] == "-0" else number[0])
        name = ascii_lower(kept)
        return self._named(name or ascii_lower(value), _class_of_name(name, kept))

    def _of_other(self, value: object) -> Severity:
        """Return the severity of a value that is no text."""
        if isinstance(value, (dict, list)):
            return self._named("(object)" if isinstance(value, dict) else "(array)", UNKNOWN)
        if isinstance(value, bool):
            return self._named("true" if value else "false", UNKNOWN)
        return self._of_number(str(value))

    def is_mapped(self, text: str) -> bool:
        """Return whether the configuration says that a text at a severity key is not critical.

        A text that is critical at a severity key makes its event critical. At a place that is not
        read it is still a finding.
        """
        return self._mapped.get(severity_key(text), CRITICAL) != CRITICAL

    def _of_number(self, text: str) -> Severity:
        return self._named(ascii_lower(text), _on_scale(text, self._scale))

    def _named(self, name: str, level: str) -> Severity:
        """Return the severity of a name, which has a class unless the configuration maps it."""
        level = self._mapped.get(name, level)
        return Severity(level, name if level == UNKNOWN else level)


def most_severe(read: Iterable[Severity]) -> Severity | None:
    """Return the most severe of some severities; of equal ones the first."""
    worst: Severity | None = None
    for each in read:
        if worst is None or CLASSES.index(each.level) < CLASSES.index(worst.level):
            worst = each
    return worst


def is_absent(value: object) -> bool:
    """Return whether a value at a severity key says nothing."""
    if isinstance(value, str):
        return value in {"", "-"}
    return value is None or value in ([], {})


def class_of(text: str) -> str:
    """Return the class of a text by the table alone; `UNKNOWN` if the table does not contain it."""
    kept = cleaned(text)
    return _class_of_name(ascii_lower(kept), kept)


def _class_of_name(name: str, kept: str) -> str:
    """Return the class of a cleaned text, by its name in lower case."""
    known = _TABLE.get(name) or _TABLE.get(name[:-1] if name[-1:] in _GRADES else "")
    if known:
        return known
    for word in _CRITICAL_WORDS:
        if word in name:
            break
    else:
        # Few texts are divided into words.
        return UNKNOWN
    earlier = ""
    for word in each_word(kept):
        if word in _CRITICAL_WORDS and earlier not in _NEGATIONS:
            return CRITICAL
        earlier = word
    return UNKNOWN


def _on_scale(text: str, scale: Scale | None) -> str:
    """Return the class of a JSON number on a scale."""
    if scale is None:
        return UNKNOWN
    number = _NUMBERS.create_decimal(text)
    if scale in _RISING:
        return next((level for step, level in _RISING[scale] if number >= step), UNKNOWN)
    return next(
        (level for first, last, level in _RANGES[scale] if first <= number <= last), UNKNOWN
    )
