"""What events of a kind count as: their marks, names, evidence and labels."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import msgspec

from peaktrade_ops.stage1.kinds import EventKind
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


class KindClass(Class, frozen=True, eq=False):
    """The class of events by their kind.

    Attributes:
        kind: What the values say.
        finding: The name of what the nets find; `None` if they find nothing.
        by_finding: The classes of the same events, by the name of what the nets find.
    """

    kind: EventKind = EventKind(None, None, is_alert=False, is_action=False)
    finding: str | None = None
    by_finding: dict[str, Class] = msgspec.field(default_factory=dict)


class _CountedClass(KindClass, frozen=True, eq=False):
    """The class of events outside of legacy sources."""

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The texts under which the events are counted."""
        kind, shown = self.kind, self._shown
        names = [(SEVERITIES, shown or NO_VALUE), (TYPES, name_of(kind.type))]
        if kind.level == UNKNOWN and shown is not None:
            names.append((UNKNOWN_VALUES, shown))
        if self.finding is not None:
            names.append((UNREAD_KEYS, self.finding))
        if kind.dangers:
            names += [(DANGER_WORDS, each[:NAME_LENGTH]) for each in kind.dangers]
        return tuple(names)

    @property
    def labels(self) -> tuple[tuple[str, str | None], ...]:
        """Their texts for evidence."""
        kind = self.kind.type
        named = None if kind is None else kind[:NAME_LENGTH]
        return (SEVERITY_LABEL, self._shown), (TYPE_LABEL, named)

    @property
    def _shown(self) -> str | None:
        severity = self.kind.severity
        return severity.shown[:NAME_LENGTH] if severity else None


def legacy_class(kind: EventKind, finding: str | None) -> KindClass:
    """Return the class of events of a legacy source."""
    is_serious = kind.level in {CRITICAL, UNKNOWN} or finding is not None or kind.is_danger
    return KindClass(marks=(LEGACY_CRITICAL,) if is_serious else (), kind=kind)


def class_of(kind: EventKind, finding: str | None) -> KindClass:
    """Return the class of events outside of legacy sources."""
    severity = kind.severity
    signs = _signs_of(
        (
            severity.level if severity else None,
            kind.is_alert,
            kind.is_action,
            bool(kind.dangers),
            finding is not None,
        )
    )
    return _CountedClass(*signs, kind, finding)


class _Signs(NamedTuple):
    """What a class has without the texts of its events."""

    marks: tuple[str, ...]
    exhibits: tuple[str, ...]
    untimed_exhibits: tuple[str, ...]


@cache
def _signs_of(key: tuple[str | None, bool, bool, bool, bool]) -> _Signs:
    level, is_alert, is_action, is_danger, is_unread = key
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
