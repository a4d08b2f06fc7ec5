"""Functions that the tests of the choice between two counts share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec.structs import replace

from peaktrade_ops.stage1.day import (
    day_of_summary,
)
from peaktrade_ops.stage1.keep import Case, Choice, Terms, choose
from peaktrade_ops.stage1.models import (
    Coverage,
    Summary,
    Understanding,
)
from tests.support.artifacts import (
    DAY,
    END,
    coverage,
    end_of,
    metrics,
    summary,
)

if TYPE_CHECKING:
    from peaktrade_ops.stage1.day import Day

TERMS = Terms(END, 7)
LATE = Terms(END + timedelta(days=7, microseconds=1), 7)


def books(in_window: int = 10, **changes: object) -> Coverage:
    """Return coverage with so many events in the window, with changes."""
    return coverage(**({"in_window": in_window, "events": in_window, "lines": in_window} | changes))


def counted(*, events: int = 10, errors: int = 0, day: int = 20, **changes: object) -> Summary:
    """Return the summary of a day of December with so many events and parse errors."""
    fields = {
        "metrics": metrics(parse_errors=errors),
        "coverage": books(events),
    }
    return summary(end_of(DAY.replace(day=day)), **(fields | changes))


def case(stored: Summary | Day, now: Summary, then: Summary | None = None) -> Case:
    """Return a day whose stored report has the same window as the count, unless `then` is given."""
    day = day_of_summary(stored, sha256="a" * 64) if isinstance(stored, Summary) else stored
    return Case(day, now, then or now, None)


def chosen(each: Case, terms: Terms = TERMS) -> Choice:
    """Return the choice for a single day."""
    [choice] = choose([each], terms)
    return choice


MORE: dict[str, dict[str, Any]] = {
    "critical": {"metrics": metrics(critical_alerts=1)},
    "alerts": {"metrics": metrics(new_alerts=1)},
    "actions": {"metrics": metrics(operator_actions=1)},
    "unknown severities": {"understanding": Understanding(unknown_severity=1)},
    "dangers": {"understanding": Understanding(danger=1)},
    "unread severities": {"understanding": Understanding(unread_severity=1)},
    "critical actions": {"understanding": Understanding(critical_actions=1)},
    "legacy criticals": {"understanding": Understanding(legacy_critical=1)},
    "criticals without a time": {
        "coverage": coverage(untimed_critical=1),
        "understanding": Understanding(untimed_serious=1),
    },
    "serious without a time": {"understanding": Understanding(untimed_serious=1)},
}
SERIOUS = {
    name: MORE[name]
    for name in (
        *("critical", "alerts", "dangers"),
        *("unknown severities", "unread severities", "critical actions"),
    )
}
"""What makes an event with a time serious: an event without one may be any of these."""


def of_scope(scope: Literal["root", "input"], whole: Summary) -> Summary:
    """Return a summary of another scope."""
    assert whole.settings
    return replace(whole, settings=replace(whole.settings, scope=scope))


def of_settings(digest: str | None, whole: Summary) -> Summary:
    """Return a summary of settings with another digest."""
    assert whole.settings
    changed = msgspec.structs.replace(whole.settings, digest=digest)
    return msgspec.structs.replace(whole, settings=changed)
