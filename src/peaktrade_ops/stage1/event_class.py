"""What events of a kind count as: their marks, names, evidence and labels."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

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
    level = kind.level
    signs = _signs_of(
        level,
        is_alert=kind.is_alert,
        is_action=kind.is_action,
        is_danger=kind.is_danger,
        is_unread=finding is not None,
    )
    shown = kind.severity.shown[:NAME_LENGTH] if kind.severity else None
    names = [(SEVERITIES, shown or NO_VALUE), (TYPES, name_of(kind.type))]
    if level == UNKNOWN and shown is not None:
        names.append((UNKNOWN_VALUES, shown))
    if finding is not None:
        names.append((UNREAD_KEYS, finding))
    names += [(DANGER_WORDS, each[:NAME_LENGTH]) for each in kind.dangers]
    return Class(
        marks=signs.marks,
        names=tuple(names),
        exhibits=signs.exhibits,
        untimed_exhibits=signs.untimed_exhibits,
        labels=(
            (SEVERITY_LABEL, shown),
            (TYPE_LABEL, None if kind.type is None else kind.type[:NAME_LENGTH]),
        ),
    )


class _Signs(NamedTuple):
    """What a class has without the texts of its events."""

    marks: tuple[str, ...]
    exhibits: tuple[str, ...]
    untimed_exhibits: tuple[str, ...]


@cache
def _signs_of(
    level: str | None, *, is_alert: bool, is_action: bool, is_danger: bool, is_unread: bool
) -> _Signs:
    is_critical, is_unknown = level == CRITICAL, level == UNKNOWN
    is_serious = is_critical or is_unknown or is_unread or is_alert or is_danger
    marks = {
        ALERTS: is_alert,
        CRITICALS: is_critical and not is_action,
        ACTIONS: is_action,
        CRITICAL_ACTIONS: is_critical and is_action,
        DANGERS: is_danger,
        UNKNOWN_SEVERITY: is_unknown,
        UNREAD_SEVERITY: is_unread,
        SERIOUS: is_serious,
    }
    exhibits = [each for each in (CRITICALS, DANGERS, ALERTS, ACTIONS) if marks[each]]
    if is_unknown or is_unread:
        exhibits.append(NOT_UNDERSTOOD)
    return _Signs(
        marks=tuple(mark for mark, is_marked in marks.items() if is_marked),
        exhibits=tuple(exhibits),
        untimed_exhibits=(NOT_UNDERSTOOD,) if is_serious else (),
    )
