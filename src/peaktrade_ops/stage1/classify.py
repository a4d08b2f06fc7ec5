"""Classify events for Stage 1: alert, operator action, critical (section 5 of the contract).

Comparisons ignore the case of ASCII letters only, because the case folding of other letters depends
on the Unicode tables of the Python version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from peaktrade_ops.stage1.severity import CRITICAL, normal_severity
from peaktrade_ops.telemetry.counting.classifier import Columns
from peaktrade_ops.telemetry.files.patterns import Patterns
from peaktrade_ops.telemetry.records.keys import look_up, lookups, wanted_keys
from peaktrade_ops.text import ascii_lower, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peaktrade_ops.config import Fields
    from peaktrade_ops.telemetry.counting.classifier import Aspect
    from peaktrade_ops.telemetry.records.keys import Lookup, Values

ALERTS: Final = "alerts"
CRITICALS: Final = "critical"
ACTIONS: Final = "actions"
CRITICAL_ACTIONS: Final = "critical_actions"
"""The names of the marks of an event."""

SEVERITIES: Final = "severities"
TYPES: Final = "types"
RULES: Final = "rules"
"""The names of the columns of texts."""

NAME_LENGTH: Final = 200
"""The maximum length of a counted value, in characters; longer values are cut."""

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


class Stage1Classifier:
    """Classifies events by the key lists and legacy sources of the configuration.

    Args:
        fields: The key lists.
        legacy: The patterns of legacy sources, whose events count as legacy hits only.

    Attributes:
        keys: All keys that are read, each once.
    """

    marks: Final = (ALERTS, CRITICALS, ACTIONS, CRITICAL_ACTIONS)
    names: Final = (SEVERITIES, TYPES, RULES)

    def __init__(self, fields: Fields, legacy: Sequence[str]) -> None:
        """Compile the patterns."""
        self._fields = fields
        self._legacy = Patterns(legacy)
        aspects = (KindAspect(fields, alert_log=False), RuleAspect(fields))
        self.keys = tuple(dict.fromkeys(key for aspect in aspects for key in aspect.keys))

    def is_counted(self, path: str) -> bool:
        """Return whether a file is not a legacy source."""
        return not self._legacy.match(path)

    def aspects(self, path: str) -> Sequence[Aspect]:
        """Return the aspects that classify the events of a file: the kind and the rule."""
        return (KindAspect(self._fields, alert_log=is_alert_log(path)), RuleAspect(self._fields))


class Kind(NamedTuple):
    """The classification of an event: its severity and type in the top lists, and its marks."""

    severity: str
    type: str
    is_alert: bool
    is_action: bool
    is_critical: bool
    is_critical_action: bool


class KindAspect:
    """Reads the severity and the type of events, and derives their marks.

    Args:
        fields: The key lists.
        alert_log: Whether the name of the file contains the word alert or alerts.

    Attributes:
        keys: The keys that are read, each once.
    """

    def __init__(self, fields: Fields, *, alert_log: bool) -> None:
        """Compile the key lists."""
        self.keys = wanted_keys((*fields.severity, *fields.type, *_ALERT_MARKS))
        self._severity = lookups(fields.severity, self.keys)
        self._type = lookups(fields.type, self.keys)
        self._marks = lookups(_ALERT_MARKS, self.keys)
        self._alert_log = alert_log

    def columns(self, rows: Sequence[Values]) -> Columns:
        """Return the marks, the severity and the type of each row of values."""
        kinds = [self.kind(row) for row in rows]
        return Columns(
            marks={
                ALERTS: [kind.is_alert for kind in kinds],
                CRITICALS: [kind.is_critical for kind in kinds],
                ACTIONS: [kind.is_action for kind in kinds],
                CRITICAL_ACTIONS: [kind.is_critical_action for kind in kinds],
            },
            names={
                SEVERITIES: [kind.severity for kind in kinds],
                TYPES: [kind.type for kind in kinds],
            },
        )

    def kind(self, values: Values) -> Kind:
        """Return the kind of the event with these values."""
        severity = _pick(values, self._severity)
        level = None if severity is None else normal_severity(severity)
        kind = _pick(values, self._type)
        is_action = kind is not None and not _ACTION_WORDS.isdisjoint(words_of(kind))
        is_alert = not is_action and (
            (kind is not None and "alert" in ascii_lower(kind))
            or (self._alert_log and level not in _QUIET)
            or (kind is None and level is not None and _pick(values, self._marks) is not None)
        )
        return Kind(
            severity=_name(level),
            type=_name(kind),
            is_alert=is_alert,
            is_action=is_action,
            is_critical=level == CRITICAL and not is_action,
            is_critical_action=level == CRITICAL and is_action,
        )


class RuleAspect:
    """Reads the rule of events.

    Args:
        fields: The key lists.

    Attributes:
        keys: The keys that may hold the rule, each once.
    """

    def __init__(self, fields: Fields) -> None:
        """Compile the key list."""
        self.keys = wanted_keys(fields.rule)
        self._rule = lookups(fields.rule, self.keys)

    def columns(self, rows: Sequence[Values]) -> Columns:
        """Return the rule of each row of values."""
        return Columns(marks={}, names={RULES: [_name(_pick(row, self._rule)) for row in rows]})


def is_alert_log(path: str) -> bool:
    """Return whether the last part of a path contains the word alert or alerts."""
    return not _ALERT_WORDS.isdisjoint(words_of(path.rsplit("/", 1)[-1]))


def _name(text: str | None) -> str:
    """Return the text under which a value is counted."""
    return NO_VALUE if text is None else text[:NAME_LENGTH]


def _pick(values: Sequence[object], places: Sequence[Lookup]) -> str | None:
    """Return the text of the first value that is a non-empty string, a number or a boolean."""
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
