"""The names under which events are counted and shown, and how long a counted value is."""

from __future__ import annotations

from typing import Final

ALERTS: Final = "alerts"
CRITICALS: Final = "critical"
ACTIONS: Final = "actions"
CRITICAL_ACTIONS: Final = "critical_actions"
DANGERS: Final = "danger"
UNKNOWN_SEVERITY: Final = "unknown_severity"
UNREAD_SEVERITY: Final = "unread_severity"
SERIOUS: Final = "serious"
LEGACY_CRITICAL: Final = "legacy_critical"
"""The names of the marks of an event. The last is the only one of events of legacy sources."""

NOT_UNDERSTOOD: Final = "not_understood"
"""A kind of evidence, besides `CRITICALS`, `DANGERS`, `ALERTS` and `ACTIONS`."""

SEVERITIES: Final = "severities"
TYPES: Final = "types"
RULES: Final = "rules"
UNKNOWN_VALUES: Final = "unknown_values"
UNREAD_KEYS: Final = "unread_keys"
DANGER_WORDS: Final = "danger_words"
"""The names of the columns of texts."""

SEVERITY_LABEL: Final = "severity"
TYPE_LABEL: Final = "type"
RULE_LABEL: Final = "rule"
"""The names of the labels of evidence."""

NAME_LENGTH: Final = 200
"""The maximum length of a counted value, in characters; longer values are cut."""

NO_VALUE: Final = "(none)"


def name_of(text: str | None) -> str:
    """Return the text under which a value is counted."""
    return NO_VALUE if text is None else text[:NAME_LENGTH]


RULES_VERSION: Final = 3
"""The version of the rules by which events are read and counted.

It is part of the settings digest of reports and of the keys of caches. Increase it with every
change of what telemetry counts as.
"""
