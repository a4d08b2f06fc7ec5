"""Which keys mean what: severity, type and rule of an event, and what kind of event it is.

The rules are those of section 5 of the contract. All comparisons that ignore case do so for ASCII
letters only, because what other letters fold to depends on the Unicode tables of each Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.severity import CRITICAL, normal_severity
from peaktrade_ops.telemetry.records.keys import look_up, lookups, wanted_keys
from peaktrade_ops.text import ascii_lower, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.config import Fields
    from peaktrade_ops.telemetry.records.keys import Lookup, Values


NAME_LENGTH: Final = 200
"""Values are counted by this many of their first characters."""

NO_VALUE: Final = "(none)"

_QUIET: Final = frozenset({"trace", "debug", "info", "notice"})
_ACTION_WORDS: Final = frozenset(
    {
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
    }
)
_ALERT_WORDS: Final = frozenset({"alert", "alerts"})
_ALERT_MARKS: Final = ("dedupe_key", "title")


def is_alert_log(path: str) -> bool:
    """Say whether the name of a file (its last part) has the word alert or alerts."""
    return not _ALERT_WORDS.isdisjoint(words_of(path.rsplit("/", 1)[-1]))


class Kind(NamedTuple):
    """What an event of the window counts as: its names in the top lists, and three answers."""

    severity: str
    type: str
    is_alert: bool
    is_action: bool
    is_critical: bool


class PropertyReader:
    """Finds the properties of events in the values of the wanted keys.

    Attributes:
        kind_keys: The keys that decide about the kind of an event, each once.
        rule_keys: The keys that may hold its rule, each once.
    """

    def __init__(self, fields: Fields) -> None:
        """Compile the key lists of the configuration."""
        self.kind_keys = wanted_keys((*fields.severity, *fields.type, *_ALERT_MARKS))
        self.rule_keys = wanted_keys(fields.rule)
        self._severity = lookups(fields.severity, self.kind_keys)
        self._type = lookups(fields.type, self.kind_keys)
        self._marks = lookups(_ALERT_MARKS, self.kind_keys)
        self._rule = lookups(fields.rule, self.rule_keys)

    def kind(self, values: Values, *, alert_log: bool) -> Kind:
        """Interpret an event.

        Args:
            values: The value of each of `kind_keys`.
            alert_log: Whether it stands in a file whose name has the word alert or alerts.
        """
        severity = _pick(values, self._severity)
        level = None if severity is None else normal_severity(severity)
        kind = _pick(values, self._type)
        is_action = kind is not None and not _ACTION_WORDS.isdisjoint(words_of(kind))
        is_alert = not is_action and (
            (kind is not None and "alert" in ascii_lower(kind))
            or (alert_log and level not in _QUIET)
            or (kind is None and level is not None and _pick(values, self._marks) is not None)
        )
        return Kind(
            severity=_name(level),
            type=_name(kind),
            is_alert=is_alert,
            is_action=is_action,
            is_critical=level == CRITICAL and not is_action,
        )

    def rule(self, values: Values) -> str:
        """Give the name of an event's rule, from the value of each of `rule_keys`."""
        return _name(_pick(values, self._rule))


def _name(text: str | None) -> str:
    """Give the name by which a value is counted."""
    return NO_VALUE if text is None else text[:NAME_LENGTH]


def _pick(values: Sequence[object], places: Sequence[Lookup]) -> str | None:
    """Give the text of the first value that is a non-empty string, a number or a boolean."""
    for place in places:
        value = look_up(values, place)
        if isinstance(value, str):
            if value:
                return value
        elif isinstance(value, bool):
            return "true" if value else "false"
        elif isinstance(value, int):
            return str(value)
    return None
