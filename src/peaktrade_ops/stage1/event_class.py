"""What events of a kind count as: their marks, names, evidence and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peaktrade_ops.stage1.names import (
    ACTIONS,
    ALERTS,
    CRITICAL_ACTIONS,
    CRITICALS,
    DANGER_WORDS,
    DANGERS,
    LEGACY_CRITICAL,
    NAME_LENGTH,
    NO_VALUE,
    NOT_UNDERSTOOD,
    SERIOUS,
    SEVERITIES,
    SEVERITY_LABEL,
    TYPE_LABEL,
    TYPES,
    UNKNOWN_SEVERITY,
    UNKNOWN_VALUES,
    UNREAD_KEYS,
    UNREAD_SEVERITY,
    name_of,
)
from peaktrade_ops.stage1.severity import CRITICAL, UNKNOWN
from peaktrade_ops.telemetry.counting.classifier import Class

if TYPE_CHECKING:
    from peaktrade_ops.stage1.kinds import EventKind


def legacy_class(kind: EventKind, finding: str | None) -> Class:
    """Return the class of events of a legacy source."""
    is_serious = kind.level in {CRITICAL, UNKNOWN} or finding is not None or kind.is_danger
    return Class(marks=(LEGACY_CRITICAL,) if is_serious else ())


def class_of(kind: EventKind, finding: str | None) -> Class:
    """Return the class of events outside of legacy sources."""
    is_unknown = kind.level == UNKNOWN
    is_serious = (
        kind.is_critical or is_unknown or finding is not None or kind.is_alert or kind.is_danger
    )
    marks = {
        ALERTS: kind.is_alert,
        CRITICALS: kind.is_critical and not kind.is_action,
        ACTIONS: kind.is_action,
        CRITICAL_ACTIONS: kind.is_critical and kind.is_action,
        DANGERS: kind.is_danger,
        UNKNOWN_SEVERITY: is_unknown,
        UNREAD_SEVERITY: finding is not None,
        SERIOUS: is_serious,
    }
    shown = kind.severity.shown[:NAME_LENGTH] if kind.severity else None
    names = [(SEVERITIES, shown or NO_VALUE), (TYPES, name_of(kind.type))]
    if is_unknown and shown is not None:
        names.append((UNKNOWN_VALUES, shown))
    if finding is not None:
        names.append((UNREAD_KEYS, finding))
    names += [(DANGER_WORDS, each[:NAME_LENGTH]) for each in kind.dangers]
    exhibits = [each for each in (CRITICALS, DANGERS, ALERTS, ACTIONS) if marks[each]]
    if is_unknown or finding is not None:
        exhibits.append(NOT_UNDERSTOOD)
    return Class(
        marks=tuple(mark for mark, is_marked in marks.items() if is_marked),
        names=tuple(names),
        exhibits=tuple(exhibits),
        untimed_exhibits=(NOT_UNDERSTOOD,) if is_serious else (),
        labels=(
            (SEVERITY_LABEL, shown),
            (TYPE_LABEL, None if kind.type is None else kind.type[:NAME_LENGTH]),
        ),
    )
